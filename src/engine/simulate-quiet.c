/* SPDX-License-Identifier: MIT */
#include "engine/simulate-quiet.h"

#include "base/zone.h"
#include "core/silence.h"

#include <errno.h>

static bool window_active(const QuietWindow *window, usec_t at) {
        return quiet_is_active(window, zone_local(window->timezone, at));
}

static int span_add(QuietSpan *span, size_t *allocated, usec_t at) {
        if (span->n == *allocated) {
                size_t room = MAX(2 * *allocated, (size_t)16);
                usec_t *changes = reallocarray(span->changes, room, sizeof(*changes));
                if (!changes)
                        return -ENOMEM;
                span->changes = changes;
                *allocated = room;
        }
        span->changes[span->n++] = at;
        return 0;
}

static int span_init(QuietSpan *span, const QuietWindow *window, usec_t from, usec_t to) {
        size_t allocated = 0;
        bool active = window_active(window, from);

        *span = (QuietSpan){ .window = window, .active = active };
        for (usec_t at = from; at < to;) {
                at = quiet_next_change(window, at, zone_local);
                if (window_active(window, at) == active)
                        continue; /* a day without one */
                int r = span_add(span, &allocated, at);
                if (r < 0)
                        return r;
                active = !active;
        }
        return 0;
}

int quiet_plan_init(QuietPlan *plan, const Config *config, usec_t from, usec_t to) {
        *plan = (QuietPlan){};
        if (config->n_quiet == 0)
                return 0;
        plan->spans = calloc(config->n_quiet, sizeof(*plan->spans));
        if (!plan->spans)
                return -ENOMEM;
        for (uint32_t i = 0; i < config->n_quiet; i++) {
                plan->n++;
                int r = span_init(&plan->spans[i], &config->quiet[i], from, to);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* How many of its changes were at or before `at`. */
static size_t span_changes(const QuietSpan *span, usec_t at) {
        size_t low = 0, high = span->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (span->changes[middle] <= at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool quiet_plan_concerns(const QuietPlan *plan, const char *identity) {
        for (size_t i = 0; i < plan->n; i++)
                if (glob_matches(plan->spans[i].window->match, identity))
                        return true;
        return false;
}

bool quiet_plan_active(const QuietPlan *plan, const char *identity, usec_t at) {
        for (size_t i = 0; i < plan->n; i++) {
                const QuietSpan *span = &plan->spans[i];
                if (glob_matches(span->window->match, identity) &&
                    span->active != (span_changes(span, at) % 2 == 1))
                        return true;
        }
        return false;
}

usec_t quiet_plan_next(const QuietPlan *plan, const char *identity, usec_t at) {
        usec_t next = USEC_INFINITY;

        for (size_t i = 0; i < plan->n; i++) {
                const QuietSpan *span = &plan->spans[i];
                size_t place = span_changes(span, at);
                if (place < span->n && glob_matches(span->window->match, identity))
                        next = MIN(next, span->changes[place]);
        }
        return next;
}

void quiet_plan_done(QuietPlan *plan) {
        for (size_t i = 0; i < plan->n; i++)
                free(plan->spans[i].changes);
        free(plan->spans);
        *plan = (QuietPlan){};
}
