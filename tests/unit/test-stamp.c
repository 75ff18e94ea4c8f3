/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/stamp.h"

#include <errno.h>

static void test_utc(void **state) {
        (void)state;
        static const struct {
                usec_t seconds;
                const char *text;
        } rows[] = {
                { 0, "1970-01-01T00:00:00Z" },          { 1763781125, "2025-11-22T03:12:05Z" },
                { 951782399, "2000-02-28T23:59:59Z" },  { 951782400, "2000-02-29T00:00:00Z" },
                { 4294967296, "2106-02-07T06:28:16Z" }, { 253402300799, "9999-12-31T23:59:59Z" },
        };

        setenv("TZ", "Asia/Tokyo", 1); /* has no say */
        tzset();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {}, cut = {};
                stamp_format_utc(&b, rows[i].seconds * USEC_PER_SEC);
                CHECK_STR(i, strbuf_text(&b), rows[i].text);
                stamp_format_utc(&cut, rows[i].seconds * USEC_PER_SEC + 999999);
                CHECK_STR(i, strbuf_text(&cut), rows[i].text);
        }
}

static void test_parse_utc(void **state) {
        (void)state;
        static const struct {
                const char *text;
                usec_t seconds; /* 0 = refused */
        } rows[] = {
                { "1970-01-01T00:00:01Z", 1 },
                { "2025-11-22T03:12:05Z", 1763781125 },
                { "2000-02-29T00:00:00Z", 951782400 },
                { "9999-12-31T23:59:59Z", 253402300799 },
                { "", 0 },
                { "1970-01-01T00:00:00Z", 0 },
                { "1969-12-31T23:59:59Z", 0 },
                { "2025-02-29T00:00:00Z", 0 }, /* no such day */
                { "2025-02-30T00:00:00Z", 0 },
                { "2025-13-01T00:00:00Z", 0 },
                { "2025-11-22T24:00:00Z", 0 },
                { "2025-11-22T03:12:60Z", 0 },
                { "2025-11-22T03:12:05", 0 },
                { "2025-11-22T03:12:05z", 0 },
                { "2025-11-22T03:12:05Z ", 0 },
                { " 2025-11-22T03:12:05Z", 0 },
                { "2025-11-22 03:12:05Z", 0 },
                { "2025-11-22T3:12:05Z", 0 },
                { "2025-11-22T 3:12:05Z", 0 },
                { "2025-11-22T03:12:05.5Z", 0 },
                { "2025-11-22T03:12:05+01:00", 0 },
                { "10000-01-01T00:00:00Z", 0 },
                { "25-11-22T03:12:05Z", 0 },
        };

        setenv("TZ", "Asia/Tokyo", 1); /* has no say */
        tzset();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t wall = 7;
                int r = stamp_parse_utc(rows[i].text, &wall);
                CHECK_INT(i, r, rows[i].seconds > 0 ? 0 : -EINVAL);
                CHECK(i, wall == (r == 0 ? rows[i].seconds * USEC_PER_SEC : 7));
        }
}

static void test_local(void **state) {
        (void)state;
        static const struct {
                const char *zone;
                usec_t wall, now; /* seconds */
                const char *text;
        } rows[] = {
                { "UTC0", 1763781125, 1763785000, "03:12" },
                { "UTC0", 1763781125, 1763781125, "03:12" },
                { "UTC0", 1763781125, 1763855999, "03:12" },
                { "UTC0", 1763781125, 1763856000, "Nov 22 03:12" }, /* past midnight */
                { "UTC0", 1763694725, 1763781125, "Nov 21 03:12" },
                { "UTC0", 1763781125, 1763694725, "Nov 22 03:12" }, /* later than now */
                { "UTC0", 1732158725, 1763781125, "Nov 21 2024 03:12" },
                { "UTC0", 1732245125, 1763781125, "Nov 22 2024 03:12" }, /* same day of the year */
                { "UTC0", 1767225599, 1767225600, "Dec 31 2025 23:59" },
                { "EST5", 1763781125, 1763785000, "22:12" },
                { "EST5", 1763781125, 1763790000, "Nov 21 22:12" }, /* local midnight, 05:00 UTC */
                { "JST-9", 1763781125, 1763785000, "12:12" },
                { "JST-9", 1763737200, 1763737199, "Nov 22 00:00" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                setenv("TZ", rows[i].zone, 1);
                tzset();
                stamp_format_local(&b, rows[i].wall * USEC_PER_SEC, rows[i].now * USEC_PER_SEC);
                CHECK_STR(i, strbuf_text(&b), rows[i].text);
        }
}

static void test_months(void **state) {
        (void)state;
        static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

        setenv("TZ", "UTC0", 1);
        tzset();
        for (int i = 0; i < 12; i++) {
                _cleanup_strbuf_ StrBuf b = {};
                struct tm tm = { .tm_year = 125, .tm_mon = i, .tm_mday = 10 };
                char expected[32];
                snprintf(expected, sizeof(expected), "%s 10 00:00", months[i]);
                stamp_format_local(&b, (usec_t)timegm(&tm) * USEC_PER_SEC,
                                   1767225599 * USEC_PER_SEC);
                CHECK_STR(i, strbuf_text(&b), expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_utc),
                cmocka_unit_test(test_parse_utc),
                cmocka_unit_test(test_local),
                cmocka_unit_test(test_months),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
