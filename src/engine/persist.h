/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What outlives the process. Everything that one turn of the loop changes is one transaction: it is
 * put when it changes and committed by persist_turn(), and only then its records go to the sinks.
 * Without a store (it cannot be opened, the disk is full) the daemon goes on in memory and says so;
 * what is put is dropped then, and all of it is written anew when the store is back. */

/* Opens the store and takes up what it remembers. At start, when sinks are there, before
 * monitor_start(). */
void persist_open(Monitor *m, Moment now);

/* The end of a turn: tells, commits, hands records to the sinks, marks what they took. */
void persist_turn(Monitor *m, Moment now);

/* Commits now, so that it survives whatever comes: before a request that costs a test. */
void persist_now(Monitor *m, Moment now);

/* Closes the store; the last persist_turn() has committed. */
void persist_close(Monitor *m);

/* ITEM_STORE: tries the store again. ITEM_TIDY: a step of keeping history and event log within
 * their bounds. */
void persist_retry(Monitor *m, Moment now);
void persist_tidy(Monitor *m, Moment now);

/* A record is to be sent when the turn is committed; taken over. */
void persist_record(Monitor *m, Record *record, Moment now);

void persist_standing(const Standing *s, Moment now);
void persist_drop_standing(const Standing *s);
void persist_target(const Target *target, Moment now);
void persist_account(const Account *a, Moment now);
void persist_missing(const Account *a, uint32_t domain, Moment now);
void persist_silence(Monitor *m, const Silence *silence);
void persist_drop_silence(Monitor *m, uint64_t id);

/* A test is about to be started at `now`. */
void persist_test(Monitor *m, Moment now);

/* After a reload: all rows anew, since targets and accounts may have gone. */
void persist_all(Monitor *m, Moment now);
