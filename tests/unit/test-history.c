/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/history.h"

#include <errno.h>
#include <float.h>
#include <math.h>

#define MOST 4503599627370496.0 /* 2^52 */

static bool same(double a, double b) {
        return a == b || (isnan(a) && isnan(b));
}

static void test_codes(void **state) {
        (void)state;
        static const struct {
                double value, back;
                uint64_t code;
        } rows[] = {
                { NAN, NAN, 0 },
                { 0, 0, 1 },
                { -0.0, 0, 1 },
                { 1, 1, 3 },
                { 62, 62, 125 },
                { 1e6, 1e6, 2000001 },
                { MOST, MOST, (UINT64_C(1) << 53) + 1 },
                { 1e300, MOST, (UINT64_C(1) << 53) + 1 },
                { INFINITY, MOST, (UINT64_C(1) << 53) + 1 },
                { FLT_MAX, MOST, (UINT64_C(1) << 53) + 1 },
                { 0.001, 0.001, 1 + (2 << 1 | 1) },
                { 0.5, 0.5, 1 + (1000 << 1 | 1) },
                { 0.0004, 0, 1 },
                { 0.9996, 1, 3 },
                { 12.3456, 12.346, 1 + (24692 << 1 | 1) },
                { -0.001, -0.001, 1 + (1 << 1 | 1) },
                { -1, -1, 1 + (1999 << 1 | 1) },
                { -12.3456, -12.346, 1 + (24691 << 1 | 1) },
                { -0.0001, 0, 1 },
                { -INFINITY, -MOST, 1 + ((UINT64_C(1000) << 53) - 1) * 2 + 1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint64_t code = history_code(rows[i].value);
                CHECK_INT(i, code, rows[i].code);
                CHECK(i, same(history_value(code), rows[i].back));
                CHECK_INT(i, history_code(history_value(code)), code);
        }
}

static void test_bytes(void **state) {
        (void)state;
        uint64_t codes[HISTORY_COLUMNS] = { history_code(0), history_code(300), history_code(NAN) };
        static const uint8_t expected[] = {
                1, /* samples */
                0x80 | 2 << 1 | 1,
                2, /* slots 2 to 4, fresh */
                3,
                1,
                0xd9,
                4, /* columns 0 and 1: 0 and 300 */
                5 << 1,
                4,
                0, /* slot 5: column 2 unknown */
                7 << 1,
                0, /* slot 7: a tick */
        };
        HistoryWriter w = {};

        history_writer_begin(&w, HISTORY_SAMPLES);
        for (unsigned slot = 2; slot <= 4; slot++)
                history_writer_add(&w, slot, true, 3, codes);
        history_writer_add(&w, 5, false, 4, codes);
        history_writer_add(&w, 7, false, 0, codes);
        assert_int_equal(history_writer_end(&w), 0);
        assert_int_equal(w.block.size, sizeof(expected));
        assert_memory_equal(w.block.data, expected, sizeof(expected));
        history_writer_done(&w);
        history_writer_done(&w);
}

static double random_value(uint64_t *random) {
        switch (check_below(random, 8)) {
        case 0:
                return NAN;
        case 1:
                return (double)check_below(random, 1u << 30) / 1000;
        case 2:
                return -(double)check_below(random, 1u << 30) / 1000;
        case 3:
                return (double)check_below(random, (UINT64_C(1) << 52) + 1);
        case 4:
                return -(double)check_below(random, (UINT64_C(1) << 52) + 1);
        default:
                return (double)check_below(random, 100);
        }
}

/* Few kinds of bodies, so that runs come about. */
static void test_samples_round_trip(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        static struct {
                bool there, fresh;
                uint64_t mask, codes[HISTORY_COLUMNS];
        } slots[HISTORY_SLOTS];
        HistoryWriter w = {};

        for (size_t turn = 0; turn < 3000; turn++) {
                uint64_t kinds = 1 + check_below(&random, 3);
                for (unsigned i = 0; i < HISTORY_SLOTS; i++) {
                        uint64_t seed = turn * 8 + check_below(&random, kinds);
                        slots[i].there = check_below(&random, 10) > 0;
                        slots[i].fresh = (check_random(&seed) & 1) != 0;
                        slots[i].mask = check_random(&seed) & check_random(&seed);
                        for (unsigned c = 0; c < HISTORY_COLUMNS; c++)
                                slots[i].codes[c] = history_code(random_value(&seed));
                }
                history_writer_begin(&w, HISTORY_SAMPLES);
                for (unsigned i = 0; i < HISTORY_SLOTS; i++)
                        if (slots[i].there)
                                history_writer_add(&w, i, slots[i].fresh, slots[i].mask,
                                                   slots[i].codes);
                CHECK_INT(turn, history_writer_end(&w), 0);

                HistoryReader r;
                HistoryEntry entry, one;
                unsigned at = 0;
                CHECK_INT(turn,
                          history_reader_init(&r, HISTORY_SAMPLES, w.block.data, w.block.size), 0);
                int more;
                while ((more = history_reader_next(&r, &entry)) > 0)
                        for (unsigned i = entry.slot; i <= entry.last; i++) {
                                for (; at < i; at++)
                                        CHECK(turn, !slots[at].there);
                                CHECK(turn, slots[i].there);
                                CHECK_INT(turn, entry.fresh, slots[i].fresh);
                                CHECK_INT(turn, entry.mask, slots[i].mask);
                                for (uint64_t m = entry.mask; m != 0; m &= m - 1) {
                                        int c = __builtin_ctzll(m);
                                        CHECK_INT(turn, history_code(entry.values[c]),
                                                  slots[i].codes[c]);
                                }
                                at = i + 1;
                        }
                CHECK_INT(turn, more, 0);
                for (; at < HISTORY_SLOTS; at++)
                        CHECK(turn, !slots[at].there);

                unsigned wanted = (unsigned)check_below(&random, HISTORY_SLOTS);
                CHECK_INT(turn, history_find(w.block.data, w.block.size, wanted, &one),
                          slots[wanted].there);
                if (slots[wanted].there)
                        CHECK(turn,
                              one.mask == slots[wanted].mask && one.fresh == slots[wanted].fresh);
                CHECK_INT(turn, history_find(w.block.data, w.block.size, 0, NULL), 0);
        }
        history_writer_done(&w);
}

/* Alike series cost the same bytes whether there is one of them or 64. */
static void test_runs_are_short(void **state) {
        (void)state;
        uint64_t codes[HISTORY_COLUMNS];
        HistoryWriter w = {};

        for (unsigned c = 0; c < HISTORY_COLUMNS; c++)
                codes[c] = history_code(0);
        history_writer_begin(&w, HISTORY_SAMPLES);
        for (unsigned i = 0; i < HISTORY_SLOTS; i++)
                history_writer_add(&w, i, true, (1u << 19) - 1, codes);
        assert_int_equal(history_writer_end(&w), 0);
        assert_int_equal(w.block.size, 1 + 2 + 3 + 19);

        HistoryHour hour = { .known = (1u << 19) - 1 };
        history_writer_begin(&w, HISTORY_HOUR);
        for (unsigned i = 0; i < HISTORY_SLOTS; i++)
                history_writer_add_hour(&w, i, &hour);
        assert_int_equal(history_writer_end(&w), 0);
        assert_int_equal(w.block.size, 1 + 2 + 3 + 3 + 19);
        history_writer_done(&w);
}

/* Min and max come back as they are kept, the mean within a 32766th of what lies between them and
 * the thousandth that a number is rounded to. */
static void check_hour(size_t turn, const HistoryHour *got, const HistoryHour *expected) {
        CHECK_INT(turn, got->known, expected->known);
        for (uint64_t m = got->known; m != 0; m &= m - 1) {
                int c = __builtin_ctzll(m);
                double slack = 1e-9 * fmax(fabs(expected->min[c]), fabs(expected->max[c])) + 0.001;
                CHECK(turn, fabs(got->min[c] - expected->min[c]) <= slack);
                CHECK(turn, fabs(got->max[c] - expected->max[c]) <= slack);
                CHECK(turn, fabs(got->mean[c] - expected->mean[c]) <=
                                    slack + (expected->max[c] - expected->min[c]) / 32766);
                CHECK(turn, got->mean[c] >= got->min[c] && got->mean[c] <= got->max[c]);
        }
}

static void test_hours_round_trip(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        static HistoryHour hours[HISTORY_SLOTS];
        static HistoryHour got;
        HistoryWriter w = {};

        for (size_t turn = 0; turn < 1000; turn++) {
                uint64_t there = check_random(&random) | check_random(&random);
                history_writer_begin(&w, HISTORY_HOUR);
                for (unsigned i = 0; i < HISTORY_SLOTS; i++) {
                        HistoryHour *h = &hours[i];
                        if (i > 0 && check_below(&random, 2) == 0)
                                *h = hours[i - 1];
                        else
                                h->known = check_random(&random) & check_random(&random);
                        for (uint64_t m = h->known; m != 0; m &= m - 1) {
                                int c = __builtin_ctzll(m);
                                double a = random_value(&random), b = random_value(&random);
                                a = isnan(a) ? 0.0005 : a;
                                b = isnan(b) || check_below(&random, 3) == 0 ? a : b;
                                h->min[c] = fmin(a, b);
                                h->max[c] = fmax(a, b);
                                h->mean[c] = h->min[c] +
                                             (h->max[c] - h->min[c]) *
                                                     (double)check_below(&random, 1000) / 999;
                        }
                        if ((there >> i & 1) != 0)
                                history_writer_add_hour(&w, i, h);
                }
                CHECK_INT(turn, history_writer_end(&w), 0);
                CHECK_INT(turn, history_find_hour(w.block.data, w.block.size, 0, NULL), 0);
                for (unsigned i = 0; i < HISTORY_SLOTS; i++) {
                        CHECK_INT(turn, history_find_hour(w.block.data, w.block.size, i, &got),
                                  there >> i & 1);
                        if ((there >> i & 1) != 0)
                                check_hour(turn, &got, &hours[i]);
                }
        }
        history_writer_done(&w);
}

static void test_malformed(void **state) {
        (void)state;
        static const struct {
                size_t size;
                const char *block;
        } rows[] = {
                { 0, "" },
                { 1, "\0" },
                { 1, "\3" },
                { 2, "\1\1" },                                            /* no body */
                { 3, "\1\1\1" },                                          /* no value */
                { 2, "\1\x81" },                                          /* no count of a run */
                { 4, "\1\xff\1\0" },                                      /* slots 63 and 64 */
                { 4, "\1\x81\x40\0" },                                    /* slots 0 to 64 */
                { 5, "\1\4\0\4\0" },                                      /* slot 2 twice */
                { 5, "\1\4\0\2\0" },                                      /* descending */
                { 7, "\1\x85\2\0\6\0\0" },                                /* slot 3 within a run */
                { 13, "\1\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\1" },   /* a mask of 65 bits */
                { 13, "\1\1\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1" }, /* 11 bytes */
                { 11, "\1\1\1\x83\x80\x80\x80\x80\x80\x80\x20" },         /* 2^52 + 1 */
        };
        HistoryEntry entry;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                HistoryReader r;
                char *copy = malloc(rows[i].size +
                                    1); /* of its own size, so that a look past it shows */
                assert_non_null(copy);
                char *block = realloc(copy, MAX(rows[i].size, (size_t)1));
                assert_non_null(block);
                memcpy(block, rows[i].block, rows[i].size);
                CHECK_INT(i, history_find(block, rows[i].size, 0, NULL), -EBADMSG);
                int more = history_reader_init(&r, HISTORY_SAMPLES, block, rows[i].size);
                for (size_t n = 0; more >= 0 && n < 10; n++)
                        more = history_reader_next(&r, &entry);
                CHECK_INT(i, more, -EBADMSG);
                free(block);
        }
}

