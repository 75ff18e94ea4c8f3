/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/clock.h"

#include <errno.h>

static void test_parse(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int result;
                double rate;
                usec_t epoch_s;
        } rows[] = {
                { "60@1763800000", 0, 60, 1763800000 },
                { "1@0", 0, 1, 0 },
                { "1.5@1", 0, 1.5, 1 },
                { "1e6@1763800000", 0, 1e6, 1763800000 },
                { "2@253402300799", 0, 2, 253402300799u },
                { "2@253402300800", -EINVAL, 0, 0 },
                { "2@99999999999999999999999", -EINVAL, 0, 0 },
                { "", -EINVAL, 0, 0 },
                { "60", -EINVAL, 0, 0 },
                { "60@", -EINVAL, 0, 0 },
                { "@5", -EINVAL, 0, 0 },
                { "0.5@5", -EINVAL, 0, 0 },
                { "1000001@5", -EINVAL, 0, 0 },
                { "1e999@5", -EINVAL, 0, 0 },
                { "-60@5", -EINVAL, 0, 0 },
                { " 60@5", -EINVAL, 0, 0 },
                { "nan@5", -EINVAL, 0, 0 },
                { "inf@5", -EINVAL, 0, 0 },
                { "60@-5", -EINVAL, 0, 0 },
                { "60@ 5", -EINVAL, 0, 0 },
                { "60@5x", -EINVAL, 0, 0 },
                { "60@5.5", -EINVAL, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Clock clock = { .rate = -1, .epoch = 77 };
                CHECK_INT(i, clock_parse(rows[i].text, &clock), rows[i].result);
                CHECK(i, clock.rate == (rows[i].result < 0 ? -1 : rows[i].rate));
                CHECK_INT(i, clock.epoch, rows[i].result < 0 ? 77 : rows[i].epoch_s * USEC_PER_SEC);
        }
}

static void test_environment(void **state) {
        (void)state;
        Clock clock;

        unsetenv("MAILSEC_CLOCK");
        assert_int_equal(clock_from_environment(&clock), 0);
        assert_true(clock.rate == 1);
        setenv("MAILSEC_CLOCK", "", 1);
        assert_int_equal(clock_from_environment(&clock), 0);
        setenv("MAILSEC_CLOCK", "60@1763800000", 1);
        assert_int_equal(clock_from_environment(&clock), 1);
        assert_true(clock.rate == 60);
        setenv("MAILSEC_CLOCK", "fast", 1);
        assert_int_equal(clock_from_environment(&clock), -EINVAL);
        unsetenv("MAILSEC_CLOCK");
}

static void test_scale(void **state) {
        (void)state;
        static const struct {
                double rate;
                usec_t epoch, real, scaled;
        } rows[] = {
                { 1, 0, 12345, 12345 },
                { 1, 999, 12345, 12345 },
                { 60, 1000 * USEC_PER_SEC, 1000 * USEC_PER_SEC, 1000 * USEC_PER_SEC },
                { 60, 1000 * USEC_PER_SEC, 1001 * USEC_PER_SEC, 1060 * USEC_PER_SEC },
                { 60, 1000 * USEC_PER_SEC, 999 * USEC_PER_SEC, 940 * USEC_PER_SEC },
                { 60, 1000 * USEC_PER_SEC, 0, 0 }, /* never below 0 */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Clock clock = { .rate = rows[i].rate, .epoch = rows[i].epoch };
                CHECK_INT(i, clock_scale(&clock, rows[i].real), rows[i].scaled);
        }
}

