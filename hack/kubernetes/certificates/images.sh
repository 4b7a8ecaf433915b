#!/usr/bin/env bash
# Builds the images of cert-manager's controllers, its ACME solver and the ACME server
# Pebble for the end-to-end run, and prints the path of each archive on a line of
# stdout. From an empty Go build cache it takes some minutes.
set -euo pipefail
certificates=$(cd "$(dirname "$0")" && pwd)
. "$certificates/../lib.sh"
. "$certificates/../../images/lib.sh"

# program IMAGE OUT PACKAGE NAME: an image of one program of this module.
program() {
  CGO_ENABLED=0 go build -C "$certificates" -trimpath -buildvcs=false -ldflags '-s -w' -o "$2.program" "$3" >&2
  mkimg -t "localhost/$1:1" -o "$2" -user 10001:10001 -entrypoint "/$4" "$2.program=/$4"
  rm "$2.program"
}

image_cert-manager() { program cert-manager "$1" ./controllers controllers; }

image_acmesolver() { program acmesolver "$1" ./acmesolver acmesolver; }

image_pebble() { program pebble "$1" github.com/letsencrypt/pebble/v2/cmd/pebble pebble; }

main() {
  local bin name
  bin=$("$certificates/../binaries.sh" | tail -n 1)
  PATH=$bin:$PATH
  for name in cert-manager acmesolver pebble; do cached_image "$name" "$certificates"; done
}

main "$@"
