/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/chart.h"
#include "engine/monitor.h"

/* The last day of every domain's queue age, for the page with all of them: in memory, 100 bytes a
 * domain, read from the history in passes over whole chunks. A pass goes through all that is new
 * (the first time a day, later at most the running hour and what came since), a few milliseconds of
 * it in one turn of the loop, and begins when a page is asked for: nobody looking costs nothing. */

typedef struct PageSparks PageSparks;

/* Sees that a pass is under way when there is something new to read. NULL without memory or store.
 */
PageSparks *page_sparks(Monitor *m, Moment now);

/* NULL is fine. */
void page_sparks_free(PageSparks *sparks);

/* The greatest age of the oldest message, in or out, in each of the last 48 half hours, oldest
 * first; NAN = unknown. `domain` is an index of Config.domains. False when it was not read yet.
 * `sparks` may be NULL. */
bool page_spark_read(const PageSparks *sparks, uint32_t domain, usec_t wall,
                     double ret[static DAY_SPARK_N]);
