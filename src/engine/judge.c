/* SPDX-License-Identifier: MIT */
#include "engine/judge.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/announce.h"
#include "engine/evidence.h"
#include "engine/persist.h"
#include "engine/sample.h"
#include "engine/standing.h"
#include "engine/tell.h"

#include <math.h>
#include <string.h>

/* What a sample is judged with, beside the values. */
typedef struct Sample {
        Account *account;
        Subject *subject;
        uint32_t domain;
        const RuleSet *rules;
        const Reading *reading;
        void *state;      /* the source's run, for evidence; may be NULL */
        Outcome outcome;  /* why `up` is down */
        const char *text; /* the peer's words for it, or NULL */
} Sample;

/* What the sample says in evidence, kept for reminders. */
static void standing_note(Standing *s, const Sample *sample, size_t metric) {
        _cleanup_strbuf_ StrBuf b = { .max = RECORD_VALUE_MAX };

        if (sample->text)
                strbuf_adds(&b, sample->text);
        else if (sample->state)
                sample->account->ops->detail(sample->state, sample->reading, metric, &b);
        account_mask(sample->account, &b);
        free(s->detail);
        /* Evidence that cannot be kept is left out: the alert itself matters more. */
        b.error = 0;
        s->detail = strbuf_take(&b);
        s->outcome = (uint8_t)sample->outcome;
}

/* The policy that a sample is counted by: a failure that will not mend by itself is no spike. */
static Policy sample_policy(const Sample *sample, size_t metric) {
        Policy policy = sample->rules->policy;

        if (metric == engine_metric(sample->rules->set, ENGINE_UP) &&
            outcome_speaks_at_once(sample->outcome))
                policy.raise_after = 1;
        return policy;
}

/* Whether nothing changed that a later start would have to know. */
static bool same_alert(const Alert *a, const Alert *b) {
        return a->level == b->level && a->since == b->since && a->remind_at == b->remind_at &&
               memcmp(a->streak, b->streak, sizeof(a->streak)) == 0;
}

/* Past the ceiling of an acknowledgement it speaks again. */
static void check_ceiling(Standing *s, const Metric *row, bool told, Moment now) {
        if (!s->ack || isnan(s->ack->ceiling) || s->alert.level == LEVEL_OK)
                return;
        if (row->bad == BAD_LOW ? s->value >= s->ack->ceiling : s->value <= s->ack->ceiling)
                return;
        s->ack = ack_free(s->ack);
        if (!told)
                tell_reminder(s, now);
        standing_settle(s, now);
}

static void judge_metric(const Sample *sample, size_t metric, Moment now) {
        Monitor *m = sample->account->monitor;
        const Metric *row = &sample->rules->set->metrics[metric];
        double value = sample->reading->values[metric];
        Standing *s = standing_find(sample->subject, metric);
        Level current = s ? s->alert.level : LEVEL_OK;
        Level level = limit_judge(&sample->rules->limits[metric], row->bad, value, current);

        if (level < current && sample->reading->at_least & (UINT64_C(1) << metric))
                level = current;
        if (!s) {
                if (level == LEVEL_OK)
                        return;
                s = standing_new(sample->account, sample->domain, metric);
                if (!s) {
                        diag(DIAG_ERROR, "Out of memory: a bad sample of %s is not counted",
                             row->name);
                        return;
                }
        }

        Alert before = s->alert;
        Level previous;
        s->value = value;
        s->measured_at = sample->reading->measured_at;
        Policy policy = sample_policy(sample, metric);
        Event event = alert_step(&s->alert, &policy, level, now, &previous);
        if (event != EVENT_NONE) {
                m->alerts[previous]--;
                m->alerts[s->alert.level]++;
                standing_note(s, sample, metric);
                tell_change(s, event, NULL, now);
        }
        check_ceiling(s, row, event != EVENT_NONE, now);
        /* A level that holds is no news for the store: the next sample brings the value anew. */
        if (event != EVENT_NONE || !same_alert(&before, &s->alert))
                standing_settle(s, now);
}

static void judge_sample(const Sample *sample, Moment now) {
        for (uint8_t i = 0; i < sample->rules->n_judged; i++) {
                size_t metric = sample->rules->judged[i];
                if (!isnan(sample->reading->values[metric]))
                        judge_metric(sample, metric, now);
        }
}

