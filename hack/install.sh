#!/usr/bin/env bash
# Installs what is missing on this machine, by groups:
#   build      Go, Node and npm (only checked: how to get them is the user's choice)
#   databases  PostgreSQL and Redis, for `make run` and the tests
#   race       a C compiler, for Go's race detector
#   browser    Chromium and fonts, for the browser tests
#   shell      ShellCheck and curl, for the scripts
# As root on Debian or Ubuntu it installs; elsewhere it says what to install.
set -euo pipefail

declare -a missing=()

need() { # need COMMAND PACKAGE...: PACKAGEs are to be installed unless COMMAND is there
  local command=$1; shift
  command -v "$command" >/dev/null 2>&1 || missing+=("$@")
}

check_build() {
  local go_want node_want=20
  go_want=$(awk '$1 == "go" {print $2}' "$(dirname "$0")/../go.mod")
  command -v go >/dev/null || { echo "Go $go_want or newer is missing: see https://go.dev/dl" >&2; exit 1; }
  command -v npm >/dev/null || { echo "Node.js $node_want or newer with npm is missing: see https://nodejs.org" >&2; exit 1; }
  local node_have; node_have=$(node -p 'process.versions.node.split(".")[0]')
  ((node_have >= node_want)) || { echo "Node.js $node_have is too old; $node_want or newer is needed" >&2; exit 1; }
}

for group; do
  case $group in
    build) check_build ;;
    databases)
      need openssl openssl
      compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || need postgres postgresql
      command -v valkey-server >/dev/null 2>&1 || need redis-server redis-server
      ;;
    race) need gcc gcc libc6-dev ;;
    browser)
      need chromium chromium
      fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fontconfig fonts-noto-cjk)
      fc-list Inter 2>/dev/null | grep -q . || missing+=(fonts-inter)
      ;;
    shell) need shellcheck shellcheck; need curl curl ca-certificates ;;
    *) echo "usage: $0 build|databases|race|browser|shell..." >&2; exit 2 ;;
  esac
done

((${#missing[@]})) || exit 0
if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
  echo "Please install: ${missing[*]} (names of Debian's packages)" >&2
  exit 1
fi
echo "Installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A policy that forbids services to start: we run servers of our own.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod +x "$policy"
  trap 'rm -f "$log" "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
