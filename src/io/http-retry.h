/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <time.h>

/* The longest wait that a peer is believed. */
#define RETRY_AFTER_MAX USEC_PER_DAY

/* What a Retry-After header asks for (RFC 9110 section 10.2.3): whole seconds, or an HTTP date,
 * which is counted from the reply's own Date header where `date` holds one that can be read, else
 * from `now`. 0 when it says nothing usable or a moment that is over; at most RETRY_AFTER_MAX. */
usec_t retry_after_parse(const char *value, const char *date, time_t now);
