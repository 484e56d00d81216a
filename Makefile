# Every target sets itself up: a fresh virtual environment in .venv, from the exact versions in constraints.txt.
# Another Python: make test PYTHON=python3.13. Where to put the environment: make test VENV=../environment.

VENV ?= .venv
BIN  := $(VENV)/bin
JOBS ?= 2
PORT ?= 5000

# The first of these that runs and is new enough; a name alone proves nothing where version managers put shims on the PATH.
PYTHON ?= python3 python3.13 python3.12 python3.11
find_python = for python in $(PYTHON); do $$python -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo $$python && break; done

# A Python that the user names replaces an environment made with another one.
ifneq ($(origin PYTHON), file)
ifneq ($(shell $(BIN)/python --version 2>/dev/null || true), $(shell $(PYTHON) --version 2>/dev/null || true))
.PHONY: $(VENV)/installed
endif
endif

# More BLAS threads only slow matrices as small as ours. MLflow's server starts eight processes fewer without its job queue.
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1
export MLFLOW_DISABLE_TELEMETRY = true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION = false
# Set, as in many images of containers, it makes every process compile MLflow anew: 16 of the 20 s that a first run took.
export PYTHONDONTWRITEBYTECODE =

# By environment and not by option, so that the builds which pip isolates are pinned too: pip reads the first
# name there up to 26.1, the second from 25.3.
pip_install = PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
	$(BIN)/python -m pip install --quiet --quiet --no-compile

.DEFAULT_GOAL := help
.PHONY: help demo test slow bench lint types format docs ui audit pins clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## try the claims on symmetry and on vanishing gradients, print their verdicts and a page to open
	$(BIN)/python -m sandbox.study symmetry initial_scale

test: $(VENV)/installed-tools ## run the tests
	$(BIN)/python -m pytest -n $(JOBS) tests

slow: $(VENV)/installed-tools ## run the slow tests as well
	$(BIN)/python -m pytest -n $(JOBS) -m 'slow or not slow' tests

bench: $(VENV)/installed ## benchmarks beside their peers; FULL=--full for all of them
	@$(pip_install) --editable '.[bench]'
	$(BIN)/python -m benchmarks $(FULL)

lint: $(VENV)/installed-tools ## check format, style and the order of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/installed-tools ## check types
	$(BIN)/mypy

format: $(VENV)/installed-tools ## format, and fix what can be fixed safely
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/installed ## make the documentation in site/, with the pictures of its commands (some minutes)
	@$(pip_install) --editable '.[docs]'
	$(BIN)/python docs/made.py
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs site
	@echo "open site/index.html"

ui: $(VENV)/installed ## serve the dashboards on http://127.0.0.1:5000 (PORT=...)
	@[ -e mlruns/mlflow.db ] || { echo "error: expected mlruns/mlflow.db, found no runs yet; try: make demo" >&2; exit 1; }
	$(BIN)/python -m sandbox.ui --port $(PORT)

audit: $(VENV)/installed-tools ## report known vulnerabilities of the pinned packages; asks PyPI's advisory service, and fails where it has no answer
	@$(pip_install) pip-audit
	$(BIN)/pip-audit --strict --requirement constraints.txt --disable-pip --no-deps --progress-spinner off

pins: $(VENV)/installed-tools ## rewrite constraints.txt; UPGRADE=--upgrade for the newest versions
	$(pip_install) uv
	printf '%s\n' hatchling editables setuptools | $(BIN)/uv pip compile pyproject.toml - --output-file constraints.txt \
		--all-extras --universal --python-version 3.11 --fork-strategy fewest --annotation-style line \
		--no-emit-index-url --no-emit-find-links --custom-compile-command 'make pins' --quiet $(UPGRADE)

clean: ## remove the environment and caches, keep mlruns/
	[ ! -e $(VENV)/pyvenv.cfg ] || rm -rf $(VENV)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis outputs multirun
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp is touched last, so an installation that was cut short starts afresh. Only what is an environment is cleared:
# VENV=~ must cost nobody their home.
$(VENV)/installed: pyproject.toml constraints.txt
	@python=$$($(find_python)); [ -n "$$python" ] || { echo "error: expected Python 3.11 or newer with venv, found none" \
		"among: $(PYTHON); name one: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	echo "installing into $(VENV) with $$($$python --version), about half a minute ..."; \
	$$python -m venv $$([ ! -e $(VENV)/pyvenv.cfg ] || echo --clear) $(VENV)
	@$(pip_install) --editable .
	@touch $@

$(VENV)/installed-tools: $(VENV)/installed
	@$(pip_install) --editable '.[test,lint]'
	@touch $@
