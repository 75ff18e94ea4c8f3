/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "ctl/value.h"
#include "ctl/when.h"

#include <errno.h>
#include <math.h>

/* 2025-11-22 03:12:05 UTC, a Saturday. */
#define NOW ((usec_t)1763781125 * USEC_PER_SEC)

static int setup(void **state) {
        (void)state;
        return setenv("TZ", "UTC-1", 1); /* one hour east */
}

static void test_read(void **state) {
        (void)state;
        static const struct {
                const char *text;
                usec_t seconds; /* 0: refused */
        } rows[] = {
                { "2025-11-22T03:12:05Z", 1763781125 },
                { "2025-11-22T03:12:05.999Z", 1763781125 },
                { "2024-02-29T00:00:00Z", 1709164800 },
                { "9999-12-31T23:59:59Z", 253402300799 },
                { NULL, 0 },
                { "", 0 },
                { "1970-01-01T00:00:00Z", 0 }, /* means unknown */
                { "1969-12-31T23:59:59Z", 0 },
                { "2025-11-22T03:12:05", 0 },
                { "2025-11-22T03:12:05+01:00", 0 },
                { "2025-11-22 03:12:05Z", 0 },
                { "2025-13-22T03:12:05Z", 0 },
                { "2025-11-22T25:12:05Z", 0 },
                { "2025-11-22T03:12:05Zx", 0 },
                { " 2025-11-22T03:12:05Z", 0 },
                { "2025-1-22T03:12:05Z", 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t when = 7;
                int r = when_read(rows[i].text, &when);
                CHECK_INT(i, r, rows[i].seconds ? 0 : -EINVAL);
                CHECK_INT(i, when, rows[i].seconds ? rows[i].seconds * USEC_PER_SEC : 7);
        }
}

static void test_read_until(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int r;
                usec_t seconds;
        } rows[] = {
                { "2025-11-22T03:12:06Z", 0, 1763781126 },
                { "2025-11-22T03:12:05Z", -ERANGE, 0 },
                { "2025-11-22 04:13", 0, 1763781180 }, /* local */
                { "2025-11-22T04:13", 0, 1763781180 },
                { "2025-11-22 04:13:30", 0, 1763781210 },
                { "2025-11-22 04:12", -ERANGE, 0 },
                { "04:13", 0, 1763781180 },
                { "04:12", 0, 1763781120 + 86400 }, /* tomorrow */
                { "00:00", 0, 1763766000 + 86400 },
                { "24:00", -EINVAL, 0 },
                { "4:13", -EINVAL, 0 },
                { "04:13 ", -EINVAL, 0 },
                { "noon", -EINVAL, 0 },
                { "", -EINVAL, 0 },
                { "2025-11-22", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t when = 7;
                CHECK_INT(i, when_read_until(rows[i].text, NOW, &when), rows[i].r);
                CHECK_INT(i, when, rows[i].r == 0 ? rows[i].seconds * USEC_PER_SEC : 7);
        }
}

static void test_add(void **state) {
        (void)state;
        static const struct {
                usec_t when;
                const char *stamp, *age, *both;
        } rows[] = {
                { 0, "-", "-", "-" },
                { NOW, "04:12", "0s", "04:12 (0s ago)" },
                { NOW - 12 * USEC_PER_SEC - 1, "04:11", "12s", "04:11 (12s ago)" },
                { NOW - 125 * USEC_PER_MIN, "02:07", "2h 5min", "02:07 (2h 5min ago)" },
                { NOW - 5 * USEC_PER_HOUR, "Nov 21 23:12", "5h", "Nov 21 23:12 (5h ago)" },
                { NOW + 5 * USEC_PER_MIN, "04:17", "0s", "04:17 (in 5min)" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf stamp = {}, age = {}, both = {};
                when_add(&stamp, rows[i].when, NOW);
                when_add_age(&age, rows[i].when, NOW);
                when_add_both(&both, rows[i].when, NOW);
                CHECK_STR(i, strbuf_text(&stamp), rows[i].stamp);
                CHECK_STR(i, strbuf_text(&age), rows[i].age);
                CHECK_STR(i, strbuf_text(&both), rows[i].both);
        }
}

static void test_seconds(void **state) {
        (void)state;
        static const struct {
                double seconds;
                const char *expected;
        } rows[] = {
                { NAN, "-" }, { -1, "-" },   { INFINITY, "-" }, { 1e30, "-" },
                { 0, "0s" },  { 0.9, "0s" }, { 12.7, "12s" },   { 4322, "1h 12min" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                when_add_seconds(&b, rows[i].seconds);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

static void test_values(void **state) {
        (void)state;
        static const struct {
                const char *unit;
                double value;
                const char *expected;
        } rows[] = {
                { "seconds", 4322, "1h 12min" },
                { "count", 4322, "4322" },
                { NULL, 4322, "4322" },
                { "parsecs", 0.5, "0.5" },
                { "grade", 2, "weakness" },
                { "color", 3, "red" },
                { "bool", 0, "no" },
                { "seconds", NAN, "-" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                value_add(&b, rows[i].unit, rows[i].value);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

static void test_read_value(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int r;
                double value;
        } rows[] = {
                { "0", 0, 0 },         { "7200", 0, 7200 },    { "2.5", 0, 2.5 },
                { "-1", 0, -1 },       { "2h", 0, 7200 },      { "1h 30min", 0, 5400 },
                { "", -EINVAL, 0 },    { "much", -EINVAL, 0 }, { "inf", -EINVAL, 0 },
                { "nan", -EINVAL, 0 }, { "0x10", -EINVAL, 0 }, { "1-2", -EINVAL, 0 },
                { "-", -EINVAL, 0 },   { "-2h", -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                double value = 77;
                CHECK_INT(i, value_read(rows[i].text, &value), rows[i].r);
                CHECK(i, value == (rows[i].r == 0 ? rows[i].value : 77));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),   cmocka_unit_test(test_read_until),
                cmocka_unit_test(test_add),    cmocka_unit_test(test_seconds),
                cmocka_unit_test(test_values), cmocka_unit_test(test_read_value),
        };
        return cmocka_run_group_tests(tests, setup, NULL);
}