static void test_real_delay(void **state) {
        (void)state;
        static const struct {
                double rate;
                usec_t delay, real;
        } rows[] = {
                { 1, 5, 5 },
                { 1, USEC_INFINITY, USEC_INFINITY },
                { 60, USEC_INFINITY, USEC_INFINITY },
                { 60, USEC_PER_MIN, USEC_PER_SEC },
                { 60, 1, 1 }, /* up: a delay is never too short */
                { 60, 0, 0 },
                { 2, 3, 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Clock clock = { .rate = rows[i].rate };
                CHECK_INT(i, clock_real_delay(&clock, rows[i].delay), rows[i].real);
        }
}

static void test_now(void **state) {
        (void)state;
        Clock plain = { .rate = 1 };

        usec_t wall = (usec_t)time(NULL) * USEC_PER_SEC;
        Moment first = clock_moment(&plain);
        assert_true(first.wall + USEC_PER_SEC >= wall && first.wall < wall + USEC_PER_MIN);
        Moment second = clock_moment(&plain);
        assert_true(second.boot >= first.boot && first.boot > 0);

        usec_t monotonic = clock_monotonic();
        assert_true(monotonic > 0 && clock_monotonic() >= monotonic);

        /* 1000 times as fast, from a second ago on: between 1000 s and a lot more have passed. */
        Clock fast = { .rate = 1000, .epoch = wall - USEC_PER_SEC };
        assert_true(clock_wall(&fast) >= wall + 900 * USEC_PER_SEC);
        assert_true(clock_boot(&fast) / 1000 >= first.boot - MOMENT_BASE);
}

/* The same instant on the other clock: both ways, before and after `now`, at the edges. */
static void test_moments(void **state) {
        (void)state;
        static const usec_t wall = 1763800000 * USEC_PER_SEC, boot = MOMENT_BASE + 5 * USEC_PER_MIN;
        static const struct {
                Moment now;
                usec_t on_boot, on_wall;
        } rows[] = {
                { { wall, boot }, boot, wall },
                { { wall, boot }, boot + 1, wall + 1 },
                { { wall, boot }, boot - 1, wall - 1 },
                { { wall, boot }, boot + USEC_PER_DAY, wall + USEC_PER_DAY },
                /* long before this boot */
                { { wall, boot }, boot - 30 * 365 * USEC_PER_DAY, wall - 30 * 365 * USEC_PER_DAY },
                { { wall, boot }, 0, 0 },                           /* not there */
                { { wall, boot }, USEC_INFINITY, USEC_INFINITY },   /* never */
                { { 10, 20 }, 11, 1 },                              /* the earliest there is */
                { { 1, 1 }, USEC_INFINITY - 1, USEC_INFINITY - 1 }, /* the latest */
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CHECK_INT(i, moment_to_wall(rows[i].now, rows[i].on_boot), rows[i].on_wall);
                CHECK_INT(i, moment_to_boot(rows[i].now, rows[i].on_wall), rows[i].on_boot);
        }
}

/* What has no place on the other clock: never 0 or USEC_INFINITY, which mean something else. */
static void test_moments_out_of_range(void **state) {
        (void)state;
        static const struct {
                Moment now;
                usec_t boot, wall;
        } rows[] = {
                { { 10, 20 }, 10, 1 },
                { { 10, 20 }, 1, 1 },
                { { 0, 20 }, 19, 1 },
                { { 100, 20 }, USEC_INFINITY - 1, USEC_INFINITY - 1 },
                { { USEC_INFINITY - 1, 20 }, 21, USEC_INFINITY - 1 },
                { { USEC_INFINITY - 1, 20 }, 20, USEC_INFINITY - 1 },
                { { USEC_INFINITY - 1, 20 }, 19, USEC_INFINITY - 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Moment other = { .wall = rows[i].now.boot, .boot = rows[i].now.wall };
                CHECK_INT(i, moment_to_wall(rows[i].now, rows[i].boot), rows[i].wall);
                CHECK_INT(i, moment_to_boot(other, rows[i].boot), rows[i].wall);
        }
}

/* There and back is the same instant wherever both clocks reach. */
static void test_moments_there_and_back(void **state) {
        (void)state;
        uint64_t random = check_seed("test_moments_there_and_back");

        for (size_t turn = 0; turn < 20000; turn++) {
                Moment now = { .wall = 1 + check_below(&random, 100 * 365 * USEC_PER_DAY),
                               .boot = MOMENT_BASE + check_below(&random, 1000 * USEC_PER_DAY) };
                usec_t span = check_below(&random, now.wall);
                bool ahead = check_below(&random, 2) == 1;
                usec_t boot = ahead ? now.boot + span : now.boot - span;
                usec_t wall = moment_to_wall(now, boot);
                CHECK(turn, wall == (ahead ? now.wall + span : now.wall - span));
                CHECK(turn, moment_to_boot(now, wall) == boot);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_environment),
                cmocka_unit_test(test_scale),
                cmocka_unit_test(test_real_delay),
                cmocka_unit_test(test_now),
                cmocka_unit_test(test_moments),
                cmocka_unit_test(test_moments_out_of_range),
                cmocka_unit_test(test_moments_there_and_back),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
