/* SPDX-License-Identifier: MIT */
/* Tests and polls that a person asks for. */
#include "base/stamp.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/api-find.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/place.h"

/* --- what is known of a run ---------------------------------------------------------------- */

static const char *run_state(const Target *t) {
        if (t->run)
                return "running";
        return t->asked || t->held || t->last_start == 0 ? "waiting" : "done";
}

/* The outcome of the last run that ended. It is not kept over a restart where it was a failure. */
static void put_outcome(Api *api, struct json_object *o, const Target *t) {
        bool known = t->outcome != OUTCOME_OK || (t->last_result > 0 && t->failures == 0);
        bool failed = t->outcome != OUTCOME_OK;

        api_put_text(api, o, "outcome", known ? outcome_name((Outcome)t->outcome) : NULL);
        api_put_text(api, o, "words", failed ? outcome_info((Outcome)t->outcome)->words : NULL);
}

static struct json_object *describe_test(Api *api, const Domain *d, const Target *t) {
        struct json_object *o = api_object(api);

        api_put_text(api, o, "domain", d->name);
        api_put_text(api, o, "state", run_state(t));
        api_put_stamp(api, o, "started", t->last_start);
        api_put_stamp(api, o, "last", t->last_result);
        put_outcome(api, o, t);
        api_put_stamp(api, o, "next",
                      target_next(t, account_closed_until(t->account, api->now), api->now));
        return o;
}

/* Says why an account asks nothing now: 409. */
static struct json_object *refuse_closed(Api *api, const Account *a) {
        _cleanup_strbuf_ StrBuf until = {};

        if (a->retry_at == USEC_INFINITY)
                strbuf_adds(&until, "the configuration changes");
        else
                stamp_format_utc(&until, moment_to_wall(api->now, a->retry_at));
        return api_refuse(api, 409, "%s account %s: %s; nothing is asked before %s",
                          source_name(a->ops->id), a->name, outcome_info(a->outcome)->words,
                          strbuf_text(&until));
}

static bool is_closed(const Account *a, Moment now) {
        return a->failures > 0 && a->retry_at > now.boot;
}

/* It runs now, or before all others that wait. */
static void run_soon(Monitor *m, Target *t, Moment now) {
        t->asked = true;
        if (t->held)
                schedule_remove(&t->account->ready, &t->item);
        else
                schedule_remove(&m->due, &t->item);
        account_target_due(t, now);
        monitor_arm(m);
}

/* --- tests --------------------------------------------------------------------------------- */

static Target *find_test(Api *api, const char *name, const Domain **ret) {
        const Domain *d = api_find_domain(api, name);
        uint32_t place;

        if (!d)
                return NULL;
        Account *a = place_source(api->m, (uint32_t)(d - api->m->config->domains), SOURCE_IMMUNIWEB,
                                  &place);
        if (!a) {
                api_refuse(api, 404, "%s is not tested: immuniweb is none of its sources", d->name);
                return NULL;
        }
        *ret = d;
        return &a->targets[place];
}

struct json_object *api_get_test(Api *api) {
        const Domain *d;
        const Target *t = find_test(api, api->rest, &d);

        return t ? describe_test(api, d, t) : NULL;
}

static struct json_object *refuse_spent(Api *api, Account *a) {
        _cleanup_strbuf_ StrBuf next = {};

        stamp_format_utc(&next, budget_next(&a->budget, api->now.wall));
        return api_refuse(api, 429, "daily_tests (%u) is used up; the next test is free at %s",
                          (unsigned)a->immuniweb->daily_tests, strbuf_text(&next));
}

struct json_object *api_start_test(Api *api) {
        _cleanup_strbuf_ StrBuf name = {};
        const Domain *d;

        if (!api_body_has_only(api, (const char *const[]){ "domain", NULL }) ||
            !api_body_text(api, "domain", 1000, true, &name))
                return NULL;
        Target *t = find_test(api, strbuf_text(&name), &d);
        if (!t)
                return NULL;
        Account *a = t->account;
        if (!t->run) {
                /* A test begun before is fetched, which costs nothing. */
                if (!t->job_id && budget_left(&a->budget, api->now.wall) == 0)
                        return refuse_spent(api, a);
                if (is_closed(a, api->now))
                        return refuse_closed(api, a);
                run_soon(api->m, t, api->now);
        }
        api->status = 202;
        return describe_test(api, d, t);
}

/* --- polls --------------------------------------------------------------------------------- */

static struct json_object *describe_poll(Api *api, const Account *a) {
        const Target *t = &a->targets[0];
        struct json_object *o = api_object(api);

        api_put_text(api, o, "account", a->name);
        api_put_text(api, o, "state", run_state(t));
        put_outcome(api, o, t);
        api_put_stamp(api, o, "started", t->last_start);
        api_put_stamp(api, o, "last", t->last_result);
        return o;
}

/* Those of `name`, or all. */
static struct json_object *describe_polls(Api *api, const char *name) {
        struct json_object *o = api_object(api), *polls = api_list(api);
        const Monitor *m = api->m;

        for (uint32_t i = 0; i < monitor_vendors(m); i++) {
                const Account *a = &m->accounts[i];
                if (a->symantec && (!*name || streq(a->name, name)))
                        api_append(api, polls, describe_poll(api, a));
        }
        api_put(api, o, "polls", polls);
        return o;
}

struct json_object *api_get_polls(Api *api) {
        return describe_polls(api, "");
}

/* An outage may be over, which a person knows first. A login that is refused must not be tried
 * again and again, or it is locked; and who asked for patience gets it. */
static bool may_poll(const Account *a, Moment now) {
        return !is_closed(a, now) || (outcome_info(a->outcome)->retry == RETRY_BACKOFF &&
                                      a->outcome != OUTCOME_RATE_LIMITED);
}

static void poll_soon(Api *api, Account *a) {
        Target *t = &a->targets[0];

        if (t->run)
                return;
        if (is_closed(a, api->now))
                a->retry_at = api->now.boot;
        run_soon(api->m, t, api->now);
}

struct json_object *api_start_polls(Api *api) {
        _cleanup_strbuf_ StrBuf name = {};
        Monitor *m = api->m;
        const Account *closed = NULL;
        unsigned polled = 0;

        if (!api_body_has_only(api, (const char *const[]){ "account", NULL }) ||
            !api_body_text(api, "account", 1000, false, &name))
                return NULL;
        for (uint32_t i = 0; i < monitor_vendors(m); i++) {
                Account *a = &m->accounts[i];
                if (!a->symantec || (name.size > 0 && !streq(a->name, strbuf_text(&name))))
                        continue;
                if (!a->targets[0].run && !may_poll(a, api->now)) {
                        closed = a;
                        continue;
                }
                poll_soon(api, a);
                polled++;
        }
        if (polled == 0 && closed)
                return refuse_closed(api, closed);
        if (polled == 0)
                return api_refuse(api, 404, "there is no such symantec account");
        api->status = 202;
        return describe_polls(api, strbuf_text(&name));
}
