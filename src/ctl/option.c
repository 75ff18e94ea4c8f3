/* SPDX-License-Identifier: MIT */
#include "ctl/option.h"

#include "base/duration.h"
#include "ctl/ctl.h"

#include <stdlib.h>
#include <string.h>

/* The API's bound for a page. */
#define NUMBER_MAX 1000ul

bool option_read_span(const char *name, const char *text, usec_t *ret) {
        usec_t span;

        if (duration_parse(text, &span) >= 0 && span >= USEC_PER_SEC) {
                *ret = span;
                return true;
        }
        ctl_complain("%s %s is no time span of a second or more; write it like \"2h 30min\"", name,
                     text);
        return false;
}

bool option_read_number(const char *text, unsigned *ret) {
        unsigned long number =
                strspn(text, "0123456789") == strlen(text) ? strtoul(text, NULL, 10) : 0;

        if (number < 1 || number > NUMBER_MAX) {
                ctl_complain("--number %s is no number from 1 to %lu", text, NUMBER_MAX);
                return false;
        }
        *ret = (unsigned)number;
        return true;
}
