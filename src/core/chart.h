/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/strbuf.h"
#include "core/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values over time as SVG for the status pages. No style and no script is in it, only classes and
 * presentation attributes. Texts that are handed in go out as they are: they are literals or made
 * of numbers, never a peer's. Times are labelled in the machine's time zone. */

#define CHART_COLUMNS 240

/* What lies in one column of a chart. */
typedef struct ChartColumn {
        double min, max; /* of the known */
        double sum;      /* of the means */
        double offset;   /* microseconds from the line's `from`, sum over the known */
        uint32_t known;  /* samples */
        uint32_t unknown;
} ChartColumn;

/* One line of a chart: samples and hours go in, oldest first, and are joined to columns. Begins
 * as chart_line_init() leaves it. */
typedef struct ChartLine {
        usec_t from, to;
        usec_t gap;        /* further apart than this is not joined: what lies between is unknown */
        size_t n;          /* columns */
        double last, peak; /* NAN = nothing is known */
        ChartColumn columns[CHART_COLUMNS];
} ChartLine;

/* `from` before `to`; n from 1 to CHART_COLUMNS. */
void chart_line_init(ChartLine *line, usec_t from, usec_t to, size_t n, usec_t gap);

/* A sample (min = mean = max), or what an hour came to; NAN = unknown. What lies outside of the
 * line's span is left out. */
void chart_line_take(ChartLine *line, usec_t at, double min, double mean, double max);

/* Mean of a column; NAN = nothing is known in it. */
double chart_column_mean(const ChartColumn *column);

/* A level's limit, drawn across. */
typedef struct ChartLimit {
        double value;
        Level level;
        const char *label; /* "critical 1h" */
} ChartLimit;

#define CHART_LINES  2
#define CHART_LIMITS 4

typedef struct Chart {
        const char *id;    /* of the SVG's elements; a name without blanks */
        const char *title; /* what it shows */
        const char *text;  /* the same in words for whoever cannot see it */
        Unit unit;
        const ChartLine *lines[CHART_LINES]; /* all of one span */
        size_t n_lines;
        ChartLimit limits[CHART_LIMITS];
        size_t n_limits;
} Chart;

/* Adds an <svg> of the chart: axes with round marks, limits, per line the mean (class "line-1",
 * ...) and where there is more than one value to a column the span from min to max ("band-1"). A
 * limit far above everything is told in words at the upper edge. */
void chart_svg(StrBuf *b, const Chart *chart);

/* The greatest value of a round axis from 0 that holds `high`, and the distance of its marks. */
double chart_scale(Unit unit, double high, double *ret_step);

/* A value as an axis says it: "15min", "120", "12k". */
void chart_label(StrBuf *b, Unit unit, double value);

/* The marks of a time axis: at most `most` of them, at round local times. Returns how many;
 * *ret_step is their distance. */
size_t chart_times(usec_t from, usec_t to, usec_t *marks, size_t most, usec_t *ret_step);

/* The local time of a mark: "18:00", "Nov 22". */
void chart_time_label(StrBuf *b, usec_t at, usec_t step);

/* A small chart of the last day has a value for each half hour, also where mailsecctl draws it. */
#define DAY_SPARK_N    ((size_t)48)
#define DAY_SPARK_STEP (30 * USEC_PER_MIN)

/* Adds a small <svg> without axes of `n` values, oldest first, NAN = unknown, from 0 to the
 * greatest of them or of `limit` (NAN = none), which is drawn across. Hidden from screen readers:
 * who prints it says the same in words. A value stands over up to `bridge` unknown ones behind it.
 */
void chart_spark(StrBuf *b, const double *values, size_t n, size_t bridge, double limit);
