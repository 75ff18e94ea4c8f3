/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What is told: fills a Notice from the monitor's state and hands its record to the sinks. */

/* An alert's event. `reason` overrides the one that follows from the metric; NULL = that one. */
void announce_alert(const Standing *s, Event event, Level previous, const char *reason, Moment now);

/* Compares a test's values with the last result's, keeps the new ones, and tells what differs. */
void announce_changes(Target *target, const Reading *reading, Moment now);

/* Says what of an answer was not understood, once per shape (spec section 4). */
void announce_oddities(const Target *target, const void *run_state);

/* A daemon event with its sentence and further "MAILSEC_X=value" fields (NULL-terminated, or NULL).
 */
void announce_daemon(Monitor *m, Event event, const char *message, const char *const *extra,
                     Moment now);

void announce_heartbeat(Monitor *m, Moment now);

/* Tells of records that had to be dropped, if any were. */
void announce_lost_records(Monitor *m, Moment now);
