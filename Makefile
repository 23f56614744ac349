# Everything works from a clean checkout with Python 3.11 or newer, git and make; nothing is installed outside of it.
# `make help` prints the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
# The stamps say which lock is installed: a second use costs nothing.
DEMO := $(VENV)/demo.stamp
DEV := $(VENV)/dev.stamp
TEMPLATES := gateway/templates templates

# The first Python that is new enough; PYTHON=... chooses another. Evaluated only when an environment is made.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; exit; }; done)

.PHONY: migration translations help run quick test test-services test-browser chromium bench chaos drill mails lint audit sbom lock clean

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(DEMO) ## start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/python -m demo

quick: $(DEV) ## rules, and promises between files: what to run after each change, in half a minute
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not services and not slow" tests/domain tests/contract

test: $(DEV) ## the tests that need no server and no browser
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not services and not browser"

test-services: export GATEHOUSE_TEST_SERVICES := 1
test-services: export TEST_DATABASE_URL ?= postgresql+psycopg://postgres@127.0.0.1/test
test-services: export TEST_REDIS_URL ?= redis://127.0.0.1:6379/15
test-services: export TEST_AMQP_URL ?= amqp://guest:guest@127.0.0.1:5672//
# Left out is what touches no server: rules without a database, and mails that are printed in one of their own.
test-services: $(DEV) ## the tests against PostgreSQL, Redis and RabbitMQ, named by TEST_DATABASE_URL, ...
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser" --ignore tests/domain --ignore tests/mails

test-browser: $(DEV) chromium ## the pages in a real headless Chromium
	@$(BIN)/python -m pytest -n 2 -m browser

chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	    echo "Chromium is missing: install it (Debian: apt install chromium)" >&2; exit 1; fi; \
	  echo "Installing Chromium ..."; \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
	    >$(VENV)/chromium.log 2>&1 || { tail -n 5 $(VENV)/chromium.log >&2; exit 1; }; }

bench: $(DEV) ## the benchmarks, beside a plain app's, as tables: BENCH="plain --quick"
	@$(BIN)/python -m benchmarks $(BENCH)

chaos: $(DEV) ## faults on the real processes, and whether anything was lost: CHAOS="--profile embedded --seed 2"
	@$(BIN)/python -m tests.chaos $(CHAOS)

drill: $(DEV) ## every alert caused on purpose and mended by the runbook (needs Prometheus and PostgreSQL)
	@$(BIN)/python -m tests.drill $(DRILL)

mails: $(DEV) ## every mail in every state and language, to look at: var/mails/index.html; MAILS="--language de"
	@$(BIN)/python -m tests.mails $(MAILS)

migration: $(DEV) ## write a migration from what changed in the models: MESSAGE="..."
	@$(BIN)/python -m migrations.revise "$(MESSAGE)"

# Left to itself it goes into no folder whose name begins with "_", and so not into templates/email/_base.
translations: $(DEV) ## collect the sentences of code and templates, and bring every catalogue up to date
	@$(BIN)/pybabel --quiet extract -F babel.cfg --ignore-dirs=".*" -k N_ -k gettext --no-location --sort-output --omit-header -o shared/translations/messages.pot .
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete -i shared/translations/messages.pot -d shared/translations

lint: $(DEV) ## style, types, import rules, templates, catalogues, compose file, image, requirements
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --lint --quiet --profile=jinja $(TEMPLATES)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.production.yml
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/python -m pytest -q --no-header -p no:cacheprovider tests/contract/test_translations.py
	@$(BIN)/python -m docs.requirements --check

audit: $(DEV) ## ask the public advisories about every locked package (needs a network; 75 when they are away)
	@$(BIN)/python -m requirements.audit

sbom: $(DEV) ## write the bill of materials of what runs: sbom.json (CycloneDX)
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements/runtime.txt --pyproject pyproject.toml \
	  --output-reproducible --output-file sbom.json

lock: ## resolve the dependencies of pyproject.toml again (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	@requirements/compile

clean: ## remove the environment and all caches; var/ stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv, when it works here, is faster; pip does the same.
define install
@echo "Installing $(1) ..."
@if uv --version >/dev/null 2>&1; then \
  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r $(1); \
else \
  $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps -r $(1); \
fi
endef

$(DEMO): requirements/demo.txt $(BIN)/python
	$(call install,requirements/demo.txt)
	@touch $@

# What the tests need holds what the demonstration needs.
$(DEV): requirements/dev.txt $(BIN)/python
	$(call install,requirements/dev.txt)
	@touch $@ $(DEMO)

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is missing: install it, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@if "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
	  "$(PYTHON)" -m venv $(VENV); \
	elif uv --version >/dev/null 2>&1; then \
	  uv venv --quiet --python "$(PYTHON)" $(VENV); \
	else \
	  echo "$(PYTHON) cannot make a virtual environment: install its venv package (Debian: apt install python3-venv)" >&2; exit 1; \
	fi
