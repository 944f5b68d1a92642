# Everything here needs Go, Python 3.11 or later, Java 17 and make, nothing else.
# Judges (datasets, webdataset, pyarrow, DuckDB, Polars, PySpark, ...) go into a
# virtual environment under .venv, pinned, the first time they are wanted.

GO     ?= go
PYTHON ?= python3
# How long each fuzz target runs, how often each benchmark.
FUZZTIME ?= 30s
COUNT    ?= 1
# What the race detector looks at.
RACE ?= ./pipeline/... ./stages/...
# Where the Go tests' coverage is written, and the total is printed of it: in CI; elsewhere
# nothing is measured, unless this is set. A package is covered by its own tests alone:
# to count all tests for all packages, each test binary is built with every package again.
ifdef CI
COVERAGE ?= .cache/coverage.out
endif
# What pytest gets, e.g. JUDGE="-k parquet -x".
JUDGE ?=
# Which of the heavy judges; all if empty.
JUDGES ?=
# What the benchmark gets, e.g. BENCH="--only parquet --rounds 2" or, after another build, --fresh.
BENCH ?=
# Where data and outputs of benchmarks are: 25 GB.
WORK  ?= .cache/bench

# A static binary. The race detector alone needs cgo. No -trimpath here: it would
# compile everything once more than the tests do.
export CGO_ENABLED = 0
TOOL        = $(GO) tool -modfile=scripts/house/tools/go.mod
SOURCES     = cmd configs pipeline schema scripts stages
PLATFORMS   = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: help build demo test unit race judge judge-all cluster soak fuzz bench measure microbench golden gen lint house fmt check cross wheel release clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/pickshard
	$(GO) build -o bin/pickshard ./cmd/pickshard

demo: build ## convert a small embedded dataset into demo-out
	bin/pickshard demo ./demo-out

test: unit race judge ## every test: Go, race detector, judges

unit: ## the Go tests
ifdef COVERAGE
	@mkdir -p $(dir $(COVERAGE))
	$(GO) test -timeout 30m -coverprofile $(COVERAGE) ./...
	@$(GO) tool cover -func $(COVERAGE) | awk 'END { print "the Go tests cover " $$NF " of the statements of their packages" }'
else
	$(GO) test -timeout 30m ./...
endif

race: ## the Go tests of pipeline and stages under the race detector
	@if command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null; then \
		echo "$(GO) test -race $(RACE)"; CGO_ENABLED=1 $(GO) test -timeout 30m -race $(RACE); \
	else \
		echo "race: SKIPPED: the race detector needs a C compiler and there is none"; \
	fi

judge: build ## let the consumers read what is written
	judges=$$($(PYTHON) scripts/judges/environment.py) && \
		PICKSHARD_BIN=bin/pickshard "$$judges" -m pytest scripts/judges -q $(JUDGE)

cluster: build ## Spark and Slurm on loopback, whose processes are killed: the same bytes all the same
	judges=$$($(PYTHON) scripts/judges/environment.py) && \
		PICKSHARD_CLUSTER=1 PICKSHARD_BIN=bin/pickshard "$$judges" -m pytest scripts/judges/test_cluster.py scripts/judges/test_array.py scripts/judges/test_slurm.py -q $(JUDGE)

judge-all: build ## let every consumer read it, each in its own environment (10 GB; JUDGES="dali torch" for some)
	judges=$$($(PYTHON) scripts/judges/environment.py) && \
		PICKSHARD_BIN=bin/pickshard "$$judges" scripts/judges/all/run.py $(JUDGES)

soak: ## try long to make it lose or lie: kills, power cuts, faults, each protection taken out
	PICKSHARD_SOAK=1 $(GO) test -count=1 -timeout=4h -v ./scripts/soak
	PICKSHARD_SOAK=1 $(GO) test -count=1 -timeout=1h -run 'TestShared$$' ./cmd/pickshard

# Go runs one fuzz target at a time; minimizing is bounded, as it would eat the time.
fuzz: ## run every fuzz target for FUZZTIME (30s)
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' $(SOURCES) | xargs -n1 dirname | sort -u | \
	while read -r dir; do \
		for target in $$($(GO) test -list '^Fuzz' ./$$dir | grep '^Fuzz'); do \
			echo "fuzz: $$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./$$dir </dev/null; \
		done; \
	done

bench: build ## pickshard against its peers, caches warm and cold, into the README (hours; goes on where it stopped)
	$(PYTHON) scripts/bench/bench.py $(WORK) --both --keep-data $(BENCH)

measure: build ## growth, peak memory, planning, rules, verify, start and pickles, into scripts/bench/results (an hour or two)
	@set -e; for what in start pickles growth planning checking joining memory verifying; do \
		echo "$(PYTHON) scripts/bench/$$what.py $(WORK)"; $(PYTHON) scripts/bench/$$what.py $(WORK); \
	done

microbench: ## run every Go benchmark COUNT times (1)
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./...

golden: ## write what the tests get into their golden files
	@grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -n1 dirname | sort -u | \
		xargs -I{} $(GO) test {} -update

gen: ## write the generated files again
	$(GO) run ./configs/gen

# Dead is what nothing calls on either architecture: one has assembly, the other has not.
lint: house ## gofmt, go vet, go fix, staticcheck, deadcode and the house rules
	@unformatted=$$(gofmt -l $(SOURCES)); \
		if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	@echo "$(GO) fix -diff ./..."; fixes=$$($(GO) fix -diff ./...) || [ -n "$$fixes" ] || exit 1; \
		if [ -n "$$fixes" ]; then echo "$$fixes"; echo "go fix would change this: run make fmt"; exit 1; fi
	$(TOOL) staticcheck ./...
	@echo "$(TOOL) deadcode ./cmd/... ./configs/..."; deadcode=$$($(TOOL) -n deadcode); \
		dead=$$(for arch in amd64 arm64; do GOARCH=$$arch $$deadcode ./cmd/... ./configs/...; done | sort | uniq -d | \
			grep -v -e /conformance/ -e /pipelinetest/ -e /readtest/ | grep -E ': ([a-z]\w*\.\w+|(\w+\.)?[a-z]\w*)$$'); \
		if [ -n "$$dead" ]; then echo "nothing calls these:"; echo "$$dead"; exit 1; fi

house: ## the house rules alone: imports, comments, names, lengths
	$(GO) test -count 1 ./scripts/house

fmt: ## format and modernize the sources
	gofmt -w $(SOURCES)
	$(GO) fix ./...

check: ## what CI runs
	bash .ci/run

cross: ## build for every platform
	@set -e; for p in $(PLATFORMS); do \
		echo "build $$p"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o dist/$${p%/*}-$${p#*/}/ ./cmd/pickshard; \
	done

wheel: ## make Python wheels of the program for five platforms, into dist
	$(PYTHON) scripts/wheel/wheel.py

release: ## make all of a release into dist: archives, wheels, .deb, image, formula, SBOMs
	$(PYTHON) scripts/release/release.py

clean: ## remove what was built; .venv stays
	rm -rf bin dist demo-out
