/* SPDX-License-Identifier: MIT */
#include "engine/api-target.h"

#include <math.h>

Target *account_target(const Account *a, uint32_t domain) {
        if (a->n_targets == 0)
                return NULL;
        if (a->symantec)
                return &a->targets[0];
        return domain == NAMES_NONE ? NULL : &a->targets[domain];
}

Account *monitor_immuniweb(const Monitor *m) {
        for (uint32_t i = 0; i < monitor_vendors(m); i++)
                if (m->accounts[i].immuniweb)
                        return &m->accounts[i];
        return NULL;
}

usec_t account_closed_until(Account *a, Moment now) {
        usec_t until = a->failures > 0 ? a->retry_at : 0;

        if (a->immuniweb && budget_left(&a->budget, now.wall) == 0)
                until = MAX(until, moment_to_boot(now, budget_next(&a->budget, now.wall)));
        return until;
}

usec_t target_next(const Target *t, usec_t closed, Moment now) {
        if (t->run || t->item.at == 0)
                return 0;
        usec_t at = t->held ? now.boot : MAX(t->item.key, now.boot);
        return moment_to_wall(now, MAX(at, closed));
}

int account_up(const Account *a) {
        size_t up = engine_metric(a->rules->set, ENGINE_UP);

        if (a->failures > 0)
                return 0;
        if (a->answered_at > 0 || (up < METRICS_MAX && a->own_values[up] > 0))
                return 1;
        for (uint32_t t = 0; t < a->n_targets; t++)
                if (a->targets[t].last_result > 0)
                        return 1;
        return -1;
}

double subject_age(const Account *a, uint32_t domain, Moment now) {
        usec_t at = a->subjects[domain].good_at;
        bool known = a->symantec ? a->answered_at > 0 && at <= a->answered_at
                                 : a->targets[domain].last_result > 0;

        if (!known || at > now.boot)
                return NAN;
        return (double)(now.boot - at) / (double)USEC_PER_SEC;
}

double account_value(Account *a, uint32_t domain, size_t metric, Moment now) {
        const MetricSet *set = account_set(a, domain);
        const float *values = account_values(a, domain);

        if (metric == engine_metric(set, ENGINE_TESTS_LEFT)) {
                uint32_t left = budget_left(&a->budget, now.wall);
                return left == UINT32_MAX ? NAN : left;
        }
        if (metric == engine_metric(set, ENGINE_RUNNING))
                return a->running;
        if (domain != NAMES_NONE && metric == engine_metric(set, ENGINE_DATA_AGE))
                return subject_age(a, domain, now);
        if (domain != NAMES_NONE && metric == engine_metric(set, ENGINE_RESULT_AGE)) {
                usec_t at = a->targets[domain].result_at;
                return at == 0 || at > now.boot ? NAN
                                                : (double)(now.boot - at) / (double)USEC_PER_SEC;
        }
        return values ? (double)values[metric] : NAN;
}

bool standing_is_shown(const Standing *s) {
        return !s->removed && (s->alert.level != LEVEL_OK || s->voice.flapping);
}
