/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* The last values of everything, and their history. */

/* Keeps a reading of the account (NAMES_NONE) or one of its domains as its last, and adds it to the
 * history. */
void sample_keep(Account *a, uint32_t domain, const Reading *reading, Moment now);

/* The end of one answer: the history's last row is complete. */
void sample_end(Monitor *m);

/* The store was closed: the next one may number the history anew. */
void sample_forget_series(Monitor *m);

/* Room for a test's last known values, all unknown. 0 or -ENOMEM. */
int target_make_values(Target *target);
