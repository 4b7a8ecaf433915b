# UIM. `make help` lists what can be made; hack/ holds the scripts behind it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
TOOL := go tool -modfile=hack/tools/go.mod

##@ Use

.PHONY: run
run: ## Everything on this machine at http://localhost:8080, with two demo accounts
	@hack/install.sh build databases
	@$(MAKE) --no-print-directory build
	@exec bin/uim dev

.PHONY: cluster
cluster: ## A real Kubernetes on this machine with UIM in it; prints the URL
	@hack/kubernetes/cluster.sh demo

.PHONY: cluster-down
cluster-down: ## Stop that Kubernetes and remove its state
	@hack/kubernetes/cluster.sh wipe

##@ Develop

.PHONY: build
build: web ## The binary bin/uim, web client included
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/uim .

.PHONY: web
web: ## The web client in web/dist
	@hack/web.sh build

.PHONY: generate
generate: ## All generated code: API objects, SQL, REST and frame types, charts and manifests
	@hack/generate.sh

.PHONY: fmt
fmt: ## Format the Go code
	@$(TOOL) golangci-lint fmt ./...

.PHONY: image
image: ## Container images of server, Postgres and Redis
	@hack/images/build.sh

##@ Check

.PHONY: lint
lint: ## Linters, the walls between packages included
	@$(TOOL) golangci-lint run ./...

.PHONY: verify
verify: ## Generated files and go.mod are up to date
	@hack/verify.sh

.PHONY: test
test: ## The whole gate: verify, lint, unit, integration, operator, conformance, web
	@hack/test.sh

MESSAGES ?= 200000
EVERY ?= 10000
FAULT ?=
.PHONY: history
history: build ## MESSAGES under each FAULT (a regular expression; all of them by default), which happens EVERY so many: nothing lost, doubled or reordered
	@CGO_ENABLED=0 go run ./hack/history -program bin/uim -messages $(MESSAGES) -rate 0 -rounds 10 -every $(EVERY) -fault '$(FAULT)'

.PHONY: fuzz
fuzz: ## Fuzz every decoder, FUZZTIME (1m) each
	@hack/install.sh build databases
	@hack/fuzz.sh

.PHONY: e2e
e2e: ## A real Kubernetes from nothing: install, chat in two browsers, kill a pod, delete
	@hack/kubernetes/e2e.sh

.PHONY: bench
bench: ## All benchmarks, on private servers and beside a bare one: docs/benchmarks.json and its picture
	@hack/install.sh databases
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/uim .
	@bin/uim bench all --out docs

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
