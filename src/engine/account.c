/* SPDX-License-Identifier: MIT */
#include "engine/account.h"

#include "base/text.h"
#include "core/backoff.h"
#include "engine/persist.h"
#include "engine/run.h"

#include <string.h>

void account_hold(Target *target) {
        Account *a = target->account;

        target->held = true;
        /* Room was reserved for every target, so this cannot fail. */
        (void)schedule_put(&a->ready, &target->item, target->asked ? 0 : target->last_result);
}

/* When the account may start another run: `now` or earlier = at once. */
static usec_t account_opens(Account *a, Moment now) {
        /* What the ledger says is not known: persist_retry() opens it again. */
        if (a->immuniweb && a->monitor->locked)
                return now.boot + USEC_PER_DAY;
        if (a->failures > 0 && a->retry_at > now.boot)
                return a->retry_at;
        if (a->immuniweb && !a->monitor->once && budget_left(&a->budget, now.wall) == 0) {
                usec_t next = budget_next(&a->budget, now.wall);
                return now.boot + (next > now.wall ? next - now.wall : USEC_PER_SEC);
        }
        return now.boot;
}

/* While an API fails, one run at a time finds out whether it is back. */
static bool account_has_room(const Account *a) {
        return a->running < (a->failures > 0 ? 1 : a->concurrency);
}

void account_dispatch(Account *a, Moment now) {
        Monitor *m = a->monitor;

        schedule_remove(&m->due, &a->item);
        while (account_has_room(a)) {
                ScheduleItem *first = schedule_first(&a->ready);
                if (!first)
                        return;
                usec_t opens = account_opens(a, now);
                if (opens > now.boot) {
                        monitor_queue(m, &a->item, ITEM_ACCOUNT, opens);
                        return;
                }
                Target *target = container_of(first, Target, item);
                schedule_remove(&a->ready, first);
                target->held = false;
                run_start(target, now);
        }
}

void account_target_due(Target *target, Moment now) {
        if (target->run)
                return; /* never two runs of one target at once */
        account_hold(target);
        account_dispatch(target->account, now);
}

bool account_book(Account *a, const Run *run, const Step *done, Moment now) {
        const OutcomeInfo *info = outcome_info(done->outcome);

        if (done->outcome == OUTCOME_BUDGET)
                return false;
        if (!info->account) {
                /* The service answered, even if what it said is bad for this domain. But a test
                 * that was begun before the last failure proves only that an outage is over: it
                 * says nothing of a quota or a login that the next start needs (apis.md
                 * section 2.2). */
                bool earlier = a->failures > 0 && run->started < a->failed_at;
                if (earlier && (done->outcome != OUTCOME_OK ||
                                outcome_info(a->outcome)->retry != RETRY_BACKOFF))
                        return false;
                a->failures = 0;
                a->retry_at = 0;
                a->outcome = OUTCOME_OK;
                return true;
        }
        if (a->failures > 0 && run->started < a->failed_at)
                return false;
        if (a->failures < UINT16_MAX)
                a->failures++;
        a->outcome = done->outcome;
        a->failed_at = now.boot;
        usec_t delay = backoff_delay(done->outcome, a->failures, a->rules->interval,
                                     done->retry_after, monitor_jitter(a->monitor));
        a->retry_at = delay == USEC_INFINITY ? USEC_INFINITY : now.boot + delay;
        return true;
}

/* The interval and name that decide a target's place in time. */
static usec_t target_interval(const Target *target, const char **ret_name) {
        const Account *a = target->account;
        if (target->domain == NAMES_NONE) {
                *ret_name = a->name;
                return a->rules->interval;
        }
        const Domain *d = account_domain(a, target->domain);
        *ret_name = d->name;
        return d->rules[a->ops->id]->interval;
}

void account_plan(Target *target, Outcome outcome, usec_t retry_after, Moment now) {
        Account *a = target->account;
        const char *name;
        usec_t interval = target_interval(target, &name);
        usec_t delay;

        if (outcome == OUTCOME_OK) {
                target->failures = 0;
                uint64_t hash = text_hash(name, strlen(name));
                usec_t next = schedule_next_run(hash, interval, target->last_start);
                delay = next > now.wall ? next - now.wall : 0;
                /* A clock that was set back must not postpone a run by more than its interval. */
                delay = MIN(delay, interval + interval / 4);
        } else if (outcome == OUTCOME_BUDGET) {
                account_hold(target);
                return;
        } else {
                if (target->failures < UINT16_MAX)
                        target->failures++;
                delay = backoff_delay(outcome, target->failures, interval, retry_after,
                                      monitor_jitter(a->monitor));
                /* The gate's time where it is the API's failure, so that both open together. */
                if (outcome_info(outcome)->account && a->retry_at > now.boot &&
                    a->retry_at != USEC_INFINITY)
                        delay = a->retry_at - now.boot;
        }
        if (delay != USEC_INFINITY)
                monitor_queue(a->monitor, &target->item, ITEM_TARGET, now.boot + delay);
        persist_target(target, now);
}

/* The level at which a subject's alert on a metric stands. */
static Level subject_level(const Subject *subject, size_t metric) {
        for (const Standing *s = subject->standing; s; s = s->next)
                if (s->metric == metric)
                        return s->alert.level;
        return LEVEL_OK;
}

bool account_is_down(const Account *a) {
        return a->failures > 0 ||
               subject_level(&a->subject, engine_metric(a->rules->set, ENGINE_UP)) != LEVEL_OK;
}

void account_mask(const Account *a, StrBuf *text) {
        const Secret *secret = a->symantec    ? a->symantec->password
                               : a->immuniweb ? a->immuniweb->api_key
                                              : NULL;

        if (secret && text->size > 0)
                text_mask(text->data, text->size, secret->text, secret->size);
}
