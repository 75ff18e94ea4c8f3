/* SPDX-License-Identifier: MIT */
#include "sim/moment.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/macro.h"

static const struct {
        const char *name;
        usec_t length;
} units[] = {
        { "usec", 1 },
        { "us", 1 },
        { "msec", USEC_PER_MSEC },
        { "ms", USEC_PER_MSEC },
        { "seconds", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "minutes", USEC_PER_MIN },
        { "minute", USEC_PER_MIN },
        { "min", USEC_PER_MIN },
        { "m", USEC_PER_MIN },
        { "hours", USEC_PER_HOUR },
        { "hour", USEC_PER_HOUR },
        { "hr", USEC_PER_HOUR },
        { "h", USEC_PER_HOUR },
        { "days", USEC_PER_DAY },
        { "day", USEC_PER_DAY },
        { "d", USEC_PER_DAY },
        { "weeks", 7 * USEC_PER_DAY },
        { "week", 7 * USEC_PER_DAY },
        { "w", 7 * USEC_PER_DAY },
};

/* Beyond 100 years nothing is a scenario. */
#define MOMENT_LIMIT ((double)(100 * 365 * USEC_PER_DAY))

static usec_t unit_length(const char *word, size_t size) {
        if (size == 0)
                return USEC_PER_SEC;
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strlen(units[i].name) == size && memcmp(units[i].name, word, size) == 0)
                        return units[i].length;
        return 0;
}

int moment_parse(const char *text, moment_t *ret) {
        double total = 0;
        const char *p = text + strspn(text, " ");
        double sign = *p == '-' ? -1 : 1;
        p += *p == '-' || *p == '+';
        if (!*p)
                return -EINVAL;

        while (*p) {
                char *end;
                if (!strchr("0123456789.", *p))
                        return -EINVAL;
                double number = strtod(p, &end);
                if (end == p || !isfinite(number))
                        return -EINVAL;
                p = end + strspn(end, " ");
                size_t size = strspn(p, "abcdefghijklmnopqrstuvwxyz");
                usec_t length = unit_length(p, size);
                if (length == 0)
                        return -EINVAL;
                total += number * (double)length;
                p += size;
                p += strspn(p, " ");
        }
        if (total > MOMENT_LIMIT)
                return -EINVAL;
        *ret = (moment_t)llround(sign * total);
        return 0;
}

static void broken_down(usec_t wall, struct tm *ret) {
        time_t seconds = (time_t)(wall / USEC_PER_SEC);
        if (!gmtime_r(&seconds, ret))
                *ret = (struct tm){ .tm_mday = 1, .tm_year = 70 };
}

void moment_format_rfc3339(usec_t wall, char text[static MOMENT_TEXT_MAX]) {
        struct tm tm;
        broken_down(wall, &tm);
        size_t size = strftime(text, MOMENT_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(text + size, MOMENT_TEXT_MAX - size, ".%06uZ", (unsigned)(wall % USEC_PER_SEC));
}

void moment_format_http(usec_t wall, char text[static MOMENT_TEXT_MAX]) {
        static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
        static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        struct tm tm;
        broken_down(wall, &tm);
        snprintf(text, MOMENT_TEXT_MAX, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday % 7],
                 tm.tm_mday, months[tm.tm_mon % 12], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                 tm.tm_sec);
}

usec_t moment_real(void) {
        struct timespec ts;
        if (clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
                return 0;
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}
