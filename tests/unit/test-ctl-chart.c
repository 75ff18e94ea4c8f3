/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "ctl/cells.h"
#include "ctl/chart-axis.h"
#include "ctl/chart.h"

#include <locale.h>
#include <math.h>

/* 2025-11-22 00:00 UTC */
#define MIDNIGHT ((usec_t)1763769600 * USEC_PER_SEC)

static int setup(void **state) {
        (void)state;
        (void)setenv("TZ", "UTC", 1);
        return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void test_top(void **state) {
        (void)state;
        static const struct {
                const char *unit;
                double high, top;
                size_t steps;
        } rows[] = {
                { "count", 0, 4, 4 },         { "count", 4, 4, 4 },    { "count", 5, 8, 4 },
                { "count", 9, 20, 4 },        { "count", 81, 200, 4 }, { NULL, 1000, 2000, 4 },
                { "seconds", 4322, 7200, 4 }, { "seconds", 1, 4, 4 },  { "seconds", 90, 120, 4 },
                { "seconds", 1e7, 2e7, 4 },   { "grade", 2, 3, 3 },    { "grade", 4, 4, 4 },
                { "color", 0, 3, 3 },         { "bool", 1, 1, 1 },     { "bool", 2, 4, 4 },
                { "count", 1e308, 1e308, 4 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t steps = 0;
                double top = chart_top(rows[i].unit, rows[i].high, &steps);
                CHECK(i, top == rows[i].top);
                CHECK_INT(i, steps, rows[i].steps);
        }
}

static void test_axis(void **state) {
        (void)state;
        static const struct {
                usec_t from, to;
                size_t columns;
                const char *expected;
        } rows[] = {
                { MIDNIGHT, MIDNIGHT + 4 * USEC_PER_HOUR, 40,
                  "+"
                  "+---------+---------+---------+---------\n"
                  "  Nov 22    01:00     02:00     03:00\n" },
                { MIDNIGHT - USEC_PER_HOUR / 2, MIDNIGHT + USEC_PER_HOUR / 2, 20,
                  "+"
                  "+---------+---------\n"
                  "  23:30     Nov 22\n" },
                { MIDNIGHT, MIDNIGHT + 4 * USEC_PER_DAY, 40,
                  "+"
                  "+---------+---------+---------+---------\n"
                  "  Nov 22    Nov 23    Nov 24    Nov 25\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                chart_axis_add(rows[i].from, rows[i].to, rows[i].columns, 2, false, &b);
                /* The last mark is on the edge: its label has no room. */
                char *last = strrchr(b.data, '+');
                if (last && last[1] == '\n')
                        *last = '-';
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

static void test_chart(void **state) {
        (void)state;
        const ChartPoint points[] = {
                { MIDNIGHT, 0, 0, 0 },
                { MIDNIGHT + 1 * USEC_PER_HOUR, 2, 2, 4 },
                { MIDNIGHT + 2 * USEC_PER_HOUR, NAN, NAN, NAN },
                { MIDNIGHT + 3 * USEC_PER_HOUR, 4, 4, 4 },
        };
        const Chart chart = { .points = points,
                              .n = ELEMENTSOF(points),
                              .from = MIDNIGHT,
                              .to = MIDNIGHT + 4 * USEC_PER_HOUR,
                              .warning = 3,
                              .critical = 100,
                              .unit = "count" };
        const Screen screen = { .width = 23 };
        _cleanup_strbuf_ StrBuf b = {};

        chart_print(&chart, &screen, &b);
        CHECK_STR(0, strbuf_text(&b),
                  "4 +     :::::     #####\n"
                  "  |     :::::     #####\n"
                  "  |     :::::     #####\n"
                  "3 +-----:::::-----#####\n"
                  "  |     :::::     #####\n"
                  "  |     :::::     #####\n"
                  "2 +     #####     #####\n"
                  "  |     #####     #####\n"
                  "  |     #####     #####\n"
                  "1 +     #####     #####\n"
                  "  |     #####     #####\n"
                  "  |_____#####     #####\n"
                  "0 ++---------+--------+\n"
                  "   Nov 22    02:00\n"
                  "limits (dashed):\nwarning 3, critical 100\n(off the chart)\n");
}

/* Samples that stop coming are not drawn on. */
static void test_gap(void **state) {
        (void)state;
        const ChartPoint points[] = {
                { MIDNIGHT, 1, 1, 1 },
                { MIDNIGHT + 6 * USEC_PER_MIN, 1, 1, 1 },
                { MIDNIGHT + 9 * USEC_PER_HOUR, 1, 1, 1 },
        };
        const Chart chart = { .points = points,
                              .n = ELEMENTSOF(points),
                              .from = MIDNIGHT,
                              .to = MIDNIGHT + 10 * USEC_PER_HOUR,
                              .warning = NAN,
                              .critical = NAN,
                              .unit = "bool" };
        const Screen screen = { .width = 25 };
        _cleanup_strbuf_ StrBuf b = {};

        chart_print(&chart, &screen, &b);
        const char *row = strstr(strbuf_text(&b), "  |");
        assert_non_null(row);
        CHECK(0, strncmp(row, "  |# ", 5) == 0 || strncmp(row, "   |# ", 6) == 0 ||
                         strncmp(row, "    |# ", 7) == 0);
        CHECK(0, strstr(row, "  ##\n"));
}

/* What ended when the chart begins is not in it. */
static void test_before(void **state) {
        (void)state;
        const ChartPoint points[] = {
                { MIDNIGHT - USEC_PER_HOUR, 1, 1, 1 },
                { MIDNIGHT, NAN, NAN, NAN },
        };
        const Chart chart = { .points = points,
                              .n = ELEMENTSOF(points),
                              .from = MIDNIGHT,
                              .to = MIDNIGHT + USEC_PER_HOUR,
                              .warning = NAN,
                              .critical = NAN };
        const Screen screen = {};
        _cleanup_strbuf_ StrBuf b = {};

        chart_print(&chart, &screen, &b);
        CHECK_STR(0, strbuf_text(&b), "Nothing is known of that time.\n");
}

/* Whatever the points: 12 rows and an axis, none wider than the screen. */
static void test_any_points(void **state) {
        (void)state;
        static const double odd[] = { NAN,   INFINITY, -INFINITY, 0,   -1,
                                      1e308, -1e308,   1e-300,    4e9, 0.5 };
        static const char *const units[] = { "seconds", "count", "grade", "color",
                                             "bool",    NULL,    "else" };
        uint64_t random = check_seed("test_any_points");

        for (size_t turn = 0; turn < 1000; turn++) {
                ChartPoint points[40];
                size_t n = check_below(&random, ELEMENTSOF(points) + 1), lines = 0;
                usec_t when = MIDNIGHT;
                for (size_t i = 0; i < n; i++) {
                        when += check_below(&random, 5 * USEC_PER_HOUR);
                        points[i] = (ChartPoint){ when, odd[check_below(&random, ELEMENTSOF(odd))],
                                                  odd[check_below(&random, ELEMENTSOF(odd))],
                                                  odd[check_below(&random, ELEMENTSOF(odd))] };
                }
                const Chart chart = { .points = points,
                                      .n = n,
                                      .from = MIDNIGHT + check_below(&random, USEC_PER_DAY),
                                      .to = MIDNIGHT + USEC_PER_DAY + 1 +
                                            check_below(&random, 400 * USEC_PER_DAY),
                                      .warning = odd[check_below(&random, ELEMENTSOF(odd))],
                                      .critical = odd[check_below(&random, ELEMENTSOF(odd))],
                                      .unit = units[check_below(&random, ELEMENTSOF(units))] };
                const Screen screen = { .terminal = true,
                                        .utf8 = true,
                                        .width = 20 + check_below(&random, 200) };
                _cleanup_strbuf_ StrBuf b = {};
                chart_print(&chart, &screen, &b);
                CHECK_INT(turn, b.error, 0);
                for (char *line = strtok(b.data, "\n"); line; line = strtok(NULL, "\n"), lines++)
                        CHECK(turn, cells_count(line, true) <= screen.width);
                CHECK(turn, lines >= 13 || startswith(b.data, "Nothing is known"));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_top),        cmocka_unit_test(test_axis),
                cmocka_unit_test(test_chart),      cmocka_unit_test(test_gap),
                cmocka_unit_test(test_any_points), cmocka_unit_test(test_before),
        };
        return cmocka_run_group_tests(tests, setup, NULL);
}
