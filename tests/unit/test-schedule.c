/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "core/schedule.h"

#define DAY    USEC_PER_DAY
#define MINUTE USEC_PER_MIN

static void test_order(void **state) {
        (void)state;
        static const usec_t keys[] = { 5, 3, 8, 1, 9, 2, 7, 3, 0, USEC_INFINITY };
        static const usec_t sorted[] = { 0, 1, 2, 3, 3, 5, 7, 8, 9, USEC_INFINITY };
        ScheduleItem items[ELEMENTSOF(keys)] = {};
        Schedule s = {};

        assert_null(schedule_first(&s));
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                CHECK_INT(i, schedule_put(&s, &items[i], keys[i]), 0);
        for (size_t i = 0; i < ELEMENTSOF(sorted); i++) {
                ScheduleItem *first = schedule_first(&s);
                CHECK(i, first && first->key == sorted[i]);
                schedule_remove(&s, first);
                CHECK_INT(i, first->at, 0);
        }
        assert_null(schedule_first(&s));
        schedule_remove(&s, &items[0]); /* not queued: nothing happens */
        schedule_done(&s);
        assert_null(s.items);
}

static void test_move(void **state) {
        (void)state;
        ScheduleItem a = { .kind = 1 }, b = { .kind = 2 }, c = { .kind = 3 };
        Schedule s = {};

        schedule_put(&s, &a, 10);
        schedule_put(&s, &b, 20);
        schedule_put(&s, &c, 30);
        schedule_put(&s, &c, 5);
        assert_int_equal(s.n, 3);
        assert_ptr_equal(schedule_first(&s), &c);
        schedule_put(&s, &c, 40);
        assert_ptr_equal(schedule_first(&s), &a);
        schedule_put(&s, &a, 10); /* where it is already */
        assert_ptr_equal(schedule_first(&s), &a);
        schedule_remove(&s, &a);
        assert_ptr_equal(schedule_first(&s), &b);
        assert_int_equal(c.kind, 3);
        schedule_done(&s);
}

static void test_reserve(void **state) {
        (void)state;
        enum {
                N = 100
        };
        ScheduleItem items[N] = {};
        Schedule s = {};
        volatile size_t enormous = SIZE_MAX / 2;

        assert_int_equal(schedule_reserve(&s, N), 0);
        ScheduleItem **before = s.items;
        for (size_t i = 0; i < N; i++)
                CHECK_INT(i, schedule_put(&s, &items[i], N - i), 0);
        assert_ptr_equal(s.items, before);
        assert_int_equal(schedule_reserve(&s, 1), 0);
        assert_int_not_equal(schedule_reserve(&s, enormous), 0);
        assert_int_equal(s.allocated, N);
        assert_ptr_equal(schedule_first(&s), &items[N - 1]);
        schedule_done(&s);
}

/* Puts, moves and removes at random; beside it a plain array that is searched. */
static void test_against_model(void **state) {
        (void)state;
        enum {
                N = 200
        };
        ScheduleItem items[N] = {};
        usec_t keys[N];
        bool queued[N] = {};
        Schedule s = {};
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 100000; turn++) {
                size_t i = check_below(&random, N);
                if (check_below(&random, 3) == 0) {
                        schedule_remove(&s, &items[i]);
                        queued[i] = false;
                } else {
                        keys[i] = check_below(&random, 50); /* many equal ones */
                        CHECK_INT(turn, schedule_put(&s, &items[i], keys[i]), 0);
                        queued[i] = true;
                }
                usec_t least = USEC_INFINITY;
                size_t n = 0;
                for (size_t j = 0; j < N; j++) {
                        CHECK_INT(turn, items[j].at > 0, queued[j]);
                        if (!queued[j])
                                continue;
                        CHECK(turn, s.items[items[j].at - 1] == &items[j]);
                        CHECK(turn, items[j].key == keys[j]);
                        least = MIN(least, keys[j]);
                        n++;
                }
                CHECK_INT(turn, s.n, n);
                CHECK(turn, n == 0 ? !schedule_first(&s) : schedule_first(&s)->key == least);
        }
        schedule_done(&s);
}

static void test_next_run(void **state) {
        (void)state;
        static const struct {
                uint64_t hash;
                usec_t interval, last, next;
        } rows[] = {
                { 0, 100, 1000, 1100 }, /* on the grid: exactly an interval */
                { 0, 100, 1007, 1100 }, /* late: back to the grid */
                { 0, 100, 1010, 1100 }, /* nine tenths are allowed */
                { 0, 100, 1011, 1136 }, /* less is not: five quarters then */
                { 7, 100, 1007, 1107 },
                { 507, 100, 1007, 1107 },
                { 7, 100, 990, 1107 },
                { 7, 100, 982, 1107 },
                { 7, 100, 981, 1106 },
                { 50, 100, 0, 125 },
                { 5, 1, 77, 78 },
                { 5, 0, 77, 77 },
                { UINT64_MAX, DAY, 0, 0 + DAY + DAY / 4 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, schedule_next_run(rows[i].hash, rows[i].interval, rows[i].last),
                          rows[i].next);
}

/* From any first run it reaches the grid within 5 runs and then keeps exact distance, although each
 * run starts a little late; no two runs are nearer than nine tenths. */
static void test_settles(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 2000; turn++) {
                usec_t interval = 10 * USEC_PER_SEC + check_below(&random, 2 * DAY);
                usec_t last = 1763800000 * USEC_PER_SEC + check_below(&random, 10 * DAY);
                uint64_t hash = check_random(&random);
                for (size_t run = 0; run < 20; run++) {
                        usec_t next = schedule_next_run(hash, interval, last);
                        CHECK(turn, next >= last + interval - interval / 10);
                        CHECK(turn, next <= last + interval + interval / 4);
                        if (run >= 5)
                                CHECK_INT(turn, next % interval, hash % interval);
                        last = next + check_below(&random, interval / 10);
                }
        }
}

/* 10,000 domains that were all added at once spread over a day: in 96 quarters of an hour,
 * chi-square with 95 degrees of freedom stays below 180 (p < 1e-6; the names are fixed, so this
 * never flickers). */
static void test_spreads(void **state) {
        (void)state;
        enum {
                N = 10000,
                SLOTS = 96
        };
        size_t slots[SLOTS] = {};

        for (size_t i = 0; i < N; i++) {
                char name[32];
                int size = snprintf(name, sizeof(name), "domain%zu.example.com", i);
                uint64_t hash = text_hash(name, (size_t)size);
                usec_t at = 1763800000 * USEC_PER_SEC;
                for (size_t run = 0; run < 6; run++)
                        at = schedule_next_run(hash, DAY, at);
                slots[at % DAY / (DAY / SLOTS)]++;
        }
        double expected = (double)N / SLOTS, chi = 0;
        for (size_t i = 0; i < SLOTS; i++)
                chi += ((double)slots[i] - expected) * ((double)slots[i] - expected) / expected;
        if (chi > 180)
                fail_msg("chi-square is %g", chi);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),    cmocka_unit_test(test_move),
                cmocka_unit_test(test_reserve),  cmocka_unit_test(test_against_model),
                cmocka_unit_test(test_next_run), cmocka_unit_test(test_settles),
                cmocka_unit_test(test_spreads),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
