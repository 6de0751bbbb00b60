# Cartelera's commands; `make help` lists them. They need make and Python: uv is fetched into .tools
# when the machine has none, and installs everything else from uv.lock.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

UV_VERSION := 0.13.9
UV := $(shell command -v uv || echo $(CURDIR)/.tools/bin/uv)
PY := .venv/bin/python
SAM_ENV := $(CURDIR)/.venv-sam
LOAD_ENV := $(CURDIR)/.venv-load
POLICY_ENV := $(CURDIR)/.venv-policy
TEMPLATES := template.yaml $(wildcard infra/*.yaml)
# SAM looks for python3.13 on the PATH; the layer's makefile takes uv from UV.
SAM := UV=$(UV) PATH="$(CURDIR)/.venv/bin:$(SAM_ENV)/bin:$$PATH" SAM_CLI_TELEMETRY=0 sam

RAW ?=
# Of raw files that are not UTF-8.
ENCODING ?=
OWN_RELEASES := file://$(CURDIR)/.cartelera/
RELEASES ?= $(OWN_RELEASES)releases
EMBEDDED := .cartelera/embedded
PORT ?= 3000
FILMS ?= 45000
SEED ?= 1
SHAPE ?=
SAMPLE ?= .cartelera/sample
STAGE ?=
SECONDS ?= 300
RAWS ?=
ENGINES ?= pandas spark
FORCE ?=
NO_NEIGHBOURS ?=
BEFORE ?=
# How many ratings `make sample` writes beside the films.
RATINGS ?=
# MovieLens' files for the evaluation.
RATINGS_FILE ?=
LINKS_FILE ?=
REPORTS ?= .cartelera/reports
EDA ?= .cartelera/eda
TO ?= .cartelera/neighbours.parquet
STACK ?=
ARCH ?= x86_64
TAG ?=
REPOSITORY ?=
READ_AS = $(if $(ENCODING),--encoding "$(ENCODING)")
JOB_REQUIREMENTS := etl/requirements.txt
EXPORT_JOB := export --quiet --frozen --no-default-groups --group etl --no-emit-workspace \
	--no-header --no-annotate
LAYER_REQUIREMENTS := layers/shared/requirements.txt
EXPORT_LAYER := export --quiet --frozen --package cartelera --no-default-groups --no-emit-workspace \
	--no-header --no-annotate

.PHONY: run run-built test etl spark sample-here eda neighbours sample e2e sam-local check format lock bench bench-job bench-search bench-growth evaluate tune load image openapi page-pictures build deploy publish destroy clean help

run: .venv/synced ## Run the job on the sample (or RAW=folder ENCODING=cp1252) and serve the API (PORT=3000)
	@$(PY) -m infra.local --port $(PORT) $(if $(RAW),--raw "$(RAW)") $(READ_AS)

run-built: .aws-sam/built .venv-runtime/synced ## Serve what `make build` left, under Lambda's own runtime (Linux)
	@$(PY) -m infra.local --built --port $(PORT) $(if $(RAW),--raw "$(RAW)") $(READ_AS)

test: .venv/synced .venv-sam/synced .venv-spark/synced ## Run every test; RAW=folder also tests your raw files (some minutes)
	@$(if $(RAW),RAW="$(RAW)") $(PY) -m pytest --numprocesses logical --dist worksteal

e2e: .aws-sam/built .venv-runtime/synced .venv-emulator/synced .venv-clients/synced ## Test what was built: under Lambda's emulator, deployed to an emulated account, by generated clients, in a browser, and with Docker by sam local and as the job's image
	@$(PY) -m tests.e2e

sam-local: .aws-sam/built .venv-runtime/synced ## Serve what was built with `sam local start-api` (Docker): RAW=folder PORT=3000
	@$(PY) -m infra.local.sam --port $(PORT) $(if $(RAW),--raw "$(RAW)")

etl: .venv/synced $(if $(RAW),,sample-here) ## Run the job alone: RAW=folder, RELEASES=file:///folder or s3://bucket/prefix, FORCE=1
	@$(PY) -m etl --releases "$(RELEASES)" --raw "$(or $(RAW),$(EMBEDDED))" $(READ_AS) $(if $(FORCE),--force)

spark: .venv-spark/synced .venv/synced $(if $(RAW),,sample-here) ## Run the job on Spark, on this machine: RAW=folder, RELEASES=place, FORCE=1
	@.venv-spark/bin/python -m etl --engine spark --releases "$(RELEASES)" --raw "$(or $(RAW),$(EMBEDDED))" $(READ_AS) $(if $(FORCE),--force)

# The sample's films are invented: they are published in this project's own folder only.
sample-here: .venv/synced
	@[[ "$(RELEASES)" == "$(OWN_RELEASES)"* && "$(RELEASES)" != *..* ]] || { \
		echo "name the raw files to publish at $(RELEASES): make etl RAW=folder RELEASES=place"; exit 2; }
	@$(PY) -m infra.sample "$(EMBEDDED)"

eda: .venv/synced ## Write the exploration report and its charts: RAW=folder EDA=folder
	@$(if $(RAW),,$(PY) -m infra.sample "$(EMBEDDED)")
	@$(PY) -m etl explore --to "$(EDA)" --raw "$(or $(RAW),$(EMBEDDED))" $(READ_AS)

neighbours: .venv/synced ## Write the films recommended beside every film as parquet: RELEASES=place TO=file
	@$(PY) -m etl neighbours --releases "$(RELEASES)" --to "$(TO)"

sample: .venv/synced ## Write generated raw files: FILMS=45000 SEED=1 SHAPE=full or tmdb_5000 RATINGS=number SAMPLE=folder
	@$(PY) -m infra.sample "$(SAMPLE)" --films $(FILMS) --seed $(SEED) $(if $(SHAPE),--shape $(SHAPE)) $(if $(RATINGS),--ratings $(RATINGS))

check: .venv/synced .venv-sam/synced .venv-policy/synced .aws-sam/built ## Format, lint, types, imports, lock files, template, layer, API description
	@.venv/bin/ruff format --check --quiet . || { echo "not formatted: make format"; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@$(UV) lock --check --quiet
	@diff <($(UV) $(EXPORT_LAYER)) $(LAYER_REQUIREMENTS) || { echo "stale $(LAYER_REQUIREMENTS): make lock"; exit 1; }
	@diff <($(UV) $(EXPORT_JOB)) $(JOB_REQUIREMENTS) || { echo "stale $(JOB_REQUIREMENTS): make lock"; exit 1; }
	@$(SAM) validate
	@$(SAM_ENV)/bin/cfn-lint $(TEMPLATES) --append-rules cfn_lint_serverless.rules
	@$(POLICY_ENV)/bin/checkov --file $(TEMPLATES) etl/Dockerfile
	@.venv/bin/actionlint .github/workflows/*.yml
	@.venv/bin/zizmor --quiet --offline .github
	@$(PY) -m infra.layer .aws-sam/build/SharedLayerX86 --architecture x86_64
	@$(PY) -m infra.layer .aws-sam/build/SharedLayerArm --architecture arm64
	@$(PY) -m infra.openapi --check

format: .venv/synced ## Format the code and fix what the linter can fix
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

lock: $(UV) ## Update uv.lock and the layer's requirements from the pyproject files
	@$(UV) lock
	@$(UV) $(EXPORT_LAYER) --output-file $(LAYER_REQUIREMENTS)
	@$(UV) $(EXPORT_JOB) --output-file $(JOB_REQUIREMENTS)

bench: .aws-sam/built .venv-runtime/synced ## Measure starts, latency and memory under Lambda's own runtime: RAW=folder
	@$(PY) -m tests.benchmarks.serving $(if $(RAW),--raw "$(RAW)") --runs 10 --out "$(REPORTS)"

bench-job: .venv/synced ## Measure the job beside the obvious script: RAW=folder
	@$(PY) -m tests.benchmarks.job $(if $(RAW),--raw "$(RAW)") --out "$(REPORTS)"

bench-search: .venv/synced ## Measure the search beside SQLite's FTS5: RAW=folder
	@$(PY) -m tests.benchmarks.search $(if $(RAW),--raw "$(RAW)") --out "$(REPORTS)"

bench-growth: .venv/synced .venv-spark/synced ## Measure the job, in one process and on Spark, on ever more films: RAWS="folder folder", NO_NEIGHBOURS=1, BEFORE=checkout of an earlier version
	@$(PY) -m tests.benchmarks.job.growth $(RAWS:%=--raw %) $(ENGINES:%=--engine %) \
		$(if $(NO_NEIGHBOURS),--no-neighbours) $(if $(BEFORE),--before "$(BEFORE)") --out "$(REPORTS)"

evaluate: .venv/synced ## Hold the recommendations against other methods: RATINGS_FILE=file LINKS_FILE=file RELEASES=place
	@[ -n "$(RATINGS_FILE)" ] && [ -n "$(LINKS_FILE)" ] || { echo "give MovieLens' files:" \
		"make evaluate RATINGS_FILE=folder/ratings.csv LINKS_FILE=folder/links.csv"; exit 2; }
	@$(PY) -m etl.evaluation --choose --releases "$(RELEASES)" --ratings "$(RATINGS_FILE)" --links "$(LINKS_FILE)" \
		--out "$(REPORTS)"

tune: .venv/synced ## Find the model's parameters anew: RATINGS_FILE=file LINKS_FILE=file RELEASES=place (some minutes)
	@[ -n "$(RATINGS_FILE)" ] && [ -n "$(LINKS_FILE)" ] || { echo "give MovieLens' files:" \
		"make tune RATINGS_FILE=folder/ratings.csv LINKS_FILE=folder/links.csv"; exit 2; }
	@$(PY) -m etl.evaluation.tuning --releases "$(RELEASES)" --ratings "$(RATINGS_FILE)" --links "$(LINKS_FILE)"

load: .venv/synced .venv-load/synced .aws-sam/built .venv-runtime/synced ## Load the API beside the usual design, in turns: RAW=folder SECONDS=300 (of each)
	@$(LOAD_ENV)/bin/python -m tests.benchmarks.load $(if $(RAW),--raw "$(RAW)") \
		--seconds $(SECONDS) --out "$(REPORTS)"

image: .venv/synced ## Build the job's image (Docker), and push it to REPOSITORY: ARCH=x86_64 or arm64, TAG=
	@$(MAKE) --no-print-directory -C etl image UV=$(UV) PYTHON=$(CURDIR)/$(PY) ARCH=$(ARCH) \
		$(if $(TAG),TAG=$(TAG)) $(if $(REPOSITORY),REPOSITORY=$(REPOSITORY))

publish: .venv/synced ## Publish the raw files in RAW on a deployed stack: STACK=name RAW=folder; HERE=1 runs this version's job here
	@[ -n "$(STACK)" ] || { echo "name the stack: make publish STACK=cartelera-dev RAW=folder"; exit 2; }
	@[ -n "$(RAW)" ] || { echo "name the raw files: make publish STACK=cartelera-dev RAW=folder"; exit 2; }
	@$(PY) -m infra.stack publish "$(STACK)" --raw "$(RAW)" $(if $(HERE),--here)

destroy: .venv/synced ## Delete a deployed stack, its bucket and releases included: STACK=name
	@[ -n "$(STACK)" ] || { echo "name the stack: make destroy STACK=cartelera-dev"; exit 2; }
	@$(PY) -m infra.stack destroy "$(STACK)"

openapi: .venv/synced ## Write the API's description from the code, in Spanish and English: functions/docs/openapi*.json
	@$(PY) -m infra.openapi

page-pictures: .venv/synced ## Take the pictures of the front pages again, of the page that `make run` serves (PORT=3000; Chromium)
	@$(PY) -m tests.e2e.browser
	@$(PY) -m tests.e2e.pictures --port $(PORT)

build: .aws-sam/built ## Build the functions and the layer, ready to deploy
	@du -sb .aws-sam/build/* | sort -k 2 | awk '{printf "%12d bytes  %s\n", $$1, $$2}'

deploy: build ## Deploy what was built: guided, or as samconfig.toml says of STAGE=dev or prod
	@$(SAM) deploy $(if $(STAGE),--config-env $(STAGE),--guided)

clean: ## Remove what the other commands made in this folder
	rm -rf .venv .venv-sam .venv-load .venv-spark .venv-policy .venv-runtime .venv-emulator .venv-clients .tools .aws-sam .cartelera .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/synced: uv.lock pyproject.toml layers/shared/pyproject.toml .python-version | $(UV)
	@echo "Setting up (.venv): a minute or two the first time…"
	@$(UV) sync --quiet --frozen --compile-bytecode
	@touch $@

.venv-sam/synced: uv.lock | $(UV)
	@echo "Setting up the SAM CLI (.venv-sam): a minute the first time…"
	@UV_PROJECT_ENVIRONMENT=$(SAM_ENV) $(UV) sync --quiet --frozen --no-default-groups --group sam
	@touch $@

.aws-sam/built: $(TEMPLATES) $(wildcard functions/*/*.* layers/shared/Makefile layers/shared/*.* layers/shared/cartelera/*.py layers/shared/cartelera/*/*.py) \
		.venv/synced .venv-sam/synced
	@$(SAM) build
	@touch $@

