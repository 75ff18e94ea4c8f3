/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/chart.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define SINCE_DEFAULT USEC_PER_DAY

/* The API sends 2000; what is above this is no chart. */
#define POINTS_MAX ((size_t)100000)

/* Whether a source of a domain has a metric; adds all names to the candidates for "did you mean".
 */
static bool source_has(struct json_object *source, const char *metric, const char **names,
                       size_t max, size_t *n) {
        struct json_object *values = member_list(source, "values");
        bool found = false;

        for (size_t i = 0; i < list_count(values); i++) {
                const char *name = member_text(list_get(values, i), "metric");
                if (!name)
                        continue;
                found |= streq(name, metric);
                if (*n < max)
                        names[(*n)++] = name;
        }
        return found;
}

/* Which source of the domain has the metric: its name, for as long as `domain` lives, in *ret. */
static CtlStatus find_source(struct json_object *domain, const char *metric, const char **ret) {
        struct json_object *sources = member_list(domain, "sources");
        const char *names[256], *found = NULL;
        size_t n = 0;

        for (size_t i = 0; i < list_count(sources); i++) {
                const char *source = member_text(list_get(sources, i), "source");
                if (!source_has(list_get(sources, i), metric, names, ELEMENTSOF(names), &n) ||
                    !source)
                        continue;
                if (found) {
                        ctl_complain("%s and %s both have %s: name one with --source", found,
                                     source, metric);
                        return CTL_USAGE;
                }
                found = source;
        }
        if (!found) {
                const char *near = text_nearest(metric, names, n);
                ctl_complain("the domain has no metric %s%s%s%s", metric,
                             near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
                return CTL_FAILED;
        }
        *ret = found;
        return CTL_DONE;
}

/* A time in seconds since 1970; false for what is none. */
static bool read_seconds(struct json_object *value, usec_t *ret) {
        double seconds = number_of(value);

        if (!(seconds > 0 && seconds < 253402300800.0))
                return false;
        *ret = (usec_t)(seconds * (double)USEC_PER_SEC);
        return true;
}

static int compare_points(const void *x, const void *y) {
        const ChartPoint *a = x, *b = y;

        return a->when < b->when ? -1 : a->when > b->when;
}

static CtlStatus print_history(const Ctl *ctl, struct json_object *document, const char *title,
                               usec_t since) {
        struct json_object *list = member_list(document, "points");
        struct json_object *limits = member_object(document, "limits");
        size_t total = MIN(list_count(list), POINTS_MAX), n = 0;
        _cleanup_free_ ChartPoint *points = calloc(MAX(total, (size_t)1), sizeof(*points));
        _cleanup_strbuf_ StrBuf out = { .error = points ? 0 : -ENOMEM };
        usec_t now = ctl_now(ctl);

        for (size_t i = 0; points && i < total; i++) {
                struct json_object *point = list_get(list, i);
                ChartPoint p = { .min = number_of(list_get(point, 1)),
                                 .mean = number_of(list_get(point, 2)),
                                 .max = number_of(list_get(point, 3)) };
                if (read_seconds(list_get(point, 0), &p.when))
                        points[n++] = p;
        }
        if (points)
                qsort(points, n, sizeof(*points), compare_points);
        Chart chart = { .points = points,
                        .n = n,
                        .from = member_when(document, "from"),
                        .to = member_when(document, "to"),
                        .warning = member_number(limits, "warning"),
                        .critical = member_number(limits, "critical"),
                        .unit = member_text(document, "unit") };
        if (chart.to == 0)
                chart.to = now;
        if (chart.from == 0)
                chart.from = chart.to - MIN(since, chart.to - USEC_PER_SEC);
        if (chart.from >= chart.to)
                chart.from = chart.to - USEC_PER_SEC;
        screen_line(&ctl->screen, &out, PAINT_HEAD, title);
        if (points)
                chart_print(&chart, &ctl->screen, &out);
        return ctl_print(&out);
}

CtlStatus command_history(const Ctl *ctl, char **arguments) {
        const char *source = ctl->options->source;
        usec_t since = ctl->options->since > 0 ? ctl->options->since : SINCE_DEFAULT;
        _cleanup_json_ struct json_object *domain = NULL, *document = NULL;
        _cleanup_strbuf_ StrBuf target = {}, seconds = {}, title = {};
        CtlStatus status = CTL_DONE;

        if (!source) {
                status = domain_ask(ctl, arguments[0], &domain);
                if (status == CTL_DONE)
                        status = find_source(domain, arguments[1], &source);
                if (status != CTL_DONE)
                        return status;
        }
        strbuf_addf(&seconds, "%" PRIu64, since / USEC_PER_SEC);
        strbuf_adds(&target, "/v1/history");
        target_add(&target, "source", source);
        target_add(&target, "target", arguments[0]);
        target_add(&target, "metric", arguments[1]);
        target_add(&target, "since", strbuf_text(&seconds));
        status = ask(ctl, "GET", strbuf_text(&target), NULL, &document);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(document);
        strbuf_addf(&title, "%s/%s/%s, the last ", source, arguments[0], arguments[1]);
        when_add_seconds(&title, (double)(since / USEC_PER_SEC));
        return print_history(ctl, document, strbuf_text(&title), since);
}
