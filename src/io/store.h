/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"
#include "core/silence.h"
#include "core/state.h"

/* What is kept in DIR/state.db (SQLite, WAL). This header is all that the engine knows of it:
 * nothing of it is SQL, so that a store shared by several instances could stand behind it; what is
 * an instance's own, the history, is io/store-history.h. Every write is part of a transaction that
 * the caller opens; the first error of a transaction is kept and told by store_commit(). Nothing
 * waits for a lock. Times are wall clock. */
typedef struct Store Store;

/* Opens or creates DIR/state.db (DIR is made when only it is missing; both closed to others), takes
 * DIR/lock, checks it (PRAGMA quick_check: all of a file up to 64 MiB, else all but the history),
 * and brings an older schema up to date. On failure *problem says what is wrong and what becomes of
 * the file, for people (may be set on success, too: after a schema was brought up to date). 0, or:
 *
 * -EBADMSG  it is damaged, and was put aside as state.db.damaged-STAMP (`now` makes the stamp);
 * -EPROTO   it is from a newer version, and was put aside as state.db.version-N-STAMP; in both
 * cases the next call begins a new one, and *ret_sequence is the last number of a record that could
 * be read, or 0; -EBUSY    another process holds DIR/lock, or the database is locked: to be tried
 * again; -ENOSPC, -EROFS, -EACCES, -EIO, -ENOMEM and others: to be tried again. */
int store_open(const char *dir, usec_t now, StrBuf *problem, uint64_t *ret_sequence, Store **ret);

/* The same file for reading beside a running daemon (--simulate): no lock, nothing is changed. */
int store_open_readonly(const char *dir, StrBuf *problem, Store **ret);

/* Rolls an open transaction back; NULL is fine. Returns NULL. */
Store *store_close(Store *store);
DEFINE_CLEANUP(Store *, store_close)

/* --- writing: store_begin(), any number of puts and drops, store_commit()
 * ----------------------------- */

void store_begin(Store *store);

/* `durable`: the commit is on the disk when this returns (it survives a power failure); else it
 * survives the process only. 0, or the first error since store_begin() (-ENOSPC, -EROFS, -EBADMSG,
 * -EBUSY, -EIO, ...), all of it rolled back. A transaction without a change costs nothing. After a
 * durable one, -EIO may also mean that it is in the file but not surely on the disk: to be written
 * again, which does no harm. -ESTALE: somebody moved or deleted the file, -EBADMSG: it is damaged;
 * then close and open it again. */
int store_commit(Store *store, bool durable);

void store_put_alert(Store *store, const AlertRow *row);
void store_drop_alert(Store *store, const char *source, const char *target, const char *metric);
void store_put_target(Store *store, const TargetRow *row);
void store_drop_target(Store *store, const char *source, const char *target);
void store_put_account(Store *store, const AccountRow *row);
void store_drop_account(Store *store, const char *source, const char *name);
void store_put_missing(Store *store, const MissingRow *row);
void store_drop_missing(Store *store, const char *target);

/* The ledger: a test was started. Those of more than a day before `now` are forgotten. */
void store_put_test(Store *store, usec_t started, usec_t now);

void store_put_silence(Store *store, const Silence *silence);
void store_drop_silence(Store *store, uint64_t id);

/* The event log and outbox: a record that is to be sent, and "every record up to this number was
 * taken by the sinks". */
void store_put_event(Store *store, const EventRow *row);
void store_put_sent(Store *store, uint64_t sequence);

/* Forgets records that were sent and are older than `before` or more than `most` in all. */
void store_trim_events(Store *store, usec_t before, uint32_t most);

/* Ends that Alertmanagers wait for; and "every end up to this id was taken by all of them". */
void store_put_end(Store *store, const EndRow *row);
void store_drop_ends(Store *store, uint64_t up_to);

/* Small facts by name ("sequence", ...). */
void store_put_number(Store *store, const char *name, uint64_t value);

/* Forgets all whose names begin with `prefix`. */
void store_drop_numbers(Store *store, const char *prefix);

/* Forgets all alerts, targets, accounts, missing, tests and silences (not events, ends and
 * numbers): before a whole state is written anew. */
void store_clear_state(Store *store);

/* --- reading
 * ------------------------------------------------------------------------------------------ */

/* Takes one row; texts are the store's and last until it returns. Non-zero ends the reading with
 * that. NULL where a kind is not wanted. */
typedef struct StoreReader {
        int (*alert)(void *userdata, const AlertRow *row);
        int (*target)(void *userdata, const TargetRow *row);
        int (*account)(void *userdata, const AccountRow *row);
        int (*missing)(void *userdata, const MissingRow *row);
        int (*test)(void *userdata, usec_t started); /* oldest first */
        int (*silence)(void *userdata, const Silence *silence);
        int (*end)(void *userdata, const EndRow *row); /* in the order of their ids */
} StoreReader;

/* Reads everything that `reader` has a function for, all of one moment; the functions change
 * nothing in the store. A row that is damaged (a wrong type, an unknown level, a text or list
 * beyond its bounds) is left out and counted. 0, a negative errno, or what a function answered. */
int store_read(Store *store, const StoreReader *reader, void *userdata);

/* How many rows were left out by reading since it was opened. */
uint64_t store_skipped(Store *store);

/* The number of that name, or 0. */
uint64_t store_number(Store *store, const char *name);

/* The number of the last record that was ever put, 0 = none; and up to which the sinks took them.
 */
uint64_t store_last_sequence(Store *store);
uint64_t store_sent(Store *store);

/* Which records: in the order of their numbers, or from the newest back. All-zero = all. */
typedef struct EventFilter {
        uint64_t after;    /* number; only greater ones */
        uint64_t before;   /* number; only smaller ones, 0 = no bound */
        usec_t since;      /* wall; not older */
        const char *match; /* glob over identities, NULL = any (also none) */
        uint32_t most;     /* 0 = no bound */
        bool newest_first;
} EventFilter;

/* 0, what `take` answered, or a negative errno (-EINVAL: `match` is no glob). Damaged rows as with
 * store_read(). */
int store_read_events(Store *store, const EventFilter *filter,
                      int (*take)(void *userdata, const EventRow *row), void *userdata);

/* --- what it costs
 * ------------------------------------------------------------------------------------ */

typedef struct StoreFigures {
        uint64_t file_bytes; /* state.db and its log */
        uint64_t commits;
        uint64_t bytes_written; /* to the log, since it was opened */
} StoreFigures;
void store_figures(Store *store, StoreFigures *ret);

/* Brings the log into the file when it has grown (PASSIVE), in one short step: from an idle moment
 * of the loop. Returns whether there is more to do. */
bool store_tidy(Store *store);

/* "the disk is full", "the file system is read-only", ...: what an error of these functions means.
 */
const char *store_words(int error);
