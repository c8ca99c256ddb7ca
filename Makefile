# Every task is a target; `make help` lists them. A target's options are in its help text: [NAME=value ...].
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# $(call is-set,NAME): whether an option is given and does not say no.
is-set = $(filter-out 0 no false,$(value $1))

# make ignores a variable that nothing uses; a mistyped option must not start a task with its defaults.
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
given := $(filter-out MAKE% MFLAGS GNUMAKEFLAGS SHELL VPATH LC_ALL .% -%,$(given))
ifneq ($(given),)
problem := $(shell scripts/check-make-options $(firstword $(MAKEFILE_LIST)) '$(or $(MAKECMDGOALS),help)' '$(given)')
$(if $(problem),$(error $(problem)))
endif
# The options are for this command, not for a make that it calls.
MAKEOVERRIDES :=

# The demo's options, passed on exactly as typed: neither make nor the shell expands a file name.
export DEMO_VIDEO := $(value VIDEO)
export DEMO_LIMIT_BYTES := $(value LIMIT_BYTES)
export DEMO_COMPRESS_ABOVE_BYTES := $(value COMPRESS_ABOVE_BYTES)
unexport VIDEO LIMIT_BYTES COMPRESS_ABOVE_BYTES KEEP

# The deployment's options, passed on in the same way.
export DEPLOY_STACK := $(value STACK)
export DEPLOY_IMAGES := $(value IMAGES)
export DEPLOY_SUMMARY := $(value SUMMARY)
export DEPLOY_OUTPUT := $(value OUTPUT)

# In the C locale Python cannot read paths beyond ASCII.
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

# Without bytecode files every process of the tests and the demo would compile thousands of modules.
unexport PYTHONDONTWRITEBYTECODE

##@ First steps

.PHONY: help
help: ## List the tasks
	@awk -F':.*## ' '/^##@ /{print "\n" substr($$0, 5)} /^[a-z0-9-]+:.*## /{ \
		text = $$2; options = ""; \
		if (match(text, / \[.*\]$$/)) {options = substr(text, RSTART + 1); text = substr(text, 1, RSTART - 1)} \
		printf "  make %-14s %s\n", $$1, text; if (options) printf "  %-19s %s\n", "", options}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install the pinned dependencies into .venv (other tasks run it when needed)
	@scripts/setup

.PHONY: demo
demo: setup ## Run the whole pipeline on a local cloud with a real video [VIDEO=path LIMIT_BYTES=size COMPRESS_ABOVE_BYTES=size KEEP=1 IMAGES=1]
	@scripts/footage
	@$(if $(call is-set,IMAGES),scripts/images)
	@$(BIN)/vcp demo $${DEMO_VIDEO:+--video="$$DEMO_VIDEO"} $${DEMO_LIMIT_BYTES:+--limit-bytes="$$DEMO_LIMIT_BYTES"} \
		$${DEMO_COMPRESS_ABOVE_BYTES:+--compress-above-bytes="$$DEMO_COMPRESS_ABOVE_BYTES"} \
		$(if $(call is-set,KEEP),--keep) $(if $(call is-set,IMAGES),--images)

.PHONY: test
test: setup ## Run the tests that need nothing beyond the setup (4 min) [PYTEST_ARGS=...]
	@$(PYTEST) tests -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

.PHONY: test-unit
test-unit: setup ## Run the tests without a server or an encode (under 60 s) [PYTEST_ARGS=...]
	@$(PYTEST) tests/unit tests/contract tests/infra tests/foundation tests/localcloud -m "not server and not media" \
		-n 2 --dist worksteal $(PYTEST_ARGS)

##@ Checks and more tests

.PHONY: check
check: setup ## Check format, lint, types, import rules, workflows, docs/configuration.md, docs/schemas
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@scripts/lint-workflows
	@$(BIN)/mypy images/vcp infra foundation localcloud/src rendering/src vcpctl tests benchmarks __main__.py
	@$(BIN)/python -m infra.config.docs_page --check
	@$(BIN)/python -m vcpctl.n8n.schema --check

