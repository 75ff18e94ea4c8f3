/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "ctl/screen.h"

#include <stddef.h>

typedef struct ChartPoint {
        usec_t when;
        double min, mean, max; /* NAN = unknown */
} ChartPoint;

typedef struct Chart {
        const ChartPoint *points; /* in the order of time */
        size_t n;
        usec_t from, to;          /* from < to */
        double warning, critical; /* NAN = no limit */
        const char *unit;         /* as the API has it, or NULL */
} Chart;

/* The least y label at the top for values up to `high`, and in how many equal steps it is reached:
 * round numbers of the unit ("30min" and 4 for 4322 seconds). */
double chart_top(const char *unit, double high, size_t *ret_steps);

/* Adds a chart of 12 rows: bars for the mean, shade up to the maximum, blanks for what is unknown,
 * the limits as dashed lines, both axes. As wide as the terminal, 80 in a pipe; ASCII without
 * UTF-8. Adds a line that says so when nothing is known. */
void chart_print(const Chart *chart, const Screen *screen, StrBuf *b);
