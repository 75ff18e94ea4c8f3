/* SPDX-License-Identifier: MIT */
#include "engine/restore.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/alertmanager.h"
#include "engine/announce.h"
#include "engine/persist.h"
#include "engine/place.h"
#include "engine/sample.h"
#include "engine/standing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of what is configured no more: told and dropped when all is read. */
typedef struct Stray {
        SourceId source;
        Scope scope;
        size_t metric;
        char *target;
        Level level;
        usec_t since;
        usec_t measured_at;
} Stray;

typedef struct Restore {
        Monitor *monitor;
        Store *store;
        Moment now;
        Stray *strays;
        size_t n_strays;
        bool stale; /* there are rows of what is configured no more */
} Restore;

static int stray_add(Restore *restore, const AlertRow *row) {
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++) {
                        size_t metric = metric_find(metric_set(source, scope), row->metric);
                        if (!streq(source_name(source), row->source) || metric == SIZE_MAX)
                                continue;
                        /* `up` and data_age of both scopes: an account is no domain's name. */
                        if (scope == SCOPE_ACCOUNT && strchr(row->target, '.'))
                                continue;
                        Stray *strays =
                                realloc(restore->strays, (restore->n_strays + 1) * sizeof(*strays));
                        if (!strays)
                                return -ENOMEM;
                        restore->strays = strays;
                        char *target = strdup(row->target);
                        if (!target)
                                return -ENOMEM;
                        strays[restore->n_strays++] =
                                (Stray){ source,    scope,      metric,          target,
                                         row->told, row->since, row->measured_at };
                        return 0;
                }
        return 0; /* a metric that this version does not know: nothing can be said of it */
}

static Ack *ack_of_row(const AlertRow *row) {
        Ack *ack = calloc(1, sizeof(*ack));
        if (!ack)
                return NULL;
        ack->by = strdup(row->ack_by);
        ack->comment = strdup(row->ack_comment ?: "");
        ack->at = row->ack_at;
        ack->until = row->ack_until;
        ack->ceiling = row->ack_ceiling;
        return ack->by && ack->comment ? ack : ack_free(ack);
}

/* Streaks go on over an outage that was short; what nobody watched for long is no streak. */
static void restore_streaks(Standing *s, const AlertRow *row, const RuleSet *rules, usec_t wall) {
        usec_t gap = rules->policy.stale_after * rules->interval;

        if (wall >= row->measured_at && wall - row->measured_at > gap)
                return;
        memcpy(s->alert.streak, row->streak, sizeof(s->alert.streak));
}

static int restore_voice(Standing *s, const AlertRow *row, Moment now) {
        s->voice.told = row->told;
        s->voice.muted = row->muted;
        s->voice.flapping = row->flapping;
        for (size_t i = 0; i < row->n_changes; i++) {
                int r = voice_restore_change(&s->voice,
                                             MIN(moment_to_boot(now, row->changes[i]), now.boot));
                if (r < 0)
                        return r;
        }
        if (row->ack_by) {
                s->ack = ack_of_row(row);
                if (!s->ack)
                        return -ENOMEM;
        }
        return 0;
}

