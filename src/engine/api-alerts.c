/* SPDX-License-Identifier: MIT */
#include "engine/api-alerts.h"

#include "base/text.h"
#include "core/notice.h"
#include "engine/announce.h"
#include "engine/api-find.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/mute.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- which ones, and in what order --------------------------------------------------------- */

/* What the order goes by. It does not change while a list is read page by page, unless the alert
 * does. */
typedef struct Key {
        Level level;
        usec_t since;
        const char *source;
        const char *target;
        const char *metric;
} Key;

static Key key_of(const Standing *s) {
        return (Key){
                .level = s->alert.level,
                .since = s->alert.since,
                .source = source_name(s->account->ops->id),
                .target = account_target_name(s->account, s->domain),
                .metric = standing_metric(s)->name,
        };
}

static int key_compare(const Key *a, const Key *b) {
        if (a->level != b->level)
                return a->level > b->level ? -1 : 1;
        if (a->since != b->since)
                return a->since < b->since ? -1 : 1;
        int order = strcmp(a->source, b->source);
        if (order == 0)
                order = strcmp(a->target, b->target);
        return order != 0 ? order : strcmp(a->metric, b->metric);
}

static int standing_order(const void *a, const void *b) {
        const Standing *x = *(const Standing *const *)a, *y = *(const Standing *const *)b;

        if (x->alert.level != y->alert.level)
                return x->alert.level > y->alert.level ? -1 : 1;
        if (x->alert.since != y->alert.since)
                return x->alert.since < y->alert.since ? -1 : 1;
        Key left = key_of(x), right = key_of(y);
        return key_compare(&left, &right);
}

/* The place behind an alert: "LEVEL-SINCE-IDENTITY". */
static void add_place(StrBuf *b, const Standing *s) {
        strbuf_addf(b, "%d-%" PRIu64 "-", (int)s->alert.level, s->alert.since);
        standing_identity(s, b);
}

/* Reads a place; the texts of the key are in `text`, which is cut up. */
static bool read_place(char *text, Key *ret) {
        unsigned level;
        uint64_t since;
        int end = 0;

        if (sscanf(text, "%1u-%20" SCNu64 "-%n", &level, &since, &end) != 2 || end == 0 ||
            level >= _LEVEL_MAX)
                return false;
        char *target = strchr(text + end, '/');
        char *metric = target ? strrchr(target + 1, '/') : NULL;
        if (!metric)
                return false;
        *target++ = '\0';
        *metric++ = '\0';
        *ret = (Key){ (Level)level, since, text + end, target, metric };
        return true;
}

typedef struct Collect {
        const char *match;
        const Key *after;
        const Standing **list;
        size_t n;
        StrBuf identity;
} Collect;

static void collect_count(Standing *s, void *userdata) {
        Collect *c = userdata;

        c->n += standing_is_shown(s);
}

static void collect_one(Standing *s, void *userdata) {
        Collect *c = userdata;

        if (!standing_is_shown(s))
                return;
        if (c->after) {
                Key key = key_of(s);
                if (key_compare(&key, c->after) <= 0)
                        return;
        }
        if (c->match) {
                strbuf_reset(&c->identity);
                standing_identity(s, &c->identity);
                if (!glob_matches(c->match, strbuf_text(&c->identity)))
                        return;
        }
        c->list[c->n++] = s;
}

bool api_collect(Api *api, const char *match, const char *after, const Standing ***ret,
                 size_t *ret_n) {
        _cleanup_free_ char *place = after ? strdup(after) : NULL;
        Collect c = { .match = match };
        Key key;

        if (place && !read_place(place, &key)) {
                api_refuse(api, 400, "\"after\" is not what \"next\" said");
                return false;
        }
        standing_each(api->m, collect_count, &c);
        c.list = calloc(MAX(c.n, (size_t)1), sizeof(Standing *));
        if (!c.list || (after && !place)) {
                free(c.list);
                api->no_memory = true;
                return false;
        }
        c.n = 0;
        c.after = place ? &key : NULL;
        standing_each(api->m, collect_one, &c);
        strbuf_done(&c.identity);
        qsort(c.list, c.n, sizeof(*c.list), standing_order);
        *ret = c.list;
        *ret_n = c.n;
        return true;
}

struct json_object *api_get_alerts(Api *api) {
        _cleanup_free_ const Standing **list = NULL;
        const char *match;
        size_t limit, n;

