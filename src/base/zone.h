/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stdbool.h>

/* The only place that looks at time zones other than the process's own. It sets TZ for the length
 * of a call, so it is for a process of one thread. */

/* Whether the tz database has a zone of that name ("Europe/Berlin"): letters, digits and "_+-/", no
 * "..". */
bool zone_exists(const char *zone);

/* Weekday (0 = Sunday) and minute since midnight of a wall time in a zone; NULL or "" = the
 * machine's. */
void zone_local(const char *zone, usec_t wall, int *ret_weekday, int *ret_minute);