.venv-policy/synced: uv.lock | $(UV)
	@echo "Setting up the security rules (.venv-policy): a minute the first time…"
	@UV_PROJECT_ENVIRONMENT=$(POLICY_ENV) $(UV) sync --quiet --frozen --only-group policy
	@touch $@

.venv-runtime/synced: uv.lock | $(UV)
	@echo "Setting up Lambda's runtime (.venv-runtime)…"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-runtime $(UV) sync --quiet --frozen --compile-bytecode \
		--only-group runtime
	@touch $@

.venv-emulator/synced: uv.lock | $(UV)
	@echo "Setting up the AWS emulator (.venv-emulator)…"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-emulator $(UV) sync --quiet --frozen --compile-bytecode \
		--only-group emulator
	@touch $@

.venv-clients/synced: uv.lock | $(UV)
	@echo "Setting up what generates clients (.venv-clients)…"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-clients $(UV) sync --quiet --frozen --only-group clients
	@touch $@

.venv-spark/synced: uv.lock pyproject.toml layers/shared/pyproject.toml | $(UV)
	@echo "Setting up Spark and a Java for it (.venv-spark): a minute or two the first time…"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-spark $(UV) sync --quiet --frozen --compile-bytecode \
		--no-default-groups --group etl --group spark
	@touch $@

.venv-load/synced: uv.lock | $(UV)
	@echo "Setting up the load test (.venv-load): a minute the first time…"
	@UV_PROJECT_ENVIRONMENT=$(LOAD_ENV) $(UV) sync --quiet --frozen --no-default-groups \
		--group etl --group load
	@touch $@

$(CURDIR)/.tools/bin/uv:
	@echo "Fetching uv $(UV_VERSION) (.tools)…"
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
