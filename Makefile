# The commands of the house; each does the whole set-up first where it is missing. Needed: GNU make and Python 3.11.

PYTHON ?= python3
PORT ?= 8000
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

READY := .venv/.ready
BIN := .venv/bin

# Two notebooks or two test workers run side by side: more BLAS threads than one each would only get in each other's way.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

.PHONY: help setup book pdf test mutants serve bench clean

help:
	@echo 'make book    build the site and say where it lies'
	@echo 'make pdf     make one PDF of the book in _build/pdf; it needs TeX and names what is missing of it'
	@echo 'make test    check everything: lint, unit tests, notebooks, and the site that make book made'
	@echo 'make mutants mutate the theory and the measures and see whether the unit tests notice (minutes)'
	@echo 'make serve   build the site and serve it on this machine (PORT=8000)'
	@echo 'make bench   run the benchmarks'
	@echo 'make setup   make the environment .venv and nothing else (PYTHON=python3)'
	@echo 'make clean   remove what builds and tests made, but not .venv'

setup: $(READY)

# torch comes first and alone: from the CPU index Linux gets a build of 190 MB, from PyPI one with several GB of CUDA.
# Where that index cannot be reached, the line of the lock file installs the plain build.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, but PYTHON=$(PYTHON) is `$(PYTHON) --version 2>&1`; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	@echo 'Installing the packages of requirements.lock into .venv: some 300 MB to download, a minute or a few.'
	@if $(BIN)/python -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)' $(TORCH_INDEX)/torch/ 2>/dev/null; then \
	  $(BIN)/pip install --quiet --no-deps --index-url $(TORCH_INDEX) `grep '^torch==' requirements.lock`; \
	else \
	  echo 'The CPU index of PyTorch cannot be reached; taking the build that pip finds.'; \
	fi
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

book: $(READY)
	$(BIN)/python book/_ext/build.py

pdf: $(READY)
	$(BIN)/python book/_ext/build.py --pdf

test: $(READY)
	$(BIN)/python tests/run.py

mutants: $(READY)
	$(BIN)/python tests/mutants.py

serve: book
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

# All cores at once: nothing else should run meanwhile.
CORES := $(shell $(PYTHON) -c 'import os; print(os.cpu_count())')
bench: export OMP_NUM_THREADS := $(CORES)
bench: export OPENBLAS_NUM_THREADS := $(CORES)
bench: export MKL_NUM_THREADS := $(CORES)
bench: $(READY)
	@set -e; for name in infinite_ntk finite_ntk many_networks; do \
	  echo "== $$name"; $(BIN)/python benchmarks/$$name.py --save; \
	done

clean:
	rm -rf _build .ci/node_modules .grimp_cache .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find book lib runs tests \( -name __pycache__ -o -name .ruff_cache \) -prune -exec rm -rf {} +
