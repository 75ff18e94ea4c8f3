/* SPDX-License-Identifier: MIT */
#include "io/http-retry.h"

#include "base/macro.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

/* The digits of `value` as seconds; false when anything else stands there. */
static bool seconds_parse(const char *value, usec_t *ret) {
        usec_t seconds = 0;

        size_t n = strspn(value, "0123456789");
        if (n == 0 || value[n + strspn(value + n, " \t")] != '\0')
                return false;
        for (size_t i = 0; i < n; i++)
                seconds = MIN(seconds * 10 + (usec_t)(value[i] - '0'),
                              RETRY_AFTER_MAX / USEC_PER_SEC);
        *ret = seconds * USEC_PER_SEC;
        return true;
}

usec_t retry_after_parse(const char *value, const char *date, time_t now) {
        usec_t wait;

        value += strspn(value, " \t");
        if (seconds_parse(value, &wait))
                return wait;
        /* curl_getdate() reads more than dates: "-1" is a time zone to it. Each HTTP date begins
         * with a day. */
        if (!(value[0] >= 'A' && value[0] <= 'Z'))
                return 0;
        time_t until = curl_getdate(value, NULL);
        if (until < 0)
                return 0;
        time_t from = date[0] ? curl_getdate(date, NULL) : -1;
        if (from < 0)
                from = now;
        return until <= from ? 0 : MIN((usec_t)(until - from) * USEC_PER_SEC, RETRY_AFTER_MAX);
}
