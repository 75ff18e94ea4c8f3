/* SPDX-License-Identifier: MIT */
#pragma once

/* A notice for the tests to start from. */

#include "core/notice.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define SINCE (1763781125 * USEC_PER_SEC) /* 2025-11-22 03:12:05 UTC */
#define NOW   (SINCE + 72 * USEC_PER_MIN)

#define QUEUE   SOURCE_SYMANTEC, SCOPE_DOMAIN
#define ACCOUNT SOURCE_SYMANTEC, SCOPE_ACCOUNT
#define TEST    SOURCE_IMMUNIWEB, SCOPE_DOMAIN
#define SERVICE SOURCE_IMMUNIWEB, SCOPE_ACCOUNT

#define OK LEVEL_OK
#define W  LEVEL_WARNING
#define C  LEVEL_CRITICAL

/* A group set-up: local time is UTC. */
static inline _unused_ int set_zone(void **state) {
        (void)state;
        setenv("TZ", "UTC0", 1);
        tzset();
        return 0;
}

static inline _unused_ Notice notice_of(SourceId source, Scope scope, const char *metric) {
        const MetricSet *set = metric_set(source, scope);
        return (Notice){
                .now = { .wall = NOW, .boot = 5 },
                .sequence = 42,
                .identifier = "mailsecd",
                .facility = 3,
                .set = set,
                .metric = metric_find(set, metric),
                .target = scope == SCOPE_ACCOUNT ? "default" : "example.com",
                .value = NAN,
                .limit = NAN,
                .since = SINCE,
        };
}
