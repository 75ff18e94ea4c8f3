/* SPDX-License-Identifier: MIT */
#include "engine/run.h"

#include "base/diag.h"
#include "base/fault.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/persist.h"
#include "engine/reload.h"

#include <errno.h>
#include <string.h>

Run *run_free(Run *run) {
        if (!run)
                return NULL;
        Account *a = run->target->account;
        Monitor *m = a->monitor;

        http_cancel(run->call);
        schedule_remove(&m->due, &run->item);
        if (run->state)
                a->ops->run_free(run->state);
        for (Run **p = &m->runs; *p; p = &(*p)->next)
                if (*p == run) {
                        *p = run->next;
                        break;
                }
        run->target->run = NULL;
        a->running--;
        free(run);
        return NULL;
}

/* Keeps what a later run needs to go on with a test that was begun. */
static void run_keep_job(Run *run, Outcome outcome) {
        Target *t = run->target;
        if (t->account->ops->id != SOURCE_IMMUNIWEB)
                return;
        const char *job = immuniweb_run_job_id(run->state);
        char *copy =
                job && outcome != OUTCOME_OK && outcome != OUTCOME_JOB_LOST ? strdup(job) : NULL;
        free(t->job_id);
        t->job_id = copy;
        if (!copy)
                t->job_started = 0;
        t->interrupted = false;
}

/* The vendor named the job: from here on a later start fetches it. */
static void run_note_job(Run *run, Moment now) {
        Target *t = run->target;
        if (t->account->ops->id != SOURCE_IMMUNIWEB)
                return;
        const char *job = immuniweb_run_job_id(run->state);
        if (!job || (t->job_id && streq(t->job_id, job)))
                return;
        char *copy = strdup(job);
        if (!copy)
                return; /* it is kept when the run ends */
        fault_point(FAULT_JOB_KNOWN);
        free(t->job_id);
        t->job_id = copy;
        persist_target(t, now);
        t->account->monitor->durable = true;
}

static void run_finish(Run *run, const Step *done, Moment now) {
        Target *t = run->target;
        Account *a = t->account;
        Monitor *m = a->monitor;
        /* `done` may be the run's own step, which goes with it. */
        Outcome outcome = done->outcome;
        usec_t retry_after = done->retry_after;

        m->counters.runs++;
        m->counters.failures[done->outcome]++;
        m->counters.ended[a->ops->id][done->outcome]++;
        t->outcome = (uint8_t)outcome;
        t->asked = false;
        if (done->outcome == OUTCOME_OK)
                t->last_result = now.wall;
        if (run->state)
                run_keep_job(run, done->outcome);
        run->sample = account_book(a, run, done, now);
        m->done(m, run, done, now);
        run_free(run);
        if (!m->once) {
                account_plan(t, outcome, retry_after, now);
                monitor_release_retired(m);
        }
        /* The next one starts from the loop: a run that fails at once must not recurse. */
        monitor_queue(m, &a->item, ITEM_ACCOUNT, now.boot);
        monitor_arm(m);
}

static void run_fail(Run *run, Outcome outcome, const char *text, Moment now) {
        Step done = { .type = STEP_DONE, .outcome = outcome, .text = text };
        run_finish(run, &done, now);
}

static void run_step(Run *run, const Reply *reply, Moment now);

static void run_reply(void *userdata, const Reply *reply) {
        Run *run = userdata;
        Account *a = run->target->account;

        run->call = NULL; /* over: the handle is not ours any more */
        histogram_add(&a->monitor->counters.replies[a->ops->id], histogram_of_requests,
                      clock_monotonic() - run->asked);
        run_step(run, reply, monitor_now(a->monitor));
}

/* A test that is started is known before the vendor knows, so that no crash makes it start twice.
 */
static void run_book_test(Run *run, Moment now) {
        Target *t = run->target;
        Monitor *m = t->account->monitor;

        t->job_started = now.wall;
        persist_test(m, now);
        persist_target(t, now);
        fault_point(FAULT_BEFORE_BOOKING);
        persist_now(m, now);
        fault_point(FAULT_AFTER_BOOKING);
}

