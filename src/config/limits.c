/* SPDX-License-Identifier: MIT */
#include "config/limits.h"

#include "base/duration.h"
#include "base/text.h"
#include "config/value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define METRIC_NAMES_MAX (METRICS_MAX * _SOURCE_MAX * _SCOPE_MAX)
#define NUMBER_MAX       1e15 /* counts are exact up to here, and no queue comes near */

static const char *const part_names[] = {
        [PART_WARNING] = "warning",
        [PART_CRITICAL] = "critical",
        [PART_CLEAR] = "clear",
};

/* The words that a number of a unit has; their places are the numbers (spec section 4). */
static const char *const grade_words[] = { "good", "information", "weakness", "failure", NULL };
static const char *const color_words[] = { "green", "blue", "orange", "red", NULL };
static const char *const bool_words[] = { "no", "yes", NULL };

static const struct {
        const char *wants;
        const char *const *words;
        double max;
} units[_UNIT_MAX] = {
        [UNIT_COUNT] = { "a number, 0 or more", NULL, NUMBER_MAX },
        [UNIT_SECONDS] = { "a duration such as \"15min\"", NULL, 100.0 * 366 * 86400 },
        [UNIT_GRADE] = { "0 to 3, or \"good\", \"information\", \"weakness\" or \"failure\"",
                         grade_words, 3 },
        [UNIT_COLOR] = { "0 to 3, or \"green\", \"blue\", \"orange\" or \"red\"", color_words, 3 },
        [UNIT_BOOL] = { "0 or 1", bool_words, 1 },
};

const char *limit_part_name(LimitPart part) {
        return part_names[part];
}

const char *limit_part_help(LimitPart part) {
        static const char *const help[_PART_MAX] = {
                [PART_WARNING] = "the value from which on a metric is bad",
                [PART_CRITICAL] = "the value from which on it is very bad",
                [PART_CLEAR] = "an alert clears at or past it; default: the level's own limit",
        };
        return help[part];
}

/* The first metric of the name; those that share it share its unit. */
static const Metric *find_metric(Scope scope, const char *name) {
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope s = 0; s < _SCOPE_MAX; s++) {
                        const MetricSet *set = metric_set(source, s);
                        size_t i = metric_find(set, name);
                        if (i != SIZE_MAX && (scope == SCOPE_ACCOUNT || s == SCOPE_DOMAIN))
                                return &set->metrics[i];
                }
        return NULL;
}

static void limit_init(LimitDraft *limit, const Metric *metric, Origin origin) {
        *limit = (LimitDraft){ .metric = metric->name, .origin = origin };
        for (LimitPart part = 0; part < _PART_MAX; part++)
                limit->parts[part] = NAN;
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope s = 0; s < _SCOPE_MAX; s++) {
                        size_t i = metric_find(metric_set(source, s), metric->name);
                        limit->places[source][s] = i != SIZE_MAX ? (uint8_t)i : PLACE_NONE;
                }
}

static size_t metric_names(Scope scope, const char *ret[static METRIC_NAMES_MAX]) {
        size_t n = 0;

        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope s = 0; s < _SCOPE_MAX; s++) {
                        const MetricSet *set = metric_set(source, s);
                        for (size_t i = 0; i < set->n; i++)
                                if (scope == SCOPE_ACCOUNT || s == SCOPE_DOMAIN)
                                        ret[n++] = set->metrics[i].name;
                }
        return n;
}

static void refuse_metric(Load *l, Scope scope, const char *name, Origin here) {
        const char *names[METRIC_NAMES_MAX];

        if (find_metric(SCOPE_ACCOUNT, name)) {
                bool own =
                        metric_find(metric_set(SOURCE_MAILSECD, SCOPE_ACCOUNT), name) != SIZE_MAX;
                load_error(l, here,
                           "'%s' is a metric of %s: its limit belongs in the limits of all domains",
                           name, own ? "mailsecd itself" : "an account");
                return;
        }
        const char *nearest = text_nearest(name, names, metric_names(scope, names));
        if (nearest)
                load_error(l, here, "unknown metric '%s', did you mean '%s'?", name, nearest);
        else
                load_error(l, here, "unknown metric '%s'; mailsecd --list-metrics tells all", name);
}

const LimitDraft *limits_find(const LimitsDraft *limits, const char *metric) {
        for (uint32_t i = 0; i < limits->n; i++)
                if (streq(limits->list[i].metric, metric))
                        return &limits->list[i];
        return NULL;
}

