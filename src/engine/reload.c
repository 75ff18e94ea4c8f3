/* SPDX-License-Identifier: MIT */
#include "engine/reload.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/evidence.h"
#include "engine/judge.h"
#include "engine/mute.h"
#include "engine/persist.h"
#include "engine/run.h"
#include "engine/standing.h"
#include "engine/tell.h"

#include <errno.h>
#include <string.h>

void monitor_release_retired(Monitor *m) {
        size_t kept = 0;

        for (size_t i = 0; i < m->n_retired; i++) {
                bool used = false;
                for (const Run *run = m->runs; run && !used; run = run->next)
                        used = run->config == m->retired[i];
                if (used)
                        m->retired[kept++] = m->retired[i];
                else
                        config_free(m->retired[i]);
        }
        m->n_retired = kept;
}

static bool same_text(const char *a, const char *b) {
        return a == b || (a && b && streq(a, b));
}

static bool same_secret(const Secret *a, const Secret *b) {
        return a == b || (a && b && a->size == b->size && memcmp(a->text, b->text, a->size) == 0);
}

/* Whether both ask the same service with the same credential, so that what it said still holds. */
static bool same_service(const Account *a, const Account *b) {
        if (!a->endpoint)
                return true; /* the daemon's own account */
        if (!same_text(a->endpoint->url, b->endpoint->url) ||
            !same_text(a->endpoint->proxy, b->endpoint->proxy) ||
            !same_text(a->endpoint->ca_file, b->endpoint->ca_file))
                return false;
        if (a->symantec)
                return same_text(a->symantec->username, b->symantec->username) &&
                       same_secret(a->symantec->password, b->symantec->password);
        return same_secret(a->immuniweb->api_key, b->immuniweb->api_key);
}

static Account *account_find(Account *accounts, uint32_t n, const Account *like) {
        for (uint32_t i = 0; i < n; i++)
                if (accounts[i].ops == like->ops && streq(accounts[i].name, like->name))
                        return &accounts[i];
        return NULL;
}

/* Where a domain is watched by a source under the new configuration, which is looked into by name:
 * the account and the place among its domains. NULL when it is not any more. */
static Account *domain_find(Account *accounts, const Config *config, SourceId source,
                            const char *name, uint32_t *ret_place) {
        uint32_t index = names_find(&config->names, name, strlen(name));
        if (index == NAMES_NONE || !config->domains[index].rules[source])
                return NULL;
        /* monitor_build() makes the symantec accounts in their order and immuniweb after them. */
        Account *a = &accounts[source == SOURCE_SYMANTEC ? config->domains[index].account
                                                         : config->n_symantec];
        *ret_place = account_place(a, index);
        return a;
}

static void values_move(float *to, const float *from, const MetricSet *set) {
        for (size_t i = 0; to && from && i < set->n; i++)
                to[i] = from[i];
}

static void subject_move(Account *to, uint32_t domain, Subject *new, Subject *old) {
        new->good_at = old->good_at;
        new->sampled_at = old->sampled_at;
        new->series = old->series;
        new->missing = old->missing;
        new->standing = TAKE_PTR(old->standing);
        for (Standing *s = new->standing; s; s = s->next) {
                s->account = to;
                s->domain = domain;
        }
}

/* Moves what is planned; a changed interval is planned anew from the last run. */
static void target_plan_move(Target *new, Target *old, bool same, usec_t old_interval,
                             usec_t new_interval, Moment now) {
        Monitor *m = new->account->monitor;
        bool queued = old->item.at > 0 && !old->held;
        usec_t key = old->item.key;

        if (queued)
                schedule_remove(&m->due, &old->item);
        if (new->run)
                return;
        if (old->held || (!same && old->failures > 0) || (!queued && !same)) {
                account_hold(new);
                return;
        }
        if (!queued)
                return; /* the vendor refuses the domain: not before the service's settings change
                         */
        if (old_interval != new_interval && old->failures == 0) {
                const char *name = new->domain == NAMES_NONE ? new->account->name
                                                             : new->account->names[new->domain];
                usec_t next = schedule_next_run(text_hash(name, strlen(name)), new_interval,
                                                new->last_start);
                key = now.boot + (next > now.wall ? next - now.wall : 0);
        }
        monitor_queue(m, &new->item, ITEM_TARGET, key);
}

