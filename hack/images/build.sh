#!/usr/bin/env bash
# Builds UIM's images without a container engine and prints the path of each
# archive (for "ctr images import" or "docker load") on a line of stdout.
#
#   hack/images/build.sh [uim] [postgres] [redis]      all three without arguments
#
# The Dockerfile makes the same images from the same lists and scripts where
# Docker is. An archive is made once for the same contents.
set -euo pipefail
images=$(cd "$(dirname "$0")" && pwd)
. "$images/../kubernetes/lib.sh"
. "$images/lib.sh"

certificates=/etc/ssl/certs/ca-certificates.crt

image_uim() {
  mkimg -t localhost/uim:dev -o "$1" -user 65532:65532 -entrypoint /uim \
    "$certificates=$certificates" "$(repo_root)/bin/uim=/uim"
}

# SIGINT ends sessions and stops at once; SIGTERM would wait for every client.
image_postgres() {
  package_image "$images/postgres" "$1" -t localhost/uim-postgres:15 -user 10001:10001 -stop-signal SIGINT \
    -env PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin -env PGHOST=/tmp \
    -env PGDATA=/var/lib/postgresql/data/pgdata -entrypoint /usr/local/bin/entrypoint.sh \
    TREE "$images/postgres/entrypoint.sh=/usr/local/bin/entrypoint.sh"
}

image_redis() {
  package_image "$images/redis" "$1" -t localhost/uim-redis:7 -user 10001:10001 -dir /data \
    -entrypoint redis-server TREE
}

build() {
  case $1 in
    uim)
      need "$certificates:ca-certificates"
      make -C "$(repo_root)" --no-print-directory build >&2
      cached_image uim "$images/build.sh" "$(repo_root)/bin/uim" "$certificates"
      ;;
    postgres | redis) cached_image "$1" "$images/build.sh" "$images/dpkg.cfg" "$images/$1" ;;
    *) die "no image named $1: uim, postgres, redis" ;;
  esac
}

main() {
  local bin name
  bin=$("$images/../kubernetes/binaries.sh" | tail -n 1)
  PATH=$bin:$PATH
  [ $# -gt 0 ] || set -- uim postgres redis
  for name; do build "$name"; done
}

main "$@"
