/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/limit.h"
#include "core/metric.h"

#include <stdint.h>

/* Where a setting was written; file 0 is the built-in default. */
typedef struct Origin {
        uint32_t line;
        uint16_t file; /* index into Config.files, or 0 */
} Origin;

/* When an alert speaks (spec section 3, `policy`). */
typedef struct Policy {
        uint16_t raise_after; /* 1 or more */
        uint16_t clear_after; /* 1 or more */
        uint16_t stale_after; /* intervals, 1 or more */
        usec_t remind_first;  /* USEC_INFINITY = no reminders */
        usec_t remind_max;    /* at least remind_first */
        uint16_t flap_limit;  /* more changes of level than this within flap_window: it flaps; 0 =
                                 never */
        usec_t flap_window;
        uint32_t group_over; /* of a source: more domains than this that change at once are told in
                              * one record; 0 = never */
} Policy;

/* Everything that judging one target by one metric set needs, with groups, overrides and scales
 * already resolved. Shared by all targets that resolve alike. */
typedef struct RuleSet {
        const MetricSet *set;
        Policy policy;
        usec_t interval;             /* of the target: the base of scaled limits and of staleness */
        uint8_t n_judged;            /* metrics with a limit: */
        uint8_t judged[METRICS_MAX]; /* their indices, ascending */
        Limit limits[METRICS_MAX];   /* absolute numbers, in the metric's unit */
        Origin origins[METRICS_MAX];
} RuleSet;
