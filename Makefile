# make train   install, train the lesson's network on MNIST, print its accuracy
# make test    install, check, run every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: train test lint lint-web node browser tables reader wheelhouse offline clean

train: $(VENV)/.train
	$(BIN)/digitscope train

test: $(VENV)/.dev lint browser
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev lint-web
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# The page's code: rules, format, types. The page itself needs no Node.js, and is not built.
lint-web: node
	@if command -v npm >/dev/null; then \
	  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then \
	    npm ci --silent --no-audit --no-fund || ! npm ping --silent >/dev/null 2>&1 || exit 1; \
	  fi; \
	  if [ -d node_modules ]; then npm run --silent lint; \
	  else echo "SKIPPED: npm's registry can't be reached, so the page's code is not checked"; fi; \
	else echo "SKIPPED: no Node.js here, so the page's code is not checked"; fi

node:
	@command -v npm >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing nodejs and npm for the checks of the page's code" && apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends nodejs npm >/dev/null \
	      || echo "nodejs can't be installed"; \
	  else echo "no npm, and only root can install it"; fi

# Chromium, for the tests of pages; pytest says which are skipped without it.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium for the tests of pages" && apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends chromium >/dev/null \
	      || echo "chromium can't be installed: the tests of pages are skipped"; \
	  else echo "no chromium, and only root can install it: the tests of pages are skipped"; fi

# The results in the README and in docs/, from their sources.
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
	$(PIP) install --quiet --editable ".[train,explore,pages,jax,dev]"
	@touch $@ $(VENV)/.train

# The network of `predict` and `read`, anew: fonts, data, training; half an hour. See docs/reader.md.
reader: $(VENV)/.train
	$(BIN)/python -m scripts.fonts
	$(BIN)/python -m scripts.reader_data
	$(BIN)/digitscope train --recipe reader --data build/reader.npz --runs-dir build/runs
	run="$$(ls -d build/runs/*-reader | tail -1)" && cd digitscope/models && \
	  cp "../../$$run/model.onnx" reader.onnx && cp "../../$$run/network.json" reader.json && \
	  cp "../../$$run/weights.bin" reader.bin

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
	rm -rf $(VENV) wheelhouse build dist node_modules .hypothesis .*_cache
