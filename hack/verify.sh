#!/usr/bin/env bash
# Fails when generated files or go.mod are not what the sources say.
set -euo pipefail
cd "$(dirname "$0")/.."

state() { # every file of the project with its content
  git ls-files -co --exclude-standard | sort | while read -r f; do [[ ! -f $f ]] || sha256sum "$f"; done
}
before=$(mktemp) after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT

state >"$before"
hack/generate.sh
go mod tidy
state >"$after"
if ! changed=$(diff "$before" "$after"); then
  echo "Generated files were not up to date (now they are; commit them):" >&2
  awk '/^[<>]/ {print "  " $3}' <<<"$changed" | sort -u >&2
  exit 1
fi
