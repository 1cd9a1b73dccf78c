# SPDX-License-Identifier: Apache-2.0
# One makefile, not recursive; objects in build/ (or build/asan). `make help` lists the targets.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share/bothy
mandir ?= $(prefix)/share/man

CC ?= gcc
PKG_CONFIG ?= pkg-config
B ?= build
VERSION := $(shell cat VERSION)

# Linked at start; libvirt and libcurl are loaded when a command first needs them
# (providers/libvirt_api.h, boxes/curl_api.h), since linking libvirt costs every command 12 ms and 12 MB.
LIBS := lua5.4 jansson libcrypto libssh libarchive libxml-2.0 yaml-0.1 libisal
HEADERS_ONLY := libvirt libcurl

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wswitch-enum \
	-Wvla -Wpointer-arith -Wcast-qual -Wundef -Wwrite-strings
CFLAGS ?= -O2 -g
ifdef DEV
WARNINGS += -Werror
endif
HARDENING := -fstack-protector-strong -fPIE
ifndef ASAN
HARDENING += -D_FORTIFY_SOURCE=2
else
B := build/asan
# ASan knows libtirpc's names and trips over a libvirt that is loaded late.
SANITIZER_LIBS := -Wl,--no-as-needed -lvirt
CFLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
BASE_CPPFLAGS := -I. -I$(B) -D_GNU_SOURCE -DBOTHY_VERSION='"$(VERSION)"' -DBOTHY_DATADIR='"$(datadir)"'
ALL_CFLAGS = -std=gnu17 $(BASE_CPPFLAGS) $(CPPFLAGS) $(WARNINGS) $(HARDENING) $(CFLAGS) -pthread \
	$(shell $(PKG_CONFIG) --cflags $(LIBS) $(HEADERS_ONLY))
