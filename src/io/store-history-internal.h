/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/history.h"
#include "io/store-history.h"
#include "io/store-internal.h"

/* What the files of the history share. A series' chunk is its number / 64, its slot the rest. The
 * rows of a chunk lie together: their key is chunk << 42 | milliseconds since 1970 (good until the
 * year 2109). */

#define HISTORY_TIME_BITS   42
#define HISTORY_TIME_MOST   ((UINT64_C(1) << HISTORY_TIME_BITS) - 1)
#define HISTORY_HOUR_MSEC   UINT64_C(3600000)
#define HISTORY_SERIES_MOST ((1u << 20) - 1) /* greatest number that is given */

/* Rows of one chunk that were added at the same moment lie so many milliseconds apart at most:
 * entries of domains this near to one of their account are of the same poll. */
#define HISTORY_SAME_MSEC 50u

#define HISTORY_NO_COLUMN UINT8_MAX

/* What this process knows of a chunk: half a byte per series. */
typedef struct HistoryChunk {
        uint64_t given; /* slots whose series history_series() has named: they are not forgotten */
        uint64_t written; /* slots that have an entry in `hour` since it was begun here */
        uint64_t latest;  /* time of the last row within `hour`, 0 = none */
        uint64_t hour;    /* since 1970, of the last row that was begun; 0 = none */
} HistoryChunk;

/* When an account was polled with success within one hour. */
typedef struct HistoryTick {
        uint32_t series; /* the account's */
        uint32_t at;     /* milliseconds in the hour */
} HistoryTick;

typedef struct HistoryTicks {
        uint64_t hour;     /* since 1970 */
        HistoryTick *list; /* by series, then time */
        size_t n, allocated;
        uint8_t up; /* column of an account's `up`, HISTORY_NO_COLUMN = not known */
} HistoryTicks;

typedef enum HistoryStatement {
        HISTORY_FIND_SERIES,
        HISTORY_PUT_SERIES,
        HISTORY_PUT_COLUMN,
        HISTORY_PUT_SAMPLE,
        HISTORY_LAST_SAMPLE,
        HISTORY_PUT_HOUR,
        HISTORY_GET_CHUNK,
        HISTORY_PUT_CHUNK,
        HISTORY_DROP_CHUNK,
        HISTORY_DROP_SAMPLES,
        HISTORY_DROP_HOURS,
        HISTORY_DROP_SERIES,
        _HISTORY_STATEMENT_MAX,
} HistoryStatement;

struct History {
        HistoryChunk *chunks;
        size_t n_chunks;

        bool open; /* a row is being made: */
        uint32_t chunk;
        uint64_t at;   /* milliseconds */
        unsigned next; /* the lowest slot that may follow */
        size_t entries;
        HistoryWriter writer;

        const MetricSet *sets[_SOURCE_MAX][_SCOPE_MAX]; /* whose columns these are */
        uint8_t columns[_SOURCE_MAX][_SCOPE_MAX][METRICS_MAX];

        uint32_t free_from; /* lower numbers are all taken; 0 = not known */

        uint32_t tidy_chunk; /* the next one of this round */
        bool tidy_more;      /* this round found something to do */
        HistoryTicks ticks;
        struct HistoryWork *work;

        sqlite3_stmt *statements[_HISTORY_STATEMENT_MAX];
};

/* store->history, made when it is not there yet. 0 or -ENOMEM. */
int history_get(Store *store, History **ret);

static inline int64_t history_key(uint32_t chunk, uint64_t msec) {
        return (int64_t)((uint64_t)chunk << HISTORY_TIME_BITS | MIN(msec, HISTORY_TIME_MOST));
}

static inline uint64_t history_key_time(int64_t key) {
        return (uint64_t)key & HISTORY_TIME_MOST;
}

static inline void sqlite3_stmt_finalizep(sqlite3_stmt **statement) {
        sqlite3_finalize(*statement);
}
#define _cleanup_statement_ _cleanup_(sqlite3_stmt_finalizep)

/* "account", "domain": as it stands in the file. */
const char *history_scope_name(Scope scope);

/* The number of a series that is there: 0, -ENOENT, or another negative errno. */
int history_find_series(Store *store, SourceId source, Scope scope, const char *target,
                        uint32_t *ret);

/* The column of each metric of a set as far as the file has them; *ret_used, where not NULL, is a
 * mask of all columns that are taken. 0 or a negative errno. */
int history_load_columns(Store *store, const MetricSet *set, uint8_t ret[static METRICS_MAX],
                         uint64_t *ret_used);

/* For writing: the same, kept in memory, and columns that are new to the file are added to it. A
 * metric for which there is no room any more (64 in all versions) has none and is not kept. 0 or a
 * negative errno. */
int history_columns(Store *store, History *h, const MetricSet *set, const uint8_t **ret);

/* --- rows (store-history-rows.c)
 * ---------------------------------------------------------------------- */

typedef enum HistoryTable {
        HISTORY_TABLE_SAMPLE,
        HISTORY_TABLE_HOUR,
} HistoryTable;

/* Rows of a chunk in time order: from `from` to before `to`, milliseconds. A statement of its own,
 * to be finalized. 0 or a negative errno. */
int history_rows(Store *store, HistoryTable table, uint32_t chunk, uint64_t from, uint64_t to,
                 sqlite3_stmt **ret);

/* The next row: 1 = there is one, 0 = no more, or a negative errno. The block lasts until the next
 * call. */
int history_row(Store *store, sqlite3_stmt *rows, uint64_t *ret_at, const void **ret_block,
                size_t *ret_size);

/* The time of the first row of a chunk from `from` to before `to`: 1 = there is one, 0 = none, or a
 * negative errno. */
int history_first(Store *store, HistoryTable table, uint32_t chunk, uint64_t from, uint64_t to,
                  uint64_t *ret_at);

/* Sets the list to the polls of one account in an hour, or (`account` 0) of all symantec accounts;
 * a poll that failed (`up` is 0) gave no samples of domains and is left out. 0 or a negative errno,
 * the list is empty then. */
int history_load_ticks(Store *store, uint32_t account, uint64_t hour, HistoryTicks *ticks);

/* How many polls of an account lie between two entries at `after` and `before` (milliseconds in the
 * hour; not of the same poll as either); `after` -1 = from the start. *ret_first, where not NULL,
 * is the first one's index. */
size_t history_count_ticks(const HistoryTicks *ticks, uint32_t account, int64_t after,
                           int64_t before, size_t *ret_first);

/* The account whose poll an entry at `at` is of: `last` if it may be, else the first; 0 = none. */
uint32_t history_account_at(const HistoryTicks *ticks, uint32_t last, int64_t at);

void history_ticks_done(HistoryTicks *ticks);

/* What history_tidy() works in; NULL is fine. */
void history_work_free(struct HistoryWork *work);
