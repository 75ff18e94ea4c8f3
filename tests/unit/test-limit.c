/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/limit.h"

#include <math.h>

#define W  LEVEL_WARNING
#define C  LEVEL_CRITICAL
#define OK LEVEL_OK

static void test_names(void **state) {
        (void)state;

        assert_string_equal(level_name(LEVEL_OK), "ok");
        assert_string_equal(level_name(LEVEL_WARNING), "warning");
        assert_string_equal(level_name(LEVEL_CRITICAL), "critical");
        for (Level level = LEVEL_OK; level < _LEVEL_MAX; level++) {
                Level found = _LEVEL_MAX;
                CHECK(level, level_find(level_name(level), &found));
                CHECK_INT(level, found, level);
        }
}

static void test_no_names(void **state) {
        (void)state;
        static const char *const rows[] = { NULL, "", "OK", "warn", "warning ", "unknown" };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Level found = LEVEL_CRITICAL;
                CHECK(i, !level_find(rows[i], &found));
                CHECK_INT(i, found, LEVEL_CRITICAL); /* untouched */
        }
}

static const struct {
        Limit limit;
        Bad bad;
        double value;
        Level current, level;
} judgements[] = {
        /* high, both levels: at the limit is bad */
        { { 15, 60, NAN }, BAD_HIGH, 14.9, OK, OK },
        { { 15, 60, NAN }, BAD_HIGH, 15, OK, W },
        { { 15, 60, NAN }, BAD_HIGH, 59.9, OK, W },
        { { 15, 60, NAN }, BAD_HIGH, 60, OK, C },
        { { 15, 60, NAN }, BAD_HIGH, 14.9, C, OK },
        { { 15, 60, NAN }, BAD_HIGH, 15, C, W },
        { { 15, 60, NAN }, BAD_HIGH, INFINITY, OK, C },
        { { 15, 60, NAN }, BAD_HIGH, -INFINITY, C, OK },
        { { 15, 60, NAN }, BAD_HIGH, -1, OK, OK },
        /* one level */
        { { 1, NAN, NAN }, BAD_HIGH, 1e300, OK, W },
        { { 1, NAN, NAN }, BAD_HIGH, 0, W, OK },
        { { NAN, 1, NAN }, BAD_HIGH, 1, OK, C },
        { { NAN, 1, NAN }, BAD_HIGH, 0.5, C, OK },
        { { 5, 5, NAN }, BAD_HIGH, 5, OK, C },
        { { 0, 0, NAN }, BAD_HIGH, 0, OK, C },
        /* an infinite limit is one like any other */
        { { INFINITY, NAN, NAN }, BAD_HIGH, 1e308, OK, OK },
        { { INFINITY, NAN, NAN }, BAD_HIGH, INFINITY, OK, W },
        /* clear: between it and the limit an alert holds on, nothing is raised */
        { { 15, 60, 10 }, BAD_HIGH, 12, OK, OK },
        { { 15, 60, 10 }, BAD_HIGH, 12, W, W },
        { { 15, 60, 10 }, BAD_HIGH, 12, C, W },
        { { 15, 60, 10 }, BAD_HIGH, 10, W, OK },
        { { 15, 60, 10 }, BAD_HIGH, 10, C, OK },
        { { 15, 60, 10 }, BAD_HIGH, 10.1, C, W },
        { { NAN, 60, 10 }, BAD_HIGH, 30, C, C },
        { { NAN, 60, 10 }, BAD_HIGH, 30, W, W }, /* never above current */
        { { NAN, 60, 10 }, BAD_HIGH, 10, C, OK },
        { { 15, NAN, 10 }, BAD_HIGH, 12, C, W },
        /* low */
        { { 5, 1, NAN }, BAD_LOW, 5.1, OK, OK },
        { { 5, 1, NAN }, BAD_LOW, 5, OK, W },
        { { 5, 1, NAN }, BAD_LOW, 1.1, OK, W },
        { { 5, 1, NAN }, BAD_LOW, 1, OK, C },
        { { 5, 1, NAN }, BAD_LOW, -INFINITY, OK, C },
        { { 5, 1, NAN }, BAD_LOW, INFINITY, C, OK },
        { { NAN, 0, NAN }, BAD_LOW, 0, OK, C },
        { { NAN, 0, NAN }, BAD_LOW, 1, C, OK },
        { { 5, 1, 8 }, BAD_LOW, 7, OK, OK },
        { { 5, 1, 8 }, BAD_LOW, 7, C, W },
        { { 5, 1, 8 }, BAD_LOW, 8, W, OK },
        /* informs only: as high */
        { { 5, 10, NAN }, BAD_NONE, 5, OK, W },
        { { 5, 10, NAN }, BAD_NONE, 4, W, OK },
        { { 5, 10, 2 }, BAD_NONE, 4, W, W },
        /* no limit: never bad, and what stands may go */
        { { NAN, NAN, NAN }, BAD_HIGH, 1e9, OK, OK },
        { { NAN, NAN, NAN }, BAD_HIGH, 1e9, C, OK },
        { { NAN, NAN, 3 }, BAD_HIGH, 1e9, C, OK },
        /* unknown says nothing */
        { { 15, 60, NAN }, BAD_HIGH, NAN, OK, OK },
        { { 15, 60, NAN }, BAD_HIGH, NAN, W, W },
        { { 15, 60, NAN }, BAD_LOW, NAN, C, C },
};