ALL_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lm -ldl $(SANITIZER_LIBS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread $(CFLAGS) $(LDFLAGS)

ROOMS := core lua boxes providers guest cli
SOURCES := $(sort $(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(B)/bothy.a
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

Q := $(if $(V),,@)
SAY := $(if $(QUIET),:,echo)

.PHONY: all
all: $(B)/bothy ## build the program (V=1 shows the commands, DEV=1 makes warnings errors)

$(B)/bothy: $(OBJECTS)
	@$(SAY) "  LINK  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(OBJECTS) $(ALL_LIBS)

# Of an archive a test takes what it needs, which is a tenth: linking all of it took as long as compiling all of it.
$(LIBRARY): $(filter-out $(B)/cli/main.o,$(OBJECTS))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/%.o: %.c VERSION | check-packages
	@mkdir -p $(@D)
	@$(SAY) "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/unit/%: $(B)/tests/unit/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(ALL_LIBS) -lcmocka

.SECONDARY:
-include $(OBJECTS:.o=.d) $(UNITS:$(B)/unit/%=$(B)/tests/unit/%.d)

.PHONY: units
units: $(UNITS) $(B)/contract $(B)/configure-cards

CONTRACT := $(patsubst %.c,$(B)/%.o,$(wildcard tests/contract/*.c))
-include $(CONTRACT:.o=.d)

$(B)/contract: $(CONTRACT) $(LIBRARY)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(CONTRACT) $(LIBRARY) $(ALL_LIBS) -lcmocka

-include $(B)/tests/guest/configure_cards.d

$(B)/configure-cards: $(B)/tests/guest/configure_cards.o $(LIBRARY)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(ALL_LIBS)

.PHONY: check-packages
check-packages:
	@for p in $(LIBS) $(HEADERS_ONLY); do $(PKG_CONFIG) --exists $$p || { \
	  echo "error: the development files of $$p are missing" >&2; \
	  echo "hint: sudo make deps" >&2; exit 1; }; done

.PHONY: print-cflags
print-cflags:
	@echo '$(ALL_CFLAGS)'

# --- tests ---------------------------------------------------------------------------------------

JOBS ?= $(shell nproc)
# Live tests wait for machines half of their time.
TEST_JOBS ?= $(shell expr $(JOBS) + 1)
HERMETIC = $(UNITS) tests/contract/fake.t tests/contract/testdriver.t $(wildcard tests/cli/*.t) \
	$(wildcard tests/faults/*.t) $(wildcard tests/docs/*.t) $(wildcard tests/lint/*.t) tests/lint/run
LIVE = $(wildcard tests/live/*.t)
# These go first, or the last of them would keep one processor busy alone. tests/run runs no file twice.
LONG = tests/live/package_debian.t tests/asan.t tests/live/contract-kvm.t tests/live/boxes_vm.t tests/live/debian.t \
	tests/live/ansible.t tests/live/networks.t tests/live/package.t
ASAN_UNITS = $(patsubst tests/unit/%.c,build/asan/unit/%,$(wildcard tests/unit/*.c))

.PHONY: check
check: ## install what is missing, then run every test (root; about 25 minutes)
	@tests/install build test
	@$(MAKE) --no-print-directory -j$(JOBS) all units
	@$(MAKE) --no-print-directory -j$(JOBS) ASAN=1 all units
	@tests/run -j $(TEST_JOBS) $(LONG) $(LIVE) $(HERMETIC) $(ASAN_UNITS)

.PHONY: test
test: all units ## run the tests that need no engine and no root (about 5 minutes)
	@tests/run -j $(JOBS) $(HERMETIC)

.PHONY: live
live: all units ## run the tests with real VMs and containers, on private hosts (root)
	@tests/run -j $(JOBS) $(LIVE)

.PHONY: asan
asan: ## run the tests that need no engine under ASan and UBSan
	@$(MAKE) --no-print-directory ASAN=1 all units
	@tests/run -j $(JOBS) $(ASAN_UNITS) tests/asan.t

.PHONY: lint
lint: ## check style, layers, sizes and headers
	@tests/run tests/lint/run

.PHONY: format
format: ## lay the sources out by .clang-format
	clang-format -i $(wildcard $(ROOMS:%=%/*.[ch]) tests/*/*.[ch])

.PHONY: bench
bench: all ## measure against raw libvirt, QEMU and ssh, as ratios (root; some minutes)
	@tests/install build test
	@tests/bench/run $(if $(JSON),--json $(JSON))

FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))
.PHONY: fuzz
fuzz: $(FUZZERS) ## run each fuzzer for FUZZ_SECONDS (default 60); needs clang
	@for f in $(FUZZERS); do mkdir -p build/corpus/$$(basename $$f); \
	  $$f -max_total_time=$(or $(FUZZ_SECONDS),60) build/corpus/$$(basename $$f) tests/fuzz/corpus/$$(basename $$f) || exit 1; done

$(B)/fuzz/%: tests/fuzz/%.c $(filter-out cli/main.c,$(SOURCES))
	@mkdir -p $(@D)
	$(Q)clang $(filter-out -fPIE,$(ALL_CFLAGS)) -g -O1 -fsanitize=fuzzer,address,undefined -w -o $@ $^ $(ALL_LIBS)

# --- use -----------------------------------------------------------------------------------------

.PHONY: demo
demo: ## show the main job: a VM and a container from one file (root; installs what is missing)
	@tests/install build run demo
	@[ -x $(B)/bothy ] || echo "building bothy ..."
	@$(MAKE) --no-print-directory -j$(JOBS) QUIET=1 all
	@examples/quickstart/demo

.PHONY: deps
deps: ## install the Debian packages that building, running and testing need (root)
	@tests/install build run test

.PHONY: install
install: all ## install under $(DESTDIR)$(prefix)
	install -D -m 755 $(B)/bothy $(DESTDIR)$(bindir)/bothy
	install -D -m 644 bothy.1 $(DESTDIR)$(mandir)/man1/bothy.1
	install -D -m 644 boxes/catalog.json $(DESTDIR)$(datadir)/catalog.json
	for f in boxes/build/*; do install -D -m 755 $$f $(DESTDIR)$(datadir)/build/$$(basename $$f) || exit 1; done

.PHONY: uninstall
uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(bindir)/bothy $(DESTDIR)$(mandir)/man1/bothy.1
	rm -rf $(DESTDIR)$(datadir)

.PHONY: clean
clean: ## remove what was built
	rm -rf build

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z][a-z]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
