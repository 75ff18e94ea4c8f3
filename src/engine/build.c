/* SPDX-License-Identifier: MIT */
/* From a Config to accounts, subjects and targets, and back. */
#include "config/hostname.h"
#include "engine/monitor.h"
#include "engine/standing.h"

#include <errno.h>
#include <math.h>

static void targets_init(Account *a) {
        for (uint32_t i = 0; i < a->n_targets; i++)
                a->targets[i] = (Target){
                        .account = a,
                        .domain = a->ops->id == SOURCE_SYMANTEC ? NAMES_NONE : i,
                };
}

static float *values_new(size_t n) {
        float *values = calloc(MAX(n, (size_t)1), sizeof(*values));
        for (size_t i = 0; values && i < n; i++)
                values[i] = NAN;
        return values;
}

/* The domains that this account carries, and their subjects and targets. */
static int account_fill(Account *a, const Config *config, uint32_t index, Moment now) {
        SourceId id = a->ops->id;
        uint32_t n = 0;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const Domain *d = &config->domains[i];
                n += d->rules[id] && (id != SOURCE_SYMANTEC || d->account == index);
        }
        a->domains = calloc(MAX(n, 1u), sizeof(*a->domains));
        a->subjects = calloc(MAX(n, 1u), sizeof(*a->subjects));
        a->names = calloc(MAX(n, 1u), sizeof(*a->names));
        a->n_targets = id == SOURCE_SYMANTEC ? 1 : n;
        a->targets = calloc(MAX(a->n_targets, 1u), sizeof(*a->targets));
        a->own_values = values_new(metric_set(id, SCOPE_ACCOUNT)->n);
        if (id == SOURCE_SYMANTEC)
                a->values = values_new((size_t)n * metric_set(id, SCOPE_DOMAIN)->n);
        if (!a->domains || !a->subjects || !a->names || !a->targets || !a->own_values ||
            (id == SOURCE_SYMANTEC && !a->values))
                return -ENOMEM;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const Domain *d = &config->domains[i];
                if (!d->rules[id] || (id == SOURCE_SYMANTEC && d->account != index))
                        continue;
                a->domains[a->n] = i;
                a->names[a->n] = d->name;
                a->subjects[a->n].good_at = now.boot;
                a->n++;
        }
        a->subject.good_at = now.boot;
        targets_init(a);
        return schedule_reserve(&a->ready, a->n_targets);
}

static int account_init_symantec(Account *a, const Config *config, uint32_t index, Moment now) {
        const SymantecAccount *s = &config->symantec[index];

        a->ops = &source_symantec;
        a->name = s->settings.name;
        a->symantec = &s->settings;
        a->endpoint = &s->settings.endpoint;
        a->rules = s->rules;
        a->concurrency = 1;
        int r = account_fill(a, config, index, now);
        if (r >= 0)
                r = symantec_table_new(a->names, a->n, &a->table);
        if (r >= 0)
                symantec_table_set_to_ascii(a->table, hostname_normalize);
        return r;
}

static int account_init_immuniweb(Account *a, const Config *config, Moment now) {
        const ImmuniwebSettings *s = &config->immuniweb;

        a->ops = &source_immuniweb;
        a->name = "default";
        a->immuniweb = s;
        a->endpoint = &s->endpoint;
        a->rules = config->immuniweb_rules;
        a->concurrency = s->concurrency;
        int r = budget_init(&a->budget, s->daily_tests);
        return r < 0 ? r : account_fill(a, config, 0, now);
}

/* The daemon itself: nothing is run, only its alerts are kept. */
static int account_init_self(Account *a, const Config *config, Moment now) {
        static const Source source_self = { .id = SOURCE_MAILSECD };

        a->ops = &source_self;
        a->name = "self";
        a->rules = config->self_rules;
        a->subject.good_at = now.boot;
        a->own_values = values_new(metric_set(SOURCE_MAILSECD, SCOPE_ACCOUNT)->n);
        return a->own_values ? 0 : -ENOMEM;
}

int monitor_build(Monitor *m, const Config *config, Moment now) {
        uint32_t n = config->n_symantec + (config->immuniweb_rules ? 1u : 0u) + 1;
        size_t targets = 0;
        int r = 0;

        Account *accounts = calloc(MAX(n, 1u), sizeof(*accounts));
        if (!accounts)
                return -ENOMEM;
        for (uint32_t i = 0; i < n && r >= 0; i++) {
                accounts[i].monitor = m;
                if (i < config->n_symantec)
                        r = account_init_symantec(&accounts[i], config, i, now);
                else if (i == n - 1)
                        r = account_init_self(&accounts[i], config, now);
                else
                        r = account_init_immuniweb(&accounts[i], config, now);
                targets += accounts[i].n_targets;
        }
        if (r >= 0)
                r = schedule_reserve(&m->due, targets + n + 6);
        if (r < 0) {
                accounts_free(accounts, n);
                return r;
        }
        m->accounts = accounts;
        m->n_accounts = n;
        return 0;
}

static void subject_done(Subject *subject) {
        while (subject->standing) {
                Standing *s = subject->standing;
                subject->standing = s->next;
                standing_free(s);
        }
}

void accounts_free(Account *accounts, uint32_t n) {
        for (uint32_t i = 0; accounts && i < n; i++) {
                Account *a = &accounts[i];
                for (uint32_t t = 0; a->targets && t < a->n_targets; t++) {
                        free(a->targets[t].job_id);
                        free(a->targets[t].ids);
                        free(a->targets[t].values);
                        free(a->targets[t].evidence);
                }
                for (uint32_t d = 0; a->subjects && d < a->n; d++)
                        subject_done(&a->subjects[d]);
                subject_done(&a->subject);
                free(a->targets);
                free(a->subjects);
                free(a->domains);
                free(a->names);
                free(a->values);
                free(a->own_values);
                symantec_table_free(a->table);
                budget_done(&a->budget);
                schedule_done(&a->ready);
        }
        free(accounts);
}
