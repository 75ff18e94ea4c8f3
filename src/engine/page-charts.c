/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "core/chart.h"
#include "io/store-history.h"

#include <errno.h>
#include <math.h>

#define SHORT_HOURS 48u
#define LONG_DAYS   90u

/* Points that are taken between looks at the clock. */
#define LOOK_EVERY 16

/* Two spans, each with four lines: age and number of messages, in and out. */
enum {
        IN_OLDEST,
        OUT_OLDEST,
        IN_MESSAGES,
        OUT_MESSAGES,
        _LINE_MAX,
};

typedef struct Span {
        ChartLine lines[_LINE_MAX];
        ChartLine table[_LINE_MAX]; /* the same in hours, or days */
} Span;

struct PageCharts {
        size_t metrics[_LINE_MAX];
        usec_t from, to; /* what is still to be read */
        usec_t until;    /* real: when to pause */
        size_t taken;    /* points, since the last look at the clock */
        Span spans[2];   /* hours, days */
};

static int take(void *userdata, const HistoryPoint *points) {
        PageCharts *c = userdata;

        for (size_t i = 0; i < _LINE_MAX; i++) {
                const HistoryPoint *p = &points[i];
                for (size_t k = 0; k < ELEMENTSOF(c->spans); k++) {
                        chart_line_take(&c->spans[k].lines[i], p->at, p->min, p->mean, p->max);
                        chart_line_take(&c->spans[k].table[i], p->at, p->min, p->mean, p->max);
                }
        }
        c->from = points[0].at + 1;
        if (++c->taken % LOOK_EVERY != 0)
                return 0;
        return page_real_time() >= c->until;
}

/* The beginning of the hour or the local day that `at` is in. */
static usec_t round_down(usec_t at, usec_t step) {
        usec_t marks[2], found;

        /* The marks of an axis are at round local times. */
        size_t n = chart_times(at > step ? at - step + 1 : 0, at, marks, 2, &found);
        return n > 0 && found == step ? marks[n - 1] : at - at % step;
}

static void span_init(Span *s, usec_t now, usec_t unit, size_t n, usec_t gap) {
        usec_t length = n * unit, end = round_down(now, unit) + unit;

        for (size_t i = 0; i < _LINE_MAX; i++) {
                chart_line_init(&s->lines[i], now > length ? now - length : 0, now, CHART_COLUMNS,
                                gap);
                chart_line_init(&s->table[i], end > length ? end - length : 0, end, n, gap);
        }
}

PageCharts *page_charts_new(Account *a, uint32_t domain, usec_t now) {
        static const char *const names[_LINE_MAX] = {
                [IN_OLDEST] = "inbound_oldest",
                [OUT_OLDEST] = "outbound_oldest",
                [IN_MESSAGES] = "inbound_messages",
                [OUT_MESSAGES] = "outbound_messages",
        };
        const RuleSet *rules = account_rules(a, domain);
        PageCharts *c = malloc(sizeof(*c));

        if (!c)
                return NULL;
        for (size_t i = 0; i < _LINE_MAX; i++)
                c->metrics[i] = metric_find(rules->set, names[i]);
        usec_t gap = 3 * rules->interval;
        span_init(&c->spans[0], now, USEC_PER_HOUR, SHORT_HOURS, gap);
        /* Older ones are hours. */
        span_init(&c->spans[1], now, USEC_PER_DAY, LONG_DAYS,
                  MAX(gap, 2 * USEC_PER_HOUR + USEC_PER_DAY / 2));
        c->from = c->spans[1].table[0].from;
        c->to = now;
        return c;
}

bool page_charts_read(PageCharts *c, Account *a, uint32_t domain) {
        const Monitor *m = a->monitor;

        c->until = page_real_time() + PAGE_TURN_SPAN;
        /* What cannot be read is unknown; the store's own trouble is told elsewhere. */
        return !m->store ||
               history_read_several(m->store, a->ops->id, SCOPE_DOMAIN,
                                    account_target_name(a, domain), a->name, c->metrics, _LINE_MAX,
                                    c->from, c->to, take, c) <= 0;
}

/* --- a chart ------------------------------------------------------------------------------- */

/* Where both directions have the same limit it is drawn once. */
static void add_limits(Chart *chart, const RuleSet *rules, const size_t *metrics, StrBuf *labels) {
        const Limit *in = &rules->limits[metrics[0]], *out = &rules->limits[metrics[1]];

        for (Level level = LEVEL_CRITICAL; level > LEVEL_OK; level--) {
                double values[] = { level == LEVEL_CRITICAL ? in->critical : in->warning,
                                    level == LEVEL_CRITICAL ? out->critical : out->warning };
                bool same = fabs(values[0] - values[1]) < 1e-9;
                for (size_t i = 0; i < 2; i++) {
                        if (!isfinite(values[i]) || (same && i > 0))
                                continue;
                        StrBuf *label = &labels[chart->n_limits];
                        strbuf_addf(label, "%s%s ",
                                    same     ? ""
                                    : i == 0 ? "inbound "
                                             : "outbound ",
                                    level_name(level));
                        chart_label(label, chart->unit, values[i]);
                        chart->limits[chart->n_limits++] =
                                (ChartLimit){ values[i], level, strbuf_text(label) };
                }
        }
}

static void say_value(StrBuf *b, Unit unit, double value) {
        if (isnan(value))
                strbuf_adds(b, "unknown");
        else if (unit == UNIT_SECONDS)
                page_span(b, value);
        else
                strbuf_addf(b, "%.0f", value);
}

