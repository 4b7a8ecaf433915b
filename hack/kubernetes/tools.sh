#!/usr/bin/env bash
# Builds the programs that Go tests run, Helm 3 and 4, promtool and OLM's checker of
# bundles, and prints, as the last line, the folder that holds them. They are of the
# same module as the test cluster's and share most of what is compiled for it; OLM's
# is not, because it does not compile with today's Kubernetes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
# shellcheck source=programs/flags.sh
. "$here/programs/flags.sh"

program() { go -C "$1" build "${program_flags[@]}" -ldflags '-s -w' -o "$2" "$3" >&2; }

build_tools() {
  say "building Helm 3 and 4, promtool and operator-verify (some minutes when Go's build cache is empty)"
  program "$here/programs" "$1/helm3" helm.sh/helm/v3/cmd/helm
  program "$here/programs" "$1/helm4" helm.sh/helm/v4/cmd/helm
  program "$here/programs" "$1/promtool" github.com/prometheus/prometheus/cmd/promtool
  program "$here/../tools/olm" "$1/operator-verify" github.com/operator-framework/api/cmd/operator-verify
}

built tools "$here/programs" "$here/../tools/olm" "$here/tools.sh"
