/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/event.h"
#include "core/limit.h"
#include "core/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Alerts as they were or would have been told: what --simulate compares. */

/* More than this many and a simulation is given up: nobody reads them. */
#define EPISODES_MAX ((size_t)200000)

/* From the first record about an alert to the one that says it is over. Times are wall clock. */
typedef struct Episode {
        char *identity;       /* owned */
        const Metric *metric; /* NULL = not known in this version */
        usec_t from;          /* first told; 0 = before what is known */
        usec_t to;            /* told to be over; 0 = not yet */
        Level worst;          /* as told */
        double value;         /* the worst one, NAN = unknown */
        uint16_t told[_EVENT_MAX];
        bool from_hour, to_hour; /* seen in an hourly value: the time is that hour's begin */
        bool at_once;  /* really told: an API's failure that does not wait for raise_after */
        bool in_group; /* simulated: told in a record about many domains that names not all */
        bool matched;  /* there is one of the other kind at the same time */
        size_t other;  /* simulated: the first of these */
} Episode;

typedef struct Episodes {
        Episode *list;
        size_t n;
        size_t allocated;
} Episodes;

/* One record, or what would have been one. */
typedef struct Telling {
        const char *identity;
        const Metric *metric;
        Event event;
        Level level;
        bool flapping; /* it is told as flapping after this */
        usec_t at;
        usec_t from; /* of what was told before, where nothing is open: 0 = before what is known */
        bool hour;
} Telling;

/* Takes the next telling of one alert. *open is the place of the episode that it belongs to plus
 * one, 0 = none, and is kept by the caller per alert. 0, -ENOMEM, or -E2BIG past EPISODES_MAX. */
int episodes_tell(Episodes *episodes, size_t *open, const Telling *telling);

/* Takes a value of an episode; the worse one stays. */
void episode_value(Episode *episode, double value);

/* The worse of two values by the metric's bad side; NAN is none. */
double worse_value(const Metric *metric, double a, double b) _pure_;

/* By identity, then time. Places that `open` told hold no more. */
void episodes_sort(Episodes *episodes);

/* Drops those that ended before `since`. */
void episodes_trim(Episodes *episodes, usec_t since);

/* Finds for each simulated one what was really told at the same time, and the other way round. Both
 * are sorted. */
void episodes_match(Episodes *simulated, Episodes *real);

void episodes_done(Episodes *episodes);
