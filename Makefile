# `make run` starts the chat example, `make test` checks everything; `make` lists the rest.

PYTHON ?= python3
PORT ?= 8080
SECONDS ?= 120
# The browser of the browser tests, if it is not found by name.
CHROMIUM ?=
# The number of examples that `make model` runs.
EXAMPLES ?= 2000

COMMA := ,
SPACE := $() $()

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
FLOORS := .venv-floors
NEWEST := .venv-newest
# The peers that livewidget is compared with.
PEERS := .venv-bench
# The tool that writes the locks.
LOCKER := .venv-lock
BENCH := build/bench
# The tools that build the documentation.
DOCS := .venv-docs
DOCS_NODE := build/docs-tools/node
BIN := $(VENV)/bin
PIP := -m pip --quiet --disable-pip-version-check install

# The locks, requirements/NAME.txt. A new lock needs its name here and its input below.
LOCKS := lock test run floors bench docs node
# The extras of pyproject.toml that the tests need.
TEST_EXTRAS := test tls

LOCK_lock := requirements/lock.in
LOCK_test := pyproject.toml $(TEST_EXTRAS:%=--extra %)
# Installed into the same venv, so at the same versions.
LOCK_run := pyproject.toml --constraints requirements/test.txt
LOCK_floors := pyproject.toml $(TEST_EXTRAS:%=--extra %) requirements/floors.in
LOCK_bench := requirements/bench.in
LOCK_docs := pyproject.toml --extra docs
LOCK_node := requirements/node.in
# livewidget is installed after these, so they include its build requirements.
BUILDS := test run floors

# UPGRADE= keeps the versions that still fit.
UPGRADE ?= --upgrade
# A build from source installs tools that no lock names. WHEELS= allows one if a package has no wheel.
WHEELS ?= --only-binary=:all:

