/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* What clocks on the wall show. */
typedef struct LocalTime {
        uint8_t weekday; /* 0 = Sunday */
        uint16_t minute; /* since midnight */
} LocalTime;

/* The only place that looks at time zones other than the process's own. It sets TZ for the length
 * of a call, so it is for a process of one thread. */

/* Whether the tz database has a zone of that name ("Europe/Berlin"): letters, digits and "_+-/", no
 * "..". */
bool zone_exists(const char *zone);

/* The local time of a wall time in a zone; NULL or "" = the machine's. */
LocalTime zone_local(const char *zone, usec_t wall);
