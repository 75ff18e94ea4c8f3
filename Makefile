# SPDX-License-Identifier: MIT
# mailsecd: `make help` lists the targets. Non-recursive; everything made goes below $(B).

VERSION    := 0.1.0
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
SYSCONFDIR ?= /etc
B          ?= build

CC         ?= gcc
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
# SANITIZE=address,undefined, COVERAGE=1, WERROR=1: variants; use a B of their own for each.
WERROR     ?=
SANITIZE   ?=
COVERAGE   ?=

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
ifneq ($(COVERAGE),)
CFLAGS_ALL  += --coverage
LDFLAGS_ALL += --coverage
endif

# The one list of foreign libraries; docs/HACKING.md says what each is for.
DAEMON_PKGS := libcurl json-c libconfig libsystemd libidn2
SIM_PKGS    := libmicrohttpd gnutls libconfig json-c
