/* SPDX-License-Identifier: MIT */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

#include "sim/moment.h"

/* A connection that waits: suspended until its time (real, monotonic) has come. */
typedef struct Sleeper {
        struct Sleeper *next;
        struct MHD_Connection *connection;
        usec_t due;
} Sleeper;

typedef struct SleeperList {
        Sleeper *first;
        bool stopping; /* nothing may wait any more */
} SleeperList;

/* Suspends the connection from inside one of its callbacks. */
void sleeper_add(SleeperList *list, struct MHD_Connection *connection, usec_t due);

/* Resumes those whose time has come (all of them when stopping). Returns when to look again: at
 * once when one was resumed, for the library does not count it in its own time-out yet;
 * USEC_INFINITY when none is left. */
usec_t sleeper_wake(SleeperList *list, usec_t now);
