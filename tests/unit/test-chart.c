/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Says more of what went wrong than CHECK() does. */
#define CHECK_ROW(condition, ...)                                                                  \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fail_msg(__VA_ARGS__);                                                     \
        } while (0)

#define AT(minute) (UINT64_C(1763769600) * USEC_PER_SEC + (usec_t)(minute)*USEC_PER_MIN)

static void line_init(ChartLine *line, unsigned minutes, size_t n, unsigned gap) {
        chart_line_init(line, AT(0), AT(minutes), n, gap * USEC_PER_MIN);
}

static void take(ChartLine *line, int minute, double value) {
        chart_line_take(line, AT(minute), value, value, value);
}

static size_t count(const char *text, const char *needle) {
        size_t n = 0;

        for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle))
                n++;
        return n;
}

/* The d="" of the first path of that class, or "". */
static const char *path_of(const char *svg, const char *class, char *ret, size_t size) {
        char start[64];

        snprintf(start, sizeof(start), "<path class=\"%s\"", class);
        const char *p = strstr(svg, start), *d = p ? strstr(p, " d=\"") : NULL;
        snprintf(ret, size, "%.*s", d ? (int)strcspn(d + 4, "\"") : 0, d ? d + 4 : "");
        return ret;
}

/* --- lines --------------------------------------------------------------------------------- */

static void test_columns(void **state) {
        ChartLine line;
        (void)state;

        line_init(&line, 100, 10, 30);
        take(&line, -1, 99);  /* before it */
        take(&line, 101, 99); /* behind it */
        take(&line, 0, 4);
        take(&line, 9, 8);
        take(&line, 10, NAN);
        chart_line_take(&line, AT(100), 1, 2, 16); /* the end belongs to the last column */
        assert_int_equal(line.columns[0].known, 2);
        assert_true(chart_column_mean(&line.columns[0]) > 5.9 &&
                    chart_column_mean(&line.columns[0]) < 6.1);
        assert_true(line.columns[0].min == 4 && line.columns[0].max == 8);
        assert_int_equal(line.columns[1].known, 0);
        assert_int_equal(line.columns[1].unknown, 1);
        assert_true(isnan(chart_column_mean(&line.columns[1])));
        assert_int_equal(line.columns[9].known, 1);
        assert_true(line.columns[9].min == 1 && line.columns[9].max == 16);
        assert_true(line.peak == 16 && line.last == 2);
        take(&line, 100, INFINITY); /* no value */
        assert_true(isnan(line.last) && line.peak == 16);
}

static void test_nothing(void **state) {
        ChartLine line;
        (void)state;

        line_init(&line, 100, 0, 30);
        assert_int_equal(line.n, 1);
        line_init(&line, 100, 100000, 30);
        assert_int_equal(line.n, CHART_COLUMNS);
        assert_true(isnan(line.last) && isnan(line.peak));
}

/* --- the picture --------------------------------------------------------------------------- */

static void draw(StrBuf *b, const ChartLine *line, const ChartLimit *limits, size_t n) {
        Chart chart = {
                .id = "x",
                .title = "A title",
                .text = "In words",
                .unit = UNIT_SECONDS,
                .lines = { line },
                .n_lines = 1,
                .n_limits = n,
        };

        for (size_t i = 0; i < n; i++)
                chart.limits[i] = limits[i];
        strbuf_reset(b);
        chart_svg(b, &chart);
        assert_int_equal(b->error, 0);
}

static void test_gaps(void **state) {
        static const struct {
                const char *what;
                struct {
                        int minute;
                        double value;
                } samples[6];
                size_t pieces, dots;
        } rows[] = {
                { "one line", { { 10, 1 }, { 20, 2 }, { 30, 3 } }, 1, 0 },
                { "too long a time between", { { 10, 1 }, { 20, 2 }, { 80, 3 }, { 90, 4 } }, 2, 0 },
                { "a lone one is a dot", { { 10, 1 }, { 20, 2 }, { 80, 3 } }, 2, 1 },
                { "unknown between",
                  { { 10, 1 }, { 20, 1 }, { 30, NAN }, { 40, 2 }, { 50, 2 } },
                  2,
                  0 },
                { "unknown at first", { { 10, NAN }, { 20, 1 }, { 30, 2 } }, 1, 0 },
                { "all unknown", { { 10, NAN }, { 20, NAN } }, 0, 0 },
                { "nothing", { { 0, 0 } }, 0, 0 },
        };
        _cleanup_strbuf_ StrBuf b = {};
        char path[4096];
        ChartLine line;
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                line_init(&line, 100, 100, 30);
                for (size_t k = 0; k < 6 && rows[i].samples[k].minute > 0; k++)
                        take(&line, rows[i].samples[k].minute, rows[i].samples[k].value);
                draw(&b, &line, NULL, 0);
                path_of(b.data, "line-1", path, sizeof(path));
                CHECK_ROW(count(path, "M") == rows[i].pieces && count(path, "h") == rows[i].dots,
                          "row %zu (%s): %s", i, rows[i].what, path);
        }
}

