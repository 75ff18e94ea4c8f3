/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/strbuf.h"

/* RFC 3339 in UTC with seconds: "2025-11-22T03:12:05Z". */
void stamp_format_utc(StrBuf *b, usec_t wall);

/* Reads that, and nothing else: no blanks, no other zone, no day that there is not, no time up to
 * 1970-01-01T00:00:00Z. -EINVAL, with *ret untouched, or 0. */
int stamp_parse_utc(const char *text, usec_t *ret);

/* For people, in the machine's time zone: "03:12" when `wall` is on the local day of `now`, else
 * "Nov 21 03:12", and "Nov 21 2024 03:12" when the year differs. English in every locale. */
void stamp_format_local(StrBuf *b, usec_t wall, usec_t now);
