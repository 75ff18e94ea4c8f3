/* SPDX-License-Identifier: MIT */
#include "engine/sample.h"

#include "io/store-history.h"

#include <errno.h>
#include <math.h>

int target_make_values(Target *t) {
        const MetricSet *set = metric_set(t->account->ops->id, SCOPE_DOMAIN);

        t->values = malloc(set->n * sizeof(*t->values));
        if (!t->values)
                return -ENOMEM;
        for (size_t i = 0; i < set->n; i++)
                t->values[i] = NAN;
        return 0;
}

/* A test's values stay known until another result says otherwise. */
static void keep_known(float *values, const float *now, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!isnan(now[i]))
                        values[i] = now[i];
}

void sample_keep(Account *a, uint32_t domain, const Reading *reading, Moment now) {
        Monitor *m = a->monitor;
        Subject *subject = account_subject(a, domain);
        const MetricSet *set = reading->set;
        bool test = a->immuniweb && domain != NAMES_NONE;
        float sample[METRICS_MAX];

        for (size_t i = 0; i < set->n; i++)
                sample[i] = (float)reading->values[i];
        if (test && !a->targets[domain].values && target_make_values(&a->targets[domain]) < 0)
                return;
        float *values = account_values(a, domain);

        if (m->store) {
                /* Tests are rare: each is written in full. A poll's domains are written where they
                 * differ. */
                bool full = test || subject->sampled_at == 0 ||
                            history_is_new_hour(subject->sampled_at, now.wall);
                if (subject->series == 0)
                        subject->series = history_series(m->store, set->source, set->scope,
                                                         account_target_name(a, domain));
                history_add(m->store, subject->series, set, now.wall, full ? NULL : values, sample,
                            test || domain == NAMES_NONE);
        }
        if (test)
                keep_known(values, sample, set->n);
        else
                for (size_t i = 0; i < set->n; i++)
                        values[i] = sample[i];
        subject->sampled_at = now.wall;
}

void sample_end(Monitor *m) {
        if (m->store)
                history_flush(m->store);
}

void sample_forget_series(Monitor *m) {
        for (uint32_t i = 0; i < m->n_accounts; i++) {
                Account *a = &m->accounts[i];
                a->subject.series = 0;
                for (uint32_t d = 0; d < a->n; d++)
                        a->subjects[d].series = 0;
        }
}
