/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

typedef enum Level {
        LEVEL_OK,
        LEVEL_WARNING,
        LEVEL_CRITICAL,
        _LEVEL_MAX,
} Level;

/* "ok", "warning", "critical" (MAILSEC_LEVEL). */
const char *level_name(Level level);

/* On which side of its limit a metric is bad. */
typedef enum Bad {
        BAD_HIGH, /* at or above */
        BAD_LOW,  /* at or below */
        BAD_NONE, /* informs only: takes no limit by default, reads as high if one is configured */
} Bad;

/* NAN where a part is not set. `clear` is the value at or past which, on the good side, a standing
 * alert may clear (spec section 3); without it a value that is no longer bad is good. */
typedef struct Limit {
        double warning;
        double critical;
        double clear;
} Limit;

/* Whether any level can be reached at all. */
bool limit_is_set(const Limit *limit);

/* Checks the order: critical not milder than warning, clear on the good side of the mildest level
 * (equal is not good side). NULL, or what is wrong in words ("critical 5 is below warning 10", without numbers:
 * the caller has the text as written). */
const char *limit_problem(const Limit *limit, Bad bad);

/* The level of one sample. `value` is known (not NAN; a NAN is the caller's fault and reads as
 * `current`). `current` is the level the alert stands at: between the limit and `clear` it holds on at
 * its mildest set level, never above `current`. */
Level limit_judge(const Limit *limit, Bad bad, double value, Level current);

/* The limit's number for a level: the one a record names. NAN for LEVEL_OK gives clear where set, else the mildest limit. */
double limit_of(const Limit *limit, Level level);
