# Needs Python 3.11 or later and make, nothing else: each goal makes .venv first, once.
#
#   make demo       specs checked, diagrams drawn, two hosts that ping, suites run; no root
#   make test       ruff, mypy, pyright, pytest on all processors
#   make lint       ruff, mypy, pyright
#   make format     ruff's formatter, in place
#   make docs       the reference pages that are made from the specs
#   make bench      ratios against peers, measured side by side
#   make campaign   the long conformance run, its report in build/campaign; 1,000 transfers over bad
#                   cables; compositions with larger bounds
#   make clean      away with .venv, build and all caches

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := demo
.PHONY: demo test lint format docs bench campaign clean programs

demo: $(VENV)/.use
	@$(BIN)/python -m netfsm.cli.demo

test: lint programs
	@$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy conftest.py $(wildcard tests benchmarks examples)
	$(BIN)/pyright

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

docs: $(VENV)/.use
	@$(BIN)/python -m netfsm.cli.reference docs/reference

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

# All mutants of every layer but TCP's, of which each has steps of six machines proved anew.
LAYERS = $(filter-out tcp,$(patsubst specs/%/layer.yaml,%,$(wildcard specs/*/layer.yaml)))

campaign: $(VENV)/.dev
	@$(BIN)/python -m netfsm conform --against self --profile campaign --report build/campaign
	@$(BIN)/python -m pytest -q --campaign tests/layers/tcp/test_trials.py tests/layers/tcp/test_attacks.py tests/e1000/test_hostile.py
	@$(BIN)/python -m netfsm conform $(LAYERS) --mutants --profile campaign --report docs/reference
	@$(BIN)/python -m netfsm conform tcp --mutants --profile campaign --sample 100 --seed 1 --report docs/reference
	@$(BIN)/python -m netfsm check --encoding bitvec
	@$(BIN)/python -m netfsm check --no-prove --compose --larger
	@$(BIN)/python -m netfsm check --no-prove --compose --larger tests/specs/tcp/*.yaml

# What the machine lacks for the full tests; they skip what needs it and say so.
programs: $(VENV)/.use
	@$(BIN)/python -m netfsm.programs

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# netfsm with every extra: what `make demo` needs.
$(VENV)/.use: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "netfsm needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is incomplete: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "installing netfsm and its libraries into $(VENV); this happens once"
	@$(PIP) install --editable '.[all]'
	@touch $@

# The tools that judge netfsm: type checkers, linters, oracles.
$(VENV)/.dev: $(VENV)/.use
	@echo "installing the test tools into $(VENV); this happens once"
	@$(PIP) install --editable '.[dev]'
	@touch $@
