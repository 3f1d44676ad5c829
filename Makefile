# GNU make, Python 3.11 to 3.13 and git are all this needs:  make book,  make test.
# Another interpreter than python3:  make book PYTHON=python3.12

PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILED := biopython lazy-loader memelite numba pandas platformdirs scipy  # for tools/warm_up.py
export TF_CPP_MIN_LOG_LEVEL ?= 2
# What a user's shell sets for other programs: packages, kernels and settings that are not .venv's.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
unexport JUPYTER_PATH JUPYTER_CONFIG_DIR MPLBACKEND KERAS_HOME

.DEFAULT_GOAL := help
.PHONY: help book test sync format lock clean

help:  ## Show this list
	@echo "make TARGET, with TARGET one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-8s %s\n", $$1, $$2}'

book: .venv/.installed  ## Build the site into _build/html (makes .venv the first time)
	@$(BIN)/jupyter-book build book/ -W -n --keep-going
	@echo "The book is at file://$(CURDIR)/_build/html/index.html"

test: .venv/.installed  ## Check the style and run all tests (on two cores)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder
	@echo "What depends on the backend again, on JAX:"
	@KERAS_BACKEND=jax $(BIN)/python -m pytest -n 2 --dist loadgroup -m backend \
	    tests/method/test_losses.py tests/method/test_models.py tests/paper/test_fitting.py \
	    tests/paper/test_trials.py tests/paper/test_variants.py

sync: .venv/.installed  ## Bring book/*.ipynb and book/scripts/*.py into agreement (the newer one counts)
	@$(BIN)/python tools/sync.py

format: .venv/.installed  ## Format the code, mend what ruff can mend, then sync
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(MAKE) --no-print-directory sync

lock:  ## Renew requirements.lock after a change of pyproject.toml (needs uv)
	@$(UV) pip compile --quiet --universal --python-version 3.11 --all-extras \
	    --fork-strategy fewest --no-annotate --custom-compile-command "make lock" \
	    --output-file requirements.lock pyproject.toml

clean:  ## Remove the built site and the executed notebooks (not .venv)
	rm -rf _build

# The environment: anew when the lock changes, the package again when pyproject.toml does.
.venv/.locked: requirements.lock
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11, \
	3.12 or 3.13, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 13) and \
	"GRIM needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is %d.%d.%d. Name another one: \
	make PYTHON=python3.12" % v[:3])'
	@echo "Installing the locked versions into .venv (once, about two minutes) ..."
	@"$(PYTHON)" -m venv --clear .venv
	@# Code is compiled on one core while the other unpacks what that does not need.
	@$(INSTALL) --constraint requirements.lock $(COMPILED)
	@TQDM_DISABLE=1 PYTHONPATH=. $(BIN)/python tools/warm_up.py & compilation=$$!; \
	$(INSTALL) --requirement requirements.lock && wait $$compilation
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