/* The number of a value, or NAN where it is none for the metric. */
static double read_number(const Metric *metric, const Value *value) {
        usec_t duration;

        switch (value->type) {
        case VALUE_INTEGER:
        case VALUE_FLOAT:
                return value->number >= 0 && value->number <= units[metric->unit].max
                               ? value->number
                               : NAN;
        case VALUE_BOOL:
                return metric->unit == UNIT_BOOL ? value->number : NAN;
        case VALUE_STRING:
                if (metric->unit == UNIT_SECONDS && duration_parse(value->text, &duration) == 0)
                        return (double)duration / (double)USEC_PER_SEC;
                for (size_t i = 0; units[metric->unit].words && units[metric->unit].words[i]; i++)
                        if (streq(units[metric->unit].words[i], value->text))
                                return (double)i;
                return NAN;
        case VALUE_NONE:
        case VALUE_GROUP:
        case VALUE_LIST:
                return NAN;
        }
        return NAN;
}

static void read_part(Load *l, const Metric *metric, LimitDraft *limit, const Node *node) {
        Origin here = { node_line(node), l->file };
        Value value = node_value(node);
        size_t part = 0;

        while (part < _PART_MAX && !streq(part_names[part], node_name(node)))
                part++;
        if (part == _PART_MAX) {
                const char *nearest = text_nearest(node_name(node), part_names, _PART_MAX);
                load_error(l, here,
                           "unknown key '%s', a limit has 'warning', 'critical' and 'clear'%s%s%s",
                           node_name(node), nearest ? "; did you mean '" : "",
                           nearest ? nearest : "", nearest ? "'?" : "");
                return;
        }
        if (limit->origins[part].file > 0 || limit->never) {
                Origin first = limit->never ? limit->origin : limit->origins[part];
                load_error(l, here, "%s of %s is set again, first set at %s", part_names[part],
                           metric->name, load_place(l, first));
                return;
        }
        if (value.type == VALUE_NONE)
                return;

        limit->origins[part] = here;
        limit->parts[part] = read_number(metric, &value);
        if (!isnan(limit->parts[part]))
                return;
        limit->bad = true;
        _cleanup_strbuf_ StrBuf given = { 0 };
        value_describe(&value, &given);
        load_error(l, here, "%s of %s must be %s, not %s", part_names[part], metric->name,
                   units[metric->unit].wants, strbuf_text(&given));
}

static void read_limit(Load *l, const Metric *metric, LimitDraft *limit, bool first,
                       const Node *node) {
        Origin here = { node_line(node), l->file };
        Value value = node_value(node);

        if (value.type == VALUE_GROUP) {
                for (uint32_t i = 0; i < node_n(node); i++)
                        read_part(l, metric, limit, node_child(node, i));
                if (node_n(node) == 0)
                        load_error(l, here, "%s sets neither warning, critical nor clear",
                                   metric->name);
                return;
        }
        if (value.type == VALUE_STRING && streq_nocase(value.text, "never")) {
                if (!first)
                        load_error(l, here, "%s is set again, first set at %s", metric->name,
                                   load_place(l, limit->origin));
                limit->never = true;
                return;
        }
        if (value.type == VALUE_NONE)
                return;
        _cleanup_strbuf_ StrBuf given = { 0 };
        value_describe(&value, &given);
        load_error(l, here,
                   "%s must be a group such as { warning = 1; critical = 3; } or \"never\", not %s",
                   metric->name, strbuf_text(&given));
}

void limits_read(Load *l, LimitsDraft *limits, Scope scope, const Node *node) {
        uint32_t n = node_n(node);

        LimitDraft *list = load_alloc(l, sizeof(*list) * (limits->n + n));
        if (!list)
                return;
        if (limits->n > 0)
                memcpy(list, limits->list, sizeof(*list) * limits->n);
        limits->list = list;

        for (uint32_t i = 0; i < n; i++) {
                const Node *child = node_child(node, i);
                Origin here = { node_line(child), l->file };
                const Metric *metric = find_metric(scope, node_name(child));
                if (!metric) {
                        refuse_metric(l, scope, node_name(child), here);
                        continue;
                }
                LimitDraft *limit = (LimitDraft *)limits_find(limits, metric->name);
                bool first = !limit;
                if (!limit) {
                        limit = &limits->list[limits->n++];
                        limit_init(limit, metric, here);
                }
                read_limit(l, metric, limit, first, child);
        }
}

void limit_print_value(const Metric *metric, double value, StrBuf *b) {
        const char *const *words = units[metric->unit].words;

        if (metric->unit == UNIT_SECONDS) {
                strbuf_addc(b, '"');
                duration_format_exact(b, (usec_t)llround(value * (double)USEC_PER_SEC));
                strbuf_addc(b, '"');
        } else if (words && metric->unit != UNIT_BOOL && value == floor(value))
                value_print_text(words[(size_t)value], b);
        else if (value == floor(value))
                strbuf_addf(b, "%.0f%s", value, value > INT32_MAX ? "L" : "");
        else {
                char text[32];
                snprintf(text, sizeof(text), "%.15g", value);
                if (strtod(text, NULL) != value)
                        snprintf(text, sizeof(text), "%.17g", value);
                strbuf_adds(b, text);
        }
}
