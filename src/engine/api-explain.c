/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "core/notice.h"
#include "engine/api-alerts.h"
#include "engine/api-find.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/api-values.h"
#include "engine/api-verdict.h"
#include "engine/mute.h"

#include <math.h>

/* Records that are looked through for the last one about an alert. */
#define LOOKED_MAX 20000u

/* One part of a limit, and where it was written. Origins are kept per metric, not per part. */
static void put_limit(Api *api, struct json_object *o, const char *key, const char *from_key,
                      double value, const Origin *origin) {
        const Config *config = api->m->config;
        _cleanup_strbuf_ StrBuf from = {};

        api_put_number(api, o, key, value);
        if (isnan(value))
                strbuf_adds(&from, "");
        else if (origin->file == 0 || origin->file >= config->n_files)
                strbuf_adds(&from, "default");
        else
                strbuf_addf(&from, "%s:%u", config->files[origin->file], (unsigned)origin->line);
        api_put_text(api, o, from_key, strbuf_text(&from));
}

static struct json_object *limits(Api *api, const RuleSet *rules, size_t metric) {
        static const Limit none = { NAN, NAN, NAN };
        static const Origin nowhere;
        const Limit *limit = rules ? &rules->limits[metric] : &none;
        const Origin *origin = rules ? &rules->origins[metric] : &nowhere;
        struct json_object *o = api_object(api);

        put_limit(api, o, "warning", "warning_from", limit->warning, origin);
        put_limit(api, o, "critical", "critical_from", limit->critical, origin);
        put_limit(api, o, "clear", "clear_from", limit->clear, origin);
        return o;
}

static struct json_object *streak(Api *api, const Place *p, const Policy *policy) {
        struct json_object *o = api_object(api);

        api_put_count(api, o, "bad", streak_bad(p->standing));
        api_put_count(api, o, "raise_after", policy->raise_after);
        api_put_count(api, o, "good", streak_good(p->standing));
        api_put_count(api, o, "clear_after", policy->clear_after);
        return o;
}

static void put_mute(Api *api, struct json_object *o, const char *identity) {
        _cleanup_strbuf_ StrBuf words = {};

        mute_describe(api->m, identity, api->now.wall, &words);
        api_put_text(api, o, "muted_by", strbuf_text(&words));
}

static void put_voice(Api *api, struct json_object *o, const Place *p, const Policy *policy,
                      const char *identity) {
        const Standing *s = p->standing;

        api_put_stamp(api, o, "since", s && s->alert.level != LEVEL_OK ? s->alert.since : 0);
        api_put_text(api, o, "told", level_name(s ? s->voice.told : LEVEL_OK));
        api_put_stamp(api, o, "remind", s ? standing_reminds(s, api->now) : 0);
        put_mute(api, o, identity);
        api_put_bool(api, o, "flapping", s && s->voice.flapping);
        api_put_count(api, o, "changes", standing_changes(s, api->now));
        api_put_count(api, o, "flap_limit", policy->flap_limit);
        api_put_span(api, o, "flap_window", policy->flap_window);
        api_put_ack(api, o, s);
}

static struct json_object *account(Api *api, const Account *a) {
        struct json_object *o = api_object(api);
        int up = account_up(a);

        api_put_text(api, o, "source", source_name(a->ops->id));
        api_put_text(api, o, "name", a->name);
        if (up < 0)
                api_put_null(o, "up");
        else
                api_put_bool(api, o, "up", up > 0);
        api_put_text(api, o, "words", a->failures > 0 ? outcome_info(a->outcome)->words : NULL);
        return o;
}

typedef struct Search {
        Api *api;
        const char *identity;
        unsigned looked;
        struct json_object *found;
} Search;

static int search_take(void *userdata, const EventRow *row) {
        Search *s = userdata;

        if (streq(row->identity, s->identity)) {
                s->found = api_object(s->api);
                api_put_count(s->api, s->found, "sequence", row->sequence);
                api_put_stamp(s->api, s->found, "at", row->at);
                api_put_text(s->api, s->found, "event", row->event);
        }
        return s->found || ++s->looked == LOOKED_MAX;
}

static void put_last_event(Api *api, struct json_object *o, const char *identity) {
        Search search = { .api = api, .identity = identity };
        const EventFilter filter = { .newest_first = true };

        if (api->m->store)
                (void)store_read_events(api->m->store, &filter, search_take, &search);
        if (search.found)
                api_put(api, o, "last_event", search.found);
        else
                api_put_null(o, "last_event");
}

static void put_value(Api *api, struct json_object *o, const Place *p, double value,
                      usec_t measured) {
        _cleanup_strbuf_ StrBuf text = {};

        notice_format_value(&text, p->row, value);
        api_put_number(api, o, "value", value);
        api_put_text(api, o, "value_text", strbuf_text(&text));
        api_put_stamp(api, o, "measured", isnan(value) ? 0 : measured);
        api_put_text(api, o, "unit", unit_name(p->row->unit));
        api_put_text(api, o, "bad", bad_name(p->row->bad));
        api_put_text(api, o, "help", p->row->help);
}

static void put_next(Api *api, struct json_object *o, const Place *p) {
        const Target *t = account_target(p->account, p->domain);

        api_put_stamp(api, o, "next",
                      t ? target_next(t, account_closed_until(p->account, api->now), api->now) : 0);
}

struct json_object *api_get_explain(Api *api) {
        _cleanup_strbuf_ StrBuf identity = {}, verdict = {};
        const char *asked = api_query_needed(api, "identity");
        usec_t measured = 0;
        Place p;

        if (!asked || !api_find(api, asked, &p))
                return NULL;
        const RuleSet *rules = account_rules(p.account, p.domain);
        const Policy policy = rules ? rules->policy : (Policy){ .flap_window = USEC_INFINITY };
        double value = api_last_value(api, p.account, p.domain, p.metric, &measured);
        if (isnan(value) && p.standing) {
                value = p.standing->value;
                measured = p.standing->measured_at;
        }
        notice_identity(&identity, p.set, account_target_name(p.account, p.domain), p.metric);
        verdict_add(&verdict, &p, value, api->now);

        struct json_object *o = api_object(api);
        api_put_text(api, o, "identity", strbuf_text(&identity));
        api_put_text(api, o, "level", level_name(p.standing ? p.standing->alert.level : LEVEL_OK));
        api_put_text(api, o, "verdict", strbuf_text(&verdict));
        put_value(api, o, &p, value, measured);
        api_put(api, o, "limits", limits(api, rules, p.metric));
        api_put(api, o, "streak", streak(api, &p, &policy));
        put_voice(api, o, &p, &policy, strbuf_text(&identity));
        put_next(api, o, &p);
        api_put(api, o, "account", account(api, p.account));
        put_last_event(api, o, strbuf_text(&identity));
        return o;
}
