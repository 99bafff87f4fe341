# Everything that a fresh machine with make, a C++ compiler, python3 and any Node with npm needs: each target does its own set-up.

NODE_VERSION := 24.21.0
NODE_SHA512_x64 := de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
NODE_SHA512_arm64 := 1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
NODE_OLDEST := 22.15.0

MACHINE := $(patsubst aarch64,arm64,$(patsubst x86_64,x64,$(shell uname -m)))
CORES := $(shell nproc)
SYSTEM_NODE_SUFFICES := $(shell printf '%s\n%s\n' v$(NODE_OLDEST) $$(node --version 2>/dev/null || echo v0) | sort -CV && echo yes)

# Where the system's Node is too old, a newer one lives in .node/ and comes first for everything that runs here.
ifneq ($(SYSTEM_NODE_SUFFICES),yes)
NODE_STAMP := .node/.stamp-$(NODE_VERSION)
NODEDIR_FLAG := --nodedir=$(CURDIR)/.node
NODE_PATH_PREFIX := $(CURDIR)/.node/bin:
endif
export PATH := $(NODE_PATH_PREFIX)$(CURDIR)/node_modules/.bin:$(PATH)

MODULES_STAMP := node_modules/.stamp
BUILD_STAMP := dist/.stamp
SOURCES := $(shell find src bin -type f -not -path 'src/s3-embedded/*')

.PHONY: build demo test lint unit e2e bench format clean

build: $(BUILD_STAMP)

demo: $(BUILD_STAMP)
	@node demo/demo.ts

test: lint unit e2e

lint: $(MODULES_STAMP)
	prettier --check --log-level warn .
	tsc --noEmit
	eslint --max-warnings 0 .
	depcruise --config .dependency-cruiser.cjs src

unit: $(MODULES_STAMP)
	node --test --test-concurrency=$(CORES) 'test/model/**/*.test.ts' 'test/unit/**/*.test.ts'

e2e: $(BUILD_STAMP)
	test/radosgw/with-radosgw node --test --test-concurrency=$(CORES) 'test/conformance/**/*.test.ts' 'test/e2e/**/*.test.ts'

# `make bench QUICK=1` ends in two minutes. Programs to compare with are measured where they are installed.
bench: $(BUILD_STAMP)
	node bench/main.ts $(if $(QUICK),--quick)
	node bench/restore.ts --radosgw $(if $(QUICK),--copies 1000 --plan-keys 100000)

format: $(MODULES_STAMP)
	prettier --write --log-level warn .

clean:
	rm -rf dist node_modules .node oclif.manifest.json

.node/.stamp-%:
	rm -rf .node && mkdir -p .node/download
	cd .node/download && npm pack --silent node-linux-$(MACHINE)@$* >/dev/null
	cd .node/download && echo '$(NODE_SHA512_$(MACHINE))  node-linux-$(MACHINE)-$*.tgz' | sha512sum --check --quiet
	tar -xzf .node/download/node-linux-$(MACHINE)-$*.tgz -C .node --strip-components=1
	rm -rf .node/download && touch $@

$(MODULES_STAMP): package.json package-lock.json $(NODE_STAMP)
	npm ci --no-audit --no-fund --loglevel=error $(NODEDIR_FLAG)
	touch $@

$(BUILD_STAMP): $(SOURCES) tsconfig.json tsconfig.build.json $(MODULES_STAMP)
	rm -rf dist
	tsc -p tsconfig.build.json
	oclif manifest >/dev/null
	touch $@
