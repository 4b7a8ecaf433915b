#!/usr/bin/env bash
# The web client: hack/web.sh build|deps|SCRIPT of web/package.json.
# Dependencies are installed when the lock file has changed, and the client is
# built when its sources have.
set -euo pipefail
cd "$(dirname "$0")/../web"

stamp=node_modules/.uim-lock # the lock file that node_modules was made from
deps() {
  cmp -s package-lock.json "$stamp" && return
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
}

sources() { git ls-files -co --exclude-standard -- . ../chatserver/wire/openapi.yaml | sort; }

build() {
  local hash
  hash=$(sources | while read -r f; do [[ ! -f $f ]] || sha256sum "$f"; done | sha256sum)
  [[ -f dist/index.html && -f dist/.sources && $(<dist/.sources) == "$hash" ]] && return
  deps
  npm run --silent build
  echo "$hash" >dist/.sources
  touch dist/.gitkeep
}

case ${1:?usage: web.sh build|deps|SCRIPT} in
  build) build ;;
  deps) deps ;;
  *) deps; npm run --silent "$@" ;;
esac
