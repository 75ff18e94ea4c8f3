/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* The life of a Standing: made by the first bad sample, kept while anything about it is worth
 * keeping. */

/* The one of that metric, or NULL. */
Standing *standing_find(const Subject *subject, size_t metric);

/* The worst level of its alerts whose rule still stands. */
Level subject_level(const Subject *subject);

/* Its level for people: one that flaps is a warning at least, as its record is. */
Level standing_level(const Standing *s);

/* A new one for a subject of the account. NULL without memory. */
Standing *standing_new(Account *a, uint32_t domain, size_t metric);

/* Frees it and what it owns, not its place in lists. NULL is fine. */
void standing_free(Standing *s);

/* The set of its metric, and the row. */
const MetricSet *standing_set(const Standing *s);
const Metric *standing_metric(const Standing *s);

/* "SOURCE/TARGET/METRIC". */
void standing_identity(const Standing *s, StrBuf *b);

/* The policy that its reminders and flapping go by; one without any where its rules went away. */
Policy standing_policy(const Standing *s);

/* After anything about it changed: writes it to the store and plans when to look at it again; one
 * that is quiet in every respect is dropped, and the pointer with it. */
void standing_settle(Standing *s, Moment now);

/* All of them, after a start or a reload: their policies may be others. */
void standing_settle_all(Monitor *m, Moment now);

/* Its item is due: a reminder, an end of flapping, of an acknowledgement, or of being kept. */
void standing_wake(Standing *s, Moment now);

/* Calls `each` for every standing of the monitor, which may drop it. */
void standing_each(Monitor *m, void (*each)(Standing *s, void *userdata), void *userdata);

/* An acknowledgement is taken (ownership passes) or, with NULL, taken back. */
void standing_acknowledge(Standing *s, Ack *ack, Moment now);
Ack *ack_free(Ack *ack);
