/* SPDX-License-Identifier: MIT */
#include "ctl/chart.h"

#include "base/macro.h"
#include "base/text.h"
#include "ctl/cells.h"
#include "ctl/chart-axis.h"
#include "ctl/value.h"

#include <math.h>
#include <string.h>

#define ROWS 12

#define WIDTH_IN_PIPE     ((size_t)80)
#define CHART_COLUMNS_MAX ((size_t)1000)
#define LABEL_CELLS_MAX   ((size_t)14)

/* A value stands until the next one, but not over more than so many times the distance of the two
 * before: else data that is missing would look like data. */
#define STANDS_FACTOR 3

/* A limit so many times above all else is told below the chart only: it would flatten everything.
 */
#define LIMIT_FACTOR 4

typedef struct Bar {
        double mean, max; /* NAN = unknown */
        double weight;
} Bar;

typedef struct Plot {
        const Chart *chart;
        const Screen *screen;
        size_t label, columns;
        double top;
        size_t steps;
        Bar bars[CHART_COLUMNS_MAX];
} Plot;

double chart_top(const char *unit, double high, size_t *ret_steps) {
        static const double spans[] = { 1,           2,           5,           10,    15,    30,
                                        60,          120,         300,         600,   900,   1800,
                                        3600,        7200,        10800,       21600, 43200, 86400,
                                        2 * 86400.0, 5 * 86400.0, 10 * 86400.0 };
        bool ranks = unit && (streq(unit, "grade") || streq(unit, "color"));

        *ret_steps = 4;
        if (ranks && high <= 3) {
                *ret_steps = 3;
                return 3;
        }
        if (unit && streq(unit, "bool") && high <= 1) {
                *ret_steps = 1;
                return 1;
        }
        if (unit && streq(unit, "seconds"))
                for (size_t i = 0; i < ELEMENTSOF(spans); i++)
                        if (4 * spans[i] >= high)
                                return 4 * spans[i];
        for (double step = 1; step < 1e300; step *= 10)
                for (size_t i = 0; i < 3; i++)
                        if (4 * step * (double[]){ 1, 2, 5 }[i] >= high)
                                return 4 * step * (double[]){ 1, 2, 5 }[i];
        return high;
}

static size_t column_of(const Plot *plot, usec_t when) {
        const Chart *chart = plot->chart;
        double part = (double)(when - chart->from) / (double)(chart->to - chart->from);

        return MIN((size_t)(part * (double)plot->columns), plot->columns - 1);
}

/* Until when point i stands. */
static usec_t stands_until(const Chart *chart, size_t i) {
        const ChartPoint *p = chart->points;
        usec_t until = i + 1 < chart->n ? p[i + 1].when : chart->to;
        usec_t gap = i > 0              ? p[i].when - p[i - 1].when
                     : i + 1 < chart->n ? p[1].when - p[0].when
                                        : 0;

        if (gap > 0 && until > p[i].when && until - p[i].when > gap * STANDS_FACTOR)
                until = p[i].when + gap;
        return MIN(until, chart->to);
}

static void fill_bars(Plot *plot) {
        const Chart *chart = plot->chart;

        for (size_t c = 0; c < plot->columns; c++)
                plot->bars[c] = (Bar){ NAN, NAN, 0 };
        for (size_t i = 0; i < chart->n; i++) {
                const ChartPoint *p = &chart->points[i];
                usec_t until = stands_until(chart, i);
                if (!isfinite(p->mean) || p->when > chart->to ||
                    (p->when < chart->from && until <= chart->from))
                        continue;
                size_t first = column_of(plot, MAX(p->when, chart->from));
                size_t last = until > p->when ? column_of(plot, until - 1) : first;
                for (size_t c = first; c <= last; c++) {
                        Bar *bar = &plot->bars[c];
                        /* What reaches over from the column before counts only where there is
                         * nothing else. */
                        if (c > first && bar->weight > 0)
                                continue;
                        bar->mean = bar->weight > 0
                                            ? bar->mean + (p->mean - bar->mean) / (bar->weight + 1)
                                            : p->mean;
                        bar->max = fmax(bar->max, isfinite(p->max) ? p->max : p->mean);
                        bar->weight += c == first ? 1 : 0;
                }
        }
}

static double highest(const Plot *plot) {
        double high = NAN;

        for (size_t c = 0; c < plot->columns; c++)
                high = fmax(high, plot->bars[c].max);
        return high;
}

/* The row that a limit's line is in, or -1 where it is not drawn. Row r ends at height ROWS - r. */
static int limit_row(const Plot *plot, double limit) {
        if (!(limit >= 0) || limit > plot->top)
                return -1;
        return CLAMP((int)floor(ROWS - limit / plot->top * ROWS), 0, ROWS - 1);
}

