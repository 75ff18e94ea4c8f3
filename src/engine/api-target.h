/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Small questions about accounts, their domains and what runs, for the control API. */

/* What is run for a domain of an account, or for the account itself. */
Target *account_target(const Account *a, uint32_t domain);

/* The immuniweb account, or NULL. */
Account *monitor_immuniweb(const Monitor *m);

/* Until when (boot) an account starts nothing, because its API fails or daily_tests is used up:
 * `now` or earlier = it may; USEC_INFINITY = until the configuration changes. */
usec_t account_closed_until(Account *a, Moment now);

/* When it is planned to run next (wall): 0 = not planned, or running. `closed` is
 * account_closed_until(). */
usec_t target_next(const Target *t, usec_t closed, Moment now);

/* Whether an account's API works: 1, 0, or -1 before its first answer. */
int account_up(const Account *a);

/* The age of the last good value of a domain (seconds), NAN when there was none. */
double subject_age(const Account *a, uint32_t domain, Moment now);

/* The last value of a metric, ages as they are now; NAN = unknown. */
double account_value(Account *a, uint32_t domain, size_t metric, Moment now);

/* Whether somebody has to know of it: a level above ok, or flapping. */
bool standing_is_shown(const Standing *s);
