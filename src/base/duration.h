/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/strbuf.h"

/* Reads a time span in systemd.time(7) style: "90s", "5min", "1h 30min", "2d", "1.5h", "250ms"; a
 * bare number is seconds, blanks are free, parts add up. Units: us/usec, ms/msec, s/sec/second(s),
 * m/min/minute(s), h/hr/hour(s), d/day(s), w/week(s), M/month(s), y/year(s). -EINVAL for anything
 * else (empty, negative, unknown unit), -ERANGE beyond 100 years; *ret is untouched on failure.
 * "never" and "infinity" are not read here: whether they make sense is the caller's to say. */
int duration_parse(const char *text, usec_t *ret);

/* As a person says it, the largest unit and the one below it: "1h 12min", "45s", "2d 3h", "1d"
 * (never "1d 5s"), "250ms", "0s". What is smaller is dropped, not rounded. */
void duration_format(StrBuf *b, usec_t duration);

/* Exactly, as a configuration would write it: "1h 30min", "90ms"; duration_parse() reads it back
 * equal. */
void duration_format_exact(StrBuf *b, usec_t duration);
