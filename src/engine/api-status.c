/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "engine/alertmanager.h"
#include "engine/api-alerts.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/status.h"

#include <math.h>

#define WORST_MAX 10

typedef struct Counts {
        uint64_t level[_LEVEL_MAX];
        uint64_t muted;
        uint64_t acknowledged;
        uint64_t flapping;
} Counts;

static struct json_object *alert_counts(Api *api, const Standing *const *list, size_t n) {
        struct json_object *o = api_object(api);
        Counts c = {};

        for (size_t i = 0; i < n; i++) {
                c.level[list[i]->alert.level]++;
                c.muted += list[i]->voice.muted;
                c.acknowledged += list[i]->ack != NULL;
                c.flapping += list[i]->voice.flapping;
        }
        api_put_count(api, o, "critical", c.level[LEVEL_CRITICAL]);
        api_put_count(api, o, "warning", c.level[LEVEL_WARNING]);
        api_put_count(api, o, "muted", c.muted);
        api_put_count(api, o, "acknowledged", c.acknowledged);
        api_put_count(api, o, "flapping", c.flapping);
        return o;
}

static struct json_object *config_state(Api *api) {
        const Health *h = &api->m->health;
        struct json_object *o = api_object(api);

        api_put_text(api, o, "file", h->config_path);
        api_put_stamp(api, o, "loaded", h->config_loaded);
        api_put_stamp(api, o, "refused", h->config_refused);
        api_put_text(api, o, "problem", h->config_problem);
        return o;
}

static struct json_object *store_state(Api *api) {
        const Monitor *m = api->m;
        struct json_object *o = api_object(api);
        _cleanup_strbuf_ StrBuf file = {};

        strbuf_addf(&file, "%s/state.db", m->config->state_dir);
        api_put_bool(api, o, "up", m->store != NULL);
        api_put_text(api, o, "problem", m->health.store_problem);
        api_put_text(api, o, "file", strbuf_text(&file));
        if (m->store) {
                StoreFigures figures = {};
                store_figures(m->store, &figures);
                api_put_count(api, o, "bytes", figures.file_bytes);
        } else {
                api_put_null(o, "bytes");
        }
        return o;
}

static struct json_object *record_counts(Api *api) {
        const Monitor *m = api->m;
        struct json_object *o = api_object(api);

        api_put_count(api, o, "sequence", m->sequence);
        api_put_count(api, o, "queued", monitor_queued(m));
        api_put_count(api, o, "sent", sinks_sent(m->sinks));
        api_put_count(api, o, "lost", m->health.lost_in_all);
        api_put_text(api, o, "to", sinks_describe(m->sinks));
        return o;
}

static void put_up(Api *api, struct json_object *o, const Account *a) {
        int up = account_up(a);

        if (up < 0)
                api_put_null(o, "up");
        else
                api_put_bool(api, o, "up", up > 0);
}

static void put_times(Api *api, struct json_object *o, Account *a) {
        usec_t next, last;

        account_times(a, api->now, &next, &last);
        api_put_stamp(api, o, "next", next);
        api_put_stamp(api, o, "last", last);
}

static struct json_object *account_state(Api *api, Account *a) {
        const OutcomeInfo *info = outcome_info(a->outcome);
        struct json_object *o = api_object(api);
        bool down = a->failures > 0;

        api_put_text(api, o, "source", source_name(a->ops->id));
        api_put_text(api, o, "name", a->name);
        put_up(api, o, a);
        api_put_text(api, o, "reason", down ? info->reason : NULL);
        api_put_text(api, o, "words", down ? info->words : NULL);
        api_put_count(api, o, "failures", a->failures);
        api_put_count(api, o, "running", a->running);
        api_put_count(api, o, "domains", a->n);
        put_times(api, o, a);
        bool limited = a->immuniweb && a->immuniweb->daily_tests > 0;
        api_put_number(api, o, "tests_left",
                       limited ? budget_left(&a->budget, api->now.wall) : NAN);
        api_put_number(api, o, "daily_tests", limited ? a->immuniweb->daily_tests : NAN);
        return o;
}

static struct json_object *alertmanager_states(Api *api) {
        struct json_object *list = api_list(api);
        AlertmanagerState state;

        for (size_t i = 0; alertmanagers_state(api->m, i, &state); i++) {
                struct json_object *o = api_object(api);
                api_put_text(api, o, "url", state.url);
                if (state.up < 0)
                        api_put_null(o, "up");
                else
                        api_put_bool(api, o, "up", state.up > 0);
                api_put_stamp(api, o, "last", state.last);
                api_put_stamp(api, o, "failed", state.failed);
                api_put_count(api, o, "pending", state.pending);
                api_put_text(api, o, "words", state.words);
                api_append(api, list, o);
        }
        return list;
}

struct json_object *api_get_status(Api *api) {
        _cleanup_free_ const Standing **list = NULL;
        const Monitor *m = api->m;
        size_t n;

        if (!api_collect(api, NULL, NULL, &list, &n))
                return NULL;
        struct json_object *o = api_object(api);
        api_put_text(api, o, "version", VERSION);
        api_put_stamp(api, o, "now", api->now.wall);
        api_put_stamp(api, o, "started", m->health.started);
        api_put_count(api, o, "domains", m->config->n_domains);
        api_put(api, o, "alerts", alert_counts(api, list, n));
        api_put(api, o, "config", config_state(api));
        api_put(api, o, "store", store_state(api));
        api_put(api, o, "records", record_counts(api));
        struct json_object *accounts = api_list(api), *worst = api_list(api);
        for (uint32_t i = 0; i < monitor_vendors(m); i++)
                api_append(api, accounts, account_state(api, &m->accounts[i]));
        api_put(api, o, "accounts", accounts);
        api_put(api, o, "alertmanagers", alertmanager_states(api));
        for (size_t i = 0; i < MIN(n, (size_t)WORST_MAX); i++)
                api_append(api, worst, api_alert(api, list[i]));
        api_put(api, o, "worst", worst);
        return o;
}
