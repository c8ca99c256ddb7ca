# One way in: every task is a target with a sentence. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

# The demo's options, handed on as they were typed: neither make nor the shell reads anything into a file's name.
export DEMO_VIDEO := $(value VIDEO)
export DEMO_LIMIT_BYTES := $(value LIMIT_BYTES)
export DEMO_COMPRESS_ABOVE_BYTES := $(value COMPRESS_ABOVE_BYTES)
unexport VIDEO LIMIT_BYTES COMPRESS_ABOVE_BYTES KEEP

# The deployment's options: from the command line or the environment, never read by a shell.
export DEPLOY_STACK := $(value STACK)
export DEPLOY_IMAGES := $(value IMAGES)
export DEPLOY_SUMMARY := $(value SUMMARY)
export DEPLOY_OUTPUT := $(value OUTPUT)

# Names beyond ASCII are names: in the C locale Python could not even read this directory's path.
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

# Where Python keeps no bytecode, every process of the tests and of the demo would compile thousands of modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the tasks
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what is needed into .venv (the other tasks do it by themselves)
	@scripts/setup

.PHONY: demo
demo: setup ## The whole pipeline on a local cloud, on a real video [VIDEO=path LIMIT_BYTES=n COMPRESS_ABOVE_BYTES=n KEEP=1 IMAGES=1]
	@scripts/footage
	@$(if $(filter-out 0 no false,$(value IMAGES)),scripts/images)
	@$(BIN)/vcp demo $${DEMO_VIDEO:+--video="$$DEMO_VIDEO"} $${DEMO_LIMIT_BYTES:+--limit-bytes="$$DEMO_LIMIT_BYTES"} \
		$${DEMO_COMPRESS_ABOVE_BYTES:+--compress-above-bytes="$$DEMO_COMPRESS_ABOVE_BYTES"} \
		$(if $(filter-out 0 no false,$(value KEEP)),--keep) $(if $(filter-out 0 no false,$(value IMAGES)),--images)

.PHONY: test
test: setup ## Every test that a clean machine can run in minutes
	@$(PYTEST) tests -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: test-unit
test-unit: setup ## Run the tests without a server or an encode (under 60 s) [PYTEST_ARGS=...]
	@$(PYTEST) tests/unit tests/contract tests/infra tests/foundation tests/localcloud -m "not server and not media" \
		-n 2 --dist worksteal $(PYTEST_ARGS)

.PHONY: test-web
test-web: setup ## The demo's report in an HTML validator and a browser (apt-get: chromium, Java) [PYTEST_ARGS=...]
	@scripts/test-web $(PYTEST_ARGS)

.PHONY: test-images
test-images: setup ## The built images: functions under Lambda's emulator, ffprobe, what is in the layers [PYTEST_ARGS=...]
	@scripts/test-images $(PYTEST_ARGS)

.PHONY: test-n8n
test-n8n: setup ## The workflows of n8n/ in the real n8n, against the local cloud (3 GB from npm, once) [MUST=1 PYTEST_ARGS=...]
	@scripts/test-n8n $(if $(filter-out 0 no false,$(value MUST)),--must) $(PYTEST_ARGS)

.PHONY: test-guarantees
test-guarantees: setup ## Put every fault of docs/guarantees.md into the program and demand that a test fails [FAULTS="id ..."]
	@$(BIN)/python -m tests.guarantees.run $(FAULTS)

.PHONY: test-mutants
test-mutants: setup ## Print the mutants of images/vcp/domain that no test kills (mutmut; hours) [MODULES="path ..."]
	@$(BIN)/python -m tests.guarantees.mutants $(MODULES)

.PHONY: images
images: setup ## Build the container images of the functions [ENGINE=podman BASE_IMAGE=reference MIRROR=url FRESH=1]
	@scripts/images

.PHONY: check
check: setup ## Format, lint, types, import rules, workflows, docs/configuration.md, docs/schemas
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@scripts/lint-workflows
	@$(BIN)/mypy images/vcp infra foundation localcloud/src rendering/src vcpctl tests benchmarks __main__.py
	@$(BIN)/python -m infra.config.docs_page --check
	@$(BIN)/python -m vcpctl.n8n.schema --check

.PHONY: format
format: setup ## Format, mend what ruff can, write the tables of docs/configuration.md and docs/schemas
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m infra.config.docs_page
	@$(BIN)/python -m vcpctl.n8n.schema

.PHONY: bench
bench: setup ## Measure, each thing beside its peer in one run
	@$(BIN)/python -m benchmarks.import_time

.PHONY: bench-images
bench-images: setup ## Measure the built images: size, cold start beside functions that do nothing, peak memory (10 min)
	@scripts/images
	@$(BIN)/python -m benchmarks.image_size
	@$(BIN)/python -m benchmarks.cold_start
	@$(BIN)/python -m benchmarks.peak_memory

.PHONY: deploy
deploy: setup ## A stack on AWS, from nothing or to other images: docs/deploying.md [STACK=dev IMAGES=revision YES=1]
	@$(BIN)/vcp deploy --stack="$${DEPLOY_STACK:-dev}" --images="$$DEPLOY_IMAGES" $(if $(filter-out 0 no false,$(value YES)),--yes)

.PHONY: preview
preview: setup ## What this checkout would change in a stack on AWS [STACK=dev SUMMARY=file]
	@$(BIN)/vcp preview --stack="$${DEPLOY_STACK:-dev}" $${DEPLOY_SUMMARY:+--summary="$$DEPLOY_SUMMARY"}

.PHONY: push
push: setup ## The images that were built, to the account's registry; prints their digests [STACK=dev OUTPUT=file]
	@$(BIN)/vcp push --stack="$${DEPLOY_STACK:-dev}" $${DEPLOY_OUTPUT:+--output="$$DEPLOY_OUTPUT"}

.PHONY: lint-workflows
lint-workflows: setup ## The workflows in .github, by the linters that are made for them
	@scripts/lint-workflows --must

.PHONY: fresh-machine
fresh-machine: ## The two commands of the README on a machine that has nothing [RELEASE=bookworm WHO=user COMMAND=both]
	@scripts/fresh-machine $(if $(RELEASE),--release $(RELEASE)) $(if $(WHO),--as $(WHO)) $(if $(COMMAND),--command $(COMMAND))

.PHONY: lock
lock: setup ## Resolve the dependencies again into locks/
	@scripts/lock

.PHONY: clean
clean: ## Remove what was built (the environment in .venv stays)
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
