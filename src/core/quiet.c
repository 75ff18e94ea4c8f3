/* SPDX-License-Identifier: MIT */
#include "core/quiet.h"

#include "base/macro.h"

#include <string.h>
#include <strings.h>

#define DAYS        7
#define DAY_MINUTES 1440u
#define WEEK        (DAYS * DAY_MINUTES)

static bool is_quiet_at(const QuietWindow *window, uint32_t minute_of_week) {
        uint32_t day = minute_of_week / DAY_MINUTES, minute = minute_of_week % DAY_MINUTES;
        bool begins = window->days >> day & 1, began = window->days >> (day + DAYS - 1) % DAYS & 1;

        if (window->from < window->to)
                return begins && minute >= window->from && minute < window->to;
        return (begins && minute >= window->from) || (began && minute < window->to);
}

static uint32_t minute_of_week(LocalTime local) {
        return (local.weekday * DAY_MINUTES + local.minute) % WEEK;
}

bool quiet_is_active(const QuietWindow *window, LocalTime local) {
        return is_quiet_at(window, minute_of_week(local));
}

/* The minute of the week as UTC has it; that of 1970 began on a Thursday. */
static uint32_t utc_minute(uint64_t at) {
        return (uint32_t)((at + 4 * DAY_MINUTES) % WEEK);
}

/* How far the clocks on the wall are ahead of UTC at a minute since 1970. */
static uint32_t zone_offset(const QuietWindow *window, uint64_t at, zone_reader_t read) {
        uint32_t local = minute_of_week(read(window->timezone, at * USEC_PER_MIN));
        return (local + WEEK - utc_minute(at)) % WEEK;
}

/* The first minute behind `at` at which it changes if no clock is set till then, at most `end`. */
static uint64_t steady_change(const QuietWindow *window, uint64_t at, uint64_t end, uint32_t offset,
                              bool active) {
        do
                at++;
        while (at < end && is_quiet_at(window, (utc_minute(at) + offset) % WEEK) == active);
        return at;
}

/* The minute in (before, after] at which the clocks leave the offset that they have at `before`. */
static uint64_t clock_set(const QuietWindow *window, uint64_t before, uint64_t after,
                          uint32_t offset, zone_reader_t read) {
        while (after - before > 1) {
                uint64_t middle = before + (after - before) / 2;
                if (zone_offset(window, middle, read) == offset)
                        before = middle;
                else
                        after = middle;
        }
        return after;
}

/* A look at a zone is dear, so that few are taken: between two with the same offset nothing
 * happened but that time went by. */
usec_t quiet_next_change(const QuietWindow *window, usec_t now, zone_reader_t read) {
        uint64_t at = now / USEC_PER_MIN, end = at + DAY_MINUTES;
        uint32_t offset = zone_offset(window, at, read);
        bool active = is_quiet_at(window, (utc_minute(at) + offset) % WEEK);

        while (at < end) {
                uint64_t next = steady_change(window, at, end, offset, active);
                uint32_t there = zone_offset(window, next, read);
                if (there != offset) {
                        next = clock_set(window, at, next, offset, read);
                        there = zone_offset(window, next, read);
                }
                if (is_quiet_at(window, (utc_minute(next) + there) % WEEK) != active)
                        return next * USEC_PER_MIN;
                offset = there;
                at = next;
        }
        return now + USEC_PER_DAY;
}

static const char *skip_blanks(const char *p) {
        return p + strspn(p, " ");
}

/* Reads a day at *p and goes behind it and the blanks that follow; DAYS when there is none. */
static unsigned read_day(const char **p) {
        static const char *const names[DAYS] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };
        unsigned day = 0;

        *p = skip_blanks(*p);
        while (day < DAYS && strncasecmp(*p, names[day], 3) != 0)
                day++;
        if (day < DAYS)
                *p = skip_blanks(*p + 3);
        return day;
}

bool quiet_parse_days(const char *text, uint8_t *ret) {
        const char *p = text;
        uint8_t days = 0;

        if (strcasecmp(text, "daily") == 0) {
                *ret = (1u << DAYS) - 1;
                return true;
        }
        for (;; p++) {
                unsigned first = read_day(&p), last = first;
                if (*p == '-') {
                        p++;
                        last = read_day(&p);
                }
                if (first == DAYS || last == DAYS || (*p && *p != ','))
                        return false;
                for (unsigned day = first;; day = (day + 1) % DAYS) {
                        days |= (uint8_t)(1u << day);
                        if (day == last)
                                break;
                }
                if (!*p)
                        break;
        }
        *ret = days;
        return true;
}

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

bool quiet_parse_time(const char *text, uint16_t *ret) {
        size_t digits = is_digit(text[0]) ? (is_digit(text[1]) ? 2 : 1) : 0;
        const char *colon = text + digits;

        if (digits == 0 || colon[0] != ':' || !is_digit(colon[1]) || !is_digit(colon[2]) ||
            colon[3])
                return false;
        unsigned hours = 0, minutes = (unsigned)((colon[1] - '0') * 10 + colon[2] - '0');
        for (const char *p = text; p < colon; p++)
                hours = hours * 10 + (unsigned)(*p - '0');
        if (minutes > 59 || hours * 60 + minutes > DAY_MINUTES)
                return false;
        *ret = (uint16_t)(hours * 60 + minutes);
        return true;
}
