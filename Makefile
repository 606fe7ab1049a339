# make train   install, train the lesson's network on MNIST, print its accuracy
# make test    install, check, run every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: train test lint tables wheelhouse offline clean

train: $(VENV)/.train
	$(BIN)/digitscope train

test: $(VENV)/.dev lint
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The results in the README and the command help in docs/, from their sources.
tables: $(VENV)/.dev
	$(BIN)/python -m benchmarks.tables

$(BIN)/python:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" || \
	  { echo "digitscope needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.train: $(BIN)/python pyproject.toml
	$(PIP) install --quiet --editable ".[train]"
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(PIP) install --quiet --editable ".[train,explore,jax,dev]"
	@touch $@ $(VENV)/.train

# For a room without internet: every wheel, for this platform and this Python.
wheelhouse: $(BIN)/python
	$(PIP) wheel --quiet --wheel-dir wheelhouse ".[train]"
	@echo "wheelhouse/ is complete: copy this folder to the room (without $(VENV)), then: make offline"

offline:
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet --no-index --find-links wheelhouse "digitscope[train]"
	@touch $(VENV)/.train
	$(BIN)/digitscope train

clean:
	rm -rf $(VENV) wheelhouse build dist .mypy_cache .pytest_cache .ruff_cache
