/* SPDX-License-Identifier: MIT */
/* Round numbers and times for the axes of charts, and the small charts without any. */
#include "core/chart.h"

#include "base/duration.h"
#include "base/macro.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

/* An axis has 2 to 5 marks above 0. */
#define MARKS_MOST 5

#define MINUTES 60.0
#define HOURS   3600.0
#define DAYS    86400.0

static double scale_by(double step, double high, double *ret_step) {
        *ret_step = step;
        return step * fmax(1, ceil(high / step * (1 - 1e-9)));
}

double chart_scale(Unit unit, double high, double *ret_step) {
        static const double spans[] = {
                1,        2,           5,           10,           15,           30,
                MINUTES,  2 * MINUTES, 5 * MINUTES, 10 * MINUTES, 15 * MINUTES, 30 * MINUTES,
                HOURS,    2 * HOURS,   3 * HOURS,   6 * HOURS,    12 * HOURS,   DAYS,
                2 * DAYS, 7 * DAYS,    14 * DAYS,   30 * DAYS,    90 * DAYS,    360 * DAYS,
        };

        /* Whatever is asked for, an axis comes to an end. */
        high = isfinite(high) ? CLAMP(high, 0.0, 1e15) : 0;
        if (unit == UNIT_SECONDS)
                for (size_t i = 0; i < ELEMENTSOF(spans); i++)
                        if (spans[i] * MARKS_MOST >= high)
                                return scale_by(spans[i], high, ret_step);
        double step = 1;
        for (size_t i = 0; step * MARKS_MOST < high; i++)
                step *= i % 3 == 1 ? 2.5 : 2;
        return scale_by(step, high, ret_step);
}

void chart_label(StrBuf *b, Unit unit, double value) {
        if (unit == UNIT_SECONDS)
                duration_format(b, (usec_t)(value * (double)USEC_PER_SEC));
        else if (value >= 1e6)
                strbuf_addf(b, "%gM", value / 1e6);
        else if (value >= 1e4)
                strbuf_addf(b, "%gk", value / 1e3);
        else
                strbuf_addf(b, "%g", value);
}

/* How far the local time is ahead of UTC, in microseconds. */
static int64_t zone_of(usec_t at) {
        time_t seconds = (time_t)(at / USEC_PER_SEC);
        struct tm tm = {};

        localtime_r(&seconds, &tm);
        return (int64_t)tm.tm_gmtoff * (int64_t)USEC_PER_SEC;
}

size_t chart_times(usec_t from, usec_t to, usec_t *marks, size_t most, usec_t *ret_step) {
        static const usec_t steps[] = {
                USEC_PER_MIN,      5 * USEC_PER_MIN,  15 * USEC_PER_MIN,  30 * USEC_PER_MIN,
                USEC_PER_HOUR,     3 * USEC_PER_HOUR, 6 * USEC_PER_HOUR,  12 * USEC_PER_HOUR,
                USEC_PER_DAY,      2 * USEC_PER_DAY,  7 * USEC_PER_DAY,   14 * USEC_PER_DAY,
                30 * USEC_PER_DAY, 60 * USEC_PER_DAY, 180 * USEC_PER_DAY, 360 * USEC_PER_DAY,
        };
        size_t i = 0, n = 0;

        while (i + 1 < ELEMENTSOF(steps) && (to - from) / steps[i] >= most)
                i++;
        int64_t step = (int64_t)steps[i], zone = zone_of(to);
        int64_t first = ((int64_t)from + zone + step - 1) / step * step - zone;
        for (int64_t at = first; at <= (int64_t)to && n < most; at += step)
                if (at >= (int64_t)from)
                        marks[n++] = (usec_t)at;
        *ret_step = steps[i];
        return n;
}

void chart_time_label(StrBuf *b, usec_t at, usec_t step) {
        static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        /* Where the clocks were changed in between, a mark of days is off by an hour. */
        usec_t shown = step >= USEC_PER_DAY ? at + 2 * USEC_PER_HOUR : at;
        time_t seconds = (time_t)(shown / USEC_PER_SEC);
        struct tm tm = {};

        localtime_r(&seconds, &tm);
        if (step >= USEC_PER_DAY || (tm.tm_hour == 0 && tm.tm_min == 0))
                strbuf_addf(b, "%s %d", months[tm.tm_mon], tm.tm_mday);
        else
                strbuf_addf(b, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

/* --- small charts -------------------------------------------------------------------------- */

#define SPARK_STEP   2
#define SPARK_HEIGHT 20
#define SPARK_BOTTOM 18 /* of the value 0 */
#define SPARK_TOP    2

static int spark_y(double value, double top) {
        return SPARK_BOTTOM -
               (int)lround(CLAMP(value / top, 0.0, 1.0) * (SPARK_BOTTOM - SPARK_TOP));
}

/* There are thousands of them on a page: only corners are told. */
static void spark_path(StrBuf *b, const double *values, size_t n, size_t bridge, double top) {
        bool open = false;
        size_t known = 0; /* place of the last known value */
        int y = 0;

        for (size_t i = 0; i < n; i++) {
                if (isnan(values[i])) {
                        if (open && i - known > bridge) {
                                strbuf_addf(b, "H%zu", known * SPARK_STEP + SPARK_STEP);
                                open = false;
                        }
                        continue;
                }
                int next = spark_y(values[i], top);
                if (!open)
                        strbuf_addf(b, "M%zu %d", i * SPARK_STEP, next);
                else if (next != y)
                        strbuf_addf(b, "H%zuL%zu %d", known * SPARK_STEP, i * SPARK_STEP, next);
                open = true;
                known = i;
                y = next;
        }
        if (open)
                strbuf_addf(b, "H%zu", known * SPARK_STEP + SPARK_STEP);
}

void chart_spark(StrBuf *b, const double *values, size_t n, size_t bridge, double limit) {
        double top = limit > 0 ? limit : 1;
        bool known = false;

        for (size_t i = 0; i < n; i++) {
                known = known || !isnan(values[i]);
                top = fmax(top, isnan(values[i]) ? 0 : values[i]);
        }
        if (!known)
                return;
        strbuf_addf(b, "<svg class=\"spark\" viewBox=\"0 0 %zu %d\" aria-hidden=\"true\">",
                    n * SPARK_STEP, SPARK_HEIGHT);
        if (limit > 0)
                strbuf_addf(b, "<path class=\"limit\" d=\"M0 %dH%zu\"/>", spark_y(limit, top),
                            n * SPARK_STEP);
        strbuf_adds(b, "<path fill=\"none\" d=\"");
        spark_path(b, values, n, bridge, top);
        strbuf_adds(b, "\"/></svg>");
}
