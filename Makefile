# What people do daily. Nothing but Python (3.11 or newer), make and git is needed beforehand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA := $(if $(TRUTHGPT_DATA),$(TRUTHGPT_DATA),data)
ARGS ?=
# The tests' build of torch: without a GPU's libraries, which are gigabytes.
TORCH ?= torch==2.13.0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: up train-demo test coverage lint types check bench bench-long screenshots chromium postgresql clean help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 14

up: $(VENV)/.installed  ## install, fetch the default model, serve the page with the demo posts
	@$(BIN)/truthgpt model pull --data "$(DATA)" || echo "Going on without a language model: answers will be quoted evidence."
	@$(BIN)/truthgpt up --uninspected --data "$(DATA)" $(ARGS)

# Three processes share the cores: threads of each would wait for those of the others, turning. Modules are compiled once.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadgroup

test: $(VENV)/.installed-dev chromium postgresql  ## install what tests need and run them all
	$(PYTEST) $(ARGS)

coverage: $(VENV)/.installed-dev chromium postgresql  ## the same, with the lines that no test runs; takes a third longer
	$(PYTEST) --cov --cov-report=term --cov-fail-under=90 $(ARGS)

lint: $(VENV)/.installed-dev  ## style and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.installed-dev  ## mypy --strict
	$(BIN)/mypy

check: lint types test  ## all that must hold before a change goes in

# Exports to train on, such as Reddit's; without any, the demo posts.
POSTS ?=
DEMO := $(DATA)/train-demo

train-demo: $(VENV)/.installed-train  ## a model of your own in ten minutes on two cores: make train-demo POSTS="FILE…"
	@rm -rf "$(DEMO)" && mkdir -p "$(DEMO)" && cp examples/demo.toml "$(DEMO)/run.toml"
	$(BIN)/truthgpt import $(if $(POSTS),$(POSTS),--demo) --data "$(DEMO)/data"
	$(BIN)/truthgpt train tokenizer "$(DEMO)/run.toml" --data "$(DEMO)/data"
	$(BIN)/truthgpt train pretrain "$(DEMO)/run.toml" --data "$(DEMO)/data"
	$(BIN)/truthgpt train finetune "$(DEMO)/run.toml" --data "$(DEMO)/data"
	$(BIN)/truthgpt model export "$(DEMO)/run/finetuned" --to "$(DEMO)/mine.gguf"
	$(BIN)/truthgpt ask --model "$(DEMO)/mine.gguf" --data "$(DEMO)/data" $(if $(QUESTION),"$(QUESTION)","What do people say about sleep?")

bench: $(VENV)/.installed-dev  ## the figures of the README, a JSON line each; those of hours: make bench-long
	$(BIN)/pip install --quiet --editable '.[dev,bench,peers]'
	@for script in up ingest search clicks quality embedding answer quotations steps near_copies corpus live truth reliability trace notes plan loader export train; do $(BIN)/python benchmarks/$$script.py || exit 1; done

bench-long: $(VENV)/.installed-dev  ## searches of ten million posts, and nine runs or more of twenty million tokens
	$(BIN)/pip install --quiet --editable '.[dev,bench,peers]'
	@for script in search_at_scale convergence; do $(BIN)/python benchmarks/$$script.py || exit 1; done

screenshots: $(VENV)/.installed-dev chromium  ## take the README's pictures anew
	TRUTHGPT_SCREENSHOTS=1 $(BIN)/python -m pytest -m browser tests/browser

chromium:  # Debian's browser and a Chinese font for the page's tests; elsewhere install Chromium by hand
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; } \
	  || echo "chromium is not installed: the page's tests will be skipped"

postgresql:  # Debian's server for the tests of the database, which start it in a folder of their own; elsewhere install it by hand
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } \
	  || echo "postgresql is not installed: the database is tested on SQLite alone"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "TruthGPT needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-train: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet $(TORCH)
	$(BIN)/pip install --quiet --editable '.[train]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet $(TORCH)
	$(BIN)/pip install --quiet --editable '.[dev,bench,train]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-train

clean:  ## remove the environment and the caches, not the data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage*
