/* SPDX-License-Identifier: MIT */
#include "engine/api-input.h"
#include "engine/api-routes.h"

#include <errno.h>
#include <string.h>

/* Records that one request looks through. With `match` a page may be short or empty and still name
 * a next one. */
#define LOOKED_MAX 20000u

#define SINCE_MAX (UINT64_C(100) * 366 * 86400)

typedef struct Page {
        Api *api;
        struct json_object *list;
        const char *match;
        size_t limit;
        size_t looked;
        uint64_t last; /* the last one looked at */
        bool more;
} Page;

/* "NAME=value" texts, a NUL after each. */
static void put_fields(Api *api, struct json_object *o, const EventRow *row) {
        struct json_object *fields = api_object(api);
        bool message = false;

        for (size_t at = 0, n; fields && at < row->size; at += n + 1) {
                const char *text = row->data + at;
                n = strnlen(text, row->size - at);
                const char *value = memchr(text, '=', n);
                if (!value)
                        continue;
                size_t name_size = (size_t)(value - text);
                value++;
                struct json_object *made = api_text(api, value, n - name_size - 1);
                if (name_size == strlen("MESSAGE") && memcmp(text, "MESSAGE", name_size) == 0) {
                        api_put(api, o, "message", made);
                        message = true;
                        continue;
                }
                char name[65];
                if (!made || name_size >= sizeof(name)) {
                        json_object_put(made);
                        continue;
                }
                memcpy(name, text, name_size);
                name[name_size] = '\0';
                if (json_object_object_add(fields, name, made) < 0) {
                        json_object_put(made);
                        api->no_memory = true;
                }
        }
        if (!message)
                api_put_null(o, "message");
        api_put(api, o, "fields", fields);
}

static struct json_object *describe(Api *api, const EventRow *row) {
        const Monitor *m = api->m;
        struct json_object *o = api_object(api);
        uint64_t taken = MAX(sinks_taken(m->sinks), m->marked);

        api_put_count(api, o, "sequence", row->sequence);
        api_put_stamp(api, o, "at", row->at);
        api_put_text(api, o, "event", row->event);
        api_put_text(api, o, "identity", row->identity);
        api_put_text(api, o, "level", row->level);
        api_put_count(api, o, "priority", (uint64_t)row->priority);
        api_put_bool(api, o, "sent", row->sequence <= taken);
        put_fields(api, o, row);
        return o;
}

static int page_take(void *userdata, const EventRow *row) {
        Page *p = userdata;

        if (json_object_array_length(p->list) == p->limit || p->looked == LOOKED_MAX) {
                p->more = true;
                return 1;
        }
        p->looked++;
        p->last = row->sequence;
        if (!p->match || (*row->identity && glob_matches(p->match, row->identity)))
                api_append(p->api, p->list, describe(p->api, row));
        return p->api->no_memory ? 1 : 0;
}

/* The newest ones are read from the end. */
static void turn_around(struct json_object *list) {
        size_t n = json_object_array_length(list);

        for (size_t i = 0; i < n / 2; i++) {
                struct json_object *first = json_object_get(json_object_array_get_idx(list, i));
                struct json_object *last =
                        json_object_get(json_object_array_get_idx(list, n - 1 - i));
                json_object_array_put_idx(list, i, last);
                json_object_array_put_idx(list, n - 1 - i, first);
        }
}

static bool read_filter(Api *api, Page *page, EventFilter *ret) {
        uint64_t since = 0, newest = 0;

        if (!api_query_limit(api, &page->limit) || !api_query_match(api, &page->match) ||
            !api_query_count(api, "after", 0, INT64_MAX, &ret->after) ||
            !api_query_count(api, "since", 1, SINCE_MAX, &since) ||
            !api_query_count(api, "newest", 0, 1, &newest))
                return false;
        usec_t span = since * USEC_PER_SEC;
        ret->since = since > 0 && api->now.wall > span ? api->now.wall - span : 0;
        ret->newest_first = newest > 0;
        return true;
}

struct json_object *api_get_events(Api *api) {
        const Monitor *m = api->m;
        Page page = { .api = api };
        EventFilter filter = {};

        if (!read_filter(api, &page, &filter))
                return NULL;
        struct json_object *o = api_object(api);
        page.list = api_list(api);
        if (!o || !page.list)
                return NULL;
        int r = m->store ? store_read_events(m->store, &filter, page_take, &page) : 0;
        if (filter.newest_first)
                turn_around(page.list);
        api_put(api, o, "events", page.list);
        if (page.more && !filter.newest_first)
                api_put_count(api, o, "next", page.last);
        else
                api_put_null(o, "next");
        if (!m->store)
                api_put_text(api, o, "problem", m->health.store_problem ?: "records are not kept");
        else if (r < 0)
                api_put_text(api, o, "problem", store_words(r));
        return o;
}
