/* SPDX-License-Identifier: MIT */
#include "config/print.h"

#include "base/text.h"
#include "config/limits.h"
#include "config/rules.h"

#include <math.h>

static void add_limit_part(Print *p, const Metric *metric, LimitPart part, double value) {
        strbuf_addf(&p->line, "%s = ", limit_part_name(part));
        limit_print_value(metric, value, &p->line);
        strbuf_addc(&p->line, ';');
}

static const Metric *metric_of(const LimitDraft *limit) {
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++)
                        if (limit->places[source][scope] != PLACE_NONE)
                                return &metric_set(source, scope)
                                                ->metrics[limit->places[source][scope]];
        return NULL; /* no limit is read without a metric */
}

void print_limit(Print *p, const LimitDraft *limit) {
        strbuf_addf(&p->line, "%s = ", limit->metric);
        if (limit->never) {
                strbuf_adds(&p->line, "\"never\";");
                return;
        }
        strbuf_addc(&p->line, '{');
        for (LimitPart part = 0; part < _PART_MAX; part++)
                if (!isnan(limit->parts[part])) {
                        strbuf_addc(&p->line, ' ');
                        add_limit_part(p, metric_of(limit), part, limit->parts[part]);
                }
        strbuf_adds(&p->line, " };");
}

void print_limits(Print *p, int indent, const LimitsDraft *limits) {
        if (limits->n == 0)
                return;
        print_line(p, indent, "limits = {");
        for (uint32_t i = 0; i < limits->n; i++) {
                print_limit(p, &limits->list[i]);
                print_origin(p, limits->list[i].origin);
                print_end(p, indent + PRINT_STEP);
        }
        print_line(p, indent, "};");
}

static const char *scale_words(Scale scale) {
        switch (scale) {
        case SCALE_INTERVAL:
                return "interval";
        case SCALE_STALE:
                return "stale_after x interval";
        case SCALE_PLAIN:
                break;
        }
        return "";
}

/* One part of a built-in limit that is a multiple: no number until a domain's interval is known. */
static void add_scaled_part(Print *p, const Metric *metric, LimitPart part, double factor) {
        strbuf_addf(&p->line, "%s = ", limit_part_name(part));
        if (factor != 1)
                strbuf_addf(&p->line, "%g x ", factor);
        strbuf_addf(&p->line, "%s;", scale_words(metric->scale));
}

/* A limit that nobody wrote and that cannot be written as a number either: a comment. */
static void put_unwritten_limit(Print *p, const Metric *metric, const LimitDraft *limit) {
        if (!limit_is_set(&metric->limit)) {
                print_line(p, PRINT_STEP, "# %s: no limit # default", metric->name);
                return;
        }
        strbuf_addf(&p->line, "# %s = {", metric->name);
        for (LimitPart part = 0; part < _PART_MAX; part++)
                if (!isnan(limit->parts[part])) {
                        strbuf_addc(&p->line, ' ');
                        add_scaled_part(p, metric, part, limit->parts[part]);
                }
        print_line(p, PRINT_STEP, " }; # default");
}

/* One metric's limit for every domain. */
static void put_top_limit(Print *p, const Metric *metric, const LimitDraft *limit) {
        bool scaled = metric->scale != SCALE_PLAIN;

        if (limit->never) {
                print_limit(p, limit);
                print_origin(p, limit->origin);
                print_end(p, PRINT_STEP);
                return;
        }
        if (limit->origin.file == 0 && (scaled || !limit_is_set(&metric->limit))) {
                put_unwritten_limit(p, metric, limit);
                return;
        }
        print_line(p, PRINT_STEP, "%s = {", metric->name);
        for (LimitPart part = 0; part < _PART_MAX; part++) {
                if (isnan(limit->parts[part]))
                        continue;
                if (scaled && limit->origins[part].file == 0) {
                        strbuf_adds(&p->line, "# ");
                        add_scaled_part(p, metric, part, limit->parts[part]);
                } else
                        add_limit_part(p, metric, part, limit->parts[part]);
                print_origin(p, limit->origins[part]);
                print_end(p, 2 * PRINT_STEP);
        }
        print_line(p, PRINT_STEP, "};");
}

/* Whether a source that is on has a metric of the name. */
static bool is_measured(const Config *config, const char *name) {
        const bool on[_SOURCE_MAX] = {
                [SOURCE_SYMANTEC] = config->n_symantec > 0,
                [SOURCE_IMMUNIWEB] = config->immuniweb.enabled,
                [SOURCE_MAILSECD] = true,
        };

        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; on[source] && scope < _SCOPE_MAX; scope++)
                        if (metric_find(metric_set(source, scope), name) != SIZE_MAX)
                                return true;
        return false;
}

/* The limits of a set's metrics, but for names that `told` (those of earlier sets) holds already.
 */
static void put_set_limits(Print *p, const MetricSet *set, const char **told, size_t *n_told) {
        const Layers layers = { .limits = { &p->config->draft->limits } };
        LimitDraft limits[METRICS_MAX];

        /* With an interval of a second the built-in multiples stand as they are in the table. */
        limits_resolve(set, USEC_PER_SEC, 1, &layers, limits);
        for (size_t i = 0; i < set->n; i++) {
                const char *name = set->metrics[i].name;
                size_t j = 0;
                while (j < *n_told && !streq(told[j], name))
                        j++;
                if (j < *n_told || (limits[i].origin.file == 0 && !is_measured(p->config, name)))
                        continue;
                told[(*n_told)++] = name;
                put_top_limit(p, &set->metrics[i], &limits[i]);
        }
}

void print_top_limits(Print *p) {
        const char *told[METRICS_MAX * _SOURCE_MAX * _SCOPE_MAX];
        size_t n_told = 0;

        print_line(p, 0, "limits = {");
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++)
                        put_set_limits(p, metric_set(source, scope), told, &n_told);
        print_line(p, 0, "};");
}
