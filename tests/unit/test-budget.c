/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/budget.h"

#include <errno.h>

#define HOUR USEC_PER_HOUR
#define DAY  USEC_PER_DAY

static void test_no_limit(void **state) {
        (void)state;
        Budget b = {};

        assert_int_equal(budget_init(&b, 0), 0);
        for (size_t i = 0; i < 1000; i++) {
                CHECK_INT(i, budget_spend(&b, i), 0);
                CHECK_INT(i, budget_left(&b, i), UINT32_MAX);
                CHECK_INT(i, budget_next(&b, i), i);
        }
        budget_done(&b);
        budget_done(&b);
}

static void test_day(void **state) {
        (void)state;
        Budget b;

        assert_int_equal(budget_init(&b, 3), 0);
        assert_int_equal(budget_left(&b, 10 * HOUR), 3);
        assert_int_equal(budget_spend(&b, 10 * HOUR), 0);
        assert_int_equal(budget_spend(&b, 11 * HOUR), 0);
        assert_int_equal(budget_next(&b, 11 * HOUR), 11 * HOUR);
        assert_int_equal(budget_spend(&b, 12 * HOUR), 0);
        assert_int_equal(budget_left(&b, 12 * HOUR), 0);
        assert_int_equal(budget_spend(&b, 12 * HOUR), -EDQUOT);
        assert_int_equal(budget_next(&b, 12 * HOUR), 34 * HOUR);
        assert_int_equal(budget_spend(&b, 34 * HOUR - 1), -EDQUOT);
        assert_int_equal(budget_spend(&b, 34 * HOUR), 0);
        assert_int_equal(budget_left(&b, 34 * HOUR), 0);
        assert_int_equal(budget_next(&b, 34 * HOUR), 35 * HOUR);
        assert_int_equal(budget_left(&b, 100 * HOUR), 3);
        assert_int_equal(budget_next(&b, 100 * HOUR), 100 * HOUR);
        budget_done(&b);
}

static void test_clock_steps_back(void **state) {
        (void)state;
        Budget b;

        assert_int_equal(budget_init(&b, 2), 0);
        assert_int_equal(budget_spend(&b, 100 * HOUR), 0);
        assert_int_equal(budget_spend(&b, 101 * HOUR), 0);
        /* An hour, a week: nothing becomes free. */
        assert_int_equal(budget_left(&b, 99 * HOUR), 0);
        assert_int_equal(budget_left(&b, 1 * HOUR), 0);
        assert_int_equal(budget_next(&b, 1 * HOUR), 124 * HOUR);
        assert_int_equal(budget_left(&b, 123 * HOUR), 0);
        assert_int_equal(budget_left(&b, 124 * HOUR), 1);
        /* One booked by the clock that went back is the older one from now on. */
        assert_int_equal(budget_spend(&b, 90 * HOUR), 0);
        assert_int_equal(budget_next(&b, 90 * HOUR), 114 * HOUR);
        budget_done(&b);
}

static void test_resize(void **state) {
        (void)state;
        Budget b;

        assert_int_equal(budget_init(&b, 4), 0);
        for (usec_t i = 0; i < 4; i++)
                CHECK_INT(i, budget_spend(&b, (10 + i) * HOUR), 0);
        /* Larger. */
        assert_int_equal(budget_resize(&b, 6), 0);
        assert_int_equal(budget_left(&b, 13 * HOUR), 2);
        /* Smaller than what was spent: three have to expire before one place is free. */
        assert_int_equal(budget_resize(&b, 2), 0);
        assert_int_equal(budget_left(&b, 13 * HOUR), 0);
        assert_int_equal(budget_next(&b, 13 * HOUR), 36 * HOUR);
        assert_int_equal(budget_left(&b, 36 * HOUR - 1), 0);
        /* And back: nothing was forgotten, nor by switching the limit off and on. */
        assert_int_equal(budget_resize(&b, 0), 0);
        assert_int_equal(budget_left(&b, 13 * HOUR), UINT32_MAX);
        assert_int_equal(budget_resize(&b, 5), 0);
        assert_int_equal(budget_left(&b, 35 * HOUR), 3); /* 10 and 11 h are over */
        assert_int_equal(budget_resize(&b, 2), 0);
        assert_int_equal(budget_left(&b, 36 * HOUR), 1);
        budget_done(&b);
}

