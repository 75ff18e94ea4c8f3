/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "engine/simulate-episode.h"
#include "engine/simulate-real.h"
#include "io/store.h"

/* The history, judged by the limits and policies of a configuration: what the daemon would have
 * told. Acknowledgements, silences, reminders and grouping are left out. */
typedef struct ReplayResult {
        Episodes episodes;
        usec_t first;    /* wall: the oldest sample of what is configured; 0 = there is none */
        uint64_t silent; /* alerts that came and went within quiet windows */
        bool has_hours;  /* hourly values were among it */
} ReplayResult;

/* Judges what was sampled from `since` to `now`, and what is needed to know what stood at `since`.
 * 0, a negative errno of the store, -ENOMEM, or -E2BIG past EPISODES_MAX. */
int replay_run(Store *store, const Config *config, const RealHistory *real, usec_t since,
               usec_t now, ReplayResult *ret);

void replay_done(ReplayResult *result);

/* Where an identity stands in a configuration: whether a limit is set for it. */
bool replay_covers(const Config *config, const char *identity);
