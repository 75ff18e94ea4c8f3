/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

/* A queue ordered by a key (a due time, or the age of a result): a binary heap of intrusive items,
 * so that one timer serves everything and moving an item costs log n. */
typedef struct ScheduleItem {
        usec_t key;
        uint32_t at;   /* place in the heap + 1; 0 = not queued */
        uint32_t kind; /* the owner's: what the item is embedded in */
} ScheduleItem;

typedef struct Schedule {
        ScheduleItem **items;
        size_t n;
        size_t allocated;
} Schedule;

/* Makes room for n items, so that schedule_put() up to there cannot fail. 0 or -ENOMEM. */
int schedule_reserve(Schedule *s, size_t n);

/* Queues the item, or moves it when it is queued already. 0 or -ENOMEM (unchanged then). Among
 * items with equal keys no order is promised. */
int schedule_put(Schedule *s, ScheduleItem *item, usec_t key);

/* Takes it out; nothing happens when it is not queued. */
void schedule_remove(Schedule *s, ScheduleItem *item);

/* The item with the smallest key, or NULL. */
ScheduleItem *schedule_first(const Schedule *s);

/* Frees the queue, not the items. */
void schedule_done(Schedule *s);

/* When a target runs again after a run that began at `last` (same clock): the first point, nine
 * tenths of an interval or more later, of the interval grid that its hash decides, but at most five
 * quarters of an interval later. So load spreads within a few runs and stays, whatever delays
 * single runs have, and a restart or clock step does not bunch it. `interval` 0 answers `last`. */
usec_t schedule_next_run(uint64_t hash, usec_t interval, usec_t last);
