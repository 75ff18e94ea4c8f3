/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* A moment of the scenario: microseconds since the simulator's start on its (possibly fast) clock.
 * Before the start it is negative. */
typedef int64_t moment_t;

#define MOMENT_MIN INT64_MIN
#define MOMENT_MAX INT64_MAX

/* Room for "2026-11-22T15:04:05.123456Z" and for an HTTP date. */
#define MOMENT_TEXT_MAX 48

/* Reads "90s", "5min", "1h 30min", "-2d", "500ms" or a bare number of seconds. -EINVAL otherwise;
 * *ret is untouched then. */
int moment_parse(const char *text, moment_t *ret);

/* Wall time as RFC 3339 with microseconds, UTC. */
void moment_format_rfc3339(usec_t wall, char text[static MOMENT_TEXT_MAX]);

/* Wall time as an HTTP date (RFC 9110 5.6.7). */
void moment_format_http(usec_t wall, char text[static MOMENT_TEXT_MAX]);

/* The machine's own clock, for delays that a client's network time-outs see. */
usec_t moment_real(void);
