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

/* The level of that name. False where it is none's, also for NULL. */
bool level_find(const char *name, Level *ret);

/* On which side of its limit a metric is bad. */
typedef enum Bad {
        BAD_HIGH, /* at or above */
        BAD_LOW,  /* at or below */
        BAD_NONE, /* informs only: takes no limit by default, reads as high if one is configured */
} Bad;

/* NAN where a part is not set; infinities are numbers like any other. `clear` is the value at or
 * past which, on the good side, a standing alert may clear (spec section 3); without it a value
 * that is no longer bad is good. */
typedef struct Limit {
        double warning;
        double critical;
        double clear;
} Limit;

/* Whether any level can be reached at all. */
bool limit_is_set(const Limit *limit);

/* Checks the order: critical is not milder than warning (equal is allowed: warning is never seen
 * then), clear stands strictly on the good side of the mildest level (at the limit itself a value
 * would be bad and clear at once) and belongs to a level. NULL, or what is wrong in words without
 * numbers, for the caller has the text as written: "critical is below warning". */
const char *limit_problem(const Limit *limit, Bad bad);

/* The level of one sample. `value` is known (not NAN; a NAN is the caller's fault and reads as
 * `current`). `current` is the level the alert stands at: between the limit and `clear` it holds on
 * at its mildest set level, never above `current`. */
Level limit_judge(const Limit *limit, Bad bad, double value, Level current);

/* The limit's number for a level, the one a record names. A level that is not set answers the other
 * one's, LEVEL_OK answers `clear` where set, else the mildest limit; NAN when nothing is set. */
double limit_of(const Limit *limit, Level level);