static void run_fetch(Run *run, Moment now) {
        Account *a = run->target->account;
        Monitor *m = a->monitor;

        if (run->step.request.spends_test && !m->once) {
                if (budget_spend(&a->budget, now.wall) < 0) {
                        run_fail(run, OUTCOME_BUDGET, NULL, now);
                        return;
                }
                run_book_test(run, now);
        }
        int r = http_start(m->http, run->endpoint, &run->step.request, run_reply, run, &run->call);
        if (r < 0) {
                diag(DIAG_ERROR, "Cannot start a request of %s/%s: %s", source_name(a->ops->id),
                     a->name, strerror(-r));
                run_fail(run, OUTCOME_NETWORK, strerror(-r), now);
                return;
        }
        m->counters.requests++;
        run->asked = clock_monotonic();
        if (run->step.request.spends_test)
                fault_point(FAULT_AFTER_REQUEST);
}

static void run_step(Run *run, const Reply *reply, Moment now) {
        Account *a = run->target->account;

        int r = a->ops->step(run->state, reply, now.wall, &run->step);
        if (r < 0) {
                diag(DIAG_ERROR, "A run of %s/%s ends: %s", source_name(a->ops->id), a->name,
                     strerror(-r));
                run_fail(run, OUTCOME_NETWORK, strerror(-r), now);
                return;
        }
        if (run->step.type != STEP_DONE && now.boot >= run->deadline &&
            !(a->immuniweb && immuniweb_run_settle(run->state, now.wall, &run->step))) {
                run_fail(run, OUTCOME_DEADLINE, NULL, now);
                return;
        }
        if (run->step.type != STEP_DONE)
                run_note_job(run, now);
        switch (run->step.type) {
        case STEP_FETCH:
                run_fetch(run, now);
                return;
        case STEP_WAIT:
                monitor_queue(a->monitor, &run->item, ITEM_RUN,
                              MIN(now.boot + run->step.wait, run->deadline));
                monitor_arm(a->monitor);
                return;
        case STEP_DONE:
                run_finish(run, &run->step, now);
                return;
        }
}

void run_wake(Run *run, Moment now) {
        if (now.boot >= run->deadline)
                run_fail(run, OUTCOME_DEADLINE, NULL, now);
        else
                run_step(run, NULL, now);
}

static int run_make_state(Run *run) {
        Target *t = run->target;
        Account *a = t->account;
        Monitor *m = a->monitor;

        if (a->symantec)
                return symantec_run_new(a->symantec, a->table, &run->state);

        ImmuniwebJob job = {
                .domain = a->names[t->domain],
                .recheck = a->immuniweb->recheck && !m->once && !t->interrupted,
                .job_id = t->job_id,
                .known = m->once ? NULL : t->values,
        };
        return immuniweb_run_new(a->immuniweb, &m->service, &job, &run->state);
}

void run_start(Target *target, Moment now) {
        Account *a = target->account;
        Monitor *m = a->monitor;

        Run *run = calloc(1, sizeof(*run));
        if (!run) {
                diag(DIAG_ERROR, "Out of memory: a run of %s/%s is put off",
                     source_name(a->ops->id), a->name);
                monitor_queue(m, &target->item, ITEM_TARGET, now.boot + USEC_PER_MIN);
                return;
        }
        run->target = target;
        run->config = m->config;
        run->endpoint = a->endpoint;
        run->started = now.boot;
        run->deadline = a->immuniweb ? now.boot + a->immuniweb->deadline : USEC_INFINITY;
        run->next = m->runs;
        m->runs = run;
        target->run = run;
        target->last_start = now.wall;
        a->running++;

        int r = run_make_state(run);
        if (r < 0)
                run_fail(run, OUTCOME_NETWORK, strerror(-r), now);
        else
                run_step(run, NULL, now);
}
