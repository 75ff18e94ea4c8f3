/* SPDX-License-Identifier: MIT */
#include "engine/api-alerts.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"

#include <float.h>
#include <math.h>

static bool read_ack(Api *api, StrBuf *identity, StrBuf *by, StrBuf *comment, usec_t *until,
                     double *ceiling) {
        static const char *const keys[] = { "identity", "by",      "comment", "for",
                                            "until",    "ceiling", NULL };

        return api_body_has_only(api, keys) &&
               api_body_text(api, "identity", 1000, true, identity) && api_body_who(api, by) &&
               api_body_text(api, "comment", SILENCE_TEXT_LONGEST, true, comment) &&
               api_body_until(api, until) &&
               api_body_number(api, "ceiling", -DBL_MAX, DBL_MAX, ceiling);
}

struct json_object *api_make_ack(Api *api) {
        _cleanup_strbuf_ StrBuf identity = {}, by = {}, comment = {};
        usec_t until = USEC_INFINITY;
        double ceiling = NAN;

        if (!read_ack(api, &identity, &by, &comment, &until, &ceiling))
                return NULL;
        Standing *s = api_find_alert(api, strbuf_text(&identity));
        if (!s)
                return NULL;
        bool low = standing_metric(s)->bad == BAD_LOW;
        if (low ? s->value < ceiling : s->value > ceiling)
                return api_refuse(api, 409, "its value is past that ceiling already");
        Ack *ack = calloc(1, sizeof(*ack));
        if (!ack) {
                api->no_memory = true;
                return NULL;
        }
        *ack = (Ack){
                .by = strbuf_take(&by),
                .comment = strbuf_take(&comment),
                .at = api->now.wall,
                .until = until,
                .ceiling = ceiling,
        };
        standing_acknowledge(s, ack, api->now);
        monitor_arm(api->m);
        return api_alert(api, s);
}

struct json_object *api_end_ack(Api *api) {
        const char *identity = api_query_needed(api, "identity");
        Standing *s = identity ? api_find_alert(api, identity) : NULL;

        if (!s)
                return NULL;
        if (!s->ack)
                return api_refuse(api, 404, "it is not acknowledged");
        standing_acknowledge(s, NULL, api->now);
        monitor_arm(api->m);
        return api_alert(api, s);
}