static void test_restore(void **state) {
        (void)state;
        static const usec_t stored[] = { 30 * HOUR, 5 * HOUR, 20 * HOUR, 6 * HOUR, 28 * HOUR };
        Budget b;

        assert_int_equal(budget_init(&b, 2), 0);
        for (size_t i = 0; i < ELEMENTSOF(stored); i++)
                CHECK_INT(i, budget_restore(&b, stored[i], 30 * HOUR), 0);
        assert_int_equal(b.n, 3); /* 5 and 6 h are too long ago; more than the limit is kept */
        assert_int_equal(budget_left(&b, 30 * HOUR), 0);
        assert_int_equal(budget_next(&b, 30 * HOUR), 52 * HOUR);
        assert_int_equal(budget_left(&b, 52 * HOUR), 1);
        for (size_t i = 0; i < 100; i++)
                CHECK_INT(i, budget_restore(&b, 50 * HOUR + i, 52 * HOUR), 0);
        assert_int_equal(b.n, 101);
        /* None of them was overwritten while the ring grew. */
        assert_int_equal(budget_resize(&b, 200), 0);
        for (size_t i = 0; i <= 100; i++)
                CHECK_INT(i, budget_left(&b, 74 * HOUR - 1 + i), 100 + i);
        budget_done(&b);
}

/* Beside it a list of all starts, counted anew each time; time goes on, jumps and steps back. Steps
 * back are short of what has expired by then: what a ledger forgot for good cannot be counted. */
static void test_against_model(void **state) {
        (void)state;
        enum {
                SPENT_MAX = 4000
        };
        static usec_t spent[SPENT_MAX];
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 300; turn++) {
                Budget b;
                size_t n = 0;
                uint32_t limit = (uint32_t)(1 + check_below(&random, 12));
                usec_t now = 50 * DAY;
                CHECK_INT(turn, budget_init(&b, limit), 0);

                for (size_t step = 0; step < 300; step++) {
                        now += check_below(&random, 10) == 0 ? check_below(&random, DAY)
                                                             : check_below(&random, HOUR);
                        if (check_below(&random, 10) == 0)
                                now -= check_below(&random, 4 * HOUR);
                        if (check_below(&random, 40) == 0) {
                                limit = (uint32_t)(1 + check_below(&random, 12));
                                CHECK_INT(turn, budget_resize(&b, limit), 0);
                        }
                        size_t kept = 0; /* what is over is over for good */
                        for (size_t i = 0; i < n; i++)
                                if (spent[i] > now || now - spent[i] < DAY)
                                        spent[kept++] = spent[i];
                        n = kept;
                        uint32_t left = n < limit ? limit - (uint32_t)n : 0;
                        CHECK_INT(turn, budget_left(&b, now), left);

                        usec_t next = budget_next(&b, now);
                        size_t later = 0, at = 0;
                        for (size_t i = 0; i < n; i++) {
                                later += spent[i] + DAY > next;
                                at += spent[i] + DAY >= next;
                        }
                        CHECK(turn, left > 0 ? next == now : later < limit && at >= limit);

                        if (check_below(&random, 2) == 0)
                                continue;
                        CHECK_INT(turn, budget_spend(&b, now), left > 0 ? 0 : -EDQUOT);
                        if (left > 0)
                                spent[n++] = now;
                }
                budget_done(&b);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_limit),         cmocka_unit_test(test_day),
                cmocka_unit_test(test_clock_steps_back), cmocka_unit_test(test_resize),
                cmocka_unit_test(test_restore),          cmocka_unit_test(test_against_model),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
