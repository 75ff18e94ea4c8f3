/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>

/* The quiet windows of a configuration laid out over the time of a simulation, so that the zone of
 * each is looked up once and not per alert. */
typedef struct QuietSpan {
        const QuietWindow *window;
        usec_t *changes; /* wall, ascending: where it begins or ends */
        size_t n;
        bool active; /* before the first change */
} QuietSpan;

typedef struct QuietPlan {
        QuietSpan *spans;
        size_t n;
} QuietPlan;

/* 0 or -ENOMEM. The configuration is borrowed. */
int quiet_plan_init(QuietPlan *plan, const Config *config, usec_t from, usec_t to);

/* Whether any window is for that identity at all; whether one of these is active at `at`; when the
 * next one begins or ends after it (USEC_INFINITY = none does). */
bool quiet_plan_concerns(const QuietPlan *plan, const char *identity);
bool quiet_plan_active(const QuietPlan *plan, const char *identity, usec_t at);
usec_t quiet_plan_next(const QuietPlan *plan, const char *identity, usec_t at);

void quiet_plan_done(QuietPlan *plan);
