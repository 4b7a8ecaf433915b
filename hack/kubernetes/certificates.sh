#!/usr/bin/env bash
# Builds cert-manager and an ACME server, and prints the path of each image archive on
# a line of stdout, the folder with cert-manager's CRDs last.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/../images/lib.sh"
# shellcheck source=programs/flags.sh
. "$here/programs/flags.sh"

# program_image PACKAGE NAME OUT: an image of a program.
program_image() {
  go -C "$here/programs" build "${program_flags[@]}" -ldflags '-s -w' -o "$3.program" "$1" >&2
  mkimg -t "localhost/$2:1" -o "$3" -entrypoint "/$2" "$3.program=/$2"
  rm "$3.program"
}

image_certmanager() { program_image ./certmanager certmanager "$1"; }

image_acmesolver() { program_image ./acmesolver acmesolver "$1"; }

image_pebble() { program_image github.com/letsencrypt/pebble/v2/cmd/pebble pebble "$1"; }

main() {
  local name bin
  bin=$("$here/binaries.sh" | tail -n 1)
  PATH=$bin:$PATH
  for name in certmanager acmesolver pebble; do
    cached_image "$name" "$here/certificates.sh" "$here/programs"
  done
  go -C "$here/programs" list -m -f '{{.Dir}}/deploy/crds' github.com/cert-manager/cert-manager
}

main "$@"
