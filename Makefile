# The commands of this repository. Each does all of its own set-up.
SHELL := /bin/sh
BIN := .venv/bin
export QT_QPA_PLATFORM_FALLBACK := offscreen

.PHONY: help setup demo test check bench fuzz fuzz-api simulate mutants soak bundle clean

help:            ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

.venv/.ready: pyproject.toml uv.lock packaging/setup.sh
	sh packaging/setup.sh
	@touch $@

setup: .venv/.ready  ## Python environment and system libraries

demo: setup      ## the whole product on this computer
	$(BIN)/cvd demo

check: setup     ## style, types and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: check      ## every check and every test
	$(BIN)/pytest -n auto --dist worksteal

bench: setup     ## speed, each figure against a reference of the same run (ONLY=name runs one)
	$(BIN)/python -m benchmarks $(ONLY)

fuzz: setup      ## 10^6 damaged reports through all that reads them (RUNS=n, SEED=n)
	$(BIN)/python -m tests.fuzz $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED))

fuzz-api: setup  ## new requests to every endpoint of the server, 200 of each (RUNS=n)
	CVD_FUZZ_EXAMPLES=$(or $(RUNS),200) $(BIN)/pytest -q -n0 tests/cvd_server/test_openapi_fuzz.py

simulate: setup  ## histories of all that can go wrong (RUNS=n FROM=n DATABASE=sqlite|postgresql JOBS=n)
	$(BIN)/python -m tests.simulation $(if $(RUNS),--runs $(RUNS)) $(if $(FROM),--from $(FROM)) \
	    $(if $(DATABASE),--database $(DATABASE)) $(if $(JOBS),--jobs $(JOBS))

soak: setup      ## 40 clients at once for 5 minutes, killed workers, 200 power cuts
	CVD_SOAK_SECONDS=300 CVD_POWER_CUTS=200 $(BIN)/pytest -q -n0 tests/end_to_end/test_server_under_fire.py \
	    tests/end_to_end/test_power_cut.py

mutants: setup   ## faults of the protocol, put in on purpose: each has to be noticed (JOBS=n)
	$(BIN)/python -m tests.simulation --mutants $(if $(JOBS),--jobs $(JOBS))

bundle: setup    ## one-folder program in dist/cvd, then its self-test from another folder
	sh packaging/bundle.sh

clean:           ## remove what was built
	rm -rf build dist .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