static usec_t interval_of(const Account *a, const Config *config, uint32_t domain) {
        if (domain == NAMES_NONE)
                return a->rules->interval;
        return config->domains[a->domains[domain]].rules[a->ops->id]->interval;
}

static void target_move(Target *new, Target *old, const Config *old_config,
                        const Config *new_config, Moment now) {
        Account *to = new->account;
        bool same = same_service(to, old->account);
        usec_t was = interval_of(old->account, old_config, old->domain);
        usec_t is = interval_of(to, new_config, new->domain);

        new->ids = TAKE_PTR(old->ids);
        new->values = TAKE_PTR(old->values);
        new->last_start = old->last_start;
        new->last_result = old->last_result;
        new->result_at = old->result_at;
        new->outcome = old->outcome;
        new->asked = old->asked;
        if (streq(old_config->state_dir, new_config->state_dir)) {
                new->evidence = TAKE_PTR(old->evidence);
                new->evidence_known = old->evidence_known;
        }
        if (same) {
                new->job_id = TAKE_PTR(old->job_id);
                new->job_started = old->job_started;
                new->interrupted = old->interrupted;
                new->failures = old->failures;
        }

        Run *run = old->run;
        if (run && same && to->immuniweb) {
                /* A test may be paid for: it goes on, with the texts it was begun with. */
                old->run = NULL;
                old->account->running--;
                run->target = new;
                new->run = run;
                to->running++;
        } else if (run) {
                /* A poll costs little: it is asked again under the new configuration. */
                run_free(run);
                account_hold(new);
                return;
        }
        target_plan_move(new, old, same, was, is, now);
}

/* What is the account's own: what was learnt of its API, its ledger, its alerts and its poll. */
static void account_move(Account *to, Account *from, const Config *old_config, Moment now) {
        Monitor *m = to->monitor;

        if (same_service(to, from)) {
                to->failures = from->failures;
                to->outcome = from->outcome;
                to->retry_at = from->retry_at;
                to->failed_at = from->failed_at;
                to->answered_at = from->answered_at;
        }
        if (to->table)
                symantec_table_adopt(to->table, from->table);
        if (to->immuniweb) {
                Budget fresh = to->budget;
                to->budget = from->budget;
                from->budget = fresh;
                if (budget_resize(&to->budget, to->immuniweb->daily_tests) < 0)
                        diag(DIAG_ERROR, "Out of memory: daily_tests stays as it was");
        }
        subject_move(to, NAMES_NONE, &to->subject, &from->subject);
        values_move(to->own_values, from->own_values, metric_set(to->ops->id, SCOPE_ACCOUNT));
        judge_close_removed(to, &to->subject, to->rules, now);
        if (to->symantec)
                target_move(&to->targets[0], &from->targets[0], old_config, m->config, now);
}

/* The domains of an old account go where the new configuration watches them. Called while
 * `m->config` is the new one. */
static void domains_move(Monitor *m, Account *from, const Config *old_config, Moment now) {
        SourceId source = from->ops->id;

        for (uint32_t d = 0; d < from->n; d++) {
                uint32_t place;
                Account *to = domain_find(m->accounts, m->config, source, from->names[d], &place);
                if (!to)
                        continue;
                subject_move(to, place, &to->subjects[place], &from->subjects[d]);
                if (to->symantec)
                        values_move(account_values(to, place), account_values(from, d),
                                    metric_set(source, SCOPE_DOMAIN));
                judge_close_removed(to, &to->subjects[place],
                                    account_domain(to, place)->rules[source], now);
                if (to->immuniweb)
                        target_move(&to->targets[place], &from->targets[d], old_config, m->config,
                                    now);
        }
}

