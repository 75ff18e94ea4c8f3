/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"

#include <stdbool.h>

/* --simulate: the back-test of a configuration. Reads the state file of the configuration beside a
 * running daemon and prints what would have been told beside what was; changes nothing and asks
 * nobody. */

#define SIMULATE_SINCE_DEFAULT (2 * USEC_PER_DAY)
#define SIMULATE_SINCE_LEAST   USEC_PER_HOUR
#define SIMULATE_SINCE_MOST    (366 * USEC_PER_DAY)

typedef struct SimulateOptions {
        const Clock *clock;
        const Config *config;
        usec_t since; /* a span */
        bool json;
} SimulateOptions;

/* 0, or 1 when there is no history or it cannot be read (said on stderr). */
int simulate_run(const SimulateOptions *options);
