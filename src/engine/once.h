/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"

/* --once: one pass, judged without waiting for streaks, printed as a table; nothing leaves the
 * machine. */

typedef struct OnceOptions {
        const Clock *clock;
        Config *config;             /* taken over */
        const char *const *domains; /* names as given; NULL-terminated; empty = all */
        bool verbose;               /* every known value, not only what is bad */
} OnceOptions;

/* The program's exit status, as for a Nagios plugin: 0 ok, 1 warning, 2 critical, 3 something could
 * not be determined (a critical or warning finding outweighs it); 2 also for a domain that is not
 * configured. */
int once_run(const OnceOptions *options);
