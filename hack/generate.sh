#!/usr/bin/env bash
# Makes all generated code: Go and TypeScript types of the contract, SQL,
# API objects of the operator and their manifests.
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 # the tools build faster without a C compiler

go generate ./...
go run ./hack/manifests # from config/: charts, single file, bundle
hack/web.sh generate
