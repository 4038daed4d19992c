# Each target makes .venv itself, from the pinned versions. Without make, README.md gives the same lines.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = PIP_CONSTRAINT=constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet

# What leaves rows is tried on both kinds of database; tests/store and tests/figures do so by themselves, and
# `make test-only ARGS=--database=postgresql` tries everything.
ON_A_SERVER = $(addprefix tests/answers/test_,giving.py privacy.py removing.py) $(addprefix tests/admin/test_,digests.py welcome.py)

.DEFAULT_GOAL := help
.PHONY: help preview run check test test-only bench soak audit format clean

help:  ## these lines
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The stamps say which extras the environment has; that of `test` holds the others.
$(VENV)/python: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/run: $(VENV)/python
	$(PIP) --editable .
	touch $@

$(VENV)/preview: $(VENV)/python
	$(PIP) --editable ".[preview]"
	touch $@ $(VENV)/run

$(VENV)/test: $(VENV)/python
	$(PIP) --editable ".[test]"
	touch $@ $(VENV)/run $(VENV)/preview

preview: $(VENV)/preview  ## the bot at work in your browser, with no Discord account
	$(BIN)/python bot.py preview $(ARGS)

run: $(VENV)/run  ## connect to Discord; needs DISCORD_TOKEN
	$(BIN)/python bot.py run $(ARGS)

check: $(VENV)/run  ## check the content
	$(BIN)/python bot.py check $(ARGS)

test: $(VENV)/test  ## every check: style, types, rooms, content, behaviour
	@echo "This takes about 10 minutes on two cores."
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python bot.py check
	$(BIN)/python -m pytest --numprocesses auto --cov --cov-report term:skip-covered -m "not soak" $(ARGS)
	$(BIN)/python -m tests.discord.check_requests
	$(BIN)/python -m pytest --numprocesses auto -m "not soak and not in_a_file" --database=postgresql $(ON_A_SERVER)

test-only: $(VENV)/test  ## the behaviour alone, without coverage: make test-only ARGS=tests/answers/test_giving.py
	$(BIN)/python -m pytest -m "not soak" $(ARGS)

soak: $(VENV)/test  ## the long forms of the fault suite, some minutes
	$(BIN)/python -m pytest -m soak -o timeout=3600 -o faulthandler_timeout=3660 $(ARGS)

bench: $(VENV)/run  ## what Lantern costs beside a bare discord.py bot, ten minutes; ARGS="--cores 1" binds both to one core
	$(BIN)/python -m bench.cost $(ARGS)

# Strict: where nothing can be looked up, that is a failure and not a clean bill.
audit:  ## dependencies with known holes; needs the network
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet pip-audit
	$(VENV)-audit/bin/pip-audit --strict --requirement constraints.txt --no-deps --disable-pip

format: $(VENV)/test  ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(VENV)-* build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage
