# `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo build test test-models test-proof test-plugin test-threads test-kills test-swift test-examples test-record \
  record record-costs check bench zoo fuzz fuzz-compare nightly schema fixtures dist wheel deb packages test-packages \
  test-clean-roots test-reproducible clean system python browser

VENV := .build-venv
PYTHON := $(VENV)/bin/python
ZOO_VENV := .build-zoo-venv
WHEEL_VENV := .build-wheel-venv
RELEASE := -c release --static-swift-stdlib
COMMAND = $(shell swift build $(RELEASE) --show-bin-path)/bnfuse
SWIFT_FILES := Sources Plugins Tests Examples Fuzzing Package.swift
FUZZ_SEEDS := .build-fuzz-work/seeds
SCHEMA := Sources/CONNXSchema
GENERATE = protoc-c --proto_path=Schemas --c_out=$$folder onnx.proto
# What ProtobufIO's tests read besides ONNX.
MADE_UP := Tests/CMadeUpSchema
GENERATE_MADE_UP = protoc-c --proto_path=$(MADE_UP)/proto --c_out=$$folder implicit.proto explicit.proto

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

demo: build ## build the command and fuse the digits network
	@mkdir -p .build/demo
	$(COMMAND) Fixtures/digits/digits.onnx -o .build/demo/digits.fused.onnx --report .build/demo/digits.json

build: system ## build the command
	swift build $(RELEASE) --product bnfuse

test: test-swift build python browser ## run all tests but those on real models
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Schema Tests/Architecture Tests/Interoperability
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Evaluation
	BNFUSE=$(COMMAND) BNFUSE_BLAS=none $(PYTHON) -m pytest -q Tests/Evaluation/test_operators.py
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Models/test_exact_fold.py Tests/Models/test_fixtures.py
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Record

test-swift: system
	swift test

test-models: build python ## fuse and run real models from PyPI packages and judge the results
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Models/test_models.py Tests/Models/test_evaluation.py

test-proof: build python ## judge thousands of right and of wrong folds
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Proof

test-plugin: build python ## build packages that use the build-tool plugin
	BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Plugin

test-threads: system python ## write big models under ThreadSanitizer
	$(PYTHON) Tests/Sanitizers/threads.py

test-kills: build python ## kill 1,000 runs at random moments
	KILLS=1000 BNFUSE=$(COMMAND) $(PYTHON) -m pytest -q Tests/Interoperability/test_kills.py

test-record: $(if $(BNFUSE),,build) python ## compare what the command does with the record of what it did
	BNFUSE=$(or $(BNFUSE),$(COMMAND)) $(PYTHON) Tests/Record/record.py compare $(ONLY)

record: $(if $(BNFUSE),,build) python ## record anew what the command does; the changes are for review
	BNFUSE=$(or $(BNFUSE),$(COMMAND)) $(PYTHON) Tests/Record/record.py make $(ONLY)

record-costs: $(if $(BNFUSE),,build) python ## compare memory and instructions with those recorded; WRITE=1 records anew
	@.ci/install-missing costs
	BNFUSE=$(or $(BNFUSE),$(COMMAND)) $(PYTHON) Tests/Record/costs.py $(if $(WRITE),--make)

test-examples: system ## build and run the example packages
	swift run -q --package-path Examples/Library --scratch-path .build-examples RunDigits Fixtures/digits
	swift run -q --package-path Examples/Plugin --scratch-path .build-examples-plugin Digits

packages: system
	Packaging/build

dist: packages ## pack the command as an archive, dist/bnfuse-<version>-linux-x86_64.tar.gz
	Packaging/dist

wheel: packages $(WHEEL_VENV)/installed ## pack the command as a Python wheel
	Packaging/wheel/build $(abspath $(WHEEL_VENV))/bin/python

deb: packages ## pack the command as a Debian package
	Packaging/deb

test-packages: dist wheel deb python ## make the packages and test what they hold
	$(PYTHON) -m pytest -q Tests/Packaging --ignore Tests/Packaging/test_clean_roots.py

test-clean-roots: dist wheel deb python ## install the packages in minimal Debian systems (as root)
	$(PYTHON) -m pytest -q Tests/Packaging/test_clean_roots.py

test-reproducible: ## make the packages twice, in different folders, and compare them
	Tests/Packaging/reproducible

check: system ## format, the import rule, the regenerated schemas
	swift format lint --strict --recursive $(SWIFT_FILES)
	python3 Tests/Architecture/rules.py
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(GENERATE) \
	  && cmp $$folder/onnx.pb-c.c $(SCHEMA)/onnx.pb-c.c && cmp $$folder/onnx.pb-c.h $(SCHEMA)/include/onnx.pb-c.h \
	  || { echo "Sources/CONNXSchema is not what Schemas/onnx.proto generates: run 'make schema'"; exit 1; }
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(GENERATE_MADE_UP) \
	  && mkdir $$folder/include && mv $$folder/*.h $$folder/include && diff -qr -x proto $$folder $(MADE_UP) \
	  || { echo "$(MADE_UP) is not what its folder 'proto' generates: run 'make schema'"; exit 1; }

bench: build python ## measure fusing beside cp, and running beside onnxruntime
	$(PYTHON) Benchmarks/run.py --bnfuse $(COMMAND)
	$(PYTHON) Benchmarks/evaluate.py --bnfuse $(COMMAND)
	$(PYTHON) Benchmarks/check.py --bnfuse $(COMMAND)

zoo: $(if $(BNFUSE),,build) $(ZOO_VENV)/installed ## compare with five other tools on real topologies
	BNFUSE=$(or $(BNFUSE),$(COMMAND)) $(ZOO_VENV)/bin/python Tests/Zoo/zoo.py $(if $(WRITE),--write) $(ONLY)

fuzz: system $(FUZZ_SEEDS)/made ## fuzz each target for SECONDS=60, or TARGET=scan, fuse, external, recorded or check alone
	Fuzzing/run $(or $(SECONDS),60) $(TARGET)

fuzz-compare: build python ## compare what is read of the fuzzing corpus with the protobuf of the package onnx
	BNFUSE=$(COMMAND) $(PYTHON) Fuzzing/compare.py $(FOLDERS)

nightly: build python ## what takes hours: sanitizers, fuzzing, random kills, the zoo
	Fuzzing/nightly

schema: system ## generate Sources/CONNXSchema from Schemas/onnx.proto, and the tests' made-up schemas
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(GENERATE) \
	  && mv $$folder/onnx.pb-c.c $(SCHEMA)/ && mv $$folder/onnx.pb-c.h $(SCHEMA)/include/
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && $(GENERATE_MADE_UP) \
	  && mv $$folder/*.pb-c.c $(MADE_UP)/ && mv $$folder/*.pb-c.h $(MADE_UP)/include/

fixtures: python ## make the hand-made fixtures anew
	$(PYTHON) Fixtures/handmade/make.py

clean: ## remove everything that was built
	rm -rf .build .build-* dist

# What must be on the machine; only what is missing is installed.
system:
	@.ci/install-missing

browser:
	@.ci/install-missing browser

python: $(VENV)/installed

$(VENV)/installed: Tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/requirements.txt
	@touch $@

$(FUZZ_SEEDS)/made: Fuzzing/seeds.py $(VENV)/installed
	$(PYTHON) Fuzzing/seeds.py $(FUZZ_SEEDS)
	@touch $@

$(WHEEL_VENV)/installed: Packaging/wheel/requirements.txt
	python3 -m venv $(WHEEL_VENV)
	$(WHEEL_VENV)/bin/pip install --quiet --disable-pip-version-check -r Packaging/wheel/requirements.txt
	@touch $@

$(ZOO_VENV)/installed: Tests/Zoo/requirements.txt
	python3 -m venv $(ZOO_VENV)
	$(ZOO_VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/Zoo/requirements.txt
	@touch $@
