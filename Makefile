# SPDX-License-Identifier: MIT
# mailsecd: `make help` lists the targets. Non-recursive; everything made goes below $(B).

VERSION    := 0.1.0
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
SYSCONFDIR ?= /etc
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
DOCDIR     ?= $(PREFIX)/share/doc/mailsecd
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
B          ?= build

CC         ?= gcc
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
# SANITIZE=address,undefined, COVERAGE=1, FAULTS=1, WERROR=1: variants; use a B of their own for each.
WERROR     ?=
SANITIZE   ?=
COVERAGE   ?=
FAULTS     ?=

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wvla -Wformat=2 -Wpointer-arith -Wundef -Wwrite-strings -Wimplicit-fallthrough \
            -Wno-missing-field-initializers
HARDENING := -fstack-protector-strong -fPIE -ffunction-sections -fdata-sections
ifeq ($(SANITIZE)$(COVERAGE),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
LDHARDENING := -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed

CPPFLAGS_ALL := -Isrc -Itests -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
CFLAGS_ALL   := -std=gnu17 $(CFLAGS) $(WARNINGS) $(HARDENING)
LDFLAGS_ALL  := $(LDHARDENING) $(LDFLAGS)
ifneq ($(WERROR),)
CFLAGS_ALL += -Werror
endif
ifneq ($(SANITIZE),)
CFLAGS_ALL  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS_ALL += -fsanitize=$(SANITIZE)
endif
ifneq ($(FAULTS),)
CPPFLAGS_ALL += -DMAILSEC_FAULTS
endif
ifneq ($(COVERAGE),)
CFLAGS_ALL  += --coverage
LDFLAGS_ALL += --coverage
else
# The same program from every folder; gcov wants the real paths.
CFLAGS_ALL  += -ffile-prefix-map=$(CURDIR)=.
endif

# The one list of foreign libraries; docs/HACKING.md says what each is for.
DAEMON_PKGS := libcurl json-c libconfig libsystemd libidn2 sqlite3 libmicrohttpd gnutls
CTL_PKGS    := libcurl json-c
SIM_PKGS    := libmicrohttpd gnutls libconfig json-c
TEST_PKGS   := cmocka
ALL_PKGS    := $(sort $(DAEMON_PKGS) $(SIM_PKGS) $(TEST_PKGS))
# Those of what is there: the programs need no simulator or test library.
pkg_cflags = $(shell for p in $(1); do $(PKG_CONFIG) --cflags $$p 2>/dev/null; done)
pkg_libs   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)
PKG_CFLAGS  := $(call pkg_cflags,$(ALL_PKGS))
DAEMON_LIBS := $(call pkg_libs,$(DAEMON_PKGS)) -lm
CTL_LIBS    := $(call pkg_libs,$(CTL_PKGS)) -lm
SIM_LIBS    := $(call pkg_libs,$(SIM_PKGS)) -lm
CMOCKA_LIBS := $(call pkg_libs,$(TEST_PKGS)) -lm

# --- what is built ---------------------------------------------------------------------------------

