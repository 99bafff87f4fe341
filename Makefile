# Everything that a fresh machine with make, a C++ compiler, python3 and any Node with npm needs: each target does its own set-up.

NODE_VERSION := 24.21.0
NODE_SHA512_x64 := de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
NODE_SHA512_arm64 := 1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
NODE_OLDEST := 22.15.0

MACHINE := $(patsubst aarch64,arm64,$(patsubst x86_64,x64,$(shell uname -m)))
CORES := $(shell nproc)
# End-to-end tests wait half of their time, as for a second to be over before it is listed.
E2E_AT_ONCE := $(shell expr 2 '*' $(CORES))
SYSTEM_NODE_SUFFICES := $(shell printf '%s\n%s\n' v$(NODE_OLDEST) $$(node --version 2>/dev/null || echo v0) | sort -CV && echo yes)

# Where the system's Node is too old, a newer one lives in .node/ and comes first for everything that runs here.
ifneq ($(SYSTEM_NODE_SUFFICES),yes)
NODE_STAMP := .node/.stamp-$(NODE_VERSION)
NODEDIR_FLAG := --nodedir=$(CURDIR)/.node
NODE_PATH_PREFIX := $(CURDIR)/.node/bin:
endif
export PATH := $(NODE_PATH_PREFIX)$(CURDIR)/node_modules/.bin:$(PATH)

MODULES_STAMP := node_modules/.stamp
# The loops that WebAssembly is made of, as a module.
KERNEL := src/kernel/binary.ts
BUILD_STAMP := dist/.stamp
SOURCES := $(shell find src bin -type f -not -path 'src/s3-embedded/*')

# A package brings a Node.js of its own, whatever the system's is.
RUNTIME := $(if $(NODE_STAMP),.node,out/node)
STAGE_STAMP := out/.staged
PACKAGING := $(shell find packaging rpm -type f)

.PHONY: build demo test lint unit e2e soak package-test rpm deb npm-package bench format clean

build: $(BUILD_STAMP)

demo: $(BUILD_STAMP)
	@node demo/demo.ts

test: lint unit e2e package-test

lint: $(KERNEL)
	prettier --check --log-level warn .
	tsc --noEmit
	eslint --max-warnings 0 .
	depcruise --config .dependency-cruiser.cjs src

unit: $(KERNEL)
	node --test --test-concurrency=$(CORES) 'test/model/**/*.test.ts' 'test/unit/**/*.test.ts'

e2e: $(BUILD_STAMP)
	test/radosgw/with-radosgw node --test --test-concurrency=$(E2E_AT_ONCE) 'test/conformance/**/*.test.ts' 'test/e2e/**/*.test.ts'

# The storm of test/e2e/watch.test.ts at its full size: 10,000 files, the server gone for half a minute.
soak: $(BUILD_STAMP)
	BMB_SOAK=1 node --test --test-concurrency=1 test/e2e/watch.test.ts

# What an operator gets: installed, used, upgraded and removed in a root file system of its own. Needs root.
package-test: $(STAGE_STAMP)
	test/radosgw/with-radosgw test/package/run
	BMB_EXECUTABLE=$(CURDIR)/out/stage/opt/backup-my-bucket/bin/backup-my-bucket \
	  node --test test/e2e/views.test.ts test/e2e/restore-directory.test.ts

rpm: $(STAGE_STAMP)
	@packaging/install-tools rpmbuild:rpm
	@packaging/build-rpm out/stage out

deb: $(STAGE_STAMP)
	@packaging/build-deb out/stage out

npm-package: $(BUILD_STAMP)
	@mkdir -p out
	@npm pack --silent --pack-destination out

# `make bench QUICK=1` ends in two minutes. Programs to compare with are measured where they are installed.
bench: $(BUILD_STAMP)
	node bench/main.ts $(if $(QUICK),--quick)
	node bench/restore.ts --radosgw $(if $(QUICK),--copies 1000 --plan-keys 100000)
	node bench/sync.ts --radosgw $(if $(QUICK),--files 1000 --many 10000)

format: $(MODULES_STAMP)
	prettier --write --log-level warn .

clean:
	rm -rf $(KERNEL) dist node_modules .node out oclif.manifest.json

NODE_PACKAGE := node-linux-$(MACHINE)-$(NODE_VERSION).tgz

.node/.stamp-$(NODE_VERSION) out/node/.stamp-$(NODE_VERSION):
	rm -rf $(@D) && mkdir -p $(@D)/download
	cd $(@D)/download && npm pack --silent node-linux-$(MACHINE)@$(NODE_VERSION) >/dev/null
	cd $(@D)/download && echo '$(NODE_SHA512_$(MACHINE))  $(NODE_PACKAGE)' | sha512sum --check --quiet
	tar -xzf $(@D)/download/$(NODE_PACKAGE) -C $(@D) --strip-components=1
	rm -rf $(@D)/download && touch $@

$(MODULES_STAMP): package.json package-lock.json $(NODE_STAMP)
	npm ci --no-audit --no-fund --loglevel=error $(NODEDIR_FLAG)
	touch $@

$(KERNEL): $(wildcard src/kernel/assembly/*.ts) packaging/compile-kernel.ts $(MODULES_STAMP)
	node packaging/compile-kernel.ts

$(BUILD_STAMP): $(SOURCES) $(KERNEL) tsconfig.json tsconfig.build.json $(MODULES_STAMP)
	rm -rf dist
	tsc -p tsconfig.build.json
	mkdir dist/.compile-cache
	oclif manifest >/dev/null
	touch $@

$(STAGE_STAMP): $(BUILD_STAMP) $(PACKAGING) $(RUNTIME)/.stamp-$(NODE_VERSION) README.md CHANGELOG.md $(wildcard docs/*.md docs/*/*.md) backup-my-bucket.conf.example
	node packaging/stage.ts $(RUNTIME) out/stage
	touch $@