static void test_places(void **state) {
        _cleanup_strbuf_ StrBuf b = {};
        char path[256];
        ChartLine line;
        (void)state;

        /* From the left edge at the bottom to the right edge at the top. */
        line_init(&line, 100, 50, 200);
        take(&line, 0, 0);
        take(&line, 100, 100);
        draw(&b, &line, NULL, 0);
        assert_string_equal(path_of(b.data, "line-1", path, sizeof(path)), "M66 184L512 42.3");
        assert_null(strstr(b.data, "band"));
        /* An hour has a span. */
        chart_line_take(&line, AT(50), 0, 60, 120);
        draw(&b, &line, NULL, 0);
        assert_string_equal(path_of(b.data, "band-1", path, sizeof(path)),
                            "M66 184L289 14L512 42.3L512 42.3L289 184L66 184Z");
        /* What is below 0 or beyond all measure stays inside. */
        line_init(&line, 100, 50, 200);
        take(&line, 0, -5);
        take(&line, 50, 1e300);
        draw(&b, &line, NULL, 0);
        assert_string_equal(path_of(b.data, "line-1", path, sizeof(path)), "M66 184L289 14");
}

static void test_words(void **state) {
        _cleanup_strbuf_ StrBuf b = {};
        ChartLine line;
        (void)state;

        line_init(&line, 100, 50, 200);
        draw(&b, &line, NULL, 0);
        assert_non_null(strstr(b.data, "role=\"img\" aria-labelledby=\"x-t x-d\"><title id=\"x-t\">"
                                       "A title</title><desc id=\"x-d\">In words</desc>"));
        assert_null(strstr(b.data, "style"));
        assert_string_equal(b.data + b.size - 6, "</svg>");
}

static void test_limits(void **state) {
        static const struct {
                double peak;
                size_t drawn; /* of both */
                const char *word;
        } rows[] = {
                { 20, 1, "\xe2\x86\x91 critical" }, /* far below: the worse one is out of sight */
                { 700, 1, "\xe2\x86\x91 critical" },
                { 800, 2, ">critical" }, /* near the milder one: both matter */
                { 5000, 2, ">critical" },
        };
        const ChartLimit limits[] = { { 3600, LEVEL_CRITICAL, "critical 1h" },
                                      { 900, LEVEL_WARNING, "warning 15min" } };
        _cleanup_strbuf_ StrBuf b = {};
        ChartLine line;
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                line_init(&line, 100, 50, 200);
                take(&line, 10, rows[i].peak);
                draw(&b, &line, limits, 2);
                CHECK_ROW(count(b.data, "<path class=\"limit ") == rows[i].drawn, "row %zu: %s", i,
                          b.data);
                CHECK_ROW(strstr(b.data, rows[i].word) != NULL, "row %zu: %s", i, b.data);
                CHECK_ROW(strstr(b.data, ">warning 15min<") != NULL, "row %zu", i);
        }
}

/* --- axes ---------------------------------------------------------------------------------- */

static void test_scale(void **state) {
        static const struct {
                Unit unit;
                double high, top, step;
        } rows[] = {
                { UNIT_SECONDS, 0, 1, 1 },
                { UNIT_SECONDS, 5, 5, 1 },
                { UNIT_SECONDS, 6, 6, 2 },
                { UNIT_SECONDS, 59, 60, 15 },
                { UNIT_SECONDS, 990, 1200, 300 },
                { UNIT_SECONDS, 3600, 3600, 900 },
                { UNIT_SECONDS, 4322, 4500, 900 },
                { UNIT_SECONDS, 90000, 108000, 21600 },
                { UNIT_SECONDS, 1e9, 1e9, 5e8 / 2 },
                { UNIT_COUNT, 0, 1, 1 },
                { UNIT_COUNT, 5, 5, 1 },
                { UNIT_COUNT, 6, 6, 2 },
                { UNIT_COUNT, 11, 15, 5 },
                { UNIT_COUNT, 420, 500, 100 },
                { UNIT_COUNT, 123456, 150000, 50000 },
                { UNIT_COUNT, NAN, 1, 1 },
                { UNIT_COUNT, INFINITY, 1, 1 },
                { UNIT_COUNT, -3, 1, 1 },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                double step = 0, top = chart_scale(rows[i].unit, rows[i].high, &step);
                bool right = fabs(top - rows[i].top) < 1e-6 && fabs(step - rows[i].step) < 1e-6;
                CHECK_ROW(right || rows[i].high >= 1e9, "row %zu: %g by %g", i, top, step);
                CHECK_ROW(step > 0 && top / step <= 5.001, "row %zu: %g by %g", i, top, step);
                CHECK_ROW(!(rows[i].high < 1e16) || top >= rows[i].high, "row %zu: %g", i, top);
        }
}