static void add_cell(const Plot *plot, const Bar *bar, int row, Paint line, StrBuf *b) {
        static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
        bool utf8 = plot->screen->utf8;
        double base = ROWS - 1 - row;
        double mean = CLAMP(bar->mean / plot->top, 0.0, 1.0) * ROWS - base;
        double max = CLAMP(bar->max / plot->top, 0.0, 1.0) * ROWS - base;
        bool known = !isnan(bar->mean);
        int eighths = known ? (int)CLAMP(round(mean * 8), 0, 8) : 0;

        if (known && row == ROWS - 1)
                eighths = MAX(eighths, 1); /* 0 is not unknown */
        if (eighths > 0)
                strbuf_adds(b, utf8 ? blocks[eighths - 1] : eighths > 3 ? "#" : "_");
        else if (known && max >= 0.5)
                strbuf_adds(b, utf8 ? "░" : ":");
        else if (line != PAINT_PLAIN) {
                screen_begin(plot->screen, line, b);
                strbuf_adds(b, utf8 ? "╌" : "-");
                screen_end(plot->screen, line, b);
        } else
                strbuf_addc(b, ' ');
}

static void add_label(const Plot *plot, double value, StrBuf *b) {
        _cleanup_strbuf_ StrBuf text = {};

        if (!isnan(value))
                value_add(&text, plot->chart->unit, value);
        size_t cells = MIN(text.size, plot->label);
        cells_pad(b, plot->label - cells);
        strbuf_add(b, strbuf_text(&text), cells);
        strbuf_addc(b, ' ');
}

static void add_rows(const Plot *plot, StrBuf *b) {
        int warning = limit_row(plot, plot->chart->warning);
        int critical = limit_row(plot, plot->chart->critical);
        size_t rows_a_step = ROWS / plot->steps;

        for (int row = 0; row < ROWS; row++) {
                Paint line = row == critical  ? PAINT_CRITICAL
                             : row == warning ? PAINT_WARNING
                                              : PAINT_PLAIN;
                bool mark = (size_t)row % rows_a_step == 0;
                add_label(plot, mark ? plot->top * (ROWS - row) / ROWS : NAN, b);
                strbuf_adds(b, plot->screen->utf8 ? (mark ? "┤" : "│") : mark ? "+" : "|");
                for (size_t c = 0; c < plot->columns; c++)
                        add_cell(plot, &plot->bars[c], row, line, b);
                strbuf_addc(b, '\n');
        }
        add_label(plot, 0, b);
}

static void add_limits(const Plot *plot, StrBuf *b) {
        _cleanup_strbuf_ StrBuf text = {};
        const char *names[] = { "warning", "critical" };
        double limits[] = { plot->chart->warning, plot->chart->critical };

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                if (!isfinite(limits[i]))
                        continue;
                strbuf_adds(&text, text.size > 0 ? ", " : "limits (dashed): ");
                strbuf_addf(&text, "%s ", names[i]);
                value_add(&text, plot->chart->unit, limits[i]);
                if (limit_row(plot, limits[i]) < 0)
                        strbuf_adds(&text, " (off the chart)");
        }
        if (text.size > 0)
                screen_line(plot->screen, b, PAINT_PLAIN, strbuf_text(&text));
}

/* The widest of the labels. */
static size_t label_cells(const Chart *chart, double top, size_t steps) {
        size_t cells = 1;

        for (size_t i = 1; i <= steps; i++) {
                _cleanup_strbuf_ StrBuf text = {};
                value_add(&text, chart->unit, top * (double)i / (double)steps);
                cells = MAX(cells, text.size);
        }
        return MIN(cells, LABEL_CELLS_MAX);
}

void chart_print(const Chart *chart, const Screen *screen, StrBuf *b) {
        Plot plot = { .chart = chart, .screen = screen };
        size_t width = screen->width > 0 ? screen->width : WIDTH_IN_PIPE;

        /* Once for the values, then again when it is known how much room the labels leave. */
        plot.columns = MIN(width, CHART_COLUMNS_MAX);
        fill_bars(&plot);
        double high = highest(&plot);
        if (isnan(high)) {
                screen_line(screen, b, PAINT_PLAIN, "Nothing is known of that time.");
                return;
        }
        if (isfinite(chart->warning) && (high <= 0 || chart->warning <= LIMIT_FACTOR * high))
                high = fmax(high, chart->warning);
        if (isfinite(chart->critical) && (high <= 0 || chart->critical <= LIMIT_FACTOR * high))
                high = fmax(high, chart->critical);
        plot.top = chart_top(chart->unit, high, &plot.steps);
        plot.label = label_cells(chart, plot.top, plot.steps);
        plot.columns = MIN(width - MIN(plot.label + 2, width - 4), CHART_COLUMNS_MAX);
        fill_bars(&plot);

        add_rows(&plot, b);
        chart_axis_add(chart->from, chart->to, plot.columns, plot.label + 2, screen->utf8, b);
        add_limits(&plot, b);
}
