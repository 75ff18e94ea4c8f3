/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/backoff.h"

#define MINUTE USEC_PER_MIN
#define HOUR   USEC_PER_HOUR
#define DAY    USEC_PER_DAY

static const struct {
        Outcome outcome;
        unsigned failures;
        usec_t interval, retry_after;
        double jitter;
        usec_t delay;
} delays[] = {
        /* at the next regular time */
        { OUTCOME_OK, 0, 5 * MINUTE, 0, 0.5, 5 * MINUTE },
        { OUTCOME_BUDGET, 3, DAY, 0, 0.5, DAY },
        { OUTCOME_BUDGET, 3, HOUR, 2 * HOUR, 0.5, 2 * HOUR },
        /* a queue poll: 1, 2, 4 intervals, an hour at most */
        { OUTCOME_SERVER, 0, 5 * MINUTE, 0, 0, 5 * MINUTE },
        { OUTCOME_SERVER, 1, 5 * MINUTE, 0, 0, 5 * MINUTE },
        { OUTCOME_SERVER, 2, 5 * MINUTE, 0, 0, 10 * MINUTE },
        { OUTCOME_SERVER, 3, 5 * MINUTE, 0, 0, 20 * MINUTE },
        { OUTCOME_SERVER, 4, 5 * MINUTE, 0, 0, 20 * MINUTE },
        { OUTCOME_SERVER, 4000000000u, 5 * MINUTE, 0, 0, 20 * MINUTE },
        { OUTCOME_SERVER, 1, 5 * MINUTE, 0, 0.5, 5 * MINUTE + 15 * USEC_PER_SEC },
        { OUTCOME_SERVER, 3, 5 * MINUTE, 0, 1, 22 * MINUTE },
        { OUTCOME_SERVER, 3, 5 * MINUTE, 0, 7, 22 * MINUTE }, /* out of bounds */
        { OUTCOME_SERVER, 3, 5 * MINUTE, 0, -7, 20 * MINUTE },
        { OUTCOME_TIMEOUT, 9, 30 * MINUTE, 0, 0, HOUR },
        { OUTCOME_TIMEOUT, 1, HOUR, 0, 0, HOUR },
        { OUTCOME_TIMEOUT, 9, HOUR, 0, 0, HOUR },
        { OUTCOME_TIMEOUT, 9, 10 * USEC_PER_SEC, 0, 0, 40 * USEC_PER_SEC },
        { OUTCOME_TIMEOUT, 3, 20 * MINUTE, 0, 0, HOUR },
        /* a daily test: from a minute to an hour */
        { OUTCOME_TLS, 1, DAY, 0, 0, MINUTE },
        { OUTCOME_TLS, 2, DAY, 0, 0, 2 * MINUTE },
        { OUTCOME_TLS, 6, DAY, 0, 0, 32 * MINUTE },
        { OUTCOME_TLS, 7, DAY, 0, 0, HOUR },
        { OUTCOME_TLS, 4000000000u, DAY, 0, 0, HOUR },
        { OUTCOME_TLS, 1, HOUR + 1, 0, 0, MINUTE },
        { OUTCOME_TLS, 9, USEC_INFINITY, 0, 0, HOUR },
        { OUTCOME_TLS, 9, 0, 0, 0.5, 0 },
        /* Retry-After: longer, never shorter, a day at most */
        { OUTCOME_RATE_LIMITED, 1, 5 * MINUTE, MINUTE, 0, 5 * MINUTE },
        { OUTCOME_RATE_LIMITED, 1, 5 * MINUTE, 7 * MINUTE, 0, 7 * MINUTE },
        { OUTCOME_RATE_LIMITED, 1, 5 * MINUTE, 30 * DAY, 0, DAY },
        { OUTCOME_RATE_LIMITED, 1, 5 * MINUTE, USEC_INFINITY, 0, DAY },
        /* rarely */
        { OUTCOME_AUTH, 1, 5 * MINUTE, 0, 0, 30 * MINUTE },
        { OUTCOME_AUTH, 99, 5 * MINUTE, 0, 0.5, 45 * MINUTE },
        { OUTCOME_AUTH, 99, DAY, 0, 1, HOUR },
        { OUTCOME_FORBIDDEN, 1, 5 * MINUTE, 2 * HOUR, 0, 2 * HOUR },
        { OUTCOME_REDIRECT, 1, 5 * MINUTE, 0, 0, 30 * MINUTE },
        { OUTCOME_NOT_FOUND, 1, 5 * MINUTE, 0, 0, 30 * MINUTE },
        /* a day */
        { OUTCOME_QUOTA, 1, HOUR, 0, 0, DAY },
        { OUTCOME_QUOTA, 1, HOUR, 0, 0.5, DAY + 30 * MINUTE },
        { OUTCOME_QUOTA, 5, HOUR, HOUR, 0.5, DAY + 30 * MINUTE },
        /* hours */
        { OUTCOME_UNRESOLVED, 1, DAY, 0, 0, 4 * HOUR },
        { OUTCOME_UNRESOLVED, 1, DAY, 0, 0.5, 4 * HOUR + 12 * MINUTE },
        { OUTCOME_REFUSED, 1, HOUR, 0, 0, HOUR },
        /* never */
        { OUTCOME_INVALID_DOMAIN, 1, DAY, 0, 0, USEC_INFINITY },
        { OUTCOME_INVALID_DOMAIN, 1, DAY, HOUR, 0, USEC_INFINITY },
};

static void test_delays(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(delays); i++)
                CHECK_INT(i,
                          backoff_delay(delays[i].outcome, delays[i].failures, delays[i].interval,
                                        delays[i].retry_after, delays[i].jitter),
                          delays[i].delay);
}

/* Whatever comes in, a queue is polled neither before its interval nor 4 intervals and a tenth
 * late. */
static void test_bounds(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 20000; turn++) {
                usec_t interval = 10 * USEC_PER_SEC + check_below(&random, 7 * DAY);
                unsigned failures = (unsigned)check_below(&random, 40);
                double jitter = (double)check_below(&random, 1000) / 1000;
                usec_t delay = backoff_delay(OUTCOME_NETWORK, failures, interval, 0, jitter);
                usec_t later = backoff_delay(OUTCOME_NETWORK, failures + 1, interval, 0, jitter);
                CHECK(turn, delay >= MIN(interval, MINUTE));
                CHECK(turn, delay <= HOUR + HOUR / 10);
                CHECK(turn, interval > HOUR || delay >= interval);
                CHECK(turn, delay <= 4 * interval + 4 * interval / 10);
                CHECK(turn, later >= delay);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_delays),
                cmocka_unit_test(test_bounds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
