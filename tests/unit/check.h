/* SPDX-License-Identifier: MIT */
#pragma once

/* What the unit tests share: cmocka, checks that name the row of a table (or the turn of a random
 * test), and random numbers from a seed that is printed and can be set. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs all of the above before it */

#include "base/macro.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(row, condition)                                                                      \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fail_msg("row %zu: not so: %s", (size_t)(row), #condition);                \
        } while (0)

#define CHECK_INT(row, got, expected)                                                              \
        do {                                                                                       \
                int64_t _got = (int64_t)(got), _expected = (int64_t)(expected);                    \
                if (_got != _expected)                                                             \
                        fail_msg("row %zu: %s is %" PRId64 ", not %" PRId64, (size_t)(row), #got,  \
                                 _got, _expected);                                                 \
        } while (0)

#define CHECK_STR(row, got, expected)                                                              \
        do {                                                                                       \
                const char *_got = (got), *_expected = (expected);                                 \
                if (!_got || strcmp(_got, _expected) != 0)                                         \
                        fail_msg("row %zu: %s is\n\"%s\", not\n\"%s\"", (size_t)(row), #got,       \
                                 _got ? _got : "(NULL)", _expected);                               \
        } while (0)

/* Prints the seed of a random test: MAILSEC_TEST_SEED where set, else a new one. */
static inline _unused_ uint64_t check_seed(const char *test) {
        const char *text = getenv("MAILSEC_TEST_SEED");
        struct timespec ts;
        clock_gettime(CLOCK_REALTIME, &ts);
        uint64_t seed = text && *text ? strtoull(text, NULL, 10)
                                      : (uint64_t)ts.tv_sec * 1000000007u ^ (uint64_t)ts.tv_nsec;
        printf("%s: MAILSEC_TEST_SEED=%" PRIu64 "\n", test, seed);
        return seed;
}

/* splitmix64: the next number, by a state that may begin anywhere. */
static inline _unused_ uint64_t check_random(uint64_t *state) {
        uint64_t z = *state += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
}

/* A number from 0 to below - 1. */
static inline _unused_ uint64_t check_below(uint64_t *state, uint64_t below) {
        return check_random(state) % below;
}
