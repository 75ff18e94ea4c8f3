/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* Where records go: a queue in front of the sinks that are there. A record leaves the queue, in order, when every chosen
 * sink took it. Nothing here blocks: a sink that is absent or full makes the queue wait. */
typedef struct Sinks Sinks;

typedef enum SinkChoice {
        SINK_AUTO, /* journald where it listens, else syslog; looked for again when it comes or goes */
        SINK_JOURNAL,
        SINK_SYSLOG,
        SINK_BOTH,
        SINK_STDERR,
        _SINK_CHOICE_MAX,
} SinkChoice;

typedef struct SinkSettings {
        SinkChoice choice;
        int facility;           /* number of syslog(3), not shifted */
        const char *identifier;
} SinkSettings;

/* Records kept while no sink takes them; past that the oldest are dropped and counted. */
#define SINK_QUEUE_MAX 10000u

/* `clock` scales the time printed by the stderr sink only. 0 or negative errno. */
int sinks_new(sd_event *event, const Clock *clock, const SinkSettings *settings, Sinks **ret);
Sinks *sinks_free(Sinks *sinks);
DEFINE_CLEANUP(Sinks *, sinks_free)

/* Other settings after a reload; what is queued stays queued. `settings` texts are copied. */
int sinks_configure(Sinks *sinks, const SinkSettings *settings);

/* Takes the record over and sends it from the loop, paced, in order. */
void sinks_put(Sinks *sinks, Record *record);

/* Tries to send all that waits now, for at most `budget` (real time): before the process ends. Returns how many are still queued. */
uint32_t sinks_flush(Sinks *sinks, usec_t budget);

uint32_t sinks_queued(const Sinks *sinks);
uint64_t sinks_sent(const Sinks *sinks);

/* How many were dropped since the last call of it, because the queue was full: the caller tells it in a record. */
uint64_t sinks_take_dropped(Sinks *sinks);

/* Where records go just now, in a word for STATUS= and diagnostics: "journal", "syslog", "journal+syslog", "stderr", "nowhere". */
const char *sinks_describe(const Sinks *sinks);
