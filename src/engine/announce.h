/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What is told: fills a Notice from the monitor's state and hands its record to the sinks. */

/* An alert's event. `reason` overrides the one that follows from the metric; NULL = that one. */
void announce_alert(const Standing *s, Event event, Level previous, const char *reason, Moment now);

/* One record for many domains of one account whose alerts did the same: Tell.standing, .event and
 * .reason are alike but for the domain. */
void announce_group(const Tell *tells, size_t n, Moment now);

/* An alert of an earlier run whose domain, account or rule is configured no more. */
void announce_removed(Monitor *m, const MetricSet *set, size_t metric, const char *target,
                      Level previous, usec_t since, usec_t measured_at, Moment now);

/* Compares a test's values with the last known ones, before those are replaced, and tells what
 * differs. */
void announce_changes(Target *target, const Reading *reading, Moment now);

/* Says what of an answer was not understood, once per shape (spec section 4). */
void announce_oddities(const Target *target, const void *run_state);

/* A daemon event with its sentence and further "MAILSEC_X=value" fields (NULL-terminated, or NULL).
 */
void announce_daemon(Monitor *m, Event event, const char *message, const char *const *extra,
                     Moment now);

/* A record that is marked as a test, at the priority of a level; `by` says who asked for it. */
void announce_test(Monitor *m, Level level, const char *by, Moment now);

/* Fills in what a record of an alert says, as if `event` were told now; texts are borrowed from the
 * monitor. */
void announce_fill(const Standing *s, Event event, Level previous, Moment now, Notice *ret);

void announce_heartbeat(Monitor *m, Moment now);

/* Tells of records that had to be dropped, if any were. */
void announce_lost_records(Monitor *m, Moment now);
