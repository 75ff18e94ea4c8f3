/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"

#include "base/text.h"

#include <errno.h>
#include <time.h>

void stamp_format_utc(StrBuf *b, usec_t wall) {
        time_t seconds = (time_t)(wall / USEC_PER_SEC);
        struct tm tm = {};

        gmtime_r(&seconds, &tm);
        strbuf_addf(b, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int stamp_parse_utc(const char *text, usec_t *ret) {
        _cleanup_strbuf_ StrBuf again = {};
        struct tm tm = {};

        const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
        time_t seconds = end && !*end ? timegm(&tm) : 0;
        if (seconds <= 0)
                return -EINVAL;
        usec_t wall = (usec_t)seconds * USEC_PER_SEC;
        /* strptime() takes blanks and fewer digits, too, and February the 30th. */
        stamp_format_utc(&again, wall);
        if (!streq(strbuf_text(&again), text))
                return -EINVAL;
        *ret = wall;
        return 0;
}

void stamp_format_local(StrBuf *b, usec_t wall, usec_t now) {
        static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
        time_t seconds = (time_t)(wall / USEC_PER_SEC), today = (time_t)(now / USEC_PER_SEC);
        struct tm tm = {}, tm_now = {};

        localtime_r(&seconds, &tm);
        localtime_r(&today, &tm_now);
        if (tm.tm_year != tm_now.tm_year)
                strbuf_addf(b, "%s %d %d ", months[tm.tm_mon], tm.tm_mday, tm.tm_year + 1900);
        else if (tm.tm_yday != tm_now.tm_yday)
                strbuf_addf(b, "%s %d ", months[tm.tm_mon], tm.tm_mday);
        strbuf_addf(b, "%02d:%02d", tm.tm_hour, tm.tm_min);
}
