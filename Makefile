# make run    start Saywhy here, with the example school: proxy, portal, metrics
# make test   everything that has to hold: style, types, imports, tests
# make lint   the quick part of it
# make docs   write schema/, the reference in docs/policy.md, docs/metrics.md and the dashboards anew, from the code
# make words  bring the catalogues of languages/ up to date with the English texts (LANGUAGE=so begins a new one)
# make fuzz   try a million bent inputs (FUZZ="--inputs 9000 --seed 2")
# make gallery-pictures   every page of the gallery tried and pictured, in build/gallery (five minutes)
# make dashboards-pictures   the dashboards drawn from a real Prometheus, in docs/pictures (three minutes)
# make lock   write the requirements anew (newest versions: make lock LOCK=--upgrade)
# make bench  measure Saywhy beside Squid, e2guardian and mitmdump (root; 20 minutes; options in BENCH=)
# make bench-decide, bench-counting, bench-diff, bench-lists, bench-pages   measure, and write docs/performance.md
# make bench-page-load   measure pages in a browser, by HTTP/2 and HTTP/1.1 (root; 15 minutes; options in BENCH=)
# make soak              200,000 connections of mixed kinds through three workers, one of them killed (root; 15 minutes)
# make clean  take away what can be made again; state/ (keys, requests) stays

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV ?= .venv
POLICIES ?= policies
STATE ?= state
LISTEN ?= 127.0.0.1:8080
PORTAL ?= 127.0.0.1:8081
METRICS ?= 127.0.0.1:9090
RUN ?=
PYTEST ?=
PARALLEL ?= -n $(shell expr $$(nproc) + 1) --dist loadfile --no-loadscope-reorder
BENCH ?=
FUZZ ?=
LANGUAGE ?=

bin := $(VENV)/bin
pip := $(bin)/python -m pip --quiet --disable-pip-version-check
made_venv := $(VENV)/.made
made_runtime := $(VENV)/.made-runtime
made_dev := $(VENV)/.made-dev

.PHONY: help run test lint docs words fuzz gallery-pictures dashboards-pictures bench bench-decide bench-counting bench-diff bench-lists bench-pages bench-page-load soak lock clean system-packages

help:
	@sed -n 's/^# //p' Makefile | head -12

run: $(made_runtime)
	@exec $(bin)/saywhy run --policies $(POLICIES) --state $(STATE) \
		--listen $(LISTEN) --portal $(PORTAL) --metrics $(METRICS) $(RUN)

# What was compiled once is not compiled again, by each worker and each command that tests run, whatever the shell says.
test: export PYTHONDONTWRITEBYTECODE :=
test: lint system-packages
	$(bin)/pytest $(PARALLEL) $(PYTEST)

lint: $(made_dev)
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports --no-logo

system-packages:
	@deploy/system-packages.sh

docs: $(made_dev)
	$(bin)/saywhy schema --out schema --reference docs/policy.md --metrics docs/metrics.md
	PYTHONPATH=. $(bin)/python -m deploy.dashboards.write

words: $(made_dev)
	PYTHONPATH=addons $(bin)/python deploy/words.py $(LANGUAGE)

bench: $(made_dev)
	PYTHONPATH=. $(bin)/python -m bench.peers $(BENCH)

bench-decide bench-counting bench-diff bench-lists bench-pages: bench-%: $(made_dev)
	PYTHONPATH=. $(bin)/python bench/$*.py

bench-page-load: $(made_dev) system-packages
	PYTHONPATH=. $(bin)/python -m bench.page_load $(BENCH)

soak: $(made_dev)
	PYTHONPATH=. $(bin)/python -m bench.soak $(BENCH)

fuzz: $(made_dev)
	$(bin)/python -m tests.fuzz.run $(FUZZ)
	SAYWHY_LANE_EXAMPLES=$${SAYWHY_LANE_EXAMPLES:-3000} $(bin)/pytest --timeout 3600 tests/wire/test_wire_lanes_agree.py -k test_any

gallery-pictures: $(made_dev) system-packages
	SAYWHY_GALLERY=whole $(bin)/pytest --timeout 900 tests/explain/test_explain_gallery_in_browser.py

dashboards-pictures: $(made_dev) system-packages
	SAYWHY_PICTURES=docs/pictures $(bin)/pytest --timeout 900 tests/wire/test_wire_dashboards.py

lock: $(made_dev)
	VENV=$(VENV) deploy/lock.sh $(LOCK)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(made_venv):
	@python="$$(PYTHON="$(PYTHON)" deploy/find-python.sh)" && "$$python" -m venv $(VENV)
	@touch $@

$(made_runtime): $(made_venv) requirements.txt requirements-build.txt pyproject.toml
	@echo "Installing what Saywhy needs into $(VENV) …"
	@$(pip) install --require-hashes -r requirements.txt -r requirements-build.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

$(made_dev): $(made_runtime) requirements-dev.txt
	@echo "Installing what its tests need into $(VENV) …"
	@$(pip) install --require-hashes -r requirements-dev.txt
	@touch $@
