/* SPDX-License-Identifier: MIT */
#include "ctl/chart-axis.h"

#include "base/macro.h"
#include "ctl/cells.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#define LABEL_CELLS STRLEN("Nov 21")
#define LABEL_GAP   ((size_t)4)

typedef struct Axis {
        usec_t from, to;
        size_t columns;
        usec_t first, step; /* of the marks */
} Axis;

/* The shortest round time that leaves room for a label between two marks. */
static usec_t choose_step(usec_t span, size_t columns) {
        static const unsigned minutes[] = {
                1,   2,   5,    10,   15,   30,    60,    120,   180,
                360, 720, 1440, 2880, 7200, 10080, 20160, 43200, 525600
        };
        for (size_t i = 0; i < ELEMENTSOF(minutes); i++) {
                usec_t step = minutes[i] * USEC_PER_MIN;
                if ((double)step / (double)span * (double)columns >=
                    (double)(LABEL_CELLS + LABEL_GAP))
                        return step;
        }
        return span;
}

/* Marks stand at round times of the local day. */
static usec_t choose_first(usec_t from, usec_t step) {
        time_t seconds = (time_t)(from / USEC_PER_SEC);
        struct tm tm = {};

        localtime_r(&seconds, &tm);
        int64_t local = (int64_t)seconds + tm.tm_gmtoff, size = (int64_t)(step / USEC_PER_SEC);
        int64_t round = (local + size - 1) / size * size - tm.tm_gmtoff;
        return (usec_t)MAX(round, (int64_t)seconds) * USEC_PER_SEC;
}

static size_t mark_column(const Axis *axis, usec_t when) {
        double part = (double)(when - axis->from) / (double)(axis->to - axis->from);

        return MIN((size_t)(part * (double)axis->columns), axis->columns - 1);
}

static void add_line(const Axis *axis, bool utf8, StrBuf *b) {
        size_t column = 0;

        strbuf_adds(b, utf8 ? "└" : "+");
        for (usec_t t = axis->first; t <= axis->to && column < axis->columns; t += axis->step) {
                for (; column < mark_column(axis, t); column++)
                        strbuf_adds(b, utf8 ? "─" : "-");
                strbuf_adds(b, utf8 ? "┴" : "+");
                column++;
        }
        for (; column < axis->columns; column++)
                strbuf_adds(b, utf8 ? "─" : "-");
        strbuf_addc(b, '\n');
}

static void add_times(const Axis *axis, size_t indent, StrBuf *b) {
        size_t column = 0;

        cells_pad(b, indent);
        for (usec_t t = axis->first; t <= axis->to; t += axis->step) {
                time_t seconds = (time_t)(t / USEC_PER_SEC);
                struct tm tm = {};
                char label[32];
                size_t place = mark_column(axis, t);

                localtime_r(&seconds, &tm);
                bool midnight = tm.tm_hour == 0 && tm.tm_min == 0;
                size_t n =
                        strftime(label, sizeof(label),
                                 axis->step >= USEC_PER_DAY || midnight ? "%b %d" : "%H:%M", &tm);
                if (place < column || place + n > axis->columns)
                        continue;
                cells_pad(b, place - column);
                strbuf_add(b, label, n);
                column = place + n;
        }
        strbuf_addc(b, '\n');
}

void chart_axis_add(usec_t from, usec_t to, size_t columns, size_t indent, bool utf8, StrBuf *b) {
        Axis axis = { .from = from, .to = to, .columns = columns };

        axis.step = MAX(choose_step(to - from, columns), USEC_PER_SEC);
        axis.first = choose_first(from, axis.step);
        add_line(&axis, utf8, b);
        add_times(&axis, indent, b);
}
