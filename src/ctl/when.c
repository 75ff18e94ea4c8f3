/* SPDX-License-Identifier: MIT */
#include "ctl/when.h"

#include "base/duration.h"
#include "base/stamp.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* The year 9999: what comes after it is no time that anybody means. */
#define WHEN_MAX_SECONDS INT64_C(253402300799)

static int keep(time_t seconds, usec_t *ret) {
        if (seconds <= 0 || seconds > WHEN_MAX_SECONDS)
                return -EINVAL;
        *ret = (usec_t)seconds * USEC_PER_SEC;
        return 0;
}

/* Whether the text begins as `pattern`, where 0 stands for any digit: strptime() alone takes blanks
 * and short numbers. */
static bool looks_like(const char *text, const char *pattern) {
        for (; *pattern; pattern++, text++)
                if (*pattern == '0' ? *text < '0' || *text > '9' : *text != *pattern)
                        return false;
        return true;
}

int when_read(const char *text, usec_t *ret) {
        struct tm tm = {};

        if (!text || !looks_like(text, "0000-00-00T00:00:00"))
                return -EINVAL;
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
        if (!rest)
                return -EINVAL;
        if (*rest == '.')
                rest += 1 + strspn(rest + 1, "0123456789");
        if (strcmp(rest, "Z") != 0)
                return -EINVAL;
        return keep(timegm(&tm), ret);
}

static int read_local(const char *text, usec_t *ret) {
        struct tm tm = {};

        if (!looks_like(text, "0000-00-00 00:00") && !looks_like(text, "0000-00-00T00:00"))
                return -EINVAL;
        const char *rest =
                strptime(text, text[10] == 'T' ? "%Y-%m-%dT%H:%M" : "%Y-%m-%d %H:%M", &tm);
        if (rest && looks_like(rest, ":00"))
                rest = strptime(rest, ":%S", &tm);
        if (!rest || *rest)
                return -EINVAL;
        tm.tm_isdst = -1;
        return keep(mktime(&tm), ret);
}

/* The next "03:12" after now. */
static int read_clock(const char *text, usec_t now, usec_t *ret) {
        time_t seconds = (time_t)(now / USEC_PER_SEC);
        struct tm day, tm;

        if (!looks_like(text, "00:00") || !localtime_r(&seconds, &day))
                return -EINVAL;
        tm = day;
        const char *rest = strptime(text, "%H:%M", &tm);
        if (!rest || *rest)
                return -EINVAL;
        tm.tm_sec = 0;
        for (int i = 0; i < 3; i++) { /* a third where the clock jumps over that minute */
                struct tm candidate = tm;
                candidate.tm_mday += i;
                candidate.tm_isdst = -1;
                time_t found = mktime(&candidate);
                if (found > seconds)
                        return keep(found, ret);
        }
        return -EINVAL;
}

int when_read_until(const char *text, usec_t now, usec_t *ret) {
        usec_t when = 0;
        int r = when_read(text, &when);

        if (r < 0)
                r = read_local(text, &when);
        if (r < 0)
                r = read_clock(text, now, &when);
        if (r < 0)
                return r;
        if (when <= now)
                return -ERANGE;
        *ret = when;
        return 0;
}

void when_add(StrBuf *b, usec_t when, usec_t now) {
        if (when == 0)
                strbuf_addc(b, '-');
        else
                stamp_format_local(b, when, now);
}

static void add_span(StrBuf *b, usec_t span) {
        duration_format(b, span - span % USEC_PER_SEC);
}

void when_add_age(StrBuf *b, usec_t when, usec_t now) {
        if (when == 0)
                strbuf_addc(b, '-');
        else
                add_span(b, now > when ? now - when : 0);
}

void when_add_both(StrBuf *b, usec_t when, usec_t now) {
        when_add(b, when, now);
        if (when == 0)
                return;
        strbuf_adds(b, when > now ? " (in " : " (");
        add_span(b, when > now ? when - now : now - when);
        strbuf_adds(b, when > now ? ")" : " ago)");
}

void when_add_seconds(StrBuf *b, double seconds) {
        if (!(seconds >= 0 && seconds < (double)WHEN_MAX_SECONDS))
                strbuf_addc(b, '-');
        else
                add_span(b, (usec_t)(seconds * (double)USEC_PER_SEC));
}
