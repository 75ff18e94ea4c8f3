/* SPDX-License-Identifier: MIT */
#include "ctl/value.h"

#include "base/duration.h"
#include "base/text.h"
#include "core/notice.h"

#include <errno.h>
#include <math.h>
#include <string.h>

void value_add(StrBuf *b, const char *unit, double value) {
        Metric metric = { .unit = UNIT_COUNT };

        for (Unit u = 0; unit && u < _UNIT_MAX; u++)
                if (streq(unit, unit_name(u)))
                        metric.unit = u;
        if (isnan(value))
                strbuf_addc(b, '-');
        else
                notice_format_value(b, &metric, value);
}

int value_read(const char *text, double *ret) {
        char *end = NULL;
        usec_t duration;

        /* The set of characters keeps out what strtod() reads beyond numbers: blanks, hex, "inf".
         */
        if (*text && strspn(text, "0123456789.-") == strlen(text)) {
                double value = strtod(text, &end);
                if (*end || end == text || !isfinite(value))
                        return -EINVAL;
                *ret = value;
                return 0;
        }
        int r = duration_parse(text, &duration);
        if (r < 0)
                return r;
        *ret = (double)duration / (double)USEC_PER_SEC;
        return 0;
}
