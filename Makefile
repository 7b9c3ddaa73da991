# Everything that a fresh machine needs is Python 3.11 or later, and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

# As root the database runs under another user, who must be able to get to its data: not below a private /root.
CLOSED := $(shell [ "$$(id -u)" = 0 ] || exit 0; d="$(CURDIR)"; while [ "$$d" != / ]; do \
	case "$$(stat -c %A "$$d")" in (*[xt]) d="$$(dirname "$$d")";; (*) echo yes; break;; esac; done)
export TALLYSTICK_HOME ?= $(if $(CLOSED),/var/lib/tallystick,$(CURDIR)/var)

.PHONY: help
help: ## Show what make can do here
	@grep -hE '^[a-z][a-z-]*:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tallystick needs Python 3.11 or later. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-compile --editable .
	@# Without compiled files every start would pay for compiling them anew.
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null 2>&1 || true
	@touch $@

.PHONY: setup
setup: $(STAMP) ## Create the environment with everything pinned

.PHONY: demo
demo: $(STAMP) ## Set everything up and run a demonstration at http://localhost:8000
	@$(BIN)/tallystick demo

.PHONY: demo-reset
demo-reset: ## Throw the demonstration's data away, so that the next one begins anew
	@rm -rf "$$TALLYSTICK_HOME/postgres" "$$TALLYSTICK_HOME"/sandbox.sqlite* "$$TALLYSTICK_HOME/demo.json"
	@echo "The demonstration in $$TALLYSTICK_HOME begins anew at the next \`make demo\`."

# By file, because some files share one expensive thing, such as a running site; in the order of tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test
test: $(STAMP) ## Run the tests, but for those of test-slow
	@$(PYTEST) -m "not browser and not processes" $(ARGS)

.PHONY: test-slow
test-slow: $(STAMP) ## Run the tests that drive a browser, or start and kill whole processes
	@.ci/browser
	@$(PYTEST) -m "browser or processes" $(ARGS)

.PHONY: check
check: $(STAMP) ## Check style, types, imports, architecture, missing migrations and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/architecture
	@# Mail programs know no style sheets.
	$(BIN)/djlint --quiet --lint --per-file-ignores 'correspondence/.*' H021 src/tallystick
	$(BIN)/djlint --quiet --lint --profile jinja src/tallystick_sandbox

.PHONY: messages
messages: $(STAMP) ## Bring the German catalogue up to date, and say what is still to be written there
	@$(BIN)/python -m tests.catalogue

.PHONY: screenshots
screenshots: $(STAMP) ## Take the pictures of docs/ anew, from a running demonstration
	@$(BIN)/python -m tests.pictures

.PHONY: lock
lock: ## Pin every dependency anew in requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock

.PHONY: clean
clean: ## Remove the environment (data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
