/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/store.h"

#include <sqlite3.h>

/* What the files of the store share. SQL stands in store*.c only; a statement is made once, by the
 * first who needs it, and kept where `cached` points. */

typedef struct History History; /* io/store-history*.c */

#define STORE_FILE "state.db"
#define STORE_LOG  STORE_FILE "-wal"
#define STORE_SUSPECT                                                                              \
        STORE_FILE ".suspect" /* damage was met: the next one who opens it checks all of it */

/* Most bytes of texts, to be written and read: more is refused with -E2BIG, and read as a damaged
 * row. */
#define STORE_NAME_LONGEST 1024u         /* part of a key, a name */
#define STORE_TEXT_LONGEST 8192u         /* what people or services wrote */
#define STORE_LIST_LONGEST (64u * 1024)  /* lines, words */
#define STORE_DATA_LONGEST (256u * 1024) /* all fields of a record */

typedef enum StoreStatement {
        STATEMENT_BEGIN,
        STATEMENT_COMMIT,
        STATEMENT_ROLLBACK,
        STATEMENT_SNAPSHOT, /* of reading */

        STATEMENT_PUT_ALERT,
        STATEMENT_PUT_TARGET,
        STATEMENT_PUT_ACCOUNT,
        STATEMENT_PUT_MISSING,
        STATEMENT_PUT_TEST,
        STATEMENT_PUT_SILENCE,
        STATEMENT_PUT_END,
        STATEMENT_PUT_EVENT,
        STATEMENT_PUT_NUMBER,
        STATEMENT_RAISE_NUMBER,

        STATEMENT_DROP_ALERT,
        STATEMENT_DROP_TARGET,
        STATEMENT_DROP_ACCOUNT,
        STATEMENT_DROP_MISSING,
        STATEMENT_DROP_TESTS,
        STATEMENT_DROP_SILENCE,
        STATEMENT_DROP_ENDS,
        STATEMENT_DROP_NUMBERS,
        STATEMENT_DROP_OLD_EVENTS,
        STATEMENT_DROP_FIRST_EVENTS,

        STATEMENT_CLEAR_ALERTS,
        STATEMENT_CLEAR_TARGETS,
        STATEMENT_CLEAR_ACCOUNTS,
        STATEMENT_CLEAR_MISSING,
        STATEMENT_CLEAR_SILENCES,

        STATEMENT_READ_ALERTS,
        STATEMENT_READ_TARGETS,
        STATEMENT_READ_ACCOUNTS,
        STATEMENT_READ_MISSING,
        STATEMENT_READ_TESTS,
        STATEMENT_READ_SILENCES,
        STATEMENT_READ_ENDS,
        STATEMENT_READ_EVENTS,
        STATEMENT_READ_EVENTS_BACK,
        STATEMENT_READ_NUMBER,
        STATEMENT_LAST_EVENT,
        STATEMENT_COUNT_EVENTS,
        _STATEMENT_MAX,
} StoreStatement;

struct Store {
        sqlite3 *db;
        int dir_fd;
        int lock_fd;         /* -1 = for reading only */
        bool settled;        /* it was opened whole, and closing may write to it */
        bool in_transaction; /* between store_begin() and store_commit() */
        bool begun;          /* it has begun in the file, too: with the first change */
        bool unsynced;       /* bringing the log to the disk failed: see log_sync() */
        int error;           /* the first of the transaction, negative errno */
        uint32_t page_size;
        uint32_t log_pages; /* in the log since it was last written from its start */
        uint32_t tidy_at;   /* log_pages from which store_tidy() has something to do */
        uint64_t commits;
        uint64_t bytes_written;
        uint64_t skipped; /* damaged rows */
        sqlite3_stmt *statements[_STATEMENT_MAX];
        History *history; /* NULL until it is used */
};

/* The text of each. */
extern const char *const store_sql[_STATEMENT_MAX];

/* --- statements and errors ------------------------------------------------------------------- */

/* Makes the statement unless *cached is one already; whoever owns `cached` finalizes it. 0 or a
 * negative errno (which is not kept: a reader calls this, too). */
int store_prepare(Store *store, const char *sql, sqlite3_stmt **cached);

/* For a change: the same, and begins the transaction in the file when this is its first change.
 * NULL when the transaction has failed (the error is kept): then leave it. Ready to be bound; run
 * it by store_run(). */
sqlite3_stmt *store_change(Store *store, const char *sql, sqlite3_stmt **cached);

/* Runs a statement that returns no rows to its end, resets it and forgets what was bound; an error
 * is kept. 0 or a negative errno. */
int store_run(Store *store, sqlite3_stmt *statement);

/* The next row of a statement that reads: 1 = there is one, 0 = no more (reset then), or a negative
 * errno (reset, too; not kept). Leave early by store_reset(). */
