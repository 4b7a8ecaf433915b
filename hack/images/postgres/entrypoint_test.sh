#!/usr/bin/env bash
# Tests entrypoint.sh against a real PostgreSQL: first start,
# restart, changed passwords, crashes in the middle of the first start.
# Root becomes the user that the Debian package made: Postgres refuses root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

"$here/../../install.sh" databases
for folder in /usr/lib/postgresql/*/bin; do PATH=$folder:$PATH; done
work=$(mktemp -d)
as_owner=()
if [ "$(id -u)" = 0 ]; then
  chown postgres:postgres "$work"
  as_owner=(setpriv --reuid postgres --regid postgres --clear-groups)
fi
# The server must not read a folder only root may enter.
cp "$here/entrypoint.sh" "$work/entrypoint.sh"
chmod 755 "$work" "$work/entrypoint.sh"
cd "$work"

export PGDATA=$work/volume/pgdata UIM_DB_OWNER_PASSWORD_FILE=$work/owner UIM_DB_PASSWORD_FILE=$work/chat POSTGRES_PASSWORD_FILE=$work/postgres
port=$((20000 + RANDOM % 10000))
server='' passed=0 failed=0

stop() {
  [ -z "$server" ] || { kill "-${1:-INT}" "$server" && wait "$server"; } 2>/dev/null || true
  server=''
}
trap 'stop; cd /; rm -rf "$work"' EXIT

empty_volume() {
  stop
  rm -rf "$work/volume"
  "${as_owner[@]}" mkdir "$work/volume"
}

# secrets OWNER SUPERUSER: the servers' role has the owner's with "chat " before it.
secrets() {
  printf '%s' "$1" >"$UIM_DB_OWNER_PASSWORD_FILE"
  printf 'chat %s' "$1" >"$UIM_DB_PASSWORD_FILE"
  printf '%s' "$2" >"$POSTGRES_PASSWORD_FILE"
}

# entrypoint: becomes the entry point and later the server, so it is for a
# subshell or the background.
entrypoint() {
  exec "${as_owner[@]}" "$work/entrypoint.sh" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories="$work/volume" >"$work/log" 2>&1
}

# fails_to_start [VARIABLE=VALUE]
fails_to_start() {
  if (if [ $# -gt 0 ]; then export "${1?}"; fi; entrypoint); then return 1; fi
}

start() {
  stop
  entrypoint &
  server=$!
  local deadline=$((SECONDS + 60))
  until pg_isready -q -h 127.0.0.1 -p "$port"; do
    if ! kill -0 "$server" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
      cat "$work/log" >&2
      return 1
    fi
    sleep 0.1
  done
}

# query USER PASSWORD SQL
query() { PGPASSWORD=$2 psql -qAt -h 127.0.0.1 -p "$port" -U "$1" -d uim -c "$3"; }

check() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1)) && echo "ok   $what"
  else
    failed=$((failed + 1)) && echo "FAIL $what" && tail -n 5 "$work/log"
  fi
}

fails() { ! "$@" 2>/dev/null; }
is() { [ "$1" = "$2" ]; }
says() { grep -q -- "$1" "$work/log"; }

first_start() {
  empty_volume
  secrets "first'pass\"word\\" 'super one'
  check "an empty volume gets a database" start
  check "the owner may make tables" query uim "first'pass\"word\\" 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)'
  check "the superuser's password works" query postgres 'super one' 'SELECT'
  check "no entry without a password" fails query uim 'wrong' 'SELECT'
  check "the servers' role reads and writes rows" query uim_chat "chat first'pass\"word\\" 'INSERT INTO kept VALUES (0); SELECT n FROM kept'
  check "it may not make tables" fails query uim_chat "chat first'pass\"word\\" 'CREATE TABLE more (n int)'
  check "nor change or empty them" fails query uim_chat "chat first'pass\"word\\" 'TRUNCATE kept'
  check "checksums are on" is "$(query postgres 'super one' 'SHOW data_checksums')" on
  check "passwords are not in the log" fails says "first'pass"
}

changed_passwords() {
  secrets 'second' 'super two'
  check "it starts with other passwords" start
  check "the new password works" is "$(query uim second 'SELECT sum(n) FROM kept')" 42
  check "of the servers' role, too" is "$(query uim_chat 'chat second' 'SELECT sum(n) FROM kept')" 42
  check "the old one does not" fails query uim "first'pass\"word\\" 'SELECT'
  check "the superuser's changed as well" query postgres 'super two' 'SELECT'
}

# While passwords are being changed the servers have two logins; a start in the middle of it keeps both.
two_logins() {
  printf 'chat new' >"$work/chat"
  printf uim_chat_2 >"$work/login" && printf uim_chat >"$work/other-login" && printf 'chat second' >"$work/other"
  export UIM_DB_LOGIN_FILE=$work/login UIM_DB_OTHER_LOGIN_FILE=$work/other-login UIM_DB_OTHER_PASSWORD_FILE=$work/other
  check "it starts with a second login" start
  check "the new one reads and writes" query uim_chat_2 'chat new' 'INSERT INTO kept VALUES (0); SELECT n FROM kept'
  check "the old one still does" query uim_chat 'chat second' 'SELECT n FROM kept'
  rm "$work/other-login" "$work/other"
  check "it starts when the old one is closed" start
  check "the new one goes on" query uim_chat_2 'chat new' 'SELECT n FROM kept'
  check "the old one does not" fails query uim_chat 'chat second' 'SELECT'
  printf 'chat second' >"$work/chat" && rm "$work/login"
  check "and it goes back to the first" start
  check "which reads" query uim_chat 'chat second' 'SELECT n FROM kept'
}

# A container that starts again in its pod may see files from before the last change.
set_once() {
  export UIM_DB_ONCE_FILE=$work/volume/once
  check "it sets the passwords at its first start" start
  printf 'of yesterday' >"$work/chat"
  check "and leaves them alone at the next" start
  check "so that they stay as they were" query uim_chat 'chat second' 'SELECT n FROM kept'
  printf 'chat second' >"$work/chat"
  unset UIM_DB_ONCE_FILE
}

opened_volume() {
  stop
  chmod -R g+rwX "$work/volume"
  check "it starts on a volume that was opened to a group" start
}

hard_stop() {
  query uim second 'INSERT INTO kept VALUES (43)'
  stop KILL
  secrets 'third' 'super two'
  check "it starts after a hard stop, with another password" start
  check "nothing committed is lost" is "$(query uim third 'SELECT sum(n) FROM kept')" 85
}

# crash_at PROGRAM: a first start in which this program fails.
crash_at() {
  empty_volume
  mkdir -p "$work/broken"
  printf '#!/bin/sh\nexit 9\n' >"$work/broken/$1"
  chmod 755 "$work/broken" "$work/broken/$1"
  check "a first start ends when $1 fails" fails_to_start "PATH=$work/broken:$PATH"
  rm -r "$work/broken"
  check "and leaves no database" fails test -e "$PGDATA"
}

crashes() {
  crash_at mv
  check "the next start is a first start again" start
  check "with the whole database" query uim third 'CREATE TABLE t (n int)'
  crash_at initdb
  check "the next start is a first start again" start

  empty_volume
  entrypoint &
  local first=$! deadline=$((SECONDS + 30))
  until [ -e "$PGDATA.unfinished/PG_VERSION" ] || [ $SECONDS -ge $deadline ]; do sleep 0.02; done
  # Only the shell; the next start has to wait for the initdb left behind.
  kill -KILL "$first" 2>/dev/null || true
  wait "$first" 2>/dev/null || true
  check "killed in the middle of initdb: no database" fails test -e "$PGDATA"
  check "the next start is a first start again" start
  check "with the whole database" query uim third 'CREATE TABLE t (n int)'
}

one_server() {
  check "a second server on the volume has to wait" fails timeout 2 "${as_owner[@]}" "$work/entrypoint.sh" -p $((port + 1))
  check "the first works on" query uim third 'SELECT'
}

refusals() {
  stop
  secrets $'two\nlines' 'super two'
  check "a password of two lines is refused" fails_to_start
  check "in words" says 'more than one line'
  secrets 'third' ''
  check "an empty password is refused" fails_to_start
  check "in words" says 'empty or missing'
  empty_volume
  secrets 'third' 'super two'
  "${as_owner[@]}" mkdir "$PGDATA"
  "${as_owner[@]}" touch "$PGDATA/photo.jpg"
  check "a folder with other files is refused" fails_to_start
  check "in words" says 'left alone'
  check "and left alone" test -e "$PGDATA/photo.jpg"
}

# A volume from before the two roles were told apart and before there was TLS.
older_volume() {
  query postgres 'super two' 'REASSIGN OWNED BY uim_chat TO uim; DROP OWNED BY uim_chat; DROP ROLE uim_chat'
  stop
  echo 'host all all all scram-sha-256' >"$PGDATA/pg_hba.conf"
  check "it starts on a volume without the servers' role" start
  check "which then reads what was there" is "$(query uim_chat 'chat third' 'SELECT sum(n) FROM kept')" 85
}

encrypted() {
  mkdir -p "$work/tls"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/tls/tls.key" -out "$work/tls/tls.crt" 2>/dev/null
  chmod 600 "$work/tls/tls.key"
  [ "$(id -u)" != 0 ] || chown -R postgres:postgres "$work/tls"
  export POSTGRES_TLS_FOLDER=$work/tls
  check "it starts with a certificate" start
  check "a client that knows the certificate gets in" is "$(PGSSLMODE=verify-full PGSSLROOTCERT=$work/tls/tls.crt PGPASSWORD='chat third' \
    psql -qAt -h localhost -p "$port" -U uim_chat -d uim -c 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')" t
  check "nobody gets in without encryption" fails env PGSSLMODE=disable PGPASSWORD=third psql -qAt -h 127.0.0.1 -p "$port" -U uim -d uim -c 'SELECT'
  unset POSTGRES_TLS_FOLDER
}

first_start
changed_passwords
two_logins
set_once
opened_volume
hard_stop
older_volume
encrypted
crashes
one_server
refusals
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
