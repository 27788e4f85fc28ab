# `make run` starts the chat example, `make test` checks everything; `make` lists the rest.

PYTHON ?= python3
PORT ?= 8080
SECONDS ?= 120
# The browser of the browser tests, where it is not found by name.
CHROMIUM ?=
# How many examples `make model` runs; more find more.
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
# What livewidget is measured beside.
PEERS := .venv-bench
# What writes the locks.
LOCKER := .venv-lock
BENCH := build/bench
# What makes the documentation.
DOCS := .venv-docs
DOCS_NODE := build/docs-tools/node
BIN := $(VENV)/bin
PIP := -m pip --quiet --disable-pip-version-check install

# The locks, requirements/NAME.txt. For one more: its name here, and below what it is made of.
LOCKS := lock test run floors bench docs node
# The extras of pyproject.toml that the tests need.
TEST_EXTRAS := test tls

LOCK_lock := requirements/lock.in
LOCK_test := pyproject.toml $(TEST_EXTRAS:%=--extra %)
# In the same venv: at the same versions.
LOCK_run := pyproject.toml --constraints requirements/test.txt
LOCK_floors := pyproject.toml $(TEST_EXTRAS:%=--extra %) requirements/floors.in
LOCK_bench := requirements/bench.in
LOCK_docs := pyproject.toml --extra docs
LOCK_node := requirements/node.in
# These have livewidget installed beside them, and with it what builds it.
BUILDS := test run floors

# Say UPGRADE= to keep the versions that still fit.
UPGRADE ?= --upgrade
# A build from source installs tools that no lock names. Say WHEELS= where a package has no wheel.
WHEELS ?= --only-binary=:all:

