/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/outcome.h"

/* How long to wait after the `failures`-th failure in a row (1 = the first) of the given outcome.
 * `interval` is the regular distance of runs, `retry_after` what the peer asked for (0 = nothing),
 * `jitter` a random number in [0, 1). Pure.
 * RETRY_BACKOFF doubles from `base` to `ceiling` = ... see backoff.c; Retry-After makes it longer, never shorter, and at most a day. */
usec_t backoff_delay(Outcome outcome, unsigned failures, usec_t interval, usec_t retry_after, double jitter);