/* Closes what has no counterpart, in the words of the old configuration (still in force). */
static void account_close(Monitor *m, Account *from, const Config *config, Moment now) {
        uint32_t place;

        if (!account_find(m->accounts, m->n_accounts, from))
                judge_close_removed(from, &from->subject, NULL, now);
        for (uint32_t d = 0; d < from->n; d++)
                if (!domain_find(m->accounts, config, from->ops->id, from->names[d], &place))
                        judge_close_removed(from, &from->subjects[d], NULL, now);
}

/* Takes an old account's items out of the queue, and its runs down. */
static void account_unqueue(Account *from) {
        Monitor *m = from->monitor;

        schedule_remove(&m->due, &from->item);
        for (uint32_t t = 0; t < from->n_targets; t++) {
                Target *target = &from->targets[t];
                run_free(target->run);
                if (!target->held)
                        schedule_remove(&m->due, &target->item);
        }
}

/* Targets that no old one became: they run at once. */
static void account_start_new(Account *a, Moment now) {
        for (uint32_t t = 0; t < a->n_targets; t++) {
                Target *target = &a->targets[t];
                if (target->last_start == 0 && !target->run && target->item.at == 0)
                        account_hold(target);
        }
        monitor_queue(a->monitor, &a->item, ITEM_ACCOUNT, now.boot);
}

static int config_retire(Monitor *m, Config *old) {
        Config **retired = realloc(m->retired, (m->n_retired + 1) * sizeof(*retired));
        if (!retired)
                return -ENOMEM;
        m->retired = retired;
        m->retired[m->n_retired++] = old;
        return 0;
}

static void rhythm_restart(Monitor *m, const Config *old, Moment now) {
        usec_t sweep = now.boot + sweep_interval(m->config);

        if (m->sweep.at == 0 || m->sweep.key > sweep)
                monitor_queue(m, &m->sweep, ITEM_SWEEP, sweep);
        if (m->config->heartbeat == old->heartbeat)
                return;
        if (m->config->heartbeat == USEC_INFINITY)
                schedule_remove(&m->due, &m->heartbeat);
        else
                monitor_queue(m, &m->heartbeat, ITEM_HEARTBEAT, now.boot + m->config->heartbeat);
}

int monitor_reload(Monitor *m, Config *config, Moment now) {
        Account *old = m->accounts;
        uint32_t n_old = m->n_accounts;
        Config *old_config = m->config;

        int r = config_retire(m, old_config);
        if (r < 0)
                return r;
        r = monitor_build(m, config, now);
        if (r < 0) {
                m->n_retired--;
                return r;
        }
        tell_flush(m, now);
        for (uint32_t i = 0; i < n_old; i++)
                account_close(m, &old[i], config, now);
        tell_flush(m, now); /* what is closed is told in the words of the old configuration */

        m->config = config;
        for (uint32_t i = 0; i < n_old; i++) {
                Account *to = account_find(m->accounts, m->n_accounts, &old[i]);
                if (to)
                        account_move(to, &old[i], old_config, now);
                domains_move(m, &old[i], old_config, now);
        }
        for (uint32_t i = 0; i < n_old; i++)
                account_unqueue(&old[i]);
        accounts_free(old, n_old);
        for (uint32_t i = 0; i < m->n_accounts; i++)
                account_start_new(&m->accounts[i], now);
        rhythm_restart(m, old_config, now);
        free(m->windows_active);
        m->windows_active = NULL;
        mute_review(m, now);
        standing_settle_all(m, now);
        persist_all(m, now);
        evidence_tidy(m, old_config->state_dir, now);
        monitor_release_retired(m);
        monitor_arm(m);
        return 0;
}
