/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

static const Clock clock_plain = { .rate = 1, .epoch = 0 };

int clock_parse(const char *text, Clock *ret) {
        char *end;

        if (text[0] < '0' || text[0] > '9')
                return -EINVAL;
        errno = 0;
        double rate = strtod(text, &end);
        if (errno != 0 || *end != '@' || !(rate >= 1 && rate <= 1e6))
                return -EINVAL;

        const char *digits = end + 1;
        if (digits[0] < '0' || digits[0] > '9')
                return -EINVAL;
        unsigned long long epoch = strtoull(digits, &end, 10);
        /* Beyond the year 9999 nothing can print it. */
        if (errno != 0 || *end != '\0' || epoch > 253402300799ULL)
                return -EINVAL;

        *ret = (Clock){ .rate = rate, .epoch = epoch * USEC_PER_SEC };
        return 0;
}

int clock_from_environment(Clock *ret) {
        const char *text = getenv("MAILSEC_CLOCK");
        if (!text || !*text) {
                *ret = clock_plain;
                return 0;
        }
        int r = clock_parse(text, ret);
        return r < 0 ? r : 1;
}

usec_t clock_scale(const Clock *clock, usec_t real) {
        if (clock->rate == 1)
                return real;
        double distance = (double)((int64_t)real - (int64_t)clock->epoch) * clock->rate;
        double scaled = (double)clock->epoch + distance;
        return scaled <= 0 ? 0 : (usec_t)scaled;
}

static usec_t now_of(clockid_t id) {
        struct timespec ts;
        if (clock_gettime(id, &ts) < 0)
                return 0;
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t clock_wall(const Clock *clock) {
        return clock_scale(clock, now_of(CLOCK_REALTIME));
}

usec_t clock_boot(const Clock *clock) {
        usec_t real = now_of(CLOCK_BOOTTIME);
        return clock->rate == 1 ? real : (usec_t)((double)real * clock->rate);
}

usec_t clock_monotonic(void) {
        return now_of(CLOCK_MONOTONIC);
}

usec_t clock_real_delay(const Clock *clock, usec_t delay) {
        if (clock->rate == 1 || delay == USEC_INFINITY)
                return delay;
        return (usec_t)ceil((double)delay / clock->rate);
}

Moment clock_moment(const Clock *clock) {
        return (Moment){ .wall = clock_wall(clock), .boot = MOMENT_BASE + clock_boot(clock) };
}

static usec_t shift(usec_t t, usec_t from, usec_t to) {
        if (t == 0 || t == USEC_INFINITY)
                return t;
        if (t >= from)
                return t - from > USEC_INFINITY - 1 - to ? USEC_INFINITY - 1 : to + (t - from);
        return from - t < to ? to - (from - t) : 1;
}

usec_t moment_to_wall(Moment now, usec_t boot) {
        return shift(boot, now.boot, now.wall);
}

usec_t moment_to_boot(Moment now, usec_t wall) {
        return shift(wall, now.wall, now.boot);
}