static int restore_alert(void *userdata, const AlertRow *row) {
        Restore *restore = userdata;
        Monitor *m = restore->monitor;
        Moment now = restore->now;
        Place place;
        bool found = place_find(m, row->source, row->target, row->metric, &place);
        const RuleSet *rules = found ? account_rules(place.account, place.domain) : NULL;
        if (!rules || !limit_is_set(&rules->limits[place.metric])) {
                restore->stale = true;
                return row->told == LEVEL_OK ? 0 : stray_add(restore, row);
        }
        if (place.standing)
                return 0;
        Standing *s = standing_new(place.account, place.domain, place.metric);
        if (!s)
                return -ENOMEM;
        s->alert.level = row->level;
        /* A clock that was set back: nothing begins in the future. */
        s->alert.since = MIN(row->since, now.wall);
        s->alert.remind_wait = MIN(row->remind_wait, rules->policy.remind_max);
        s->alert.remind_at = row->remind_at;
        if (row->remind_at != USEC_INFINITY)
                /* A clock that was set back must not postpone it beyond its own wait. */
                s->alert.remind_at =
                        MIN(moment_to_boot(now, row->remind_at), now.boot + s->alert.remind_wait);
        s->value = row->value;
        s->measured_at = MIN(row->measured_at, now.wall);
        Outcome outcome = row->outcome ? outcome_find(row->outcome) : OUTCOME_OK;
        s->outcome = outcome < _OUTCOME_MAX ? (uint8_t)outcome : OUTCOME_NETWORK;
        s->detail = row->detail && *row->detail ? strdup(row->detail) : NULL;
        restore_streaks(s, row, rules, now.wall);
        m->alerts[row->level]++;
        return restore_voice(s, row, now);
}

/* Takes "name=value" words of persist-rows.c. */
static void restore_values(Target *t, const char *words) {
        const MetricSet *set = metric_set(t->account->ops->id, SCOPE_DOMAIN);

        for (const char *word = words; word && *word; word += strcspn(word, " ")) {
                char name[64];
                word += strspn(word, " ");
                size_t size = strcspn(word, "= ");
                if (word[size] != '=' || size >= sizeof(name))
                        continue;
                memcpy(name, word, size);
                name[size] = '\0';
                size_t i = metric_find(set, name);
                char *end;
                double value = strtod(word + size + 1, &end);
                if (i == SIZE_MAX || end == word + size + 1 || !isfinite(value))
                        continue;
                if (!t->values && target_make_values(t) < 0)
                        return;
                t->values[i] = (float)value;
        }
}

/* When a test is asked for again whose start was not answered before the process ended: by then it
 * is in the vendor's cache. */
static usec_t interrupted_until(const Target *t) {
        return t->job_started + t->account->immuniweb->deadline;
}

static void restore_plan(Target *t, usec_t next, Moment now) {
        Account *a = t->account;
        usec_t interval = account_rules(a, t->domain)->interval;

        if (t->job_started > 0 && !t->job_id && t->domain != NAMES_NONE) {
                t->interrupted = true;
                next = MAX(next, interrupted_until(t));
                interval = MAX(interval, a->immuniweb->deadline);
        }
        /* A queue poll costs nothing, and what changed meanwhile is to be told: it is due at once.
         */
        if (a->symantec || next <= now.wall || t->job_id)
                return;
        usec_t delay = MIN(next - now.wall, interval + interval / 4);
        if (t->held) {
                t->held = false;
                schedule_remove(&a->ready, &t->item);
        }
        monitor_queue(a->monitor, &t->item, ITEM_TARGET, now.boot + delay);
}

static int restore_target(void *userdata, const TargetRow *row) {
        Restore *restore = userdata;
        Monitor *m = restore->monitor;
        Moment now = restore->now;
        uint32_t domain = NAMES_NONE;
        Account *a = place_account(m, row->source, row->target);

        if (!a || !a->symantec)
                a = place_domain(m, row->source, row->target, &domain);
        if (!a || (a->symantec && domain != NAMES_NONE)) {
                restore->stale = true;
                return 0;
        }
        Target *t = domain == NAMES_NONE ? &a->targets[0] : &a->targets[domain];
        if (t->last_start > 0)
                return 0;
        t->last_start = row->last_start;
        t->last_result = row->last_result;
        t->failures = (uint16_t)MIN(row->failures, UINT16_MAX);
        t->job_started = row->job_started;
        t->result_at = moment_to_boot(now, row->result_at);
        if (row->job_id && *row->job_id)
                t->job_id = strdup(row->job_id);
        if (row->ids && *row->ids)
                t->ids = strdup(row->ids);
        if (a->immuniweb) {
                if (row->good_at > 0)
                        a->subjects[domain].good_at =
                                MIN(moment_to_boot(now, row->good_at), now.boot);
                a->subjects[domain].sampled_at = row->last_result;
                restore_values(t, row->values);
        }
        restore_plan(t, row->next_run, now);
        return 0;
}

