#!/usr/bin/env bash
# Fuzzes every decoder for FUZZTIME each (default 1m), one after the other. What
# breaks one is kept by Go under testdata/fuzz, to be committed with the repair.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${FUZZTIME:-1m}

go test -list '^Fuzz' ./chatserver/... | awk '/^Fuzz/ {names = names " " $1} /^ok/ {split(names, n, " "); for (i in n) print $2, n[i]; names = ""}' |
  while read -r package name; do
    echo "== $package $name"
    go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 10s </dev/null
  done
