#!/bin/sh
# Makes the database on an empty volume, then becomes the Postgres server.
#
#   PGDATA                    its folder; must be below the mount point of the volume, not the mount point itself
#   POSTGRES_PASSWORD_FILE    file with the password of the superuser "postgres"
#   UIM_DB_NAME, UIM_DB_USER  database and role of the application (uim, uim)
#   UIM_DB_PASSWORD_FILE      file with the password of that role
#
# Both passwords are set on every start, so that a changed Secret and the data
# agree. Arguments go to the server. Runs as any uid but root; besides the
# volume it writes only to /tmp.
set -eu

: "${PGDATA:=/var/lib/postgresql/data/pgdata}"
: "${UIM_DB_NAME:=uim}" "${UIM_DB_USER:=uim}"
: "${POSTGRES_PASSWORD_FILE:?must name a file}" "${UIM_DB_PASSWORD_FILE:?must name a file}"
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

# single_user FOLDER: runs the statements on stdin without starting a server.
# Stops at the first error, and keeps statements, which hold passwords, out of
# the log.
single_user() {
  postgres --single -D "$1" -c exit_on_error=on -c log_statement=none -c log_min_error_statement=panic \
    -c log_min_duration_statement=-1 -c log_checkpoints=off postgres >/dev/null
}

# Everything happens in a folder of another name; the rename at the end makes
# the database exist. A crash before it leaves nothing that counts.
create() {
  echo "entrypoint: making the database in $PGDATA" >&2
  rm -rf "$unfinished"
  initdb -D "$unfinished" -U postgres --pwfile="$POSTGRES_PASSWORD_FILE" --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >>"$unfinished/pg_hba.conf"
  single_user "$unfinished" <<SQL
CREATE ROLE $(identifier "$UIM_DB_USER") LOGIN
CREATE DATABASE $(identifier "$UIM_DB_NAME") OWNER $(identifier "$UIM_DB_USER")
SQL
  mv -T "$unfinished" "$PGDATA"
  sync "$(dirname "$PGDATA")"
}

# A backup that is being restored has roles of its own and may not be opened for writing yet.
restoring() { [ -e "$PGDATA/recovery.signal" ] || [ -e "$PGDATA/standby.signal" ]; }

set_passwords() {
  # Read before the server starts: a failure inside a here-document goes unnoticed.
  superuser=$(password "$POSTGRES_PASSWORD_FILE")
  application=$(password "$UIM_DB_PASSWORD_FILE")
  single_user "$PGDATA" <<SQL
ALTER ROLE postgres PASSWORD $superuser
ALTER ROLE $(identifier "$UIM_DB_USER") PASSWORD $application
SQL
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
restoring || set_passwords

exec postgres -D "$PGDATA" -c listen_addresses='*' -c jit=off -c unix_socket_directories=/tmp "$@"
