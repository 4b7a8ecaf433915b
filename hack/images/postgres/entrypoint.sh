#!/bin/sh
# Makes the database on an empty volume, then becomes the Postgres server.
#
#   PGDATA                    its folder; must be below the mount point of the volume, not the mount point itself
#   POSTGRES_PASSWORD_FILE    file with the password of the superuser "postgres"
#   UIM_DB_NAME               database of the application (uim)
#   UIM_DB_OWNER              role that owns it and its tables, for migrations (uim)
#   UIM_DB_OWNER_PASSWORD_FILE  file with the password of that role
#   UIM_DB_USER               role that reads and writes rows, for the servers (uim_chat)
#   UIM_DB_PASSWORD_FILE      file with the password of that role
#   UIM_DB_LOGIN_FILE         file with the name of the role that the servers sign in as instead, with that password and the
#                             rights of UIM_DB_USER; without such a file it is UIM_DB_USER
#   UIM_DB_OTHER_LOGIN_FILE, UIM_DB_OTHER_PASSWORD_FILE  likewise for a second one beside it, while passwords are being changed
#   UIM_DB_ONCE_FILE          made when the passwords have been set; while it exists they are left as they are
#   POSTGRES_TLS_FOLDER       folder with tls.crt and tls.key; with it, only encrypted connections are taken
#
# Passwords and rights are set on every start but for UIM_DB_ONCE_FILE, so that a changed Secret and the data
# agree. Arguments go to the server. Runs as any uid but root; besides the
# volume it writes only to /tmp.
set -eu

: "${PGDATA:=/var/lib/postgresql/data/pgdata}"
: "${UIM_DB_NAME:=uim}" "${UIM_DB_OWNER:=uim}" "${UIM_DB_USER:=uim_chat}" "${POSTGRES_TLS_FOLDER:=}"
: "${UIM_DB_ONCE_FILE:=}" "${UIM_DB_LOGIN_FILE:=}" "${UIM_DB_OTHER_LOGIN_FILE:=}" "${UIM_DB_OTHER_PASSWORD_FILE:=}"
: "${POSTGRES_PASSWORD_FILE:?must name a file}" "${UIM_DB_OWNER_PASSWORD_FILE:?must name a file}"
: "${UIM_DB_PASSWORD_FILE:?must name a file}"
export PGDATA

unfinished=$PGDATA.unfinished

fail() {
  echo "entrypoint: $*" >&2
  exit 1
}

# literal TEXT: as an SQL string.
literal() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

# identifier TEXT: as an SQL name.
identifier() { printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }

# password FILE: its one line, as an SQL string.
password() {
  [ -s "$1" ] || fail "$1 is empty or missing"
  value=$(cat "$1")
  # The single-user server reads one statement a line.
  [ "$(printf %s "$value" | wc -l)" -eq 0 ] || fail "$1 holds more than one line"
  literal "$value"
}

# single_user FOLDER DATABASE: runs the statements on stdin, one a line, without starting a server.
# Stops at the first error, and keeps statements, which hold passwords, out of
# the log.
single_user() {
  postgres --single -D "$1" -c exit_on_error=on -c log_statement=none -c log_min_error_statement=panic \
    -c log_min_duration_statement=-1 -c log_checkpoints=off "$2" >/dev/null
}

# Everything happens in a folder of another name; the rename at the end makes
# the database exist. A crash before it leaves nothing that counts.
create() {
  echo "entrypoint: making the database in $PGDATA" >&2
  rm -rf "$unfinished"
  initdb -D "$unfinished" -U postgres --pwfile="$POSTGRES_PASSWORD_FILE" --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  single_user "$unfinished" postgres <<SQL
CREATE ROLE $(identifier "$UIM_DB_OWNER") LOGIN
CREATE DATABASE $(identifier "$UIM_DB_NAME") OWNER $(identifier "$UIM_DB_OWNER")
SQL
  mv -T "$unfinished" "$PGDATA"
  sync "$(dirname "$PGDATA")"
}

# A backup that is being restored has roles of its own and may not be opened for writing yet.
restoring() { [ -e "$PGDATA/recovery.signal" ] || [ -e "$PGDATA/standby.signal" ]; }

