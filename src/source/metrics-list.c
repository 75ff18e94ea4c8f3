/* SPDX-License-Identifier: MIT */
#include "source/metrics-list.h"

#include "base/duration.h"
#include "base/macro.h"
#include "core/metric.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>

static const char *const bad_names[] = {
        [BAD_HIGH] = "high",
        [BAD_LOW] = "low",
        [BAD_NONE] = "none",
};

static const char *const scope_names[_SCOPE_MAX] = {
        [SCOPE_ACCOUNT] = "account",
        [SCOPE_DOMAIN] = "domain",
};

static const char *const scale_names[] = {
        [SCALE_PLAIN] = NULL,
        [SCALE_INTERVAL] = "interval",
        [SCALE_STALE] = "stale_after x interval",
};

static void add_limit(StrBuf *b, const Metric *row, const char *level, double limit) {
        if (isnan(limit))
                return;
        strbuf_addf(b, "%s%s ", b->size > 0 ? ", " : "", level);
        if (row->scale != SCALE_PLAIN)
                strbuf_addf(b, "%g x %s", limit, scale_names[row->scale]);
        else if (row->unit == UNIT_SECONDS)
                duration_format_exact(b, (usec_t)(limit * (double)USEC_PER_SEC));
        else
                strbuf_addf(b, "%g", limit);
}

static int list_text(FILE *out) {
        fprintf(out, "%-9s  %-7s  %-27s  %-7s  %-4s  %-34s  %s\n", "SOURCE", "SCOPE", "METRIC",
                "UNIT", "BAD", "DEFAULT LIMITS", "MEANING");
        for (int i = 0; i < (int)_SOURCE_MAX * (int)_SCOPE_MAX; i++) {
                const MetricSet *set =
                        metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX));
                for (size_t k = 0; k < set->n; k++) {
                        const Metric *row = &set->metrics[k];
                        _cleanup_strbuf_ StrBuf limits = {};
                        add_limit(&limits, row, "warning", row->limit.warning);
                        add_limit(&limits, row, "critical", row->limit.critical);
                        if (limits.error < 0)
                                return limits.error;
                        fprintf(out, "%-9s  %-7s  %-27s  %-7s  %-4s  %-34s  %s\n",
                                source_name(set->source), scope_names[set->scope], row->name,
                                unit_name(row->unit), bad_names[row->bad],
                                limits.size > 0 ? strbuf_text(&limits) : "-", row->help);
                }
        }
        return 0;
}

static int add(json_object *object, const char *key, json_object *value) {
        return value && json_object_object_add(object, key, value) == 0 ? 0 : -ENOMEM;
}

static json_object *limit_json(double limit) {
        return json_object_new_double(limit);
}

static json_object *metric_json(const MetricSet *set, const Metric *row) {
        json_object *o = json_object_new_object();
        if (!o)
                return NULL;
        int r = add(o, "source", json_object_new_string(source_name(set->source)));
        r |= add(o, "scope", json_object_new_string(scope_names[set->scope]));
        r |= add(o, "name", json_object_new_string(row->name));
        r |= add(o, "unit", json_object_new_string(unit_name(row->unit)));
        r |= add(o, "bad", json_object_new_string(bad_names[row->bad]));
        if (!isnan(row->limit.warning))
                r |= add(o, "warning", limit_json(row->limit.warning));
        if (!isnan(row->limit.critical))
                r |= add(o, "critical", limit_json(row->limit.critical));
        if (row->scale != SCALE_PLAIN)
                r |= add(o, "times", json_object_new_string(scale_names[row->scale]));
        r |= add(o, "help", json_object_new_string(row->help));
        if (r != 0) {
                json_object_put(o);
                return NULL;
        }
        return o;
}

static int list_json(FILE *out) {
        json_object *array = json_object_new_array();
        if (!array)
                return -ENOMEM;
        int r = 0;
        for (int i = 0; i < (int)_SOURCE_MAX * (int)_SCOPE_MAX && r >= 0; i++) {
                const MetricSet *set =
                        metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX));
                for (size_t k = 0; k < set->n && r >= 0; k++) {
                        json_object *o = metric_json(set, &set->metrics[k]);
                        if (!o || json_object_array_add(array, o) != 0)
                                r = -ENOMEM;
                }
        }
        if (r >= 0)
                fprintf(out, "%s\n",
                        json_object_to_json_string_ext(
                                array, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(array);
        return r;
}

int metrics_list(bool json, FILE *out) {
        return json ? list_json(out) : list_text(out);
}
