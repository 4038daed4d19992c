# Each target makes .venv itself, from the versions in requirements/, each held to its hash. Lantern itself runs from here
# and is not installed. Without make, README.md gives the same lines.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --require-hashes --requirement

# What leaves rows is tried on both kinds of database; tests/store and tests/figures do so by themselves, and
# `make test-only ARGS=--database=postgresql` tries everything.
ON_A_SERVER = $(addprefix tests/answers/test_,giving.py privacy.py removing.py) $(addprefix tests/admin/test_,digests.py welcome.py)

# Alpine Linux, for one, has no wheel.
WORDS_ALONE = No sentence encoder could be installed here: questions are matched by their words alone.

.DEFAULT_GOAL := help
.PHONY: help preview run check test test-only bench soak translations requirements audit format clean

help:  ## these lines
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The stamps say which extras the environment has; that of `test` holds the others.
$(VENV)/python: $(wildcard requirements/*.txt)
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/run: $(VENV)/python
	$(PIP) requirements/semantic.txt || { echo "$(WORDS_ALONE)"; $(PIP) requirements/run.txt; }
	touch $@

$(VENV)/preview: $(VENV)/run
	$(PIP) requirements/preview.txt
	touch $@

$(VENV)/test: $(VENV)/python
	$(PIP) requirements/test.txt
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

translations: $(VENV)/test  ## find all sentences in the code, and say which are not translated
	$(BIN)/python -m tests.languages.catalogs

$(VENV)-tools/made: requirements/tools.txt
	$(PYTHON) -m venv $(VENV)-tools
	$(VENV)-tools/bin/python -m pip install --quiet --require-hashes --requirement requirements/tools.txt
	touch $@

requirements: $(VENV)-tools/made  ## pin what pyproject.toml names; ARGS=--upgrade takes the newest
	$(VENV)-tools/bin/python -m tests.docs.requirements $(ARGS)

# Strict: where nothing can be looked up, that is a failure and not a clean bill.
audit: $(VENV)-tools/made  ## dependencies with known holes; needs the network
	$(VENV)-tools/bin/pip-audit --strict --require-hashes --disable-pip $(addprefix --requirement requirements/,test.txt tools.txt)

format: $(VENV)/test  ## put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## remove what the other targets made
	rm -rf $(VENV) $(VENV)-* build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage
