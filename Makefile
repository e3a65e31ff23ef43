# Two commands matter: `make book` builds the book, `make test` proves it. While you work
# on the code, `make check` gives the quick answer.
# Each sets up everything that it needs in .venv; a second call is quick.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
AUDIT := .venv-audit
MUTANTS := $(VENV)/installed-mutants
RUN := $(BIN)/python -m
REQUIREMENTS := requirements.txt requirements-helpers.txt constraints.txt pyproject.toml
# Another instruction set, as another processor would bring it. NumPy, XLA and
# TensorFlow's own kernels then round differently.
OTHER_CPU := XLA_FLAGS=--xla_cpu_max_isa=SSE4_2 TF_ENABLE_ONEDNN_OPTS=1 OPENBLAS_CORETYPE=Nehalem \
	NPY_DISABLE_CPU_FEATURES="$$($(RUN) booktools.cpu)"

# The helpers' tests share the cores, and so do the notebooks, which then start no workers
# of their own (STUDY_WORKERS) and take one core each (TF_NUM_INTRAOP_THREADS): with more they
# only wait for each other. Those that show measured times run alone. Each of the three runs
# whatever the others find.
LINT := $(MAKE) --no-print-directory lint || failed=1
# What takes longest begins first (tests/conftest.py, booktools.nbval_adapter).
SHARED := -n auto --no-loadscope-reorder
TESTS := $(RUN) pytest tests $(SHARED) --maxprocesses 4 --dist loadscope
TEST := failed=0; $(LINT); $(TESTS) $(PYTEST) || failed=1; \
	STUDY_WORKERS=0 TF_NUM_INTRAOP_THREADS=1 \
		$(RUN) pytest chapters appendix -m "not timed" $(SHARED) --maxprocesses 2 --dist loadfile $(PYTEST) || failed=1; \
	$(RUN) pytest chapters appendix -m timed $(PYTEST) || failed=1; exit $$failed

.PHONY: book pdf test check lint test-other-cpu mutants run memory replicate sizes bench lab lab-test badge \
	links audit upgrade-report constraints hooks clean help

book: $(VENV)/installed ## build the book to _build/html/index.html
	@$(RUN) booktools.build

pdf: $(VENV)/installed-test ## print the built book as one PDF (needs a Chromium; some minutes)
	@$(RUN) booktools.pdf

test: $(VENV)/installed-test ## prove it: style, types, helpers, every cell, the build, the pages
	@$(TEST)

check: $(VENV)/installed-test ## the daily loop: all but the notebooks, the build and other slow tests
	@failed=0; $(LINT); $(TESTS) -m "not slow" $(PYTEST) || failed=1; exit $$failed

lint: $(VENV)/installed-test ## style and types alone
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

test-other-cpu: $(VENV)/installed-test ## the same with another instruction set
	@export $(OTHER_CPU); $(TEST)

run: $(VENV)/installed ## run the notebooks in place (NAME=01 for a chapter, NAME=01_background/2 for a lesson, FRESH=1 for new times, JOBS=2 side by side)
	@$(RUN) booktools.run $(NAME) $(if $(FRESH),--fresh) $(if $(JOBS),--jobs $(JOBS))

memory: $(VENV)/installed ## run every lesson under a hard limit of memory (NAME=02 for some; Linux)
	@$(RUN) booktools.memory $(NAME)

replicate: $(VENV)/installed ## run the chapters under another base seed, compare verdicts (SEED=7 [NAME=03])
	@$(if $(SEED),,$(error give a base seed, as in: make replicate SEED=7))\
	$(RUN) booktools.replicate $(SEED) $(NAME)

sizes: $(VENV)/installed-test ## measure what the installed packages cost, keep it for the appendix
	@$(RUN) booktools.sizes

bench: $(BENCH)/installed $(VENV)/installed ## measure the study engine against others, renew the pages that show it (10 minutes on a quiet machine)
	@$(BENCH)/bin/python -m booktools.bench
	@$(RUN) booktools.run engine cluster

# JupyterLab shows stored figures of notebooks that it trusts.
lab: $(VENV)/installed ## open JupyterLab
	@$(BIN)/jupyter trust --log-level=ERROR chapters/*.ipynb chapters/*/*.ipynb >/dev/null
	@$(BIN)/jupyter lab chapters

lab-test: $(VENV)/installed-test ## a browser runs all cells of a lesson in JupyterLab (NAME=02_concepts/1, else one lesson of each chapter)
	@$(RUN) booktools.lab $(NAME)

badge: $(VENV)/installed ## write the README's badges of Binder and Colab for this repository
	@$(RUN) booktools.links

mutants: $(MUTANTS) ## break the helpers on purpose: do the tests see it? (MINUTES=60)
	@$(RUN) booktools.mutants $(if $(MINUTES),--minutes $(MINUTES))

links: $(VENV)/installed ## follow every link of the book (needs a network)
	@$(BIN)/jupyter-book build . --builder linkcheck

audit: $(AUDIT)/installed ## ask which packages of constraints.txt have known holes (needs a network)
	@$(AUDIT)/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

upgrade-report: $(VENV)/python ## what newer Pythons and major versions would break (needs a network)
	@$(RUN) booktools.upgrades

hooks: $(VENV)/installed-test ## let git check style, types and notebooks before each commit
	@$(RUN) pre_commit install

constraints: $(VENV)/python ## renew constraints.txt with the newest set that fits
	@$(RUN) booktools.constraints

clean: ## remove the environments and everything built
	rm -rf $(VENV) $(BENCH) $(AUDIT) _build *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "Python 3.11 to 3.13 is needed, and '$(PYTHON)' is not. Name another: make PYTHON=python3.12"; \
		exit 1; }
	@echo "Making the environment $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python's venv is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/python $(REQUIREMENTS)
	@echo "Installing the course's packages: about 2.5 GB, a few minutes the first time ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --progress-bar on -r requirements.txt || { \
		echo "The installation failed; see above. It needs a connection and 3 GB of disk."; exit 1; }
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements-test.txt
	@echo "Installing what the tests need ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --progress-bar on -r requirements-test.txt
	@touch $@

$(MUTANTS): $(VENV)/installed-test requirements-mutants.txt
	@echo "Installing what makes the mutants ..."
	@$(RUN) pip install --quiet --disable-pip-version-check -r requirements-mutants.txt
	@touch $@

$(BENCH)/installed: $(VENV)/python $(REQUIREMENTS) requirements-bench.txt
	@echo "Installing the libraries to compare with in $(BENCH): a few gigabytes, a few minutes ..."
	@$(BIN)/python -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --progress-bar on \
		-r requirements-bench.txt
	@touch $@

# Apart from the course: it would be audited together with what it audits.
$(AUDIT)/installed: $(VENV)/python requirements-audit.txt
	@$(BIN)/python -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@