/* Every beginning of a good block, and good ones with bytes changed: the end is reached, values are
 * sane. */
static void test_broken(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        uint64_t codes[HISTORY_COLUMNS];
        HistoryWriter w = {};
        static HistoryEntry entry;
        static HistoryHour hour;

        for (unsigned c = 0; c < HISTORY_COLUMNS; c++)
                codes[c] = history_code((double)check_below(&random, 1000) / 10);
        history_writer_begin(&w, HISTORY_SAMPLES);
        for (unsigned i = 0; i < HISTORY_SLOTS; i++)
                history_writer_add(&w, i, i % 3 == 0, check_below(&random, 8), codes);
        assert_int_equal(history_writer_end(&w), 0);

        for (size_t turn = 0; turn < 20000; turn++) {
                size_t size = 1 + check_below(&random, w.block.size);
                uint8_t *block = malloc(size);
                assert_non_null(block);
                memcpy(block, w.block.data, size);
                for (uint64_t n = check_below(&random, 4); n > 0; n--)
                        block[check_below(&random, size)] = (uint8_t)check_random(&random);
                if (turn % 2 != 0)
                        block[0] = HISTORY_HOUR;

                HistoryReader r;
                int more = history_reader_init(&r, (HistoryFormat)block[0], block, size);
                size_t n = 0;
                if (block[0] == HISTORY_HOUR)
                        while (more >= 0 && (more = history_reader_next_hour(&r, &hour)) > 0) {
                                CHECK(turn, ++n <= HISTORY_SLOTS && hour.last < HISTORY_SLOTS);
                                for (uint64_t m = hour.known; m != 0; m &= m - 1) {
                                        int c = __builtin_ctzll(m);
                                        CHECK(turn, hour.min[c] <= hour.mean[c] &&
                                                            hour.mean[c] <= hour.max[c]);
                                }
                        }
                else if (block[0] == HISTORY_SAMPLES)
                        while (more >= 0 && (more = history_reader_next(&r, &entry)) > 0) {
                                CHECK(turn, ++n <= HISTORY_SLOTS && entry.last < HISTORY_SLOTS);
                                for (uint64_t m = entry.mask; m != 0; m &= m - 1)
                                        CHECK(turn,
                                              !(fabs(entry.values[__builtin_ctzll(m)]) > MOST));
                        }
                free(block);
        }
        history_writer_done(&w);
}

