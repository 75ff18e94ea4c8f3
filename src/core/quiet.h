/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/zone.h"

#include <stdbool.h>
#include <stdint.h>

/* A quiet window of the configuration: every week, at certain hours as the clocks on the wall show
 * them in its time zone. Where a clock is set forward the hours left out do not exist; where it is
 * set back the hour that comes twice counts twice. */
typedef struct QuietWindow {
        const char *name;
        const char *match;    /* glob over identities (core/silence.h) */
        const char *timezone; /* of the tz database; NULL = the machine's */
        uint16_t from;        /* minutes since midnight, the first that is quiet */
        uint16_t to;  /* the first that is not: 1 .. 1440; up to `from`: it ends on the next day */
        uint8_t days; /* bit 0 = Sunday ... bit 6 = Saturday: the days on which it begins */
} QuietWindow;

/* Tells the local time of a wall time in a zone (zone_local() in the daemon). */
typedef LocalTime (*zone_reader_t)(const char *timezone, usec_t wall);

/* Whether it is quiet at that local time. Pure. */
bool quiet_is_active(const QuietWindow *window, LocalTime local);

/* When it changes next after `now`, to the minute, at most a day ahead (then `now` and a day,
 * though nothing changes there). */
usec_t quiet_next_change(const QuietWindow *window, usec_t now, zone_reader_t read);

/* "mon-fri", "sat,sun", "daily", "mon, wed-thu", "fri-mon" as bits; case is ignored. False when it
 * is not that. */
bool quiet_parse_days(const char *text, uint8_t *ret);

/* "22:00", "7:30", "24:00" (for an end only: 1440) as minutes. False when it is not that. */
bool quiet_parse_time(const char *text, uint16_t *ret);
