#!/usr/bin/env bash
# The whole gate of `make test`. It installs what it needs (see install.sh) and
# takes minutes the first time, when it builds a Kubernetes API server for the
# operator's tests; later runs find everything cached.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/steps.sh
source hack/steps.sh
tool() { CGO_ENABLED=0 go tool -modfile=hack/tools/go.mod "$@"; }

kubernetes() { KUBEBUILDER_ASSETS=$(hack/kubernetes/binaries.sh | tail -n 1) && export KUBEBUILDER_ASSETS; }

# What Go tests run, built once; they find it by the same script.
test_tools() { hack/kubernetes/tools.sh >/dev/null; }

lint_scripts() { git ls-files -co --exclude-standard '*.sh' .ci/run | xargs shellcheck -x; }

# Real servers take memory and processor time: few packages at once.
go_tests() {
  mkdir -p coverage
  go test -race -p 2 -timeout 20m -coverprofile=coverage/go.out -coverpkg=uim.dev/uim/chatserver/...,uim.dev/uim/controllers/... ./...
}

image_tests() { hack/kubernetes/programs/test.sh && hack/images/postgres/entrypoint_test.sh; }

# A few hundred messages under each fault; `make history` sends many more.
history() { CGO_ENABLED=0 go run ./hack/history -program bin/uim -quiet -messages 500 -rounds 1; }

coverage() { hack/coverage.sh coverage/go.out; }

step "install what is missing" hack/install.sh build databases race browser shell
step "Kubernetes programs for the operator's tests" kubernetes
step "Helm and Prometheus for the tests" test_tools
step "web client's dependencies" hack/web.sh deps
step "generated files are up to date" hack/verify.sh
step "lint Go" tool golangci-lint run ./...
step "lint scripts" lint_scripts
step "lint the web client" hack/web.sh lint
step "type-check the web client" hack/web.sh typecheck
step "Go tests, with the race detector" go_tests
step "coverage" coverage
step "image tool and Postgres image" image_tests
step "web unit tests" hack/web.sh test
step "build the web client" hack/web.sh build
step "size of the web client" hack/web.sh size
step "build the binary" make --no-print-directory build
step "messages under faults" history
step "browser tests against the real server" hack/browser.sh
steps_summary "make test"
