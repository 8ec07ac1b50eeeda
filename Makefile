# make serve is all that a first visit needs; make test and make check are what CI runs.

VENV ?= .venv
BIN := $(VENV)/bin

# A stamp is as new as the last installation; a newer pyproject.toml makes it again.
PLAIN := $(VENV)/.installed-plain
FULL := $(VENV)/.installed-full

PYTHONS := python3.13 python3.12 python3.11 python3 python3.14 python
# Bytecode is written for what is imported, not for all that is installed: a third of the disk, and a quicker installation.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: help install serve test check bench
.DEFAULT_GOAL := help

help:
	@echo "make serve    start the bot: web chat, webhooks, worker and database, on http://127.0.0.1:8000"
	@echo "make install  everything that tests and checks need, into $(VENV)"
	@echo "make test     all tests (browser tests need Debian's chromium)"
	@echo "make check    ruff, mypy, import-linter, danloi check, hadolint"
	@echo "make bench    measure, and write docs/performance.md"

install: $(FULL)

# One command without a shell between, so that a signal reaches the server and its exit code comes back.
serve: $(PLAIN)
	@$(BIN)/danloi serve

test: $(FULL)
	@$(BIN)/python -m pytest $(ARGS)

check: $(FULL)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/danloi check
	$(BIN)/hadolint Dockerfile

bench: $(FULL)
	@$(BIN)/python -m bench $(ARGS)

$(BIN)/python:
	@for one in $(PYTHONS); do \
	  if "$$one" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$one; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Dẫn Lối needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt-get install python3 python3-venv)." >&2; exit 1; \
	fi; \
	echo "making $(VENV) with $$($$found --version)"; "$$found" -m venv --clear $(VENV) && $(BIN)/python -m pip uninstall --quiet --yes setuptools 2>/dev/null || test -x $(BIN)/python

$(PLAIN): pyproject.toml | $(BIN)/python
	@echo "installing danloi into $(VENV)"
	@$(PIP) --editable .
	@touch $@

# Dependency groups need a pip of 2025; a fresh environment may bring an older one.
$(FULL): pyproject.toml | $(BIN)/python
	@echo "installing danloi with all that tests and checks need into $(VENV)"
	@$(PIP) --upgrade "pip>=25.1"
	@$(PIP) --editable ".[studio,train]" --group dev
	@touch $@ $(PLAIN)
