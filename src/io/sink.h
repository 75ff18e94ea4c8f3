/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* Where records go: a queue in front of the sinks that are there. Records reach each chosen sink in
 * order and leave the queue when all of them took it. Nothing here blocks: a sink that is absent or
 * full makes its records wait. Where a sink goes away in mid-send, a record may reach it twice,
 * with the same MAILSEC_SEQUENCE, rather than not at all. */
typedef struct Sinks Sinks;

typedef enum SinkChoice {
        SINK_AUTO, /* journald where it listens, else syslog; looked for again with each record */
        SINK_JOURNAL,
        SINK_SYSLOG,
        SINK_BOTH, /* each at its own pace: what one took waits in the queue for the other */
        SINK_STDERR,
        _SINK_CHOICE_MAX,
} SinkChoice;

typedef struct SinkSettings {
        SinkChoice choice;
        int facility; /* number of syslog(3), not shifted */
        const char *identifier;
} SinkSettings;

/* Records kept while no sink takes them; past that the oldest are dropped and counted. */
#define SINK_QUEUE_MAX 10000u

/* `settings` are copied. `clock` is borrowed and scales the time printed by the stderr sink only.
 * Looks at once who listens. 0 or negative errno. */
int sinks_new(sd_event *event, const Clock *clock, const SinkSettings *settings, Sinks **ret);

/* Frees what is still queued, too: sinks_flush() first. NULL is fine. */
Sinks *sinks_free(Sinks *sinks);
DEFINE_CLEANUP(Sinks *, sinks_free)

/* Other settings after a reload, copied; what is queued stays queued, and goes where the new choice
 * says. -ENOMEM (unchanged then) or 0. */
int sinks_configure(Sinks *sinks, const SinkSettings *settings);

/* Takes the record over and sends it from the loop, paced, in order. */
void sinks_put(Sinks *sinks, Record *record);

/* Sends what waits now, for at most `budget` (real time): before the process ends. Returns how many
 * records are still queued. */
uint32_t sinks_flush(Sinks *sinks, usec_t budget);

uint32_t sinks_queued(const Sinks *sinks);

/* Records that every chosen sink took, since the start. */
uint64_t sinks_sent(const Sinks *sinks);

/* The number (MAILSEC_SEQUENCE) of the last record that left the queue, because every chosen sink
 * took it or because it was dropped; 0 = none so far. */
uint64_t sinks_taken(const Sinks *sinks);

/* The records that wait, oldest first (Record.next); NULL = none. They stay the queue's. */
const Record *sinks_waiting(const Sinks *sinks);

/* How many were dropped since the last call: the queue was full, or a sink refused that record for
 * good. The caller tells it in a record. */
uint64_t sinks_take_dropped(Sinks *sinks);

/* Where records would go just now (it looks), in a word for STATUS= and diagnostics: "journal",
 * "syslog", "journal+syslog", "stderr", "nowhere". */
const char *sinks_describe(Sinks *sinks);