static void test_states_and_tallies(void **state) {
        (void)state;
        HistoryState s = {};
        HistoryTally t = {};
        HistoryHour hour;
        HistoryEntry entry = { .fresh = true, .mask = 5, .values = { [0] = 4, [2] = 7 } };

        history_tally_add(&t, &s, 3); /* nothing known */
        assert_int_equal(t.known, 0);
        history_apply(&s, &entry);
        assert_int_equal(s.known, 5);
        history_tally_add(&t, &s, 2);
        entry = (HistoryEntry){ .mask = 6, .values = { [1] = -1, [2] = NAN } };
        history_apply(&s, &entry);
        assert_int_equal(s.known, 3);
        history_tally_add(&t, &s, 1);
        entry = (HistoryEntry){ .mask = 1, .values = { [0] = 10 } };
        history_apply(&s, &entry);
        history_tally_add(&t, &s, 3);
        history_tally_add(&t, &s, 0);
        history_tally_hour(&t, &hour);
        assert_int_equal(hour.known, 7);
        assert_true(hour.min[0] == 4 && hour.max[0] == 10 && hour.mean[0] == 7);
        assert_true(hour.min[1] == -1 && hour.max[1] == -1 && hour.mean[1] == -1);
        assert_true(hour.min[2] == 7 && hour.max[2] == 7 && hour.mean[2] == 7);
        entry = (HistoryEntry){ .fresh = true };
        history_apply(&s, &entry);
        assert_int_equal(s.known, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_codes),
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_samples_round_trip),
                cmocka_unit_test(test_runs_are_short),
                cmocka_unit_test(test_hours_round_trip),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_states_and_tallies),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
