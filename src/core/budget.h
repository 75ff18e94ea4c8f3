/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

/* The ledger of tests started in the running 24 hours (daily_tests): a start counts for 24 hours.
 * Wall clock, so that it can be kept over a restart; a start that lies in the future, because the
 * clock stepped back, counts, so that a step never frees a place early. limit 0 = no limit: nothing
 * is booked. All-zero is a valid one without a limit. */
typedef struct Budget {
        usec_t *started; /* ring of `room` wall times, oldest first from `first` on */
        uint32_t room;   /* not below the highest limit it ever had */
        uint32_t limit;
        uint32_t n; /* may be above limit after budget_resize() */
        uint32_t first;
} Budget;

/* 0 or -ENOMEM. */
int budget_init(Budget *b, uint32_t limit);

/* Changes the limit and keeps what was spent: after a reload. 0 or -ENOMEM (unchanged then). */
int budget_resize(Budget *b, uint32_t limit);

/* Tests that may be started at `now`; UINT32_MAX without a limit. */
uint32_t budget_left(Budget *b, usec_t now);

/* Books one that starts at `now`. -EDQUOT when none is left. */
int budget_spend(Budget *b, usec_t now);

/* Books one that started earlier, as the store remembers it, without asking whether one was left at
 * the time; what is more than 24 hours before `now` is ignored. 0 or -ENOMEM. */
int budget_restore(Budget *b, usec_t started, usec_t now);

/* When the next place becomes free: `now` if one is. */
usec_t budget_next(Budget *b, usec_t now);

void budget_done(Budget *b);