/* "inbound: now 20s, at most 1h 12min; outbound: ...; warning 15min". */
static void say(StrBuf *b, const Chart *chart) {
        static const char *const names[] = { "inbound", "outbound" };

        for (size_t i = 0; i < chart->n_lines; i++) {
                const ChartLine *line = chart->lines[i];
                strbuf_addf(b, "%s%s: ", i > 0 ? "; " : "", names[i]);
                if (isnan(line->peak)) {
                        strbuf_adds(b, "unknown all the time");
                        continue;
                }
                strbuf_adds(b, "at last ");
                say_value(b, chart->unit, line->last);
                strbuf_adds(b, ", at most ");
                say_value(b, chart->unit, line->peak);
        }
        for (size_t i = 0; i < chart->n_limits; i++)
                strbuf_addf(b, "; limit %s", chart->limits[i].label);
}

static void add_chart(Page *p, const PageCharts *c, const RuleSet *rules, size_t first,
                      size_t span) {
        static const char *const ids[] = { "age-48h", "age-90d", "count-48h", "count-90d" };
        static const char *const titles[] = { "Queue age, 48 hours", "Queue age, 90 days",
                                              "Messages in queue, 48 hours",
                                              "Messages in queue, 90 days" };
        size_t number = (first == IN_OLDEST ? 0 : 2) + span;
        _cleanup_strbuf_ StrBuf text = {};
        StrBuf labels[CHART_LIMITS] = {};
        Chart chart = {
                .id = ids[number],
                .title = titles[number],
                .unit = rules->set->metrics[c->metrics[first]].unit,
                .lines = { &c->spans[span].lines[first], &c->spans[span].lines[first + 1] },
                .n_lines = 2,
        };

        add_limits(&chart, rules, &c->metrics[first], labels);
        say(&text, &chart);
        chart.text = strbuf_text(&text);
        strbuf_addf(p->b, "<figure><figcaption>%s</figcaption>", chart.title);
        chart_svg(p->b, &chart);
        strbuf_addf(p->b, "<p class=\"said\">%s</p></figure>\n", chart.text);
        for (size_t i = 0; i < ELEMENTSOF(labels); i++)
                strbuf_done(&labels[i]);
}

/* --- the numbers --------------------------------------------------------------------------- */

static void add_number_row(Page *p, const Span *s, const PageCharts *c, const MetricSet *set,
                           size_t i, usec_t step) {
        const ChartLine *line = &s->table[0];
        usec_t at = line->from + i * step;
        bool any = false;

        for (size_t k = 0; k < _LINE_MAX; k++)
                any = any || s->table[k].columns[i].known > 0;
        if (!any)
                return;
        strbuf_adds(p->b, "<tr><th scope=\"row\">");
        if (step >= USEC_PER_DAY)
                chart_time_label(p->b, at, step);
        else
                page_time(p, at);
        strbuf_adds(p->b, "</th>");
        for (size_t k = 0; k < _LINE_MAX; k++) {
                const ChartColumn *column = &s->table[k].columns[i];
                strbuf_adds(p->b, "<td class=\"number\">");
                say_value(p->b, set->metrics[c->metrics[k]].unit,
                          column->known > 0 ? column->max : NAN);
                strbuf_adds(p->b, "</td>");
        }
        strbuf_adds(p->b, "</tr>\n");
}

static void add_numbers(Page *p, const PageCharts *c, const MetricSet *set, size_t span) {
        const Span *s = &c->spans[span];

        strbuf_addf(
                p->b,
                "<details id=\"numbers-%s\"><summary>The numbers of %s</summary>"
                "<div class=\"wide\"><table><caption>The highest of each %s</caption><thead><tr>"
                "<th scope=\"col\">%s</th>"
                "<th scope=\"col\" class=\"number\">Inbound age</th>"
                "<th scope=\"col\" class=\"number\">Outbound age</th>"
                "<th scope=\"col\" class=\"number\">Inbound messages</th>"
                "<th scope=\"col\" class=\"number\">Outbound messages</th></tr></thead>"
                "<tbody>\n",
                span == 0 ? "48h" : "90d", span == 0 ? "48 hours" : "90 days",
                span == 0 ? "hour" : "day", span == 0 ? "Hour" : "Day");
        for (size_t i = s->table[0].n; i > 0; i--)
                add_number_row(p, s, c, set, i - 1, span == 0 ? USEC_PER_HOUR : USEC_PER_DAY);
        strbuf_adds(p->b, "</tbody></table></div></details>\n");
}

void page_charts(Page *p, const PageCharts *c, Account *a, uint32_t domain) {
        const RuleSet *rules = account_rules(a, domain);

        strbuf_adds(p->b, "<section aria-labelledby=\"h-queues\"><h2 id=\"h-queues\">Queues</h2>\n"
                          "<p class=\"legend\"><span class=\"key-1\">inbound</span>"
                          "<span class=\"key-2\">outbound</span>"
                          "<span class=\"key-band\">from least to most</span></p>"
                          "<div class=\"charts\">\n");
        for (size_t span = 0; span < ELEMENTSOF(c->spans); span++)
                add_chart(p, c, rules, IN_OLDEST, span);
        for (size_t span = 0; span < ELEMENTSOF(c->spans); span++)
                add_chart(p, c, rules, IN_MESSAGES, span);
        strbuf_adds(p->b, "</div>\n");
        for (size_t span = 0; span < ELEMENTSOF(c->spans); span++)
                add_numbers(p, c, rules->set, span);
        strbuf_adds(p->b, "</section>\n");
}
