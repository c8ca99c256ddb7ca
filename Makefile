# One way in: every task is a target with a sentence. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

# The demo's options, handed on as they are.
VIDEO ?=
LIMIT_BYTES ?=
COMPRESS_ABOVE_BYTES ?=
KEEP ?=

.PHONY: help
help: ## List the tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what is needed into .venv (the other tasks do it by themselves)
	@scripts/setup

.PHONY: demo
demo: setup ## The whole pipeline on a local cloud, on a real video [VIDEO=path LIMIT_BYTES=n COMPRESS_ABOVE_BYTES=n KEEP=1]
	@scripts/footage
	@$(BIN)/vcp demo $(if $(VIDEO),--video "$(VIDEO)") $(if $(LIMIT_BYTES),--limit-bytes $(LIMIT_BYTES)) \
		$(if $(COMPRESS_ABOVE_BYTES),--compress-above-bytes $(COMPRESS_ABOVE_BYTES)) $(if $(KEEP),--keep)

.PHONY: test
test: setup ## Every test that a clean machine can run in minutes
	@$(PYTEST) tests -n 2 --dist loadfile $(PYTEST_ARGS)

.PHONY: check
check: setup ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy images/vcp infra localcloud/src rendering/src vcpctl tests __main__.py

.PHONY: format
format: setup ## Format and mend what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: lock
lock: setup ## Resolve the dependencies again into locks/
	@scripts/lock

.PHONY: clean
clean: ## Remove what was built (the environment in .venv stays)
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
