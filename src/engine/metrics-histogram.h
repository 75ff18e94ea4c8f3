/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

/* Durations as Prometheus counts them: how many were at most so long. */

#define HISTOGRAM_BOUNDS 12

typedef struct Histogram {
        uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each range by itself; the last: all longer */
        usec_t sum;
} Histogram;

/* The upper bounds of the ranges (usec), ascending: of an exchange with a service, and of a step of
 * the event loop. */
extern const usec_t histogram_of_requests[HISTOGRAM_BOUNDS];
extern const usec_t histogram_of_turns[HISTOGRAM_BOUNDS];

void histogram_add(Histogram *h, const usec_t bounds[static HISTOGRAM_BOUNDS], usec_t duration);