# login NAME PASSWORD: the statements that let a role sign in, with the rights of the servers' role. The password is SQL already.
login() {
  printf '%s\n' "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $(literal "$1")) THEN CREATE ROLE $(identifier "$1") LOGIN; END IF; END \$\$"
  printf '%s\n' "ALTER ROLE $(identifier "$1") LOGIN PASSWORD $2"
  [ "$1" = "$UIM_DB_USER" ] || printf '%s\n' "GRANT $(identifier "$UIM_DB_USER") TO $(identifier "$1")"
}

set_passwords() {
  # Read before the server starts: a failure inside a here-document goes unnoticed.
  superuser=$(password "$POSTGRES_PASSWORD_FILE")
  of_owner=$(password "$UIM_DB_OWNER_PASSWORD_FILE")
  of_user=$(password "$UIM_DB_PASSWORD_FILE")
  owner=$(identifier "$UIM_DB_OWNER") user=$(identifier "$UIM_DB_USER")
  name=$UIM_DB_USER
  [ ! -s "$UIM_DB_LOGIN_FILE" ] || name=$(cat "$UIM_DB_LOGIN_FILE")
  logins=$(login "$name" "$of_user")
  if [ -s "$UIM_DB_OTHER_LOGIN_FILE" ]; then
    of_other=$(password "$UIM_DB_OTHER_PASSWORD_FILE")
    logins="$logins
$(login "$(cat "$UIM_DB_OTHER_LOGIN_FILE")" "$of_other")"
  fi
  # The servers' role gets rows of tables, those to come too, and nothing that would
  # let whoever takes over a server change the schema.
  single_user "$PGDATA" "$UIM_DB_NAME" <<SQL
ALTER ROLE postgres PASSWORD $superuser
ALTER ROLE $owner PASSWORD $of_owner
DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $(literal "$UIM_DB_USER")) THEN CREATE ROLE $user LOGIN; END IF; END \$\$
ALTER ROLE $user PASSWORD NULL
$logins
REVOKE ALL ON DATABASE $(identifier "$UIM_DB_NAME") FROM PUBLIC
GRANT CONNECT ON DATABASE $(identifier "$UIM_DB_NAME") TO $user
GRANT USAGE ON SCHEMA public TO $user
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO $user
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO $user
ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $user
ALTER DEFAULT PRIVILEGES FOR ROLE $owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO $user
SQL
}

# Written on every start, so that a volume from before there was TLS asks for it, too.
set_entries() {
  entry=host
  [ -z "$POSTGRES_TLS_FOLDER" ] || entry=hostssl
  printf '%s\n' 'local all all trust' "$entry all all all scram-sha-256" >"$PGDATA/pg_hba.conf"
}

umask 077
# One server on a volume. Postgres's own lock compares process ids, which say
# nothing between containers. Inherited by all that follows; ends with the last
# of them.
exec 9>"$PGDATA.lock"
flock -w 60 9 || fail "another server still uses $PGDATA"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -d "$PGDATA" ] && [ -n "$(ls -A "$PGDATA")" ]; then
    fail "$PGDATA holds files but no database; it is left alone"
  fi
  create
fi
rm -rf "$unfinished"
# Kubernetes opens every folder of a volume to the pod's fsGroup when it mounts
# it, and Postgres refuses a folder that others may enter.
chmod 0700 "$PGDATA"
if ! restoring && [ ! -e "$UIM_DB_ONCE_FILE" ]; then
  set_passwords
  [ -z "$UIM_DB_ONCE_FILE" ] || touch "$UIM_DB_ONCE_FILE"
fi
set_entries
if [ -n "$POSTGRES_TLS_FOLDER" ]; then
  set -- -c ssl=on -c ssl_cert_file="$POSTGRES_TLS_FOLDER/tls.crt" -c ssl_key_file="$POSTGRES_TLS_FOLDER/tls.key" \
    -c ssl_min_protocol_version=TLSv1.2 "$@"
fi

exec postgres -D "$PGDATA" -c listen_addresses='*' -c jit=off -c unix_socket_directories=/tmp "$@"
