/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

/* The ledger of tests started in the running 24 hours (daily_tests). Wall clock, so that it can be kept over a
 * restart; a clock that steps back never frees a place early. limit 0 = no limit. */
typedef struct Budget {
        usec_t *started; /* ring of `limit` wall times, oldest first */
        uint32_t limit;
        uint32_t n;
        uint32_t first;
} Budget;

/* 0 or -ENOMEM. */
int budget_init(Budget *b, uint32_t limit);

/* Changes the limit and keeps what was spent: after a reload. 0 or -ENOMEM (unchanged then). */
int budget_resize(Budget *b, uint32_t limit);

/* Tests that may be started at `now`; UINT32_MAX without a limit. */
uint32_t budget_left(Budget *b, usec_t now);

/* Books one. -EDQUOT when none is left. */
int budget_spend(Budget *b, usec_t now);

/* When the next place becomes free: `now` if one is, USEC_INFINITY never happens. */
usec_t budget_next(Budget *b, usec_t now);

void budget_done(Budget *b);
