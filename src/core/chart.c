/* SPDX-License-Identifier: MIT */
#include "core/chart.h"

#include "base/macro.h"

#include <math.h>

/* The drawing, in its own units; the page scales it. */
#define WIDTH  520.0
#define HEIGHT 212.0
#define LEFT   66.0
#define RIGHT  512.0
#define TOP    14.0
#define BOTTOM 184.0

#define TIMES_MOST 9

/* A milder limit is always in sight; a worse one once values come this near to the milder. */
#define LIMIT_NEAR 0.8

/* --- lines --------------------------------------------------------------------------------- */

void chart_line_init(ChartLine *line, usec_t from, usec_t to, size_t n, usec_t gap) {
        *line = (ChartLine){
                .from = from,
                .to = to,
                .gap = gap,
                .n = CLAMP(n, (size_t)1, (size_t)CHART_COLUMNS),
                .last = NAN,
                .peak = NAN,
        };
}

void chart_line_take(ChartLine *line, usec_t at, double min, double mean, double max) {
        if (at < line->from || at > line->to)
                return;
        double part = (double)(at - line->from) / (double)(line->to - line->from);
        size_t place = MIN((size_t)(part * (double)line->n), line->n - 1);
        ChartColumn *c = &line->columns[place];

        line->last = isfinite(mean) ? mean : NAN;
        if (!isfinite(min) || !isfinite(mean) || !isfinite(max)) {
                c->unknown++;
                return;
        }
        c->min = c->known > 0 ? fmin(c->min, min) : min;
        c->max = c->known > 0 ? fmax(c->max, max) : max;
        c->sum += mean;
        c->offset += (double)(at - line->from);
        c->known++;
        if (!(max <= line->peak))
                line->peak = max;
}

double chart_column_mean(const ChartColumn *column) {
        return column->known > 0 ? column->sum / column->known : NAN;
}

/* --- drawing ------------------------------------------------------------------------------- */

typedef struct Frame {
        usec_t from, to;
        double top; /* value at the upper edge */
} Frame;

static double x_of(const Frame *f, double offset) {
        return LEFT + offset / (double)(f->to - f->from) * (RIGHT - LEFT);
}

static double y_of(const Frame *f, double value) {
        return BOTTOM - CLAMP(value / f->top, 0.0, 1.0) * (BOTTOM - TOP);
}

/* A coordinate with one decimal. */
static void add_number(StrBuf *b, double value) {
        int tenths = (int)lround(value * 10);

        strbuf_addf(b, tenths % 10 == 0 ? "%d" : "%d.%d", tenths / 10, abs(tenths % 10));
}

static void add_place(StrBuf *b, char command, double x, double y) {
        strbuf_addc(b, command);
        add_number(b, x);
        strbuf_addc(b, ' ');
        add_number(b, y);
}

static double column_x(const Frame *f, const ChartColumn *c) {
        return x_of(f, c->offset / c->known);
}

/* The column behind `i` that a line goes on to, or the line's n: none where something unknown lies
 * between, or too long a time. */
static size_t next_of(const ChartLine *line, size_t i) {
        const ChartColumn *c = &line->columns[i];

        for (size_t k = i + 1; k < line->n; k++) {
                const ChartColumn *next = &line->columns[k];
                if (next->known > 0) {
                        double span = next->offset / next->known - c->offset / c->known;
                        return span <= (double)line->gap ? k : line->n;
                }
                if (next->unknown > 0)
                        break;
        }
        return line->n;
}

static size_t first_known(const ChartLine *line, size_t i) {
        while (i < line->n && line->columns[i].known == 0)
                i++;
        return i;
}

static void add_mean(StrBuf *b, const Frame *f, const ChartLine *line, size_t number) {
        size_t i = first_known(line, 0);

        if (i == line->n)
                return;
        strbuf_addf(b, "<path class=\"line-%zu\" fill=\"none\" d=\"", number);
        while (i < line->n) {
                size_t start = i, last = i;
                for (; i < line->n; last = i, i = next_of(line, i)) {
                        const ChartColumn *c = &line->columns[i];
                        add_place(b, i == start ? 'M' : 'L', column_x(f, c),
                                  y_of(f, chart_column_mean(c)));
                }
                if (last == start)
                        strbuf_adds(b, "h.1"); /* a lone one is a dot */
                i = first_known(line, last + 1);
        }
        strbuf_adds(b, "\"/>");
}

/* There along the greatest values, back along the smallest. */
static void add_band_piece(StrBuf *b, const Frame *f, const ChartLine *line, size_t start) {
        size_t places[CHART_COLUMNS], n = 0;

        for (size_t i = start; i < line->n; i = next_of(line, i))
                places[n++] = i;
        for (size_t i = 0; i < n; i++) {
                const ChartColumn *c = &line->columns[places[i]];
                add_place(b, i == 0 ? 'M' : 'L', column_x(f, c), y_of(f, c->max));
        }
        for (size_t i = n; i > 0; i--) {
                const ChartColumn *c = &line->columns[places[i - 1]];
                add_place(b, 'L', column_x(f, c), y_of(f, c->min));
        }
        strbuf_addc(b, 'Z');
}

