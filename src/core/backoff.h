/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/outcome.h"

/* How long to wait after the `failures`-th failure in a row (1 = the first, 0 reads as 1) of the
 * given outcome. `interval` is the regular distance of runs, `retry_after` what the peer asked for
 * (0 = nothing; counts as at most a day; makes the wait longer, never shorter), `jitter` a random
 * number in [0, 1). Pure. By the outcome's retry class:
 *
 * - RETRY_NORMAL: interval
 * - RETRY_BACKOFF: base, 2 base, 4 base, ... up to the ceiling, and up to a tenth more (jitter);
 *   base is the interval, so that a poll is never repeated sooner, but 1min where the interval is
 *   longer than 1h (a daily test); the ceiling is 4 intervals, at most 1h
 * - RETRY_RARELY: 30min to 1h
 * - RETRY_DAY: 24h to 25h
 * - RETRY_SLOWLY: the interval, at most 4h, and up to a tenth more
 * - RETRY_NEVER: USEC_INFINITY */
usec_t backoff_delay(Outcome outcome, unsigned failures, usec_t interval, usec_t retry_after,
                     double jitter);
