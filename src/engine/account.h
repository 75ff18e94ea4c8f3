/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Who runs when: the order, the gate of a failing API, concurrency and the budget of tests. */

/* Holds a target that is due back in its account's ready queue, oldest result first. */
void account_hold(Target *target);

/* A target's time has come: it runs if the account lets it, else it is held. */
void account_target_due(Target *target, Moment now);

/* Starts held targets as far as gate, concurrency and budget allow, and plans the next look. */
void account_dispatch(Account *a, Moment now);

/* Books what a finished run says about the API: closes or opens the gate. Returns whether it counts
 * as a sample of the account's `up` (a run begun before the last failure was known says nothing
 * new). */
bool account_book(Account *a, const Run *run, const Step *done, Moment now);

/* Plans a target's next run after one that ended with `outcome`; `retry_after` is what the peer
 * asked for, 0 = nothing. Called when the run is gone. */
void account_plan(Target *target, Outcome outcome, usec_t retry_after, Moment now);

/* Whether the account's domains must not raise data_age or up (spec section 4). */
bool account_is_down(const Account *a);

/* Makes the account's password or key unreadable in text that a peer sent: some repeat what they
 * were given. */
void account_mask(const Account *a, StrBuf *text);