/* Sets every value to unknown. */
static void reading_clear(Reading *reading, const MetricSet *set, uint32_t target, Moment now) {
        *reading = (Reading){ .set = set, .target = target, .measured_at = now.wall };
        for (size_t i = 0; i < METRICS_MAX; i++)
                reading->values[i] = NAN;
}

static void reading_set(Reading *reading, EngineMetric metric, double value) {
        size_t i = engine_metric(reading->set, metric);
        if (i < METRICS_MAX)
                reading->values[i] = value;
}

static double seconds(usec_t span) {
        return (double)span / (double)USEC_PER_SEC;
}

/* The account's own sample: whether its API answers, and what only we can count. */
static void judge_account(Account *a, Run *run, const Step *done, Reading *reading, Moment now) {
        Sample sample = {
                .account = a,
                .subject = &a->subject,
                .domain = NAMES_NONE,
                .rules = a->rules,
                .reading = reading,
                .state = done->outcome == OUTCOME_OK && a->symantec ? run->state : NULL,
        };

        if (run->sample)
                reading_set(reading, ENGINE_UP, a->failures == 0);
        if (a->failures > 0) {
                sample.outcome = done->outcome;
                sample.text = done->text && *done->text ? done->text : NULL;
        }
        if (a->immuniweb) {
                uint32_t left = budget_left(&a->budget, now.wall);
                reading_set(reading, ENGINE_TESTS_LEFT, left == UINT32_MAX ? NAN : left);
                reading_set(reading, ENGINE_RUNNING, a->running);
        }
        if (a->symantec && done->outcome == OUTCOME_OK)
                a->answered_at = now.boot;
        judge_sample(&sample, now);
        sample_keep(a, NAMES_NONE, reading, now);
        persist_account(a, now);
}

/* A good answer of a symantec account tells the time of every domain that it holds; the others are
 * noted one by one. */
static void note_missing(Account *a, const Reading *reading, Moment now) {
        Subject *subject = &a->subjects[reading->target];

        if (!a->symantec || subject->missing == !reading->present)
                return;
        subject->missing = !reading->present;
        persist_missing(a, reading->target, now);
}

static void judge_domain(Account *a, Run *run, const Step *done, Reading *reading, Moment now) {
        Subject *subject = &a->subjects[reading->target];
        const Domain *domain = account_domain(a, reading->target);
        Sample sample = {
                .account = a,
                .subject = subject,
                .domain = reading->target,
                .rules = domain->rules[a->ops->id],
                .reading = reading,
                .state = done->outcome == OUTCOME_OK ? run->state : NULL,
        };

        if (reading->present)
                subject->good_at = now.boot;
        note_missing(a, reading, now);
        if (!account_is_down(a))
                reading_set(reading, ENGINE_DATA_AGE, seconds(now.boot - subject->good_at));
        if (done->outcome != OUTCOME_OK) {
                sample.outcome = done->outcome;
                sample.text = done->text && *done->text ? done->text : NULL;
        }
        judge_sample(&sample, now);
        sample_keep(a, reading->target, reading, now);
}

/* When the vendor ran the test, on the boot clock, so that the sweep can let the result age. */
static void keep_result(Target *t, const Reading *reading, Moment now) {
        size_t i = engine_metric(reading->set, ENGINE_RESULT_AGE);
        double age = reading->values[i];
        usec_t span = isnan(age) ? 0 : (usec_t)(age * (double)USEC_PER_SEC);

        t->result_at = isnan(age) ? 0 : now.boot > span ? now.boot - span : 1;
}

static void judge_result(Account *a, Run *run, const Step *done, Moment now) {
        Target *t = run->target;
        Reading reading;

        evidence_take(t, run->state, now);
        for (uint32_t i = 0; a->ops->read(run->state, i, &reading); i++) {
                reading.target = t->domain; /* a test's only domain is its target's */
                reading_set(&reading, ENGINE_UP, 1);
                announce_changes(t, &reading, now);
                judge_domain(a, run, done, &reading, now);
                keep_result(t, &reading, now);
        }
        const ImmuniwebId *ids;
        size_t n = immuniweb_run_ids(run->state, &ids);
        StrBuf b = { .max = 8192 };
        for (size_t i = 0; i < n; i++)
                strbuf_addf(&b, "%s %s\n", ids[i].label, ids[i].id);
        free(t->ids);
        t->ids = strbuf_take(&b);
        strbuf_done(&b);
}

