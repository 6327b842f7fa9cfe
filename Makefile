# Everything a developer or a machine runs. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The tools' versions stand in tools/tools.mod, apart from the program's.
tool := go tool -modfile=tools/tools.mod
modules := e2e/node_modules/.package-lock.json

# The browser journeys have a target of their own; all else is race-checked.
packages = $$(go list ./... | grep -v '/e2e')

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/parley
	@./scripts/go-version.sh
	CGO_ENABLED=0 go build -buildvcs=auto -trimpath -ldflags "-s -w" -o bin/parley ./cmd/parley

.PHONY: deb
deb: build ## build a Debian package of this commit in bin/
	./packaging/debian/build.sh bin/parley "0.$$(git log -1 --format=%cd --date=format:%Y%m%d.%H%M)" bin

.PHONY: run
run: build ## serve the demo publication
	./bin/parley serve --demo

.PHONY: test
test: ## install what the tests need, then run every check and test
	./scripts/setup.sh
	$(MAKE) check
	$(MAKE) unit
	$(MAKE) browser

# go vet has run in `check`; go test need not repeat it.
.PHONY: unit
unit: ## run all tests but the browser's, on SQLite and PostgreSQL
	PARLEY_REQUIRE_POSTGRES=1 go test -race -vet=off -timeout 25m $(packages)
	@echo "unit: what counts in the thousands, without the race detector"
	PARLEY_REQUIRE_POSTGRES=1 go test -vet=off -timeout 15m ./internal/store ./internal/desk ./internal/web ./cmd/parley

.PHONY: browser
browser: build $(modules) ## run the journeys in a real browser
	PARLEY_BIN=$(CURDIR)/bin/parley PARLEY_REQUIRE_POSTGRES=1 PARLEY_REQUIRE_BROWSER=1 \
		go test -vet=off -count=1 -timeout 30m ./e2e/...

# Each has a short version among the other tests; docs/reliability.md lists them.
.PHONY: soak
soak: ## run the long versions of the tests of hard faults, for an hour or more
	PARLEY_KILL_ROUNDS=1000 PARLEY_CRASH_STATES=20000 \
		go test -vet=off -count=1 -v -timeout 5h -run 'TestServe_killed|TestCrash_|TestOutage_' ./cmd/parley ./internal/desk ./internal/store
	PARLEY_SOAK=1 go test -vet=off -count=1 -v -timeout 5h \
		-run 'TestRestart|TestUpgrade|TestLinearizable|TestFailover|TestNetwork_|TestServe_slow|TestServe_huge|TestServe_flood|TestLeak|TestClock_' \
		./cmd/parley ./internal/desk ./internal/store ./internal/web
	PARLEY_PARTITIONED=1 go test -vet=off -count=1 -timeout 1h ./internal/store ./internal/desk
	PARLEY_POOLED=1 go test -vet=off -count=1 -timeout 1h ./internal/store ./internal/desk

.PHONY: check
check: $(modules) ## check format, types, generated files and the house's own rules
	@./scripts/go-version.sh
	@echo "check: format"
	@unformatted=$$($(tool) gofumpt -l .); \
		[ -z "$$unformatted" ] || { echo "run make fmt for:"; echo "$$unformatted"; exit 1; }
	@echo "check: generated files"
	@./scripts/fresh.sh
	@echo "check: the house's rules"
	@go run ./tools/check
	@echo "check: go vet"
	@go vet ./...
	@echo "check: staticcheck"
	@$(tool) staticcheck ./...
	@echo "check: TypeScript"
	@npm --prefix e2e run --silent types

.PHONY: generate
generate: ## write all generated files anew
	$(tool) templ generate -log-level error
	go generate ./...
	go run ./frontend/build

.PHONY: fmt
fmt: ## format Go and templates
	$(tool) gofumpt -w .
	$(tool) templ fmt -log-level error .

.PHONY: bench
bench: build ## measure this machine, for docs/benchmarks.md
	./bin/parley bench all

$(modules): e2e/package.json e2e/package-lock.json e2e/.npmrc
	npm --prefix e2e ci
	@touch $@
