/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stdint.h>

/* Every time and duration in mailsecd: microseconds. A point in time is either wall clock (since
 * 1970, UTC) or boot clock (CLOCK_BOOTTIME, goes on over suspend, never steps); the name says
 * which. */
typedef uint64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC  ((usec_t)1000000)
#define USEC_PER_MIN  (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY  (24 * USEC_PER_HOUR)
#define USEC_INFINITY UINT64_MAX

/* What the clocks are read through: as they are (rate 1), or faster for demos and tests. */
typedef struct Clock {
        double rate;  /* scaled seconds per real second, 1 to 1e6 */
        usec_t epoch; /* wall time at which scaled and real time agree */
} Clock;

/* Reads "RATE@EPOCH" (MAILSEC_CLOCK; RATE a number from 1 to 1e6, EPOCH whole seconds since 1970).
 * -EINVAL when the text is anything else; *ret is untouched then. */
int clock_parse(const char *text, Clock *ret);

/* The clock that the environment asks for: the only place that reads MAILSEC_CLOCK. Returns 0 for
 * the plain clock, 1 for a scaled one, -EINVAL for an unreadable value. */
int clock_from_environment(Clock *ret);

/* EPOCH + (real - EPOCH) x RATE; never below 0. */
usec_t clock_scale(const Clock *clock, usec_t real);

/* Now, scaled. The wall clock is for display and the vendor's time stamps, the boot clock for
 * intervals. Called in src/engine/ and by the simulator only; everything else is handed the value.
 */
usec_t clock_wall(const Clock *clock);
usec_t clock_boot(const Clock *clock);

/* CLOCK_MONOTONIC as it is, for the service manager's MONOTONIC_USEC (sd_notify(3)); never scaled.
 */
usec_t clock_monotonic(void);

/* How long a scaled delay lasts on the real boot clock, rounded up; USEC_INFINITY stays. */
usec_t clock_real_delay(const Clock *clock, usec_t delay);

/* One moment on both clocks, read together by the engine and handed down as a value. */
typedef struct Moment {
        usec_t wall;
        usec_t boot; /* clock_boot() and MOMENT_BASE */
} Moment;

/* What a Moment's boot time begins with, so that what happened before this boot has one, too. */
#define MOMENT_BASE (100 * 365 * USEC_PER_DAY)

/* The same instant on the other clock, as both stand to each other at `now`. 0 stays 0 (not there)
 * and USEC_INFINITY stays; nothing comes out below 1. */
usec_t moment_to_wall(Moment now, usec_t boot) _pure_;
usec_t moment_to_boot(Moment now, usec_t wall) _pure_;

Moment clock_moment(const Clock *clock);