static int restore_account(void *userdata, const AccountRow *row) {
        Restore *restore = userdata;
        Moment now = restore->now;
        Account *a = place_account(restore->monitor, row->source, row->name);

        if (!a || a->ops->id == SOURCE_MAILSECD) {
                restore->stale = true;
                return 0;
        }
        if (a->failures > 0 || a->answered_at > 0)
                return 0;
        Outcome outcome = outcome_find(row->outcome ?: "");
        if (row->failures > 0 && outcome < _OUTCOME_MAX && outcome != OUTCOME_OK) {
                a->failures = (uint16_t)MIN(row->failures, UINT16_MAX);
                a->outcome = outcome;
                a->failed_at = MIN(moment_to_boot(now, row->failed_at), now.boot);
                /* An end of waiting that no clock could have meant does not hold. */
                a->retry_at = MIN(moment_to_boot(now, row->retry_at), now.boot + 2 * USEC_PER_DAY);
        }
        a->answered_at = MIN(moment_to_boot(now, row->good_at), now.boot);
        if (a->symantec && a->answered_at > 0)
                for (uint32_t d = 0; d < a->n; d++)
                        a->subjects[d].good_at = a->answered_at;
        return 0;
}

static int restore_missing(void *userdata, const MissingRow *row) {
        Restore *restore = userdata;
        uint32_t domain;
        Account *a =
                place_domain(restore->monitor, source_name(SOURCE_SYMANTEC), row->target, &domain);

        if (!a) {
                restore->stale = true;
                return 0;
        }
        a->subjects[domain].missing = true;
        a->subjects[domain].good_at =
                MIN(moment_to_boot(restore->now, row->good_at), restore->now.boot);
        return 0;
}

static int restore_test(void *userdata, usec_t started) {
        Restore *restore = userdata;
        Monitor *m = restore->monitor;

        for (uint32_t i = 0; i < m->n_accounts; i++)
                if (m->accounts[i].immuniweb)
                        return budget_restore(&m->accounts[i].budget, started, restore->now.wall);
        return 0;
}

static int restore_silence(void *userdata, const Silence *silence) {
        Restore *restore = userdata;

        int r = silences_add(&restore->monitor->silences, silence);
        return r == -EEXIST || r == -E2BIG ? 0 : r;
}

/* Accounts come before what may be missing of them, both before the alerts. */
static int restore_rows(Restore *restore) {
        static const StoreReader readers[] = {
                { .account = restore_account },
                { .missing = restore_missing,
                  .target = restore_target,
                  .test = restore_test,
                  .silence = restore_silence },
                { .alert = restore_alert },
        };

        for (size_t i = 0; i < ELEMENTSOF(readers); i++) {
                int r = store_read(restore->store, &readers[i], restore);
                if (r < 0)
                        return r;
        }
        return 0;
}

int restore_state(Monitor *m, Store *store, Moment now) {
        Restore restore = { .monitor = m, .store = store, .now = now };

        int r = restore_rows(&restore);
        if (r >= 0)
                r = alertmanagers_restore(m, store, now);
        for (size_t i = 0; i < restore.n_strays; i++) {
                Stray *stray = &restore.strays[i];
                if (r >= 0)
                        announce_removed(m, metric_set(stray->source, stray->scope), stray->metric,
                                         stray->target, stray->level, stray->since,
                                         stray->measured_at, now);
                free(stray->target);
        }
        free(restore.strays);
        if (r < 0)
                return r;
        if (restore.stale)
                persist_all(m, now);
        standing_settle_all(m, now);
        return 0;
}
