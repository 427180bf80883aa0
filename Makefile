# fire135: every command a newcomer needs. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
SPEED ?= 1
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

.PHONY: help setup demo test lint types check lock bench chaos screenshots clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: $(STAMP) ## make .venv with the locked dependencies

# uv installs in seconds what takes pip minutes; where it cannot reach the index, pip does it.
$(STAMP): requirements.lock requirements.setup.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.setup.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock || $(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## start the whole service and play the demo (SPEED=20 for faster)
	@$(BIN)/fire135 demo --speed $(SPEED)

test: $(STAMP) ## lint, types, and every test
	$(MAKE) --no-print-directory lint types
	$(BIN)/python -W error::DeprecationWarning -m pytest -n auto --dist worksteal

lint: $(STAMP) ## style and the rooms' import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy strict
	$(BIN)/mypy

bench: $(STAMP) ## the figures of benchmarks/README.md
	$(BIN)/python -m benchmarks.decode_rate
	$(BIN)/python -m benchmarks.alarm_latency
	$(BIN)/python -m benchmarks.delivery
	$(BIN)/python -m benchmarks.roads
	$(BIN)/python -m benchmarks.coverage
	$(BIN)/python -m benchmarks.review
	$(BIN)/python -m benchmarks.page

chaos: $(STAMP) ## kill, restart and break the service 200 times; is any page lost?
	$(BIN)/python -m benchmarks.chaos

screenshots: $(STAMP) ## the pages' story in pictures, both languages, into var/screenshots
	@mkdir -p var/screenshots
	FIRE135_SCREENSHOTS=var/screenshots $(BIN)/python -m pytest tests/test_page_whole_story.py

lock: ## renew both locks, for development and for the image (hashes, no index address)
	echo "uv==$$($(BIN)/uv --version | cut -d' ' -f2)" | $(COMPILE) --output-file requirements.setup.lock -
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml requirements.build
	$(COMPILE) --constraint requirements.lock --output-file requirements.runtime.lock \
		pyproject.toml requirements.build

clean: ## remove everything that can be made again
	rm -rf .venv var build dist
