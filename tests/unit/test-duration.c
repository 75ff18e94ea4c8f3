/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/duration.h"

#include <errno.h>

#define DAY    USEC_PER_DAY
#define HOUR   USEC_PER_HOUR
#define MINUTE USEC_PER_MIN
#define SECOND USEC_PER_SEC
#define YEAR   (31557600 * USEC_PER_SEC)

static void test_parse(void **state) {
        (void)state;
        static const struct {
                const char *text;
                usec_t usec;
        } rows[] = {
                { "90s", 90 * SECOND },
                { "5min", 5 * MINUTE },
                { "1h 30min", 90 * MINUTE },
                { "1h30min", 90 * MINUTE },
                { "2d", 2 * DAY },
                { "1day", DAY },
                { "1.5h", 90 * MINUTE },
                { "0.5s", SECOND / 2 },
                { "0.000001s", 1 },
                { "0.0000001s", 0 },
                { "250ms", 250 * USEC_PER_MSEC },
                { "250msec", 250 * USEC_PER_MSEC },
                { "7us", 7 },
                { "7usec", 7 },
                { "7\xc2\xb5s", 7 },
                { "7\xce\xbcs", 7 },
                { "90", 90 * SECOND },
                { "1.25", 1250 * USEC_PER_MSEC },
                { "0", 0 },
                { "  5  min\t1 s  ", 5 * MINUTE + SECOND },
                { "1 2 3", 6 * SECOND },
                { "3sec 2seconds 1second", 6 * SECOND },
                { "1m 1minute 2minutes", 4 * MINUTE },
                { "1hr 1hour 2hours", 4 * HOUR },
                { "1days", DAY },
                { "1w 1week 1weeks", 21 * DAY },
                { "1M 1month 1months", 3 * YEAR / 12 },
                { "1y 1year 1years", 3 * YEAR },
                { "100y", 100 * YEAR },
                { "99y 365.25d", 100 * YEAR },
                { "00005s", 5 * SECOND },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t usec = 77;
                CHECK_INT(i, duration_parse(rows[i].text, &usec), 0);
                CHECK_INT(i, usec, rows[i].usec);
        }
}

static void test_parse_refuses(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int error;
        } rows[] = {
                { "", -EINVAL },
                { "   ", -EINVAL },
                { "s", -EINVAL },
                { "min 5", -EINVAL },
                { "-5s", -EINVAL },
                { "+5s", -EINVAL },
                { "5 -s", -EINVAL },
                { "1-2s", -EINVAL },
                { "5x", -EINVAL },
                { "5minx", -EINVAL },
                { "5MIN", -EINVAL },
                { "5S", -EINVAL },
                { "1.s", -EINVAL },
                { ".5s", -EINVAL },
                { "1.5.5s", -EINVAL },
                { "1,5h", -EINVAL },
                { "1e3s", -EINVAL },
                { "0x10s", -EINVAL },
                { "never", -EINVAL },
                { "infinity", -EINVAL },
                { "5s\n", -EINVAL },
                { "5 min min", -EINVAL },
                { "1h,5s", -EINVAL },
                { "100y 1us", -ERANGE },
                { "101y", -ERANGE },
                { "100.5y", -ERANGE },
                { "3155760001", -ERANGE },
                { "99999999999999999999999999999us", -ERANGE },
                { "18446744073709551616", -ERANGE },
                { "60y 60y", -ERANGE },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                usec_t usec = 77;
                CHECK_INT(i, duration_parse(rows[i].text, &usec), rows[i].error);
                CHECK_INT(i, usec, 77);
        }
}

static void test_format(void **state) {
        (void)state;
        static const struct {
                usec_t usec;
                const char *text, *exact;
        } rows[] = {
                { 0, "0s", "0s" },
                { 1, "1us", "1us" },
                { 999, "999us", "999us" },
                { 250 * USEC_PER_MSEC, "250ms", "250ms" },
                { 1500 * USEC_PER_MSEC, "1s 500ms", "1s 500ms" },
                { 45 * SECOND, "45s", "45s" },
                { 45 * SECOND + 1, "45s", "45s 1us" },
                { 72 * MINUTE, "1h 12min", "1h 12min" },
                { 72 * MINUTE + 59 * SECOND, "1h 12min", "1h 12min 59s" },
                { HOUR + 5 * SECOND, "1h", "1h 5s" },
                { 60 * MINUTE, "1h", "1h" },
                { 90 * SECOND, "1min 30s", "1min 30s" },
                { DAY, "1d", "1d" },
                { DAY + 5 * SECOND, "1d", "1d 5s" },
                { 2 * DAY + 3 * HOUR, "2d 3h", "2d 3h" },
                { 400 * DAY, "400d", "400d" },
                { DAY + HOUR + MINUTE + SECOND + 1001, "1d 1h", "1d 1h 1min 1s 1ms 1us" },
                { USEC_INFINITY, "213503982d 8h", "213503982d 8h 1min 49s 551ms 615us" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {}, exact = {};
                duration_format(&b, rows[i].usec);
                CHECK_STR(i, strbuf_text(&b), rows[i].text);
                duration_format_exact(&exact, rows[i].usec);
                CHECK_STR(i, strbuf_text(&exact), rows[i].exact);
        }
}

static void test_round_trip(void **state) {
        (void)state;
        static const usec_t units[] = { 1, USEC_PER_MSEC, SECOND, MINUTE, HOUR, DAY };
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 20000; turn++) {
                _cleanup_strbuf_ StrBuf b = {}, again = {};
                usec_t unit = units[check_below(&random, ELEMENTSOF(units))], back = 0;
                usec_t usec = check_below(&random, 100 * 365 * DAY / unit) * unit;
                duration_format_exact(&b, usec);
                CHECK_INT(turn, duration_parse(strbuf_text(&b), &back), 0);
                CHECK_INT(turn, back, usec);
                duration_format_exact(&again, back);
                CHECK_STR(turn, strbuf_text(&again), strbuf_text(&b));
        }
}

/* Whatever the text, the answer is one of three and in bounds. */
static void test_parse_random(void **state) {
        (void)state;
        static const char alphabet[] = "0123456789.. smhdwMyinur\t-\xc2\xb5";
        uint64_t random = check_seed(__func__);
        char text[24];

        for (size_t turn = 0; turn < 50000; turn++) {
                size_t n = check_below(&random, sizeof(text));
                for (size_t i = 0; i < n; i++)
                        text[i] = alphabet[check_below(&random, sizeof(alphabet) - 1)];
                text[n] = '\0';
                usec_t usec = 77;
                int r = duration_parse(text, &usec);
                CHECK(turn, r == 0 || r == -EINVAL || r == -ERANGE);
                CHECK(turn, r == 0 ? usec <= 100 * YEAR : usec == 77);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_refuses),
                cmocka_unit_test(test_format),       cmocka_unit_test(test_round_trip),
                cmocka_unit_test(test_parse_random),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