# The venv may contain Node, if the machine has none.
WITH_NODE := export PATH="$(CURDIR)/$(BIN):$$PATH";
NODE_WORKS := { node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' && npm --version; }

FIND_CHROMIUM := { if test -n "$(CHROMIUM)"; then command -v "$(CHROMIUM)"; else \
	command -v chromium || command -v chromium-browser || command -v google-chrome || \
	command -v google-chrome-stable; fi; }
# Without a name, each test finds a suitable browser: see tests/acceptance/browser/chromium.py.
WITH_CHROMIUM = CHROMIUM="$(CHROMIUM)"

# Browser tests mostly wait, and run first. A class of tests stays together, with its servers.
PARALLEL := -n 5 --dist loadscope --no-loadscope-reorder

# Debian installs nginx outside an ordinary user's path.
FIND_NGINX := PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v nginx

CFLAGS_BENCH := -std=gnu11 -O2 -Wall -Wextra -pthread

# $(call install,VENV,LOCK): install exactly the packages of a lock.
install = $(1)/bin/python $(PIP) $(WHEELS) --require-hashes --requirement requirements/$(2).txt || { \
	echo "Not installed: requirements/$(2).txt. If a package has no wheel, run: make WHEELS= …" >&2; exit 1; }

# $(call install_livewidget,VENV): install this checkout, after its dependencies.
install_livewidget = $(1)/bin/python $(PIP) --no-deps --no-build-isolation --editable .

# $(call apt_install,PACKAGE): install a package. Fails silently except for root on Debian and derivatives.
apt_install = { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing $(1)" && \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $(1) </dev/null; }

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed ## Serve the chat example on PORT (8080), which needs only Python
	@exec $(BIN)/twistd -n --pidfile= live-widget --element=examples.chat.chat --port=$(PORT)

.PHONY: test
test: lint types docs test-js test-py ## Run every check and every test

.PHONY: lint
lint: $(VENV)/.installed-test ## Check the style of the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.installed-test node node_modules/.installed ## Check types, Python and JavaScript
	$(BIN)/mypy
	$(WITH_NODE) npx --no-install tsc -p tsconfig.json
	$(WITH_NODE) npx --no-install tsc -p examples/tsconfig.json

# The files are listed, since Node 20 accepts a folder and Node 22 patterns.
.PHONY: test-js
test-js: node node_modules/.installed ## Run the JavaScript tests
	@files=$$(find tests/js -name '*.test.js' | sort); \
	test -n "$$files" || { echo "No tests/js/**/*.test.js to run." >&2; exit 1; }; \
	echo "node --test tests/js"; \
	$(WITH_NODE) node --test --test-reporter=spec $$files

.PHONY: test-py
test-py: $(VENV)/.installed-test node chromium nginx ## Run the Python tests, browser tests included
	@echo "$(BIN)/python -m pytest $(PARALLEL)"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(BIN)/python -m pytest $(PARALLEL)

.PHONY: test-browser
test-browser: $(VENV)/.installed-test node chromium nginx ## Run only the browser tests
	@echo "$(BIN)/python -m pytest $(PARALLEL) tests/acceptance/browser"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(BIN)/python -m pytest $(PARALLEL) tests/acceptance/browser

.PHONY: test-floors
test-floors: $(FLOORS)/.installed node chromium nginx ## Run the Python tests on the oldest dependencies allowed
	@echo "$(FLOORS)/bin/python -m pytest $(PARALLEL)"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(FLOORS)/bin/python -m pytest $(PARALLEL)

.PHONY: test-newest
test-newest: $(NEWEST)/.made node chromium nginx ## Run the Python tests on the newest dependencies released
	@echo "Installing livewidget and its newest dependencies into $(NEWEST)"
	@PIP_CONSTRAINT=/dev/null $(NEWEST)/bin/python $(PIP) --upgrade --upgrade-strategy=eager \
		--editable '.[$(subst $(SPACE),$(COMMA),$(TEST_EXTRAS))]'
	@echo "$(NEWEST)/bin/python -m pytest $(PARALLEL)"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(NEWEST)/bin/python -m pytest $(PARALLEL)

.PHONY: model
model: $(VENV)/.installed-test node ## Test whole pages on a bad network with EXAMPLES (2000) examples
	$(WITH_NODE) LIVEWIDGET_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n 2 --dist loadscope \
		tests/acceptance/model tests/wire/test_delivery_model.py

.PHONY: bench
bench: bench-tools ## Compare livewidget with its peers, in 10 minutes: see benchmarks/README.md
	$(WITH_NODE) $(BIN)/python -m benchmarks.compare

.PHONY: bench-quick
bench-quick: bench-tools ## Measure a few of these figures, in a minute
	$(WITH_NODE) $(BIN)/python -m benchmarks.compare --quick

.PHONY: bench-docs
bench-docs: $(VENV)/.installed ## Put the last report, profile and plots into docs/
	@$(BIN)/python -m benchmarks.compare.documents

.PHONY: docs
docs: $(DOCS)/.installed $(DOCS_NODE)/.installed ## Build the documentation into build/docs; a warning is an error
	@rm -rf build/docs
	$(DOCS)/bin/sphinx-build --fail-on-warning --keep-going --quiet --jobs auto --doctree-dir build/docs-tools/doctrees \
		docs build/docs
	$(DOCS)/bin/python docs/site/inventories.py build/docs-tools
	$(DOCS)/bin/pydoctor --config docs/site/pydoctor.ini
	$(WITH_NODE) $(DOCS_NODE)/node_modules/.bin/typedoc --logLevel Warn --options docs/site/typedoc.json
	@echo "The documentation is in build/docs/index.html"

.PHONY: profile
profile: $(VENV)/.installed $(BENCH)/load ## Show where the server's time goes, by function, in a minute
	@$(BIN)/python -m benchmarks.profile

.PHONY: bench-short
bench-short: $(VENV)/.installed ## Measure size, speed and memory without peers, in 15 seconds
	$(BIN)/python -m benchmarks --short

.PHONY: soak
soak: $(VENV)/.installed-test ## Run good and bad clients against a server for SECONDS (120), and check for leaks
	$(BIN)/python -m tests.acceptance.soak --seconds=$(SECONDS)

.PHONY: format
format: $(VENV)/.installed-test ## Format the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: node ## Renew the locks: see docs/contributing/dependencies.md
	@$(MAKE) --no-print-directory $(LOCKER)/.installed
	@$(foreach name,$(LOCKS),$(call compile,$(name)) &&) true
	@$(WITH_NODE) for folder in . benchmarks docs/site; do \
		echo "Locking $$folder/package-lock.json"; \
		(cd $$folder && npm $(if $(UPGRADE),update,install) --package-lock-only --omit-lockfile-registry-resolved \
			--no-audit --no-fund --loglevel=error >/dev/null) || exit; \
	done

# $(call compile,LOCK): write requirements/LOCK.txt, for every Python version and platform.
compile = echo "Locking requirements/$(1).txt" && \
	$(if $(filter $(1),$(BUILDS)),$(PRINT_BUILD_REQUIRES),true) | \
	$(LOCKER)/bin/uv --quiet pip compile --python $(LOCKER)/bin/python --universal --python-version 3.11 \
		--generate-hashes --annotation-style line --custom-compile-command "make lock" $(UPGRADE) \
		--output-file requirements/$(1).txt $(LOCK_$(1)) $(if $(filter $(1),$(BUILDS)),-) >/dev/null

PRINT_BUILD_REQUIRES = $(LOCKER)/bin/python -c \
	'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'

.PHONY: clean
clean: ## Remove everything made here
	rm -rf $(VENV) $(FLOORS) $(NEWEST) $(PEERS) $(LOCKER) $(DOCS) node_modules build dist .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache _trial_temp* twisted/plugins/dropin.cache
	find livewidget benchmarks examples tests twisted -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. Stamp files record what is done, so that a repeated run does nothing.

$(VENV)/.made $(FLOORS)/.made $(NEWEST)/.made $(PEERS)/.made $(LOCKER)/.made $(DOCS)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		$(call apt_install,$$package) || { \
		echo "$(PYTHON) cannot make virtual environments: apt-get install $$package" >&2; exit 1; }; }
	@echo "Making $(@D)"
	@$(PYTHON) -m venv --clear $(@D)
	@touch $@

$(VENV)/.installed: pyproject.toml requirements/run.txt | $(VENV)/.made
	@echo "Installing livewidget into $(VENV)"
	@$(call install,$(VENV),run)
	@$(call install_livewidget,$(VENV))
	@touch $@

$(VENV)/.installed-test: pyproject.toml requirements/test.txt | $(VENV)/.made
	@echo "Installing livewidget and its test tools into $(VENV)"
	@$(call install,$(VENV),test)
	@$(call install_livewidget,$(VENV))
	@touch $(VENV)/.installed $@

$(FLOORS)/.installed: pyproject.toml requirements/floors.txt | $(FLOORS)/.made
	@echo "Installing livewidget and its oldest dependencies into $(FLOORS)"
	@$(call install,$(FLOORS),floors)
	@$(call install_livewidget,$(FLOORS))
	@touch $@

$(LOCKER)/.installed: requirements/lock.txt | $(LOCKER)/.made
	@echo "Installing the lock tool into $(LOCKER)"
	@$(call install,$(LOCKER),lock)
	@touch $@

$(DOCS)/.installed: requirements/docs.txt | $(DOCS)/.made
	@echo "Installing the documentation tools into $(DOCS)"
	@$(call install,$(DOCS),docs)
	@touch $@

$(DOCS_NODE)/.installed: docs/site/package.json docs/site/package-lock.json | node
	@echo "Installing the JavaScript reference tools into $(@D)"
	@mkdir -p $(@D)
	@cp $^ $(@D)/
	@$(WITH_NODE) cd $(@D) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: bench-tools
bench-tools: $(VENV)/.installed $(PEERS)/.installed $(BENCH)/node/.installed $(BENCH)/load $(BENCH)/kernelmax

$(PEERS)/.installed: requirements/bench.txt | $(PEERS)/.made
	@echo "Installing the Python peers into $(PEERS)"
	@$(call install,$(PEERS),bench)
	@touch $@

$(BENCH)/node/.installed: benchmarks/package.json benchmarks/package-lock.json | node
	@echo "Installing the Node peers into $(@D)"
	@mkdir -p $(@D)
	@cp $^ $(@D)/
	@$(WITH_NODE) cd $(@D) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(BENCH)/load: $(wildcard benchmarks/load/*.c benchmarks/load/*.h) | compiler
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BENCH) -o $@ $(filter %.c,$^)

$(BENCH)/kernelmax: benchmarks/peers/kernelmax.c | compiler
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_BENCH) -o $@ $<

.PHONY: compiler
compiler:
	@command -v $(CC) >/dev/null || $(call apt_install,gcc libc6-dev) || { \
		echo "The load generator needs a C compiler: install one (on Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }

.PHONY: node
node: | $(VENV)/.made
	@$(WITH_NODE) $(NODE_WORKS) >/dev/null 2>&1 || { \
		echo "Node.js 20 or newer with npm was not found: installing it into $(VENV)"; \
		( $(call install,$(VENV),node) ) && $(NODE_WORKS) >/dev/null; } || { \
		echo "The JavaScript checks need Node.js 20 or newer, with npm: install them" >&2; exit 1; }

node_modules/.installed: package.json package-lock.json | node
	@echo "Installing the JavaScript tools into node_modules"
	@$(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: chromium
chromium: $(VENV)/.asked-headless
	@$(FIND_CHROMIUM) >/dev/null || { test -z "$(CHROMIUM)" && $(call apt_install,chromium); } || { \
		echo "The browser tests need Chromium: install it, or run make CHROMIUM=/path/to/chromium" >&2; \
		exit 1; }

# Each window of it costs half as much. It is optional, so installing it is tried once.
$(VENV)/.asked-headless: | $(VENV)/.made
	@test -n "$(CHROMIUM)" || command -v chromium-headless-shell >/dev/null || \
		{ $(call apt_install,chromium-headless-shell); } 2>/dev/null || true
	@touch $@

# With systemd, installing nginx would start it as a service, now and at each boot. The user decides that.
.PHONY: nginx
nginx:
	@$(FIND_NGINX) >/dev/null || { test ! -d /run/systemd/system && $(call apt_install,nginx); } || { \
		echo "The browser tests need nginx: install it (on Debian: apt-get install nginx)." >&2; \
		echo "It need not run as a service: systemctl disable --now nginx" >&2; \
		exit 1; }
