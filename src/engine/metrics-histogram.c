/* SPDX-License-Identifier: MIT */
#include "engine/metrics-histogram.h"

/* Their texts never change between versions: each is the name of a series. */
const usec_t histogram_of_requests[HISTOGRAM_BOUNDS] = {
        10000,   25000,   50000,   100000,   250000,   500000,
        1000000, 2500000, 5000000, 10000000, 30000000, 60000000,
};

const usec_t histogram_of_turns[HISTOGRAM_BOUNDS] = {
        100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000,
};

void histogram_add(Histogram *h, const usec_t bounds[static HISTOGRAM_BOUNDS], usec_t duration) {
        size_t i = 0;

        while (i < HISTOGRAM_BOUNDS && duration > bounds[i])
                i++;
        h->counts[i]++;
        h->sum += duration;
}
