/* SPDX-License-Identifier: MIT */
#include "engine/api-values.h"

#include "core/chart.h"
#include "core/notice.h"
#include "engine/api-target.h"
#include "engine/standing.h"

#include <math.h>

#define SPARK_SPAN (DAY_SPARK_N * DAY_SPARK_STEP)

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
        double values[DAY_SPARK_N];
        double first; /* known value */
        bool changed;
} Spark;

/* The same of every metric of a set. */
typedef struct Sparks {
        const MetricSet *set;
        usec_t from;
        Spark list[METRICS_MAX];
} Sparks;

static void spark_take(Spark *s, bool low, size_t place, double value) {
        double *worst = &s->values[MIN(place, DAY_SPARK_N - 1)];

        if (isnan(value))
                return;
        if (isnan(*worst) || (low ? value < *worst : value > *worst))
                *worst = value;
        if (isnan(s->first))
                s->first = value;
        s->changed = s->changed || fabs(value - s->first) > 0;
}

static int sparks_take(void *userdata, const HistorySample *sample) {
        Sparks *all = userdata;

        for (size_t i = 0; sample->at >= all->from && i < all->set->n; i++)
                spark_take(&all->list[i], all->set->metrics[i].bad == BAD_LOW,
                           (sample->at - all->from) / DAY_SPARK_STEP, (double)sample->values[i]);
        return 0;
}

static void sparks_read(Api *api, const Account *a, uint32_t domain, Sparks *ret) {
        usec_t wall = api->now.wall;

        ret->set = account_set(a, domain);
        ret->from = wall > SPARK_SPAN ? wall - SPARK_SPAN : 0;
        for (size_t i = 0; i < METRICS_MAX; i++) {
                ret->list[i] = (Spark){ .first = NAN };
                for (size_t k = 0; k < DAY_SPARK_N; k++)
                        ret->list[i].values[k] = NAN;
        }
        account_read_history(a, domain, ret->from, api->now, sparks_take, ret);
}

double api_last_value(Api *api, Account *a, uint32_t domain, size_t metric, usec_t *ret_measured) {
        LastValues last;

        account_last_values(a, domain, api->now, &last);
        *ret_measured = MAX(*ret_measured, last.at[metric]);
        return last.values[metric];
}

static void put_spark(Api *api, struct json_object *o, const Spark *spark) {
        if (!spark->changed)
                return;
        struct json_object *list = api_list(api);
        for (size_t i = 0; i < DAY_SPARK_N; i++)
                api_append_number(api, list, spark->values[i]);
        api_put(api, o, "spark", list);
}

static struct json_object *describe_value(Api *api, Account *a, uint32_t domain, size_t metric,
                                          const Spark *spark, double value) {
        const Metric *row = &metric_set(a->ops->id, SCOPE_DOMAIN)->metrics[metric];
        const RuleSet *rules = account_rules(a, domain);
        const Limit *limit = rules ? &rules->limits[metric] : NULL;
        bool judged = limit && limit_is_set(limit);
        const Standing *s = standing_find(&a->subjects[domain], metric);
        Level level = s && !s->removed ? s->alert.level : LEVEL_OK;
        struct json_object *o = api_object(api);
        _cleanup_strbuf_ StrBuf text = {};

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
        put_spark(api, o, spark);
        return o;
}

struct json_object *api_values(Api *api, Account *a, uint32_t domain, usec_t *ret_measured) {
        struct json_object *list = api_list(api);
        LastValues last;
        Sparks sparks;

        sparks_read(api, a, domain, &sparks);
        account_last_values(a, domain, api->now, &last);
        for (size_t i = 0; i < sparks.set->n; i++) {
                *ret_measured = MAX(*ret_measured, last.at[i]);
                api_append(api, list,
                           describe_value(api, a, domain, i, &sparks.list[i], last.values[i]));
        }
        return list;
}
