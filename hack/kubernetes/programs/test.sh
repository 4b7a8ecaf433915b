#!/usr/bin/env bash
# Tests of this module, compiled as its programs are (see flags.sh). Without
# vet, which would look at all of Kubernetes.
set -euo pipefail
cd "$(dirname "$0")"
. ./flags.sh
go test -vet=off "${program_flags[@]}" ./mkimg
