# make serve is all that a first visit needs; make test and make check are what CI runs.

VENV ?= .venv
BIN := $(VENV)/bin

# A stamp is as new as the last installation; a newer pyproject.toml makes it again.
PLAIN := $(VENV)/.installed-plain
FULL := $(VENV)/.installed-full

PYTHONS := python3.13 python3.12 python3.11 python3 python3.14 python
# Bytecode is written for what is imported, not for all that is installed: a third of the disk, and a quicker installation.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

# Rasa runs on Python 3.10 at most, so it has an environment of its own; docs/rasa.md. RASA_EPOCHS trains shorter, and worse.
RASA_VENV ?= .venv-rasa
RASA_DATA ?= nlu_data
RASA_EPOCHS ?=
RASA_PORT ?= 5005
RASA_STAMP := $(RASA_VENV)/.installed
RASA_MODEL := build/rasa/danloi$(RASA_EPOCHS:%=-%).tar.gz
RASA_PYTHONS := python3.10 $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.10*/bin/python)
RASA := $(abspath $(RASA_VENV))/bin/rasa

.PHONY: help install serve test check bench rasa rasa-train
.DEFAULT_GOAL := help

help:
	@echo "make serve    start the bot: web chat, webhooks, worker and database, on http://127.0.0.1:8000"
	@echo "make install  everything that tests and checks need, into $(VENV)"
	@echo "make test     all tests (browser tests need Debian's chromium)"
	@echo "make check    ruff, mypy, import-linter, danloi check, hadolint"
	@echo "make bench    measure, and write docs/performance.md"
	@echo "make rasa     a Rasa server that learnt nlu_data, on http://127.0.0.1:$(RASA_PORT) (make rasa-train only trains)"

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
	$(BIN)/hadolint Dockerfile docker/rasa.Dockerfile

bench: $(FULL)
	@$(BIN)/python -m bench $(ARGS)

rasa: $(RASA_MODEL)
	@cd build/rasa && exec env RASA_TELEMETRY_ENABLED=false SQLALCHEMY_SILENCE_UBER_WARNING=1 TF_CPP_MIN_LOG_LEVEL=2 \
	  $(RASA) run --enable-api --model $(notdir $(RASA_MODEL)) --interface 127.0.0.1 --port $(RASA_PORT)

rasa-train: $(RASA_MODEL)

$(RASA_MODEL): $(RASA_STAMP) nlu_data/rasa/config.yml $(wildcard $(RASA_DATA) $(RASA_DATA)/*.yml)
	@echo "training Rasa on $(RASA_DATA)"
	@RASA=$(RASA) EPOCHS=$(RASA_EPOCHS) nlu_data/rasa/train.sh $@ $(RASA_DATA)
	@touch $@

$(RASA_STAMP): nlu_data/rasa/requirements.txt
	@for one in $(RASA_PYTHONS); do \
	  if "$$one" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1; then found=$$one; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Rasa 3.6 needs Python 3.10, as python3.10 on the PATH or from pyenv (pyenv install 3.10). Dẫn Lối itself works without Rasa." >&2; exit 1; \
	fi; \
	test -x $(RASA_VENV)/bin/python || "$$found" -m venv $(RASA_VENV)
	@echo "installing Rasa into $(RASA_VENV): 2.7 GB"
	@$(RASA_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement $<
	@touch $@

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
	@$(PIP) --editable ".[e5,studio,train]" --group dev
	@touch $@ $(PLAIN)
