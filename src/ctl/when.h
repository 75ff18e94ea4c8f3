/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/strbuf.h"

/* Points in time as the API and people write them. 0 stands for unknown. */

/* Reads RFC 3339 in UTC: "2025-11-22T03:12:05Z", a fraction of the second is dropped. -EINVAL for
 * anything else, NULL among it; *ret is untouched then. */
int when_read(const char *text, usec_t *ret);

/* Reads what a person gives for --until: RFC 3339 in UTC, or "2025-11-22 03:12[:05]" (also with a
 * T) or "03:12" in the machine's time zone, the latter the next one after `now`. -EINVAL for
 * anything else, -ERANGE for what is not after `now`. */
int when_read_until(const char *text, usec_t now, usec_t *ret);

/* Adds "03:12" or "Nov 21 03:12" (stamp_format_local()), "-" for unknown. */
void when_add(StrBuf *b, usec_t when, usec_t now);

/* Adds how long ago that was in whole seconds ("2h 5min"), "0s" for what is yet to come, "-" for
 * unknown. */
void when_add_age(StrBuf *b, usec_t when, usec_t now);

/* Adds both: "03:12 (5min ago)", "03:12 (in 5min)". */
void when_add_both(StrBuf *b, usec_t when, usec_t now);

/* Adds a duration of `seconds` as a person says it; "-" for NAN and what is no duration. */
void when_add_seconds(StrBuf *b, double seconds);
