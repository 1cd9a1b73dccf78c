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

# Linked at start; libvirt is loaded when a command first needs it (providers/libvirt_api.h), since
# linking it costs every command 12 ms and 12 MB.
LIBS := lua5.4 jansson libcrypto libssh libarchive libxml-2.0 yaml-0.1
HEADERS_ONLY := libvirt

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
CFLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
BASE_CPPFLAGS := -I. -I$(B) -D_GNU_SOURCE -DBOTHY_VERSION='"$(VERSION)"' -DBOTHY_DATADIR='"$(datadir)"'
ALL_CFLAGS = -std=gnu17 $(BASE_CPPFLAGS) $(CPPFLAGS) $(WARNINGS) $(HARDENING) $(CFLAGS) -pthread \
	$(shell $(PKG_CONFIG) --cflags $(LIBS) $(HEADERS_ONLY))
ALL_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lm -ldl
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed -pthread $(CFLAGS) $(LDFLAGS)

ROOMS := core lua boxes providers guest cli
SOURCES := $(sort $(foreach r,$(ROOMS),$(wildcard $(r)/*.c)))
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
LIBRARY := $(filter-out $(B)/cli/main.o,$(OBJECTS))
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*.c))

Q := $(if $(V),,@)

.PHONY: all
all: $(B)/bothy ## build the program (V=1 shows the commands, DEV=1 makes warnings errors)

$(B)/bothy: $(OBJECTS)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(OBJECTS) $(ALL_LIBS)

$(B)/%.o: %.c VERSION | check-packages
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/unit/%: $(B)/tests/unit/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(LIBRARY) $(ALL_LIBS) -lcmocka

.PRECIOUS: $(B)/tests/unit/%.o
-include $(OBJECTS:.o=.d) $(UNITS:$(B)/unit/%=$(B)/tests/unit/%.d)

.PHONY: units
units: $(UNITS)

.PHONY: check-packages
check-packages:
	@for p in $(LIBS) $(HEADERS_ONLY); do $(PKG_CONFIG) --exists $$p || { \
	  echo "error: the development files of $$p are missing" >&2; \
	  echo "hint: sudo make deps" >&2; exit 1; }; done

.PHONY: print-cflags
print-cflags:
	@echo '$(ALL_CFLAGS)'

.PHONY: clean
clean: ## remove what was built
	rm -rf build
