/* SPDX-License-Identifier: MIT */
#include "core/backoff.h"

#include "base/macro.h"

#define RARELY_USEC     (30 * USEC_PER_MIN)
#define SLOWLY_USEC_MAX (4 * USEC_PER_HOUR)

/* An outage is noticed to be over within an hour even where runs are a day apart. */
#define CEILING_USEC_MAX USEC_PER_HOUR

#define RETRY_AFTER_USEC_MAX USEC_PER_DAY

static usec_t part_of(usec_t whole, double jitter) {
        return (usec_t)((double)whole * CLAMP(jitter, 0.0, 1.0));
}

static usec_t exponential(unsigned failures, usec_t interval) {
        usec_t delay = interval > USEC_PER_HOUR ? USEC_PER_MIN : interval;
        usec_t ceiling = interval > CEILING_USEC_MAX / 4 ? CEILING_USEC_MAX : 4 * interval;

        for (unsigned i = 1; i < failures && delay < ceiling; i++)
                delay *= 2; /* delay < ceiling <= 1h: no overflow */
        return MIN(delay, ceiling);
}

usec_t backoff_delay(Outcome outcome, unsigned failures, usec_t interval, usec_t retry_after,
                     double jitter) {
        usec_t delay = interval;

        switch (outcome_info(outcome)->retry) {
        case RETRY_NORMAL:
                break;
        case RETRY_BACKOFF:
                delay = exponential(failures, interval);
                delay += part_of(delay / 10, jitter);
                break;
        case RETRY_RARELY:
                delay = RARELY_USEC + part_of(RARELY_USEC, jitter);
                break;
        case RETRY_DAY:
                delay = USEC_PER_DAY + part_of(USEC_PER_HOUR, jitter);
                break;
        case RETRY_SLOWLY:
                delay = MIN(interval, SLOWLY_USEC_MAX);
                delay += part_of(delay / 10, jitter);
                break;
        case RETRY_NEVER:
                return USEC_INFINITY;
        }
        return MAX(delay, MIN(retry_after, RETRY_AFTER_USEC_MAX));
}
