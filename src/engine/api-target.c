/* SPDX-License-Identifier: MIT */
#include "engine/api-target.h"

#include "engine/account.h"

#include <math.h>

Target *account_target(const Account *a, uint32_t domain) {
        if (a->n_targets == 0)
                return NULL;
        if (a->symantec)
                return &a->targets[0];
        return domain == NAMES_NONE ? NULL : &a->targets[domain];
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

void account_times(Account *a, Moment now, usec_t *ret_next, usec_t *ret_last) {
        usec_t closed = account_closed_until(a, now), first = USEC_INFINITY, last = 0;

        for (uint32_t i = 0; i < a->n_targets; i++) {
                usec_t next = target_next(&a->targets[i], closed, now);
                if (next > 0)
                        first = MIN(first, next);
                last = MAX(last, a->targets[i].last_result);
        }
        *ret_next = first;
        *ret_last = last;
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

void account_read_history(const Account *a, uint32_t domain, usec_t from, Moment now,
                          int (*take)(void *userdata, const HistorySample *sample),
                          void *userdata) {
        const Monitor *m = a->monitor;

        if (m->store)
                (void)history_read_all(m->store, a->ops->id, account_set(a, domain)->scope,
                                       account_target_name(a, domain),
                                       a->symantec && domain != NAMES_NONE ? a->name : NULL, from,
                                       now.wall, take, userdata);
}

typedef struct Earlier {
        const bool *wanted; /* of each metric */
        size_t n;
        usec_t from;
        LastValues *last;
} Earlier;

static int take_earlier(void *userdata, const HistorySample *sample) {
        Earlier *e = userdata;

        /* An hour may begin before. */
        for (size_t i = 0; sample->at >= e->from && i < e->n; i++)
                if (e->wanted[i] && !isnan(sample->values[i])) {
                        e->last->values[i] = (double)sample->values[i];
                        e->last->at[i] = sample->at;
                        e->last->earlier[i] = true;
                }
        return 0;
}

void account_last_values(Account *a, uint32_t domain, Moment now, LastValues *ret) {
        usec_t sampled_at = account_subject(a, domain)->sampled_at;
        bool wanted[METRICS_MAX] = {}, any = false;
        usec_t from = now.wall > USEC_PER_DAY ? now.wall - USEC_PER_DAY : 0;
        Earlier e = { wanted, account_set(a, domain)->n, from, ret };

        *ret = (LastValues){};
        for (size_t i = 0; i < e.n; i++) {
                ret->values[i] = account_value(a, domain, i, now);
                ret->at[i] = sampled_at;
                wanted[i] = sampled_at == 0 && isnan(ret->values[i]);
                any = any || wanted[i];
        }
        if (any)
                account_read_history(a, domain, from, now, take_earlier, &e);
}

bool standing_is_shown(const Standing *s) {
        return !s->removed && (s->alert.level != LEVEL_OK || s->voice.flapping);
}

const char *subject_unknown(Account *a, uint32_t domain, Moment now) {
        const RuleSet *rules = account_rules(a, domain);
        double age = subject_age(a, domain, now);
        double interval = (double)rules->interval / (double)USEC_PER_SEC;

        if (isnan(age))
                return account_is_down(a) ? "no data yet, and the API does not answer"
                                          : "no data yet";
        if (a->symantec && a->subjects[domain].missing)
                return "not in the account's last answer";
        if (account_is_down(a) && (a->symantec || age > interval))
                return "the API does not answer";
        if (age > interval * rules->policy.stale_after)
                return "the last data is too old";
        return NULL;
}
