# demo   sets up and runs the store on this machine (RECORDING=, MAP=, SURVEY=, TAG_HEIGHT_M= for a real one)
# test   sets up and runs everything CI runs        SYSTEM=1 installs the Debian packages it needs by sudo
# check  format, lint, types, import contracts, pages
# bench  measures and prints                        train-test   what needs torch
# bench-decide     whether to speak: caps, leaks, expiry, cost of a decision, entry to page, push, events
# bench-location   how well we locate, and others (SITES=DIR other sites, WRITE=1 puts it on record)
.PHONY: demo test check bench bench-decide bench-location train-test setup setup-test setup-train system clean
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip install -q -c .ci/constraints.txt
WEB := $(shell find hub_server/web -type f -not -path '*/node_modules/*' 2>/dev/null)
PINS := pyproject.toml .ci/constraints.txt

demo: .venv/.demo
	@$(BIN)/python -m hub_server.demo $(if $(RECORDING),--recording '$(RECORDING)') $(if $(MAP),--map '$(MAP)') \
	  $(if $(SURVEY),--survey '$(SURVEY)') $(if $(TAG_HEIGHT_M),--tag-height-m '$(TAG_HEIGHT_M)') $(ARGS)

test: .venv/.test system check
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(ARGS),$(ARGS),--cov --cov-report=term:skip-covered)
	@$(if $(ARGS),true,$(BIN)/python .ci/core-coverage)

check: .venv/.test
	@$(BIN)/ruff format --check --quiet . || { echo 'make check: run ".venv/bin/ruff format ." and commit'; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 3; exit $${PIPESTATUS[0]}
	@$(BIN)/python hub_server/web/build_hook.py check

bench: .venv/.test system
	@for f in tests/bench/*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done

# What is counted first (caps, messages that should not be: aim 0 each), then what is timed.
DECIDE := caps decision_store gifts effects decide entry events due push lists leaving
bench-decide: .venv/.test system
	@for f in $(DECIDE); do echo "== tests/bench/$$f.py"; $(BIN)/python tests/bench/$$f.py || exit 1; done

bench-location: .venv/.test
	@$(BIN)/python tests/bench/location.py $(if $(SITES),--sites '$(SITES)') $(if $(WRITE),--write) $(ARGS)

train-test: .venv/.train
	@$(BIN)/python -m pytest tests/train $(ARGS)

setup: .venv/.demo
setup-test: .venv/.test
setup-train: .venv/.train

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'instep needs Python 3.11 or newer; "$(PYTHON)" is older. Try: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -m venv .venv || { echo 'python3 cannot make a virtual environment; on Debian: apt-get install python3-venv'; exit 1; }
	@$(BIN)/pip install -q --disable-pip-version-check -c .ci/constraints.txt uv

.venv/.demo: .venv/bin/uv $(PINS) $(WEB)
	@echo 'setting up .venv …'
	@$(UV) -e '.[demo]'
	@touch $@

.venv/.test: .venv/.demo
	@$(UV) --group test --group lint
	@touch $@

.venv/.train: .venv/.test
	@$(BIN)/pip install -q --disable-pip-version-check -c .ci/constraints.txt torch  # pip, not uv: uv would take a CUDA build
	@$(UV) -e '.[train]'
	@touch $@

system:
	@.ci/system-packages

clean:
	rm -rf .venv hub_server/pages/static hub_server/web/node_modules
