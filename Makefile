# Each target first makes ready what it needs; see .ci/setup. ARGS passes options: make demo ARGS=--no-live
# When a step fails, make's own exit code is 2, whatever the step's was.
export PATH := $(PATH):/usr/sbin:/sbin
# The renders to train from: training/out/renders, or those that lie beside the checkout.
RENDERS ?= $(firstword $(wildcard training/out/renders ../shared/vision/renders))
.NOTPARALLEL:
.PHONY: help demo test check hil bench fuzz model clean

help:
	@echo 'make demo    a simulated truck drives one trip, from receiver and cameras to the platform'
	@echo 'make test    all tests, simulated hardware included'
	@echo 'make check   style, types, layers'
	@echo 'make hil     only the tests against simulated hardware, or real units named by HAULWATCH_HIL_*'
	@echo 'make bench   one JSON object per figure on standard output'
	@echo 'make fuzz    ten minutes of damaged bytes for the receivers'"'"' decoder (Linux x86-64)'
	@echo 'make model   train the load model again: make model RENDERS=FOLDER'
	@echo 'make clean   remove what the others made'

demo:
	@.ci/setup demo
	@.venv/bin/haulwatch demo $(ARGS)

test:
	@.ci/setup dev
	@.venv/bin/pytest $(ARGS)

check:
	@.ci/setup dev
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports

hil:
	@.ci/setup dev
	@.venv/bin/pytest -m hil $(ARGS)

bench:
	@.ci/setup dev >&2
	@for bench in benchmarks/*.py; do echo "$$bench" >&2; .venv/bin/python "$$bench" $(ARGS) || exit; done

fuzz:
	@.ci/setup dev
	@.venv/bin/python -m pip --disable-pip-version-check -qq install -e '.[fuzz]'
	@.venv/bin/python tests/fuzz_gnss.py -max_total_time=600 $(ARGS)

model:
	@test -n "$(RENDERS)" || { echo 'make model: name the folder of renders: make model RENDERS=FOLDER' >&2; exit 3; }
	@.ci/setup model
	@training/out/venv/bin/python -m training.train --renders $(RENDERS) $(ARGS)

clean:
	rm -rf .venv training/out/venv build dist *.egg-info .coverage .coverage.*
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find agent drivers buffer firmware_profiles tests benchmarks training -name __pycache__ -prune -exec rm -rf {} +
