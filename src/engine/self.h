/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* The daemon's own alerts (source mailsecd, target self): store_up, config_ok, records_lost. They
 * go the way of every other alert. */

/* Something changed: samples all three from Monitor.health. */
void self_sample(Monitor *m, Moment now);

/* Samples again and again while anything is wrong, so that streaks get on. */
void self_look(Monitor *m, Moment now);

/* The state is kept in memory only, because of `problem` (copied), or again in the store (NULL). */
void self_store(Monitor *m, const char *problem, Moment now);

/* A reload was refused because of `problem` (copied), or went well (NULL). */
void self_config(Monitor *m, const char *problem, Moment now);

/* Records had to be dropped. */
void self_lost(Monitor *m, uint64_t records, Moment now);