layer_objs = $(patsubst %.c,$(B)/obj/%.o,$(wildcard src/$(1)/*.c))
LAYERS     := base core source config io engine
$(foreach l,$(LAYERS),$(eval OBJS_$(l) := $(call layer_objs,$(l))))
LIB_PURE   := $(B)/libpure.a
LIB_ALL    := $(B)/libmailsec.a
CTL_OBJS   := $(call layer_objs,ctl)
SIM_OBJS   := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/sim/*.c))
BENCHES    := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
UNIT_SRCS  := $(wildcard tests/unit/test-*.c)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRCS))
FUZZ_SRCS  := $(wildcard tests/fuzz/fuzz-*.c)
FUZZERS    := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRCS))
HEADERS    := $(wildcard src/*.h src/*/*.h)

# A test of a module of base or core links with those two alone: that is the test of their purity.
pure_names := $(basename $(notdir $(wildcard src/base/*.c src/core/*.c)))
PURE_TESTS := $(filter $(addprefix $(B)/unit/test-,$(pure_names)),$(UNIT_TESTS))
CTL_TESTS  := $(filter $(B)/unit/test-ctl-%,$(UNIT_TESTS))
RICH_TESTS := $(filter-out $(PURE_TESTS) $(CTL_TESTS),$(UNIT_TESTS))

V ?=
ifeq ($(V),)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
else
say = @:
endif

# The kill test's variant of the daemon: it can be made to end at numbered points.
$(B)/faults/mailsecd: FORCE
	@$(MAKE) --no-print-directory -s B=$(B)/faults FAULTS=1 $(B)/faults/mailsecd
.PHONY: FORCE
FORCE:

.DEFAULT_GOAL := all
.PHONY: all help demo docs check check-unit check-system check-lint check-headers check-fuzz bench coverage \
        format programs install uninstall deb clean

all: programs $(B)/mailsec-sim
programs: $(B)/mailsecd $(B)/mailsecctl

$(B)/mailsecd: $(B)/obj/src/mailsecd.o $(B)/obj/src/mailsecd-options.o $(LIB_ALL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

$(B)/mailsecctl: $(B)/obj/src/mailsecctl.o $(CTL_OBJS) $(LIB_PURE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CTL_LIBS)

$(B)/mailsec-sim: $(SIM_OBJS) $(LIB_PURE)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(SIM_LIBS)

$(LIB_PURE): $(OBJS_base) $(OBJS_core)
$(LIB_ALL): $(OBJS_engine) $(OBJS_io) $(OBJS_config) $(OBJS_source) $(OBJS_core) $(OBJS_base)
$(LIB_PURE) $(LIB_ALL):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(PURE_TESTS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(LIB_PURE)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CMOCKA_LIBS)

$(CTL_TESTS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(CTL_OBJS) $(LIB_PURE)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CTL_LIBS) $(CMOCKA_LIBS)

$(RICH_TESTS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(LIB_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS) $(CMOCKA_LIBS) $(SIM_LIBS)

$(BENCHES): $(B)/bench/%: $(B)/obj/tests/bench/%.o $(LIB_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

# What the lint of the documents asks for the table of keys.
PRINT_KEYS := $(B)/lint/print-keys
$(PRINT_KEYS): $(B)/obj/tests/lint/print-keys.o $(LIB_ALL)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

# Objects depend on the flags too, so that a variant in the same folder is never a mix.
FLAGS_FILE := $(B)/flags
$(shell mkdir -p $(B); printf '%s\n' '$(subst ','\'',$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL))' | cmp -s - $(FLAGS_FILE) || printf '%s\n' '$(subst ','\'',$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL))' >$(FLAGS_FILE))

# Says what is missing before a compiler does.
.PHONY: libraries
libraries:
	@$(PKG_CONFIG) --exists --print-errors $(DAEMON_PKGS) || \
		{ echo "Libraries are missing; 'tests/packages.sh build' installs them on Debian." >&2; exit 1; }

$(B)/obj/%.o: %.c $(FLAGS_FILE) | libraries
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# The assembler takes the pages' style sheet and script as they are.
$(B)/obj/src/engine/page-asset.o: src/engine/page.css src/engine/page.js

.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# --- what people type ------------------------------------------------------------------------------

help:
	@echo "make               build $(B)/mailsecd and $(B)/mailsec-sim"
	@echo "make demo          install what is missing, build, and show a morning of alerts in a minute"
	@echo "make check         install what the tests need and run all of them"
	@echo "make check-unit    unit tests only          make check-system  tests of the running daemon"
	@echo "make check-lint    layers, headers          make check-fuzz    every fuzz target for a while"
	@echo "make bench         figures: CPU, memory and latency for 1,000 to 100,000 domains"
	@echo "make coverage      line coverage of the unit tests"
	@echo "make docs          write the parts of the manual pages that come from tables in the code"
	@echo "make format        lay the sources out by .clang-format"
	@echo "make install       DESTDIR, PREFIX, SBINDIR, BINDIR, SYSCONFDIR, MANDIR, UNITDIR, CATALOGDIR, DOCDIR,"
	@echo "                   COMPLETIONDIR           make uninstall     with the same variables"
	@echo "make deb           the Debian package, $(B)/mailsecd_$(VERSION)_ARCH.deb"
	@echo "make clean         remove $(B)"
	@echo "Variables: B=$(B) CC=$(CC) WERROR=1 SANITIZE=address,undefined COVERAGE=1 V=1"

# Each installs what it needs and then starts make anew, so that pkg-config is asked when it is there.
demo:
	@tests/packages.sh build
	@$(MAKE) --no-print-directory all
	@tests/demo/demo.sh $(B)

check:
	@tests/packages.sh check
	@$(MAKE) --no-print-directory check-lint check-unit check-system

check-lint: check-headers $(B)/mailsecd $(B)/mailsecctl $(PRINT_KEYS)
	@tests/lint/layers.py
	@tests/lint/docs.py $(PRINT_KEYS) $(B)/mailsecd

docs: $(B)/mailsecd $(PRINT_KEYS)
	@tests/lint/manual.py $(PRINT_KEYS) $(B)/mailsecd

# Every header compiles alone.
check-headers: $(patsubst %.h,$(B)/headers/%.ok,$(HEADERS))
$(B)/headers/%.ok: %.h $(FLAGS_FILE)
	$(Q)mkdir -p $(@D) && printf '#include "%s"\n' '$(patsubst src/%,%,$<)' | \
		$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(PKG_CFLAGS) -fsyntax-only -x c - && touch $@

check-unit: $(UNIT_TESTS)
	@tests/run-unit.sh $(UNIT_TESTS)

# They wait more than they compute: several at once. They watch clocks, which a busy machine upsets: what failed beside
# others is run once more alone, said so, and has to pass then.
TEST_JOBS    ?= 5
SYSTEM_TESTS ?= tests/system
PYTEST       = /usr/bin/python3 -m pytest -q -o cache_dir=$(abspath $(B))/pytest $(SYSTEM_TESTS) --build $(abspath $(B))
check-system: all $(B)/faults/mailsecd
	@$(PYTEST) -n $(TEST_JOBS) || { \
		[ $$? = 1 ] || exit 1; \
		echo "--- once more, alone: what failed beside others ---"; \
		$(PYTEST) --last-failed --last-failed-no-failures none; \
	}

bench: all $(BENCHES)
	@/usr/bin/python3 tests/bench/bench.py --build $(abspath $(B))
	@folder=$$(mktemp -d) && $(B)/bench/history $$folder/state 10000 8; status=$$?; rm -rf $$folder; exit $$status

# libFuzzer needs clang; the corpus starts from the tests' data.
FUZZ_SECONDS ?= 20
$(FUZZERS): $(B)/fuzz/%: tests/fuzz/%.c $(wildcard src/*/*.c) $(HEADERS)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D) && clang $(CPPFLAGS_ALL) -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all $(PKG_CFLAGS) -o $@ $< $(wildcard src/base/*.c src/core/*.c src/source/*.c \
		src/config/*.c) $(DAEMON_LIBS)
check-fuzz: $(FUZZERS)
	@tests/run-fuzz.sh $(FUZZ_SECONDS) $(FUZZERS)

coverage:
	@$(MAKE) --no-print-directory B=$(B)/coverage COVERAGE=1 CFLAGS="-O0 -g" check-unit
	@gcovr --root . --object-directory $(B)/coverage --filter 'src/(core|source|config|base|io)/' \
		--exclude-unreachable-branches --print-summary

format:
	@clang-format -i $(wildcard src/*.[ch] src/*/*.[ch] tests/*/*.[ch])

# What is installed: mode, file and place. `uninstall` goes by the same list.
DESTDIR ?=
UNITS    := $(B)/systemd/mailsecd.service $(B)/systemd/mailsecd@.service
SOCKETS  := systemd/mailsecd.socket
EXAMPLES := conf/mailsecd.conf $(wildcard systemd/drop-ins/*.conf docs/prometheus/*)
MANUALS  := $(wildcard docs/*.[1-8])
GUIDES    := docs/control-api.md docs/QUICKSTART.md docs/FORWARDING.md docs/OPERATIONS.md \
             docs/MONITORING.md docs/prometheus-graph.png
INSTALLED := 755:$(B)/mailsecd:$(SBINDIR)/mailsecd 755:$(B)/mailsecctl:$(BINDIR)/mailsecctl \
             $(foreach f,$(UNITS) $(SOCKETS),644:$(f):$(UNITDIR)/$(notdir $(f))) \
             644:systemd/mailsecd.catalog:$(CATALOGDIR)/mailsecd.catalog \
             644:conf/mailsecctl.bash:$(COMPLETIONDIR)/mailsecctl \
             $(foreach f,$(MANUALS),644:$(f):$(MANDIR)/man$(subst .,,$(suffix $(f)))/$(notdir $(f))) \
             $(foreach f,README.md $(GUIDES),644:$(f):$(DOCDIR)/$(notdir $(f))) \
             $(foreach f,$(EXAMPLES),644:$(f):$(DOCDIR)/examples/$(notdir $(f)))
CONFDIR := $(SYSCONFDIR)/mailsecd

$(UNITS): systemd/mailsecd.service systemd/instance.sed FORCE
	$(Q)mkdir -p $(@D) && sed $(if $(findstring @,$@),-f systemd/instance.sed) \
		-e 's|/usr/local/sbin/mailsecd|$(SBINDIR)/mailsecd|; s|/etc/mailsecd/|$(CONFDIR)/|' systemd/mailsecd.service >$@

# A configuration that is there already stays as it is.
install: programs $(UNITS)
	$(Q)set -e; for f in $(INSTALLED); do \
		to=$${f##*:}; from=$${f#*:}; install -D -m "$${f%%:*}" "$${from%:*}" "$(DESTDIR)$$to"; \
	done
	$(Q)install -d -m 755 $(DESTDIR)$(CONFDIR)/conf.d
	$(Q)test -e $(DESTDIR)$(CONFDIR)/mailsecd.conf || \
		install -m 644 conf/mailsecd.conf $(DESTDIR)$(CONFDIR)/mailsecd.conf
	$(Q)if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then \
		journalctl --update-catalog; systemctl daemon-reload || :; \
	fi

# A configuration that was changed stays, and so do state and secrets.
uninstall:
	$(Q)if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then \
		systemctl stop 'mailsecd@*.service'; systemctl disable --now mailsecd.socket mailsecd.service || :; \
	fi
	$(Q)for f in $(INSTALLED); do rm -f "$(DESTDIR)$${f##*:}"; done
	$(Q)! cmp -s conf/mailsecd.conf $(DESTDIR)$(CONFDIR)/mailsecd.conf || rm $(DESTDIR)$(CONFDIR)/mailsecd.conf
	$(Q)for d in $(DOCDIR)/examples $(DOCDIR) $(CONFDIR)/conf.d $(CONFDIR); do \
		[ ! -d "$(DESTDIR)$$d" ] || rmdir --ignore-fail-on-non-empty "$(DESTDIR)$$d"; \
	done
	$(Q)if [ -z '$(DESTDIR)' ] && [ -d /run/systemd/system ]; then \
		journalctl --update-catalog; systemctl daemon-reload || :; \
	fi

# The Debian package, $(B)/mailsecd_$(VERSION)_ARCH.deb.
deb:
	@tests/packages.sh deb
	@systemd/debian/build.sh $(B) $(VERSION)

clean:
	rm -rf $(B)