        if (!api_query_limit(api, &limit) || !api_query_match(api, &match) ||
            !api_collect(api, match, web_query(api->request, "after"), &list, &n))
                return NULL;
        struct json_object *answer = api_object(api), *alerts = api_list(api);
        for (size_t i = 0; i < MIN(n, limit); i++)
                api_append(api, alerts, api_alert(api, list[i]));
        _cleanup_strbuf_ StrBuf next = {};
        if (n > limit)
                add_place(&next, list[limit - 1]);
        api_put(api, answer, "alerts", alerts);
        api_put_text(api, answer, "next", strbuf_text(&next));
        return answer;
}

/* --- one ----------------------------------------------------------------------------------- */

void api_put_mute(Api *api, struct json_object *object, const Standing *s) {
        _cleanup_strbuf_ StrBuf identity = {}, words = {};

        if (s && s->voice.muted) {
                standing_identity(s, &identity);
                mute_describe(api->m, strbuf_text(&identity), api->now.wall, &words);
        }
        api_put_text(api, object, "muted_by", strbuf_text(&words));
}

void api_put_ack(Api *api, struct json_object *object, const Standing *s) {
        if (!s || !s->ack) {
                api_put_null(object, "acknowledged");
                return;
        }
        struct json_object *ack = api_object(api);
        api_put_text(api, ack, "by", s->ack->by);
        api_put_text(api, ack, "comment", s->ack->comment);
        api_put_stamp(api, ack, "at", s->ack->at);
        api_put_stamp(api, ack, "until", s->ack->until);
        api_put_number(api, ack, "ceiling", s->ack->ceiling);
        api_put(api, object, "acknowledged", ack);
}

usec_t standing_reminds(const Standing *s, Moment now) {
        if (s->alert.level == LEVEL_OK || s->ack || s->voice.muted || s->voice.flapping ||
            s->alert.remind_at == USEC_INFINITY)
                return 0;
        return moment_to_wall(now, s->alert.remind_at);
}

static void put_value(Api *api, struct json_object *o, const char *key, const Metric *metric,
                      double value) {
        _cleanup_strbuf_ StrBuf text = {};

        notice_format_value(&text, metric, value);
        api_put_text(api, o, key, strbuf_text(&text));
}

/* Worded as a record of it would be. */
static void put_message(Api *api, struct json_object *o, const Notice *notice) {
        _cleanup_strbuf_ StrBuf message = {};

        notice_message(&message, notice);
        if (message.error < 0)
                api->no_memory = true;
        api_put_text(api, o, "text", strbuf_text(&message));
}

struct json_object *api_alert(Api *api, const Standing *s) {
        const Metric *metric = standing_metric(s);
        struct json_object *o = api_object(api);
        _cleanup_strbuf_ StrBuf identity = {};
        Notice notice;

        announce_fill(s, s->voice.flapping ? EVENT_FLAPPING : EVENT_REMINDER, s->voice.told,
                      api->now, &notice);
        standing_identity(s, &identity);
        api_put_text(api, o, "identity", strbuf_text(&identity));
        api_put_text(api, o, "source", source_name(s->account->ops->id));
        api_put_text(api, o, "target", notice.target);
        api_put_text(api, o, "metric", metric->name);
        api_put_text(api, o, "level", level_name(s->alert.level));
        api_put_text(api, o, "told", level_name(s->voice.told));
        api_put_stamp(api, o, "since", s->alert.since);
        api_put_number(api, o, "value", s->value);
        put_value(api, o, "value_text", metric, s->value);
        api_put_number(api, o, "limit", notice.limit);
        put_value(api, o, "limit_text", metric, notice.limit);
        api_put_text(api, o, "unit", unit_name(metric->unit));
        put_message(api, o, &notice);
        api_put_text(api, o, "reason", notice.reason);
        api_put_foreign(api, o, "detail", notice.detail);
        api_put_stamp(api, o, "measured", s->measured_at);
        api_put_stamp(api, o, "remind", standing_reminds(s, api->now));
        api_put_mute(api, o, s);
        api_put_bool(api, o, "flapping", s->voice.flapping);
        api_put_ack(api, o, s);
        api_put_text(api, o, "owner", notice.owner);
        api_put_text(api, o, "runbook", notice.runbook);
        api_put_text(api, o, "group", notice.group);
        return o;
}

Standing *api_find_alert(Api *api, const char *identity) {
        Place place;

        if (!api_find(api, identity, &place))
                return NULL;
        if (place.standing && place.standing->alert.level != LEVEL_OK)
                return place.standing;
        api_refuse(api, 404, "it does not alert");
        return NULL;
}