static void judge_failure(Account *a, Run *run, const Step *done, Moment now) {
        Reading reading;

        if (run->target->domain == NAMES_NONE || outcome_info(done->outcome)->account ||
            done->outcome == OUTCOME_BUDGET)
                return; /* the account's sample says it all */
        reading_clear(&reading, metric_set(a->ops->id, SCOPE_DOMAIN), run->target->domain, now);
        if (!account_is_down(a))
                reading_set(&reading, ENGINE_UP, 0);
        judge_domain(a, run, done, &reading, now);
}

void judge_run(Monitor *m, Run *run, const Step *done, Moment now) {
        Account *a = run->target->account;
        Reading reading;

        reading_clear(&reading, metric_set(a->ops->id, SCOPE_ACCOUNT), NAMES_NONE, now);
        if (done->outcome != OUTCOME_OK) {
                judge_account(a, run, done, &reading, now);
                judge_failure(a, run, done, now);
        } else if (a->immuniweb) {
                judge_account(a, run, done, &reading, now);
                judge_result(a, run, done, now);
        } else {
                for (uint32_t i = 0; a->ops->read(run->state, i, &reading); i++) {
                        if (reading.set->scope == SCOPE_ACCOUNT)
                                judge_account(a, run, done, &reading, now);
                        else
                                judge_domain(a, run, done, &reading, now);
                }
        }
        if (done->outcome == OUTCOME_OK)
                announce_oddities(run->target, run->state);
        sample_end(m);
}

void judge_sweep(Monitor *m, Moment now) {
        for (uint32_t i = 0; i < m->n_accounts; i++) {
                Account *a = &m->accounts[i];
                if (!a->immuniweb || account_is_down(a))
                        continue;
                for (uint32_t d = 0; d < a->n; d++) {
                        Target *t = &a->targets[d];
                        Reading reading;

                        reading_clear(&reading, metric_set(a->ops->id, SCOPE_DOMAIN), d, now);
                        reading_set(&reading, ENGINE_DATA_AGE,
                                    seconds(now.boot - a->subjects[d].good_at));
                        if (t->result_at > 0)
                                reading_set(&reading, ENGINE_RESULT_AGE,
                                            seconds(now.boot - t->result_at));
                        Sample sample = {
                                .account = a,
                                .subject = &a->subjects[d],
                                .domain = d,
                                .rules = account_domain(a, d)->rules[a->ops->id],
                                .reading = &reading,
                        };
                        judge_sample(&sample, now);
                }
        }
}

void judge_self(Monitor *m, const char *metric, double value, const char *text, Moment now) {
        Account *a = monitor_self(m);
        size_t i = metric_find(a->rules->set, metric);
        Reading reading;

        reading_clear(&reading, a->rules->set, NAMES_NONE, now);
        reading.values[i] = value;
        Sample sample = {
                .account = a,
                .subject = &a->subject,
                .domain = NAMES_NONE,
                .rules = a->rules,
                .reading = &reading,
                .text = text,
        };
        a->own_values[i] = (float)value;
        a->subject.sampled_at = now.wall;
        judge_sample(&sample, now);
}

void judge_close_removed(Account *a, Subject *subject, const RuleSet *rules, Moment now) {
        Monitor *m = a->monitor;

        for (Standing *s = subject->standing, *next; s; s = next) {
                next = s->next;
                if (s->removed || (rules && limit_is_set(&rules->limits[s->metric])))
                        continue;
                m->alerts[s->alert.level] -= s->alert.level != LEVEL_OK;
                s->alert.level = LEVEL_OK;
                s->value = NAN;
                s->removed = true;
                /* Muted or not: there will be no later moment to tell it. */
                if (s->voice.told != LEVEL_OK)
                        tell_add(s, EVENT_CLEARED, s->voice.told, "removed");
                s->voice.told = LEVEL_OK;
                if (s->tells == 0)
                        standing_settle(s, now);
        }
}