# The venv may hold Node, where the machine has none.
WITH_NODE := export PATH="$(CURDIR)/$(BIN):$$PATH";
NODE_WORKS := { node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' && npm --version; }

FIND_CHROMIUM := { if test -n "$(CHROMIUM)"; then command -v "$(CHROMIUM)"; else \
	command -v chromium || command -v chromium-browser || command -v google-chrome || \
	command -v google-chrome-stable; fi; }
# Without a name, each test finds the one that does: see tests/acceptance/browser/chromium.py.
WITH_CHROMIUM = CHROMIUM="$(CHROMIUM)"

# Browser tests wait more than they work, and come first. A class of tests stays together, with
# its servers.
PARALLEL := -n 5 --dist loadscope --no-loadscope-reorder

# Debian's is not on the path of everybody.
FIND_NGINX := PATH="$$PATH:/usr/sbin:/usr/local/sbin" command -v nginx

CFLAGS_BENCH := -std=gnu11 -O2 -Wall -Wextra -pthread

# $(call install,VENV,LOCK): what the lock says and nothing else.
install = $(1)/bin/python $(PIP) $(WHEELS) --require-hashes --requirement requirements/$(2).txt || { \
	echo "Not installed: requirements/$(2).txt. Where a package has no wheel: make WHEELS= …" >&2; exit 1; }

# $(call install_livewidget,VENV): this checkout, after what it needs.
install_livewidget = $(1)/bin/python $(PIP) --no-deps --no-build-isolation --editable .

# $(call apt_install,PACKAGE): fails, in silence, for anyone but root on Debian and its kin.
apt_install = { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing $(1)" && \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $(1) </dev/null; }

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed ## Serve the chat example on PORT (8080); needs Python alone
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

# The files are named one by one: Node 20 takes a folder, Node 22 takes patterns.
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
test-browser: $(VENV)/.installed-test node chromium nginx ## Run the browser tests alone
	@echo "$(BIN)/python -m pytest $(PARALLEL) tests/acceptance/browser"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(BIN)/python -m pytest $(PARALLEL) tests/acceptance/browser

.PHONY: test-floors
test-floors: $(FLOORS)/.installed node chromium nginx ## Run the Python tests on the oldest dependencies allowed
	@echo "$(FLOORS)/bin/python -m pytest $(PARALLEL)"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(FLOORS)/bin/python -m pytest $(PARALLEL)

.PHONY: test-newest
test-newest: $(NEWEST)/.made node chromium nginx ## Run the Python tests on the newest dependencies there are
	@echo "Installing livewidget and its newest dependencies into $(NEWEST)"
	@PIP_CONSTRAINT=/dev/null $(NEWEST)/bin/python $(PIP) --upgrade --upgrade-strategy=eager \
		--editable '.[$(subst $(SPACE),$(COMMA),$(TEST_EXTRAS))]'
	@echo "$(NEWEST)/bin/python -m pytest $(PARALLEL)"
	@$(WITH_NODE) $(WITH_CHROMIUM) $(NEWEST)/bin/python -m pytest $(PARALLEL)

.PHONY: model
model: $(VENV)/.installed-test node ## Run EXAMPLES (2000) examples of whole pages on a bad network
	$(WITH_NODE) LIVEWIDGET_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n 2 --dist loadscope \
		tests/acceptance/model tests/wire/test_delivery_model.py

.PHONY: bench
bench: bench-tools ## Measure livewidget beside its peers, in 10 minutes: see benchmarks/README.md
	$(WITH_NODE) $(BIN)/python -m benchmarks.compare

.PHONY: bench-quick
bench-quick: bench-tools ## A few of these figures, in a minute
	$(WITH_NODE) $(BIN)/python -m benchmarks.compare --quick

.PHONY: bench-docs
bench-docs: $(VENV)/.installed ## Put the last report, profile and plots of these into docs/
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
profile: $(VENV)/.installed $(BENCH)/load ## Where the server's time goes, function by function, in a minute
	@$(BIN)/python -m benchmarks.profile

.PHONY: bench-short
bench-short: $(VENV)/.installed ## Size, speed and memory without peers, in a quarter of a minute
	$(BIN)/python -m benchmarks --short

.PHONY: soak
soak: $(VENV)/.installed-test ## Use a server in all good and bad ways for SECONDS (120), and see what is left
	$(BIN)/python -m tests.acceptance.soak --seconds=$(SECONDS)

.PHONY: format
format: $(VENV)/.installed-test ## Put the Python code into shape
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

# $(call compile,LOCK): write requirements/LOCK.txt, for every Python and platform at once.
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

# Set-up. A stamp file tells what is done, so that a second run does nothing.

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
	@echo "Installing what writes the locks into $(LOCKER)"
	@$(call install,$(LOCKER),lock)
	@touch $@

$(DOCS)/.installed: requirements/docs.txt | $(DOCS)/.made
	@echo "Installing what makes the documentation into $(DOCS)"
	@$(call install,$(DOCS),docs)
	@touch $@

$(DOCS_NODE)/.installed: docs/site/package.json docs/site/package-lock.json | node
	@echo "Installing what makes the JavaScript reference into $(@D)"
	@mkdir -p $(@D)
	@cp $^ $(@D)/
	@$(WITH_NODE) cd $(@D) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: bench-tools
bench-tools: $(VENV)/.installed $(PEERS)/.installed $(BENCH)/node/.installed $(BENCH)/load $(BENCH)/kernelmax

$(PEERS)/.installed: requirements/bench.txt | $(PEERS)/.made
	@echo "Installing the peers in Python into $(PEERS)"
	@$(call install,$(PEERS),bench)
	@touch $@

$(BENCH)/node/.installed: benchmarks/package.json benchmarks/package-lock.json | node
	@echo "Installing the peers on Node into $(@D)"
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
		echo "The load generator is written in C: install a C compiler" >&2; exit 1; }

.PHONY: node
node: | $(VENV)/.made
	@$(WITH_NODE) $(NODE_WORKS) >/dev/null 2>&1 || { \
		echo "No Node.js 20 or newer with npm here: installing one into $(VENV)"; \
		( $(call install,$(VENV),node) ) && $(NODE_WORKS) >/dev/null; } || { \
		echo "The JavaScript checks need Node.js 20 or newer, with npm: install it" >&2; exit 1; }

node_modules/.installed: package.json package-lock.json | node
	@echo "Installing the JavaScript tools into node_modules"
	@$(WITH_NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: chromium
chromium: $(VENV)/.asked-headless
	@$(FIND_CHROMIUM) >/dev/null || { test -z "$(CHROMIUM)" && $(call apt_install,chromium); } || { \
		echo "The browser tests need Chromium: install it, or say make CHROMIUM=/path/to/it" >&2; \
		exit 1; }

# A window of it costs half. Not needed, so that it is asked for once.
$(VENV)/.asked-headless: | $(VENV)/.made
	@test -n "$(CHROMIUM)" || command -v chromium-headless-shell >/dev/null || \
		{ $(call apt_install,chromium-headless-shell); } 2>/dev/null || true
	@touch $@

# Where systemd runs, to install nginx is to start it as a service, now and at each boot: not for us to do.
.PHONY: nginx
nginx:
	@$(FIND_NGINX) >/dev/null || { test ! -d /run/systemd/system && $(call apt_install,nginx); } || { \
		echo "The browser tests need nginx: install it (on Debian: apt-get install nginx)." >&2; \
		echo "It need not run as a service: systemctl disable --now nginx" >&2; \
		exit 1; }
