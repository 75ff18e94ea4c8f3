/* SPDX-License-Identifier: MIT */
#include "engine/api-alerts.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/mute.h"

#include <errno.h>
#include <string.h>

/* The identities of all alerts that are shown, one behind the other. */
typedef struct Identities {
        StrBuf text;
        size_t n;
} Identities;

static void identities_add(Standing *s, void *userdata) {
        Identities *all = userdata;

        if (!standing_is_shown(s))
                return;
        standing_identity(s, &all->text);
        strbuf_addc(&all->text, '\0');
        all->n++;
}

static uint64_t count_covered(const Identities *all, const char *match) {
        const char *identity = strbuf_text(&all->text);
        uint64_t covered = 0;

        for (size_t i = 0; i < all->n; i++) {
                covered += glob_matches(match, identity);
                identity += strlen(identity) + 1;
        }
        return covered;
}

static struct json_object *describe(Api *api, const Silence *s, const Identities *all) {
        struct json_object *o = api_object(api);

        api_put_count(api, o, "id", s->id);
        api_put_text(api, o, "match", s->match);
        api_put_stamp(api, o, "until", s->until);
        api_put_stamp(api, o, "created", s->created);
        api_put_text(api, o, "by", s->by);
        api_put_text(api, o, "comment", s->comment);
        api_put_count(api, o, "alerts", count_covered(all, s->match));
        return o;
}

/* What alerts there are, to be done with by strbuf_done(). */
static bool identities(Api *api, Identities *ret) {
        standing_each(api->m, identities_add, ret);
        if (ret->text.error < 0)
                api->no_memory = true;
        return ret->text.error >= 0;
}

static const Silence *find_silence(const Api *api, uint64_t id) {
        const Silences *all = &api->m->silences;

        for (size_t i = 0; i < all->n; i++)
                if (all->list[i].id == id && all->list[i].until > api->now.wall)
                        return &all->list[i];
        return NULL;
}

static struct json_object *describe_one(Api *api, const Silence *silence) {
        Identities all = {};
        struct json_object *o =
                silence && identities(api, &all) ? describe(api, silence, &all) : NULL;

        strbuf_done(&all.text);
        return o;
}

struct json_object *api_get_silences(Api *api) {
        const Silences *silences = &api->m->silences;
        Identities all = {};
        struct json_object *o = api_object(api), *list = api_list(api);

        if (identities(api, &all))
                for (size_t i = 0; i < silences->n; i++)
                        if (silences->list[i].until > api->now.wall)
                                api_append(api, list, describe(api, &silences->list[i], &all));
        api_put(api, o, "silences", list);
        strbuf_done(&all.text);
        return o;
}

static bool read_silence(Api *api, StrBuf *match, StrBuf *comment, StrBuf *by, usec_t *until) {
        static const char *const keys[] = { "match", "for", "until", "comment", "by", NULL };

        if (!api_body_has_only(api, keys) ||
            !api_body_text(api, "match", SILENCE_MATCH_LONGEST, true, match) ||
            !api_body_text(api, "comment", SILENCE_TEXT_LONGEST, true, comment) ||
            !api_body_who(api, by) || !api_body_until(api, until))
                return false;
        const char *problem = glob_problem(strbuf_text(match));
        if (problem)
                api_refuse(api, 400, "\"match\": %s", problem);
        else if (*until == 0)
                api_refuse(api, 400, "\"for\" or \"until\" is missing");
        return !problem && *until > 0;
}

struct json_object *api_make_silence(Api *api) {
        _cleanup_strbuf_ StrBuf match = {}, comment = {}, by = {};
        Silence silence = {};
        uint64_t id;

        if (!read_silence(api, &match, &comment, &by, &silence.until))
                return NULL;
        silence.match = match.data;
        silence.comment = comment.data;
        silence.by = by.data;
        int r = mute_add(api->m, &silence, api->now, &id);
        if (r == -E2BIG)
                return api_refuse(api, 409, "there are %u silences already", SILENCES_MAX);
        if (r < 0) {
                api->no_memory = true;
                return NULL;
        }
        api->status = 201;
        return describe_one(api, find_silence(api, id));
}

/* Digits only, and none too many. */
static bool parse_id(const char *text, uint64_t *ret) {
        size_t n = strspn(text, "0123456789");

        if (n == 0 || n > 18 || text[n])
                return false;
        *ret = strtoull(text, NULL, 10);
        return true;
}

struct json_object *api_end_silence(Api *api) {
        uint64_t id;

        if (!parse_id(api->rest, &id) || !find_silence(api, id))
                return api_refuse(api, 404, "there is no such silence");
        struct json_object *o = describe_one(api, find_silence(api, id));
        mute_remove(api->m, id, api->now);
        return o;
}