static void test_judge(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(judgements); i++)
                CHECK_INT(i,
                          limit_judge(&judgements[i].limit, judgements[i].bad, judgements[i].value,
                                      judgements[i].current),
                          judgements[i].level);
}

static void test_problem(void **state) {
        (void)state;
        static const struct {
                Limit limit;
                Bad bad;
                const char *problem;
        } rows[] = {
                { { NAN, NAN, NAN }, BAD_HIGH, NULL },
                { { 15, 60, 10 }, BAD_HIGH, NULL },
                { { 15, 15, 10 }, BAD_HIGH, NULL },
                { { 15, INFINITY, NAN }, BAD_HIGH, NULL },
                { { NAN, 60, 59 }, BAD_HIGH, NULL },
                { { 15, NAN, 14 }, BAD_HIGH, NULL },
                { { 60, 15, NAN }, BAD_HIGH, "critical is below warning" },
                { { 60, 15, 5 }, BAD_HIGH, "critical is below warning" },
                { { 15, 60, 15 }, BAD_HIGH, "clear is not below warning" },
                { { 15, 60, 20 }, BAD_HIGH, "clear is not below warning" },
                { { NAN, 60, 60 }, BAD_HIGH, "clear is not below critical" },
                { { NAN, NAN, 60 }, BAD_HIGH, "clear is set without warning or critical" },
                { { 5, 1, 6 }, BAD_LOW, NULL },
                { { 5, 5, NAN }, BAD_LOW, NULL },
                { { 1, 5, NAN }, BAD_LOW, "critical is above warning" },
                { { 5, 1, 5 }, BAD_LOW, "clear is not above warning" },
                { { 5, 1, 4 }, BAD_LOW, "clear is not above warning" },
                { { NAN, 1, 1 }, BAD_LOW, "clear is not above critical" },
                { { 60, 15, NAN }, BAD_NONE, "critical is below warning" },
                { { 15, 60, 10 }, BAD_NONE, NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *problem = limit_problem(&rows[i].limit, rows[i].bad);
                if (rows[i].problem)
                        CHECK_STR(i, problem, rows[i].problem);
                else
                        CHECK(i, !problem);
        }
}

static void test_of(void **state) {
        (void)state;
        static const struct {
                Limit limit;
                Level level;
                double number;
        } rows[] = {
                { { 15, 60, 10 }, OK, 10 },    { { 15, 60, NAN }, OK, 15 },
                { { NAN, 60, NAN }, OK, 60 },  { { 15, 60, 10 }, W, 15 },
                { { NAN, 60, 10 }, W, 60 },    { { 15, 60, 10 }, C, 60 },
                { { 15, NAN, 10 }, C, 15 },    { { NAN, NAN, NAN }, C, NAN },
                { { NAN, NAN, NAN }, W, NAN }, { { NAN, NAN, NAN }, OK, NAN },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                double number = limit_of(&rows[i].limit, rows[i].level);
                CHECK(i, isnan(rows[i].number) ? isnan(number) : number == rows[i].number);
        }
}

static void test_is_set(void **state) {
        (void)state;

        assert_false(limit_is_set(&(Limit){ NAN, NAN, NAN }));
        assert_false(limit_is_set(&(Limit){ NAN, NAN, 1 }));
        assert_true(limit_is_set(&(Limit){ 1, NAN, NAN }));
        assert_true(limit_is_set(&(Limit){ NAN, 1, NAN }));
        assert_true(limit_is_set(&(Limit){ 0, INFINITY, NAN }));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names), cmocka_unit_test(test_no_names),
                cmocka_unit_test(test_judge), cmocka_unit_test(test_problem),
                cmocka_unit_test(test_of),    cmocka_unit_test(test_is_set),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