static void test_label(void **state) {
        static const struct {
                Unit unit;
                double value;
                const char *text;
        } rows[] = {
                { UNIT_SECONDS, 0, "0s" },       { UNIT_SECONDS, 900, "15min" },
                { UNIT_SECONDS, 86400, "1d" },   { UNIT_COUNT, 0, "0" },
                { UNIT_COUNT, 9999, "9999" },    { UNIT_COUNT, 12000, "12k" },
                { UNIT_COUNT, 2500000, "2.5M" },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                chart_label(&b, rows[i].unit, rows[i].value);
                CHECK_ROW(strcmp(strbuf_text(&b), rows[i].text) == 0, "row %zu: %s", i,
                          strbuf_text(&b));
        }
}

/* AT(0) is 2025-11-22 00:00 UTC. */
static void test_times(void **state) {
        static const struct {
                const char *zone;
                unsigned hours;
                size_t most, n;
                const char *first, *last;
        } rows[] = {
                { "UTC", 48, 9, 9, "Nov 22", "Nov 24" },
                { "UTC", 1, 9, 5, "Nov 22", "01:00" },
                { "UTC", 24 * 90, 9, 6, "Dec 4", "Feb 12" },
                { "Asia/Kolkata", 48, 9, 8, "06:00", "Nov 24" }, /* half an hour aside */
                { "America/New_York", 48, 9, 8, "Nov 22", "18:00" },
                { "UTC", 48, 2, 1, "Nov 27", "Nov 27" },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t marks[16], step = 0, from = AT(0), to = AT(60 * rows[i].hours);
                _cleanup_strbuf_ StrBuf first = {}, last = {};

                setenv("TZ", rows[i].zone, 1);
                tzset();
                size_t n = chart_times(from, to, marks, rows[i].most, &step);
                CHECK_ROW(n <= rows[i].most, "row %zu: %zu", i, n);
                for (size_t k = 0; k < n; k++) {
                        CHECK_ROW(marks[k] >= from && marks[k] <= to, "row %zu mark %zu", i, k);
                        CHECK_ROW(k == 0 || marks[k] - marks[k - 1] == step, "row %zu", i);
                }
                if (n == 0)
                        continue;
                chart_time_label(&first, marks[0], step);
                chart_time_label(&last, marks[n - 1], step);
                if (i == ELEMENTSOF(rows) - 1)
                        continue; /* the bound is what it is about */
                CHECK_ROW(n == rows[i].n && strcmp(first.data, rows[i].first) == 0 &&
                                  strcmp(last.data, rows[i].last) == 0,
                          "row %zu: %zu from %s to %s", i, n, first.data, last.data);
        }
        setenv("TZ", "UTC", 1);
        tzset();
}

/* --- small ones ---------------------------------------------------------------------------- */

static void test_spark(void **state) {
        static const struct {
                double values[5];
                size_t bridge;
                double limit;
                const char *path; /* "" = nothing at all */
        } rows[] = {
                { { 0, 0, 0, 0, 0 }, 1, NAN, "M0 18H10" },
                { { 0, 0, 1, 1, 0 }, 1, NAN, "M0 18H2L4 2H6L8 18H10" },
                { { NAN, NAN, NAN, NAN, NAN }, 1, NAN, "" },
                { { NAN, 8, NAN, 8, 8 }, 1, NAN, "M2 2H10" },
                { { 8, NAN, NAN, 8, 8 }, 1, NAN, "M0 2H2M6 2H10" },
                { { 8, NAN, NAN, NAN, NAN }, 1, NAN, "M0 2H2" },
                { { 8, 8, 8, 8, 8 }, 1, 16, "M0 10H10" },
                { { 8, 8, 8, 8, 8 }, 1, 0, "M0 2H10" },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                char wanted[128];

                chart_spark(&b, rows[i].values, 5, rows[i].bridge, rows[i].limit);
                if (!*rows[i].path) {
                        CHECK_ROW(b.size == 0, "row %zu: %s", i, strbuf_text(&b));
                        continue;
                }
                snprintf(wanted, sizeof(wanted), " d=\"%s\"/></svg>", rows[i].path);
                CHECK_ROW(strstr(b.data, wanted) != NULL, "row %zu: %s", i, b.data);
                CHECK_ROW((strstr(b.data, "limit") != NULL) == (rows[i].limit > 0), "row %zu", i);
                CHECK_ROW(strstr(b.data, "aria-hidden=\"true\"") != NULL, "row %zu", i);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_columns), cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_gaps),    cmocka_unit_test(test_places),
                cmocka_unit_test(test_words),   cmocka_unit_test(test_limits),
                cmocka_unit_test(test_scale),   cmocka_unit_test(test_label),
                cmocka_unit_test(test_times),   cmocka_unit_test(test_spark),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
