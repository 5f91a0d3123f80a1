# make run    builds everything, loads the demo newsroom and serves it on http://localhost:8080
# make test   runs all tests that need no browser
TAGS     := sqlite_fts5
GO       := go
GO_TAGS  := -tags $(TAGS)
ADDR     ?= localhost:8080
DB       ?= demo.db

EXPLORER := internal/explorer/dist/index.html.gz
EXPLORER_SOURCES := $(shell find internal/explorer/web/src internal/explorer/queries -type f) \
	$(addprefix internal/explorer/web/,index.html package.json package-lock.json vite.config.js .npmrc)

.PHONY: all build run test test-browser lint generate bench fuzz crash quality clean tools

all: build

# What a machine must have, said before anything fails in an obscure way.
tools:
	@command -v $(GO) >/dev/null || { echo "Go 1.26 or newer is missing: install it from https://go.dev/dl/"; exit 1; }
	@command -v $${CC:-cc} >/dev/null || command -v gcc >/dev/null || { echo "A C compiler is missing (SQLite is compiled in): install gcc or clang, for example: apt-get install gcc"; exit 1; }
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Node 20.19 or newer with npm is missing (GraphiQL is built with it): install it from https://nodejs.org/"; exit 1; }

$(EXPLORER): $(EXPLORER_SOURCES) | tools
	cd internal/explorer/web && npm ci --no-audit --no-fund && npm run build

build: tools $(EXPLORER)
	CGO_ENABLED=1 $(GO) build $(GO_TAGS) -o bin/dateline ./cmd/dateline

run: build
	bin/dateline serve --demo --explain --db $(DB) --addr $(ADDR)

test: tools $(EXPLORER)
	CGO_ENABLED=1 $(GO) test $(GO_TAGS) ./...

# Needs Chromium on the PATH.
test-browser: build
	$(GO) test -count=1 -tags $(TAGS),browser -run TestBrowser ./internal/explorer

# Formatting, vet, staticcheck, and generated code in sync with the schema.
lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' ':!graph/generated')); test -z "$$unformatted" || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	$(GO) vet $(GO_TAGS) ./... ./.ci/realdata
	$(GO) tool staticcheck $(GO_TAGS) ./... ./.ci/realdata
	@$(MAKE) --no-print-directory generate
	@git diff --exit-code -- graph/generated || { echo "graph/generated is out of date: run make generate and commit it"; exit 1; }

generate:
	$(GO) tool gqlgen generate

bench:
	CGO_ENABLED=1 $(GO) test $(GO_TAGS) -run '^$$' -bench . -benchtime 3s -timeout 60m ./internal/bench

# Each fuzz target of every package for a while: make fuzz FUZZTIME=1m
FUZZTIME ?= 10s
fuzz:
	@for package in $$($(GO) list $(GO_TAGS) ./...); do \
		for target in $$($(GO) test $(GO_TAGS) -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test $(GO_TAGS) -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

# Kills processes that write, and looks at what is left: make crash ROUNDS=500
ROUNDS ?= 500
crash:
	CGO_ENABLED=1 $(GO) test $(GO_TAGS) -count=1 -v -timeout 120m ./internal/crash -rounds=$(ROUNDS)

# How well related articles are found, on two real newsrooms: docs/related.md explains the table.
DATA ?= ../shared/data/news
quality: build
	@for set in opensuse-news 18f-posts; do \
		echo "$$set"; \
		bin/dateline relate eval --articles $(DATA)/$$set/articles.jsonl.gz --links $(DATA)/$$set/links.tsv --least-gain 15 || exit 1; \
		echo; \
	done

clean:
	rm -rf bin internal/explorer/web/node_modules
	find internal/explorer/dist -type f ! -name .gitignore -delete
