/* SPDX-License-Identifier: MIT */
#include "base/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* As systemd has them: a year is 365.25 days, a month a twelfth of it. */
#define USEC_PER_WEEK  (7 * USEC_PER_DAY)
#define USEC_PER_MONTH ((usec_t)2629800 * USEC_PER_SEC)
#define USEC_PER_YEAR  ((usec_t)31557600 * USEC_PER_SEC)

#define DURATION_USEC_MAX (100 * USEC_PER_YEAR)

typedef struct DurationUnit {
        const char *name;
        usec_t usec;
} DurationUnit;

static const DurationUnit read_units[] = {
        { "us", 1 },
        { "usec", 1 },
        { "\xc2\xb5s", 1 }, /* micro sign */
        { "\xce\xbcs", 1 }, /* Greek mu */
        { "ms", USEC_PER_MSEC },
        { "msec", USEC_PER_MSEC },
        { "", USEC_PER_SEC },
        { "s", USEC_PER_SEC },
        { "sec", USEC_PER_SEC },
        { "second", USEC_PER_SEC },
        { "seconds", USEC_PER_SEC },
        { "m", USEC_PER_MIN },
        { "min", USEC_PER_MIN },
        { "minute", USEC_PER_MIN },
        { "minutes", USEC_PER_MIN },
        { "h", USEC_PER_HOUR },
        { "hr", USEC_PER_HOUR },
        { "hour", USEC_PER_HOUR },
        { "hours", USEC_PER_HOUR },
        { "d", USEC_PER_DAY },
        { "day", USEC_PER_DAY },
        { "days", USEC_PER_DAY },
        { "w", USEC_PER_WEEK },
        { "week", USEC_PER_WEEK },
        { "weeks", USEC_PER_WEEK },
        { "M", USEC_PER_MONTH },
        { "month", USEC_PER_MONTH },
        { "months", USEC_PER_MONTH },
        { "y", USEC_PER_YEAR },
        { "year", USEC_PER_YEAR },
        { "years", USEC_PER_YEAR },
};

/* Those that are written, largest first. */
static const DurationUnit written_units[] = {
        { "d", USEC_PER_DAY }, { "h", USEC_PER_HOUR },  { "min", USEC_PER_MIN },
        { "s", USEC_PER_SEC }, { "ms", USEC_PER_MSEC }, { "us", 1 },
};

static const char *skip_blanks(const char *p) {
        return p + strspn(p, " \t");
}

static const char *skip_digits(const char *p) {
        return p + strspn(p, "0123456789");
}

static const DurationUnit *find_unit(const char *name, size_t size) {
        for (size_t i = 0; i < ELEMENTSOF(read_units); i++)
                if (strlen(read_units[i].name) == size &&
                    memcmp(read_units[i].name, name, size) == 0)
                        return &read_units[i];
        return NULL;
}

/* Reads one "NUMBER[.FRACTION] [UNIT]" and moves *p past it. */
static int parse_part(const char **p, usec_t *ret) {
        const char *whole = *p, *whole_end = skip_digits(whole), *end = whole_end;
        if (whole_end == whole)
                return -EINVAL;
        if (*end == '.') {
                end = skip_digits(whole_end + 1);
                if (end == whole_end + 1)
                        return -EINVAL;
        }

        const char *name = skip_blanks(end);
        size_t size = strcspn(name, " \t.+-0123456789");
        const DurationUnit *unit = find_unit(name, size);
        if (!unit)
                return -EINVAL;

        usec_t value = 0;
        for (const char *d = whole; d < whole_end; d++) {
                value = value * 10 + (usec_t)(*d - '0');
                if (value > DURATION_USEC_MAX / unit->usec)
                        return -ERANGE;
        }
        value *= unit->usec;
        usec_t place = unit->usec / 10;
        for (const char *d = whole_end + 1; d < end; d++, place /= 10)
                value += (usec_t)(*d - '0') * place;

        *p = skip_blanks(name + size);
        *ret = value;
        return 0;
}

int duration_parse(const char *text, usec_t *ret) {
        const char *p = skip_blanks(text);
        usec_t sum = 0;

        do {
                usec_t part;
                int r = parse_part(&p, &part);
                if (r < 0)
                        return r;
                sum += part; /* each part is at most 101 years: no overflow before the check */
                if (sum > DURATION_USEC_MAX)
                        return -ERANGE;
        } while (*p);
        *ret = sum;
        return 0;
}

static void format_units(StrBuf *b, usec_t duration, size_t units_max) {
        size_t left = units_max;
        bool any = false;

        for (size_t i = 0; i < ELEMENTSOF(written_units) && left > 0; i++) {
                usec_t count = duration / written_units[i].usec;
                duration %= written_units[i].usec;
                if (count > 0)
                        strbuf_addf(b, "%s%" PRIu64 "%s", any ? " " : "", count,
                                    written_units[i].name);
                any |= count > 0;
                if (any)
                        left--;
        }
        if (!any)
                strbuf_adds(b, "0s");
}

void duration_format(StrBuf *b, usec_t duration) {
        format_units(b, duration, 2);
}

void duration_format_exact(StrBuf *b, usec_t duration) {
        format_units(b, duration, ELEMENTSOF(written_units));
}
