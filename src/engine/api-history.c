/* SPDX-License-Identifier: MIT */
#include "engine/api-find.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "io/store-history.h"

#include <errno.h>
#include <math.h>

#define POINTS_MAX    ((size_t)2000)
#define SINCE_DEFAULT UINT64_C(86400)
#define SINCE_MAX     (UINT64_C(100) * 366 * 86400)

/* More than any retention that a configuration takes has points. */
#define READ_MAX ((size_t)2000000)

typedef struct Points {
        HistoryPoint *list;
        size_t n;
        size_t allocated;
} Points;

static int points_take(void *userdata, const HistoryPoint *point) {
        Points *p = userdata;

        if (p->n == p->allocated) {
                size_t room = MAX(2 * p->allocated, (size_t)1024);
                HistoryPoint *list =
                        p->n < READ_MAX ? realloc(p->list, room * sizeof(*list)) : NULL;
                if (!list)
                        return -ENOMEM;
                p->list = list;
                p->allocated = room;
        }
        p->list[p->n++] = *point;
        return 0;
}

/* Makes one of n neighbours: at the time of the first, what is unknown left out. */
static HistoryPoint points_join(const HistoryPoint *list, size_t n) {
        HistoryPoint all = { list[0].at, NAN, NAN, NAN };
        double sum = 0;
        size_t known = 0;

        for (size_t i = 0; i < n; i++) {
                if (isnan(list[i].mean))
                        continue;
                all.min = known > 0 ? fmin(all.min, list[i].min) : list[i].min;
                all.max = known > 0 ? fmax(all.max, list[i].max) : list[i].max;
                sum += list[i].mean;
                known++;
        }
        if (known > 0)
                all.mean = sum / (double)known;
        return all;
}

static struct json_object *point_row(Api *api, const HistoryPoint *point) {
        struct json_object *row = json_object_new_array_ext(4);

        if (!row)
                api->no_memory = true;
        api_append(api, row, json_object_new_int64((int64_t)(point->at / USEC_PER_SEC)));
        api_append_number(api, row, point->min);
        api_append_number(api, row, point->mean);
        api_append_number(api, row, point->max);
        return row;
}

static struct json_object *point_rows(Api *api, const Points *p) {
        struct json_object *rows = api_list(api);
        size_t step = (p->n + POINTS_MAX - 1) / POINTS_MAX;

        for (size_t i = 0; i < p->n; i += step) {
                HistoryPoint point = points_join(p->list + i, MIN(step, p->n - i));
                api_append(api, rows, point_row(api, &point));
        }
        return rows;
}

static struct json_object *limits_of(Api *api, const RuleSet *rules, size_t metric) {
        struct json_object *o = api_object(api);

        api_put_number(api, o, "warning", rules ? rules->limits[metric].warning : NAN);
        api_put_number(api, o, "critical", rules ? rules->limits[metric].critical : NAN);
        return o;
}

struct json_object *api_get_history(Api *api) {
        uint64_t since = SINCE_DEFAULT;
        Place place;
        Points points = {};
        int r = 0;

        const char *source = api_query_needed(api, "source");
        const char *target = source ? api_query_needed(api, "target") : NULL;
        const char *metric = target ? api_query_needed(api, "metric") : NULL;
        if (!metric || !api_query_count(api, "since", 1, SINCE_MAX, &since) ||
            !api_find_parts(api, source, target, metric, &place))
                return NULL;
        const Account *a = place.account;
        usec_t to = api->now.wall;
        usec_t from = to > since * USEC_PER_SEC ? to - since * USEC_PER_SEC : 0;
        if (api->m->store)
                r = history_read(api->m->store, a->ops->id, place.set->scope,
                                 account_target_name(a, place.domain),
                                 a->symantec && place.domain != NAMES_NONE ? a->name : NULL,
                                 place.metric, from, to, points_take, &points);
        if (r < 0) {
                free(points.list);
                return api_refuse(api, 503, "the history cannot be read: %s", store_words(r));
        }
        struct json_object *o = api_object(api);
        api_put_text(api, o, "unit", unit_name(place.row->unit));
        api_put_stamp(api, o, "from", MAX(from, USEC_PER_SEC));
        api_put_stamp(api, o, "to", to);
        api_put(api, o, "limits", limits_of(api, account_rules(a, place.domain), place.metric));
        api_put(api, o, "points", point_rows(api, &points));
        free(points.list);
        return o;
}
