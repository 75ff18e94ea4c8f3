/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "ctl/call.h"
#include "ctl/screen.h"

#include <signal.h>
#include <stdbool.h>

/* Exit status, a contract with scripts. */
typedef enum CtlStatus {
        CTL_DONE,
        CTL_FAILED,    /* the daemon refused, or it could not be done */
        CTL_USAGE,     /* the command line is wrong */
        CTL_NO_DAEMON, /* it does not run, or we may not talk to it */
} CtlStatus;

/* What the command line says; which options a command takes is in its row. */
typedef struct Options {
        const char *socket;
        bool json;
        bool no_color;
        bool follow;
        bool no_wait;
        usec_t since;      /* a span; 0 = not given */
        usec_t span;       /* --for; 0 = not given */
        unsigned number;   /* 0 = not given */
        const char *until; /* NULL = not given; these, too: */
        const char *comment;
        const char *ceiling;
        const char *source;
} Options;

typedef struct Ctl {
        const Options *options;
        Screen screen;
        Clock clock;
        Call *call; /* borrowed */
        const volatile sig_atomic_t *interrupted;
} Ctl;

/* Now, by the clock that the daemon has, too. */
usec_t ctl_now(const Ctl *ctl);

/* Prints to the standard output what a command has to say; CTL_FAILED, with a message, where that
 * fails. */
CtlStatus ctl_print(const StrBuf *text);

/* The worse of two. */
static inline CtlStatus ctl_worse(CtlStatus a, CtlStatus b) {
        return a > b ? a : b;
}

/* "mailsecctl: ..." on stderr, made safe for a terminal. */
void ctl_complain(const char *format, ...) _printf_(1, 2);

/* Who asks, for the daemon's records: $SUDO_USER, else the login name, else "uid 1000". */
void ctl_who(StrBuf *b);

/* Waits in real time; less where the user interrupts. */
void ctl_sleep(usec_t delay);