int store_step(Store *store, sqlite3_stmt *statement);
void store_reset(sqlite3_stmt *statement);

/* Keeps what a result of SQLite means as the transaction's error if it is its first; SQLITE_OK,
 * _ROW and _DONE are none. Returns the negative errno, or 0. */
int store_fail(Store *store, int sqlite_rc);

/* The same for a negative errno. */
int store_fail_errno(Store *store, int error);

/* What a result of SQLite means, as a negative errno; `db` (may be NULL) knows the system's errno.
 */
int store_errno(sqlite3 *db, int sqlite_rc);

/* store_prepare() and store_change() for the statements of the list. */
int store_statement(Store *store, StoreStatement which, sqlite3_stmt **ret);
sqlite3_stmt *store_change_by(Store *store, StoreStatement which);

/* Inside a transaction that has not failed. */
bool store_is_writing(const Store *store);

/* --- values ---------------------------------------------------------------------------------- */

/* A time or a span as microseconds, USEC_INFINITY as -1. */
void store_bind_usec(sqlite3_stmt *statement, int parameter, usec_t value);

/* A text of at most `longest` bytes, NULL and "" as NULL. Borrowed until the statement was run. A
 * longer one is the transaction's -E2BIG. */
void store_bind_text(Store *store, sqlite3_stmt *statement, int parameter, const char *text,
                     size_t longest);

/* Part of a key: none is -EINVAL. */
void store_bind_name(Store *store, sqlite3_stmt *statement, int parameter, const char *name);

/* All fields of a record; more than STORE_DATA_LONGEST is -E2BIG. Borrowed likewise. */
void store_bind_data(Store *store, sqlite3_stmt *statement, int parameter, const char *data,
                     size_t size);

/* A number of a record or silence: more than INT64_MAX is -ERANGE. */
void store_bind_number(Store *store, sqlite3_stmt *statement, int parameter, uint64_t value);

/* Reads the columns of one row in their order; what is not as it should be sets `bad`, and such a
 * row is to be counted in store->skipped and left out. Texts last until the next step. */
typedef struct StoreRow {
        sqlite3_stmt *statement;
        int column; /* the next one */
        bool bad;
} StoreRow;
const char *store_row_text(StoreRow *row, size_t longest); /* NULL = none */
const char *store_row_name(StoreRow *row);                 /* has to be there */
usec_t store_row_usec(StoreRow *row);
uint64_t store_row_number(StoreRow *row, uint64_t most); /* 0 .. most, most up to INT64_MAX */
double store_row_double(StoreRow *row);                  /* NULL = NAN */
/* All fields of a record; "" with no bytes is one, too. */
const char *store_row_data(StoreRow *row, size_t *ret_size);

/* After the last column: counts the row when it is bad. 0, or -ENOMEM when it only seemed so. */
int store_row_done(Store *store, const StoreRow *row);

/* --- schema, checks -------------------------------------------------------------------------- */

#define STORE_APPLICATION 0x6d736563 /* "msec": PRAGMA application_id */
#define STORE_VERSION     3          /* PRAGMA user_version */

/* Brings the file from `version` (0 = nothing is in it yet) to STORE_VERSION in one transaction. 0
 * or a negative errno; then it is as it was. */
int store_upgrade(sqlite3 *db, int version);

/* Asks SQLite to check the file: all of it when it is at most 64 MiB or `suspect` (then its
 * indexes, too), else all tables whose names do not begin with "history". 0, -EBADMSG with what it
 * found added to *problem, or another negative errno. */
int store_check(sqlite3 *db, bool suspect, StrBuf *problem);

/* The number of the last record as far as it can still be read, or 0. */
uint64_t store_last_readable(sqlite3 *db);

/* Renames DIR/state.db and its log to state.db.KIND-STAMP (never over an older one) and deletes the
 * oldest of such files so that three are left. The name is added to *ret_name. 0 or a negative
 * errno. */
int store_put_aside(int dir_fd, const char *kind, usec_t now, StrBuf *ret_name);

/* Brings the log into the file and empties it, where nobody reads it and there is room. */
void store_log_empty(Store *store);

/* Closes the file but keeps the lock: finalizes all statements, history_done(). */
void store_close_database(Store *store);

/* --- history --------------------------------------------------------------------------------- */

/* Its tables and indexes (names begin with "history") as they were introduced with version 2: a
 * later change of them is a step of its own in store-schema.c. */
extern const char store_history_schema[];

/* A transaction was rolled back: what it remembers of the file (numbers given, a row not written
 * yet) is no longer so. Called with history set or NULL. */
void history_rolled_back(Store *store);

/* Finalizes its statements and frees store->history; before the file is closed. NULL is fine. */
void history_done(Store *store);
