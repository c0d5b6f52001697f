# Each target first makes ready what it needs; see .ci/setup. ARGS passes options: make demo ARGS=--no-live
# When a step fails, make's own exit code is 2, whatever the step's was.
export PATH := $(PATH):/usr/sbin:/sbin
# Folders of renders to train from; without one, make model renders COUNT pictures (2 s of CPU each) first.
RENDERS ?=
COUNT ?= 3000
.NOTPARALLEL:
.PHONY: help demo test check hil bench fuzz proof spark deb deb-test model training/out/renders clean

help:
	@echo 'make demo    a simulated truck drives one trip, from receiver and cameras to the platform'
	@echo 'make test    all tests, simulated hardware included'
	@echo 'make check   style, types, layers'
	@echo 'make hil     only the tests against simulated hardware, or real units named by HAULWATCH_HIL_*'
	@echo 'make bench   one JSON object per figure on standard output'
	@echo 'make fuzz    ten minutes of damaged bytes for the receivers'"'"' decoder (Linux x86-64)'
	@echo 'make proof   kills, power cuts, refused writes and flipped bits, by the thousand: nothing may be lost'
	@echo 'make spark   the queries of haulwatch analyse on a local Spark (half a gigabyte, and Java)'
	@echo 'make deb     the Debian package, in build/deb; ARCH=arm64 for 64-bit ARM, VERSION=... for another version'
	@echo 'make deb-test   installs, runs, upgrades and removes it in Debian 12 and 13; needs root and debootstrap'
	@echo 'make model   make the load model again, from nothing; hours; goes on where it was'
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
	@failed=0; for bench in $$(grep -l __main__ benchmarks/*.py); do echo "$$bench" >&2; \
		.venv/bin/python "$$bench" $(ARGS) || failed=1; done; exit $$failed

fuzz:
	@.ci/setup dev
	@.venv/bin/python -m pip --disable-pip-version-check -qq install -e '.[fuzz]'
	@.venv/bin/python tests/fuzz_gnss.py -max_total_time=600 $(ARGS)

proof:
	@CI=$${CI:-true} .ci/setup dev
	@.venv/bin/python -m tests.proof $(ARGS)
	$(if $(ARGS),,@.venv/bin/pytest -m hypothesis --hypothesis-profile=full)

spark:
	@.ci/setup dev
	@.venv/bin/python -m pip --disable-pip-version-check -qq install -e '.[spark]'
	@.venv/bin/pytest -n 0 -rs tests/contract/test_analyse.py $(ARGS)

deb:
	@.ci/setup dev
	@.venv/bin/python -m pip --disable-pip-version-check -qq install -e '.[deb]'
	@.venv/bin/python systemd/debian/build.py --arch $(or $(ARCH),amd64) $(if $(VERSION),--version $(VERSION)) $(ARGS)

deb-test:
	@.ci/setup dev
	@.venv/bin/python -m pip --disable-pip-version-check -qq install -e '.[deb]'
	@PYTHON=.venv/bin/python systemd/debian/test $(or $(SUITES),bookworm trixie)

model:
	@test -n "$(RENDERS)" || $(MAKE) --no-print-directory training/out/renders
	@.ci/setup model
	@training/out/venv/bin/python -m training.train --renders $(or $(RENDERS),training/out/renders) $(ARGS)

training/out/renders:
	@.ci/setup render
	@training/out/blender/bin/python -m training.scenes.textures training/out/textures --packages training/out/packages
	@training/out/blender/bin/python -m training.render set $@ --count $(COUNT) --seed 1 --textures training/out/textures

clean:
	rm -rf .venv training/out/venv training/out/blender build dist *.egg-info .coverage .coverage.*
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find agent drivers buffer firmware_profiles tests benchmarks training -name __pycache__ -prune -exec rm -rf {} +
