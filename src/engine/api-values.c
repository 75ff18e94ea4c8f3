/* SPDX-License-Identifier: MIT */
#include "engine/api-values.h"

#include "core/notice.h"
#include "engine/api-target.h"
#include "engine/standing.h"
#include "io/store-history.h"

#include <math.h>

#define SPARK_N    ((size_t)48)
#define SPARK_STEP (30 * USEC_PER_MIN)
#define SPARK_SPAN (SPARK_N * SPARK_STEP)

const char *bad_name(Bad bad) {
        static const char *const names[] = {
                [BAD_HIGH] = "high",
                [BAD_LOW] = "low",
                [BAD_NONE] = NULL,
        };
        return names[bad];
}

/* The last day of one metric: the worst of each half hour. */
typedef struct Spark {
        usec_t from;
        bool low; /* the smallest is the worst */
        double values[SPARK_N];
        double first; /* known value */
        bool changed;
        double last;
        usec_t last_at;
} Spark;

static int spark_take(void *userdata, const HistoryPoint *point) {
        Spark *s = userdata;
        double value = s->low ? point->min : point->max;

        if (point->at < s->from || isnan(value))
                return 0;
        double *place = &s->values[MIN((point->at - s->from) / SPARK_STEP, SPARK_N - 1)];
        if (isnan(*place) || (s->low ? value < *place : value > *place))
                *place = value;
        if (isnan(s->first))
                s->first = value;
        s->changed = s->changed || fabs(value - s->first) > 0 || point->min < point->max;
        s->last = point->mean;
        s->last_at = point->at;
        return 0;
}

static void spark_read(Api *api, const Account *a, uint32_t domain, size_t metric, Spark *ret) {
        Scope scope = domain == NAMES_NONE ? SCOPE_ACCOUNT : SCOPE_DOMAIN;
        usec_t wall = api->now.wall;

        *ret = (Spark){
                .from = wall > SPARK_SPAN ? wall - SPARK_SPAN : 0,
                .low = metric_set(a->ops->id, scope)->metrics[metric].bad == BAD_LOW,
                .first = NAN,
                .last = NAN,
        };
        for (size_t i = 0; i < SPARK_N; i++)
                ret->values[i] = NAN;
        /* What cannot be read is unknown; the store's own trouble is told elsewhere. */
        if (api->m->store)
                (void)history_read(api->m->store, a->ops->id, scope, account_target_name(a, domain),
                                   a->symantec && domain != NAMES_NONE ? a->name : NULL, metric,
                                   ret->from, wall, spark_take, ret);
}

/* Since the start nothing came: what was known before counts. */
static double value_or_last(Account *a, uint32_t domain, double value, const Spark *spark,
                            usec_t *ret_measured) {
        usec_t at = account_subject(a, domain)->sampled_at;

        if (at == 0 && isnan(value) && !isnan(spark->last)) {
                *ret_measured = MAX(*ret_measured, spark->last_at);
                return spark->last;
        }
        if (at > 0)
                *ret_measured = at;
        return value;
}

double api_last_value(Api *api, Account *a, uint32_t domain, size_t metric, usec_t *ret_measured) {
        double value = account_value(a, domain, metric, api->now);
        Spark spark = { .last = NAN };

        if (isnan(value) && account_subject(a, domain)->sampled_at == 0)
                spark_read(api, a, domain, metric, &spark);
        return value_or_last(a, domain, value, &spark, ret_measured);
}

static void put_spark(Api *api, struct json_object *o, const Spark *spark) {
        if (!spark->changed)
                return;
        struct json_object *list = api_list(api);
        for (size_t i = 0; i < SPARK_N; i++)
                api_append_number(api, list, spark->values[i]);
        api_put(api, o, "spark", list);
}

static struct json_object *describe_value(Api *api, Account *a, uint32_t domain, size_t metric,
                                          usec_t *ret_measured) {
        const Metric *row = &metric_set(a->ops->id, SCOPE_DOMAIN)->metrics[metric];
        const RuleSet *rules = account_rules(a, domain);
        const Limit *limit = rules ? &rules->limits[metric] : NULL;
        bool judged = limit && limit_is_set(limit);
        const Standing *s = standing_find(&a->subjects[domain], metric);
        Level level = s && !s->removed ? s->alert.level : LEVEL_OK;
        struct json_object *o = api_object(api);
        _cleanup_strbuf_ StrBuf text = {};
        Spark spark;

        spark_read(api, a, domain, metric, &spark);
        double value = value_or_last(a, domain, account_value(a, domain, metric, api->now), &spark,
                                     ret_measured);
        notice_format_value(&text, row, value);
        api_put_text(api, o, "metric", row->name);
        api_put_text(api, o, "help", row->help);
        api_put_text(api, o, "unit", unit_name(row->unit));
        api_put_text(api, o, "bad", bad_name(row->bad));
        api_put_number(api, o, "value", value);
        api_put_text(api, o, "text", strbuf_text(&text));
        api_put_text(api, o, "level", judged ? level_name(level) : NULL);
        api_put_number(api, o, "warning", judged ? limit->warning : NAN);
        api_put_number(api, o, "critical", judged ? limit->critical : NAN);
        api_put_number(api, o, "clear", judged ? limit->clear : NAN);
        api_put_stamp(api, o, "since", judged && level != LEVEL_OK ? s->alert.since : 0);
        put_spark(api, o, &spark);
        return o;
}

struct json_object *api_values(Api *api, Account *a, uint32_t domain, usec_t *ret_measured) {
        size_t n = metric_set(a->ops->id, SCOPE_DOMAIN)->n;
        struct json_object *list = api_list(api);

        for (size_t i = 0; i < n; i++)
                api_append(api, list, describe_value(api, a, domain, i, ret_measured));
        return list;
}
