/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/journal.h"
#include "io/sink.h"
#include "io/stderr-sink.h"
#include "io/syslog.h"

/* What src/io/sink.c queues for: a lane is one sink, or the better of two, that has to take every
 * record. */

typedef enum Outlet {
        OUTLET_JOURNAL,
        OUTLET_SYSLOG,
        OUTLET_STDERR,
        _OUTLET_MAX,
} Outlet;

typedef struct Outlets {
        Journal journal;
        Syslog syslog;
        StderrSink terminal;
} Outlets;

typedef enum LaneState { /* what was last told about a lane */
        LANE_NEW,
        LANE_OPEN,
        LANE_ABSENT,
        LANE_FULL,
} LaneState;

typedef struct Lane {
        Sinks *sinks;
        Outlets *outlets;
        Outlet outlet; /* with `automatic`: the one that is used just now */
        bool automatic;
        LaneState state;
        Record *next;    /* the first record that it has not taken, NULL = it took all */
        usec_t retry_at; /* CLOCK_MONOTONIC; 0 = it is not blocked */
        usec_t retry_wait;
        sd_event_source *room; /* told when there is room again, while it is full */
} Lane;

/* Where the services listen; other places in tests only. */
typedef struct SinkPaths {
        const char *journal;
        const char *syslog;
} SinkPaths;

/* sinks_new() with services elsewhere; `paths` texts are borrowed. */
int sinks_new_at(sd_event *event, const Clock *clock, const SinkSettings *settings,
                 const SinkPaths *paths, Sinks **ret);

int outlets_init(Outlets *outlets, const Clock *clock, const SinkPaths *paths);
void outlets_done(Outlets *outlets);

/* 0 when a record would be taken, -EAGAIN, -ENOENT. An automatic lane chooses its outlet. */
int lane_look(Lane *lane);

/* 0: taken; -EAGAIN: full, *ret_fd >= 0 becomes writable; -ENOENT: nobody there; -EINVAL: the
 * record is refused for good; -ENOMEM. */
int lane_send(Lane *lane, const Record *record, int *ret_fd);

/* Notes how a lane is doing after lane_look() or lane_send() said `r`, and tells (once) what
 * changed. `queued` records wait. */
void lane_tell(Lane *lane, int r, uint32_t queued);

/* "journal", "syslog", "stderr". */
const char *lane_word(const Lane *lane);