static void add_band(StrBuf *b, const Frame *f, const ChartLine *line, size_t number) {
        bool wide = false;

        for (size_t i = 0; i < line->n; i++)
                wide = wide || line->columns[i].max > line->columns[i].min;
        if (!wide)
                return;
        strbuf_addf(b, "<path class=\"band-%zu\" d=\"", number);
        for (size_t i = first_known(line, 0); i < line->n;) {
                size_t last = i;
                add_band_piece(b, f, line, i);
                for (size_t k = i; k < line->n; k = next_of(line, k))
                        last = k;
                i = first_known(line, last + 1);
        }
        strbuf_adds(b, "\"/>");
}

static void add_values_axis(StrBuf *b, const Frame *f, Unit unit, double step) {
        for (double value = 0; value <= f->top * 1.0001; value += step) {
                double y = y_of(f, value);
                strbuf_addf(b, "<path class=\"%s\" d=\"", value > 0 ? "grid" : "axis");
                add_place(b, 'M', LEFT, y);
                strbuf_addf(b, "H%.0f\"/><text x=\"%.0f\" y=\"", RIGHT, LEFT - 6);
                add_number(b, y + 4);
                strbuf_adds(b, "\" text-anchor=\"end\">");
                chart_label(b, unit, value);
                strbuf_adds(b, "</text>");
        }
}

static void add_times_axis(StrBuf *b, const Frame *f) {
        usec_t marks[TIMES_MOST], step = 0;
        size_t n = chart_times(f->from, f->to, marks, TIMES_MOST, &step);

        for (size_t i = 0; i < n; i++) {
                double x = x_of(f, (double)(marks[i] - f->from));
                /* Every other label may go where there is little room. */
                const char *more = (n - i) % 2 == 0 ? " class=\"extra\"" : "";
                strbuf_adds(b, "<path class=\"axis\" d=\"");
                add_place(b, 'M', x, BOTTOM);
                strbuf_addf(b, "v4\"/><text%s x=\"", more);
                add_number(b, CLAMP(x, LEFT + 10, RIGHT - 14));
                strbuf_addf(b, "\" y=\"%.0f\" text-anchor=\"middle\">", BOTTOM + 19);
                chart_time_label(b, marks[i], step);
                strbuf_adds(b, "</text>");
        }
}

static void add_limit(StrBuf *b, const Frame *f, const ChartLimit *limit) {
        if (limit->value > f->top)
                return;
        strbuf_addf(b, "<path class=\"limit %s\" d=\"", level_name(limit->level));
        add_place(b, 'M', LEFT, y_of(f, limit->value));
        strbuf_addf(b, "H%.0f\"/>", RIGHT);
}

/* Above everything, so that it can be read. */
static void add_limit_label(StrBuf *b, const Frame *f, const ChartLimit *limit) {
        bool inside = limit->value <= f->top;

        strbuf_addf(b, "<text class=\"limit %s\" x=\"%.0f\" y=\"", level_name(limit->level),
                    inside ? RIGHT - 2 : LEFT + 4);
        add_number(b, inside ? y_of(f, limit->value) - 4 : TOP + 10);
        strbuf_addf(b, "\" text-anchor=\"%s\">%s%s</text>", inside ? "end" : "start",
                    inside ? "" : "\xe2\x86\x91 ", limit->label);
}

/* What the axis has to hold: all values, and of the limits those that matter here. */
static double highest(const Chart *chart) {
        double values = 0, mildest = INFINITY, high;

        for (size_t i = 0; i < chart->n_lines; i++)
                if (!isnan(chart->lines[i]->peak))
                        values = fmax(values, chart->lines[i]->peak);
        for (size_t i = 0; i < chart->n_limits; i++)
                mildest = fmin(mildest, chart->limits[i].value);
        high = isfinite(mildest) ? fmax(values, mildest * 1.1) : values;
        for (size_t i = 0; i < chart->n_limits; i++)
                if (isfinite(mildest) && values >= mildest * LIMIT_NEAR)
                        high = fmax(high, chart->limits[i].value * 1.05);
        return high;
}

void chart_svg(StrBuf *b, const Chart *chart) {
        Frame f = { .from = chart->lines[0]->from, .to = chart->lines[0]->to };
        double step;

        f.top = chart_scale(chart->unit, highest(chart), &step);
        strbuf_addf(b,
                    "<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                    "aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
                    "<desc id=\"%s-d\">%s</desc>",
                    WIDTH, HEIGHT, chart->id, chart->id, chart->id, chart->title, chart->id,
                    chart->text);
        add_values_axis(b, &f, chart->unit, step);
        add_times_axis(b, &f);
        for (size_t i = 0; i < chart->n_lines; i++)
                add_band(b, &f, chart->lines[i], i + 1);
        for (size_t i = 0; i < chart->n_limits; i++)
                add_limit(b, &f, &chart->limits[i]);
        for (size_t i = chart->n_lines; i > 0; i--)
                add_mean(b, &f, chart->lines[i - 1], i);
        for (size_t i = 0; i < chart->n_limits; i++)
                add_limit_label(b, &f, &chart->limits[i]);
        strbuf_adds(b, "</svg>");
}