.PHONY: format
format: setup ## Format, apply ruff's fixes, generate docs/configuration.md, docs/guarantees.md and docs/schemas
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m infra.config.docs_page
	@$(BIN)/python -m tests.guarantees.page
	@$(BIN)/python -m vcpctl.n8n.schema

.PHONY: test-images
test-images: setup ## Test the built images: functions under Lambda's emulator, ffprobe, layers [PYTEST_ARGS=... ENGINE=podman BASE_IMAGE=reference MIRROR=url FRESH=1]
	@scripts/test-images $(PYTEST_ARGS)

.PHONY: test-web
test-web: setup ## Test the demo's report in an HTML validator and a browser (apt-get: chromium, Java) [PYTEST_ARGS=...]
	@scripts/test-web $(PYTEST_ARGS)

.PHONY: test-n8n
test-n8n: setup ## Test the workflows of n8n/ in the real n8n (3 GB from npm, once) [MUST=1 PYTEST_ARGS=...]
	@scripts/test-n8n $(if $(call is-set,MUST),--must) $(PYTEST_ARGS)

.PHONY: test-judges
test-judges: setup ## Run the AWS adapters' tests against ministack and versitygw (Go; 5 min once) [PYTEST_ARGS=...]
	@scripts/test-judges $(PYTEST_ARGS)

.PHONY: test-guarantees
test-guarantees: setup ## Break each guarantee of docs/guarantees.md on purpose and require that a test fails [FAULTS="id ..."]
	@$(BIN)/python -m tests.guarantees.run $(FAULTS)

.PHONY: test-mutants
test-mutants: setup ## Print the mutants of images/vcp/domain that no test kills (mutmut; hours) [MODULES="path ..."]
	@$(BIN)/python -m tests.guarantees.mutants $(MODULES)

.PHONY: lint-workflows
lint-workflows: setup ## Lint .github with actionlint and zizmor
	@scripts/lint-workflows --must

.PHONY: fresh-machine
fresh-machine: ## Run make demo and make test on a new minimal machine [RELEASE=bookworm WHO=user COMMAND=both]
	@scripts/fresh-machine $(if $(RELEASE),--release $(RELEASE)) $(if $(WHO),--as $(WHO)) $(if $(COMMAND),--command $(COMMAND))

##@ Images and benchmarks

.PHONY: images
images: setup ## Build the container images of the functions [ENGINE=podman BASE_IMAGE=reference MIRROR=url FRESH=1]
	@scripts/images

.PHONY: bench
bench: setup ## Measure import times, each next to its peer
	@$(BIN)/python -m benchmarks.import_time

.PHONY: bench-images
bench-images: setup ## Measure the images: size, cold start, peak memory (10 min) [ENGINE=podman BASE_IMAGE=reference MIRROR=url FRESH=1]
	@scripts/images
	@$(BIN)/python -m benchmarks.image_size
	@$(BIN)/python -m benchmarks.cold_start
	@$(BIN)/python -m benchmarks.peak_memory

##@ Deployment (docs/deploying.md)

.PHONY: preview
preview: setup ## Show what this checkout would change in a stack on AWS [STACK=dev SUMMARY=file]
	@$(BIN)/vcp preview --stack="$${DEPLOY_STACK:-dev}" $${DEPLOY_SUMMARY:+--summary="$$DEPLOY_SUMMARY"}

.PHONY: deploy
deploy: setup ## Create a stack on AWS, or update it to other images [STACK=dev IMAGES=revision YES=1]
	@$(BIN)/vcp deploy --stack="$${DEPLOY_STACK:-dev}" --images="$$DEPLOY_IMAGES" $(if $(call is-set,YES),--yes)

.PHONY: push
push: setup ## Push the built images to the account's registry and print their digests [STACK=dev OUTPUT=file]
	@$(BIN)/vcp push --stack="$${DEPLOY_STACK:-dev}" $${DEPLOY_OUTPUT:+--output="$$DEPLOY_OUTPUT"}

##@ Maintenance

.PHONY: lock
lock: setup ## Resolve the dependencies again into locks/
	@scripts/lock

.PHONY: clean
clean: ## Remove what was built (.venv stays)
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
