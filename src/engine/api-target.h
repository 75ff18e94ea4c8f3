/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"
#include "io/store-history.h"

/* Small questions about accounts, their domains and what runs, for whatever tells of them: the
 * control API, the pages, /metrics. */

/* What is run for a domain of an account, or for the account itself. */
Target *account_target(const Account *a, uint32_t domain);

/* Until when (boot) an account starts nothing, because its API fails or daily_tests is used up:
 * `now` or earlier = it may; USEC_INFINITY = until the configuration changes. */
usec_t account_closed_until(Account *a, Moment now);

/* When it is planned to run next (wall): 0 = not planned, or running. `closed` is
 * account_closed_until(). */
usec_t target_next(const Target *t, usec_t closed, Moment now);

/* The earliest run planned of all that an account runs (wall; USEC_INFINITY = none), and when its
 * last result came (wall; 0 = none yet). */
void account_times(Account *a, Moment now, usec_t *ret_next, usec_t *ret_last);

/* Whether an account's API works: 1, 0, or -1 before its first answer. */
int account_up(const Account *a);

/* The age of the last good value of a domain (seconds), NAN when there was none. */
double subject_age(const Account *a, uint32_t domain, Moment now);

/* Why nothing that counts is known of a domain just now, in words ("no data yet", "the API does not
 * answer"); NULL when something is. */
const char *subject_unknown(Account *a, uint32_t domain, Moment now);

/* The last value of a metric, ages as they are now; NAN = unknown. */
double account_value(Account *a, uint32_t domain, size_t metric, Moment now);

/* The samples of a subject's history from `from` (wall) on, oldest first. What cannot be read is
 * left out: the store's own trouble is told elsewhere. */
void account_read_history(const Account *a, uint32_t domain, usec_t from, Moment now,
                          int (*take)(void *userdata, const HistorySample *sample), void *userdata);

/* The values of a subject's metrics, as account_value() has them. Where no sample came since the
 * start, what is unknown then is the last known of the day before, from the history. */
typedef struct LastValues {
        double values[METRICS_MAX];
        usec_t at[METRICS_MAX];    /* wall: when it was measured; 0 = not known */
        bool earlier[METRICS_MAX]; /* it is from the history */
} LastValues;
void account_last_values(Account *a, uint32_t domain, Moment now, LastValues *ret);

/* Whether somebody has to know of it: a level above ok, or flapping. */
bool standing_is_shown(const Standing *s);
