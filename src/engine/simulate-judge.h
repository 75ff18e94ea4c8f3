/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/alert.h"
#include "core/voice.h"
#include "engine/simulate-episode.h"
#include "engine/simulate-quiet.h"
#include "engine/simulate-real.h"

/* The alerts of one target after another, stepped as engine/judge.c and engine/tell.c step them,
 * with the time of the samples for a clock. */

typedef struct JudgeSlot {
        Alert alert;
        Voice voice;
        bool live;        /* there was a bad sample: time goes by for it */
        usec_t mute_next; /* when a quiet window begins or ends next */
        double worst;     /* value since it was last well */
        size_t open;      /* place in the episodes plus one; 0 = nothing is told */
        char *identity;   /* set once it is live */
} JudgeSlot;

typedef struct Judge {
        const RealHistory *real;
        Episodes *episodes;
        QuietPlan quiet;
        const RuleSet *rules;
        const char *target;
        JudgeSlot slots[METRICS_MAX];
        usec_t since;
        uint64_t silent; /* alerts that came and, after `since`, went untold */
} Judge;

/* Samples come from `from` on, what is of interest is from `since` on. 0 or -ENOMEM. All is
 * borrowed; free with judge_done(), also after a failure. */
int judge_init(Judge *judge, const Config *config, const RealHistory *real, Episodes *episodes,
               usec_t from, usec_t since, usec_t to);

/* Begins with a target (the name is borrowed); the one before must have been ended. */
void judge_begin(Judge *judge, const RuleSet *rules, const char *target);

/* Takes a known value of a metric. A metric without a limit (or METRICS_MAX) is left alone. `hour`:
 * it is the worst one of the hour that begins at `at` and counts as if it had been held. `up`: it
 * tells of the API's failures, of which some do not wait for raise_after. 0, -ENOMEM or -E2BIG. */
int judge_value(Judge *judge, size_t metric, double value, usec_t at, bool hour, bool up);

/* Nobody looked for long: what was counted so far counts no more. */
void judge_forget_streaks(Judge *judge);

/* The level at which a metric's alert stands. */
Level judge_level(const Judge *judge, size_t metric);

/* Ends with the target: what is due up to `now` happens, what stands then stays. */
int judge_end(Judge *judge, usec_t now);

void judge_done(Judge *judge);
