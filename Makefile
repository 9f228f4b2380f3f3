# Every target works in a fresh clone: it first brings the tools it needs into a cache.
PYTHON ?= python3
PLATFORMS ?= linux/amd64
KEEP ?=

VENV := .venv
BIN := $(VENV)/bin
UV := 0.13.9
INSTALL := $(PYTHON) workflows/tools/install.py --venv $(VENV)
# Where PYTHONDONTWRITEBYTECODE is set, every start of the program would compile it anew.
COMPILE := $(BIN)/python -m compileall -q publisher tests
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-all demo test lint unit contract integration soak bench lock clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Python environment and tools, each only if missing or out of date
	@$(INSTALL) --set run $(if $(findstring arm64,$(PLATFORMS)),--arm64)
	@$(COMPILE)

setup-test:
	@$(INSTALL) --set test
	@$(COMPILE)

setup-all:
	@$(INSTALL) --set all --arm64

demo: setup ## Publish a small catalog on this machine (KEEP=1 leaves it up, PLATFORMS=linux/amd64,linux/arm64)
	@KEEP=$(KEEP) PLATFORMS=$(PLATFORMS) $(BIN)/python -m tests.demo

test: setup-test lint ## Lint, types, and all tests but the long tier
	$(PYTEST) -m "not soak"

lint: ## Style and types
	@$(INSTALL) --only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: ## Unit tests alone: no network, no tools
	@$(INSTALL) --only
	$(PYTEST) tests/unit -m "not soak"

contract: setup-test ## Contract suites, on the fakes and on the real things
	$(PYTEST) tests/contract -m "not soak"

integration: setup-test ## Integration tests
	$(PYTEST) tests/integration -m "not soak"

soak: setup-all ## The long tier: kills, fuzzing, the full fault matrix, arm64
	$(PYTEST) -m soak --timeout 0

bench: setup-test ## Measure against other programs
	$(PYTEST) tests/bench --timeout 0

lock: ## Compile the Python lock file again from pyproject.toml
	$(BIN)/python -m pip install --quiet uv==$(UV)
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --upgrade --quiet --output-file workflows/tools/python.lock

clean: ## Remove the environment and what tests and builds leave in the tree; the tool cache stays
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find publisher tests workflows -name __pycache__ -type d -prune -exec rm -rf {} +
