/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/simulate-real.h"
#include "engine/simulate-replay.h"

#include <stdio.h>

/* A finished comparison. Times are wall clock. */
typedef struct Simulation {
        const Config *config;
        usec_t asked; /* the beginning that was asked for */
        usec_t since; /* the one that the history allows */
        usec_t now;
        ReplayResult replay;
        RealHistory real;
} Simulation;

/* A table for people, or a JSON object. 0, -ENOMEM or what a text's failure is; errors of `out`
 * stay in it. */
int simulation_print(const Simulation *s, FILE *out);
int simulation_print_json(const Simulation *s, FILE *out);

/* What both print: every simulated alert, and the real ones that none of them stands for, by time.
 */
typedef struct SimulationRow {
        const Episode *episode;
        const Episode *real; /* what a simulated one stands for; NULL = none */
        bool silent;         /* really told, but not simulated */
        bool configured;     /* of a silent one: a limit is set for it */
} SimulationRow;

typedef struct SimulationSum {
        size_t now, told;              /* alerts of either kind */
        size_t also, only_now, silent; /* the rows: told both times; now only; then only */
} SimulationSum;

/* The rows (free()) and what they add up to. 0 or -ENOMEM. */
int simulation_rows(const Simulation *s, SimulationRow **ret, size_t *ret_n,
                    SimulationSum *ret_sum);

/* How many alerts of a metric there are in either list. */
void simulation_count(const Simulation *s, const Metric *metric, size_t *ret_now, size_t *ret_told);
