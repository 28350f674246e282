# `make demo` and `make test` set everything up by themselves in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint unit bench bench-gpu setup clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q torch
	$(BIN)/python -m pip install -q -e '.[test]'
	touch $@

demo: setup
	$(BIN)/musicvid demo -o demo

test: lint unit

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup
	$(BIN)/python tests/warm.py
	$(BIN)/pytest -n 2 --dist loadgroup

# The kernels alone, then the diffusion backend. Both need a CUDA card.
bench-gpu: setup
	(cd kernels && $(abspath $(BIN))/python -m benchmarks --out ../cards/kernels --budget 3600); status=$$?; \
	$(BIN)/python -m tests.benchmarks.cards --out cards && exit $$status

bench: setup
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) demo cards build dist
