/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/simulate-episode.h"
#include "io/store.h"

/* What was really told, from the event log. Alerts of the daemon itself are left out: they are not
 * simulated. */

/* A record about many domains of an account that does not name all of them. */
typedef struct GroupTold {
        const Metric *metric;
        Event event;
        usec_t at;
} GroupTold;

typedef struct RealHistory {
        Episodes episodes; /* sorted */
        GroupTold *groups; /* oldest first */
        size_t n_groups;
        usec_t *starts; /* when the daemon was started, oldest first */
        size_t n_starts;
        usec_t oldest; /* record; 0 = there is none */
} RealHistory;

/* Reads all of the log. 0 or a negative errno. */
int real_read(Store *store, RealHistory *ret);

/* Whether the alert was told at that moment with a reason that does not wait for raise_after. */
bool real_at_once(const RealHistory *real, const char *identity, usec_t at);

/* Whether a group was told of that metric in this time. */
bool real_in_group(const RealHistory *real, const Metric *metric, usec_t from, usec_t to);

/* Whether nobody sampled for longer than `most` between two samples: the daemon was started anew
 * that long after the first one. Where the log does not reach back, every long gap counts. */
bool real_is_outage(const RealHistory *real, usec_t from, usec_t to, usec_t most);

void real_done(RealHistory *real);
