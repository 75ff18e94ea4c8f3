/* SPDX-License-Identifier: MIT */
#include "io/store-history-internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char store_history_schema[] =
        "CREATE TABLE history_series (number INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL,"
        " target TEXT NOT NULL);"
        "CREATE UNIQUE INDEX history_series_target ON history_series (target, source, scope);"
        "CREATE TABLE history_column (source TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL,"
        " number INTEGER NOT NULL, PRIMARY KEY (source, scope, name)) WITHOUT ROWID;"
        "CREATE TABLE history_sample (key INTEGER PRIMARY KEY, data BLOB NOT NULL);"
        "CREATE TABLE history_hour (key INTEGER PRIMARY KEY, data BLOB NOT NULL);"
        "CREATE TABLE history_chunk (chunk INTEGER PRIMARY KEY, done INTEGER NOT NULL, seen BLOB NOT NULL);";
/* clang-format on */

/* --- beginning and end ----------------------------------------------------------------------- */

int history_get(Store *store, History **ret) {
        if (!store->history) {
                store->history = calloc(1, sizeof(*store->history));
                if (!store->history)
                        return -ENOMEM;
        }
        *ret = store->history;
        return 0;
}

static void close_row(History *h) {
        h->open = false;
        h->entries = 0;
}

void history_rolled_back(Store *store) {
        History *h = store->history;

        if (!h)
                return;
        close_row(h);
        for (size_t i = 0; i < h->n_chunks; i++)
                h->chunks[i] = (HistoryChunk){ .given = h->chunks[i].given };
        memset(h->sets, 0, sizeof(h->sets));
        h->free_from = 0;
        h->ticks.hour = 0;
}

void history_done(Store *store) {
        History *h = store->history;

        if (!h)
                return;
        for (size_t i = 0; i < ELEMENTSOF(h->statements); i++)
                sqlite3_finalize(h->statements[i]);
        history_writer_done(&h->writer);
        history_ticks_done(&h->ticks);
        history_work_free(h->work);
        free(h->chunks);
        free(TAKE_PTR(store->history));
}

/* --- series ---------------------------------------------------------------------------------- */

const char *history_scope_name(Scope scope) {
        static const char *const names[_SCOPE_MAX] = {
                [SCOPE_ACCOUNT] = "account",
                [SCOPE_DOMAIN] = "domain",
        };
        return names[scope];
}

int history_find_series(Store *store, SourceId source, Scope scope, const char *target,
                        uint32_t *ret) {
        History *h;
        int r = history_get(store, &h);
        if (r < 0)
                return r;
        sqlite3_stmt **cached = &h->statements[HISTORY_FIND_SERIES];
        r = store_prepare(store,
                          "SELECT number FROM history_series WHERE target = ?1 AND source = ?2 AND "
                          "scope = ?3",
                          cached);
        if (r < 0)
                return r;
        sqlite3_bind_text(*cached, 1, target, -1, SQLITE_STATIC);
        sqlite3_bind_text(*cached, 2, source_name(source), -1, SQLITE_STATIC);
        sqlite3_bind_text(*cached, 3, history_scope_name(scope), -1, SQLITE_STATIC);

        int found = store_step(store, *cached);
        int64_t number = found > 0 ? sqlite3_column_int64(*cached, 0) : 0;
        store_reset(*cached);
        if (found <= 0)
                return found < 0 ? found : -ENOENT;
        if (number < 1 || number > HISTORY_SERIES_MOST)
                return -EBADMSG;
        *ret = (uint32_t)number;
        return 0;
}

/* The lowest number from free_from on that no series has. */
static int find_free(Store *store, History *h, uint32_t *ret) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(
                store, "SELECT number FROM history_series WHERE number >= ?1 ORDER BY number", &s);
        if (r < 0)
                return r;
        int64_t number = MAX(h->free_from, 1u);
        sqlite3_bind_int64(s, 1, number);
        while ((r = store_step(store, s)) > 0 && sqlite3_column_int64(s, 0) == number)
                number++;
        if (r < 0)
                return r;
        if (number > HISTORY_SERIES_MOST)
                return -E2BIG;
        *ret = (uint32_t)number;
        return 0;
}

static int make_series(Store *store, History *h, SourceId source, Scope scope, const char *target,
                       uint32_t *ret) {
        uint32_t number;
        int r = find_free(store, h, &number);
        if (r < 0)
                return r;
        sqlite3_stmt *s = store_change(store,
                                       "INSERT INTO history_series (number, source, scope, target) "
                                       "VALUES (?1, ?2, ?3, ?4)",
                                       &h->statements[HISTORY_PUT_SERIES]);
        if (!s)
                return -ECANCELED;
        sqlite3_bind_int64(s, 1, number);
        sqlite3_bind_text(s, 2, source_name(source), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, history_scope_name(scope), -1, SQLITE_STATIC);
        store_bind_text(store, s, 4, target, STORE_NAME_LONGEST);
        r = store_run(store, s);
        if (r < 0)
                return r;
        h->free_from = number + 1;
        *ret = number;
        return 0;
}

static int chunk_of(History *h, uint32_t series, HistoryChunk **ret) {
        size_t chunk = series / HISTORY_SLOTS;

        if (chunk >= h->n_chunks) {
                size_t n = MAX(chunk + 1, h->n_chunks * 2);
                HistoryChunk *chunks = realloc(h->chunks, n * sizeof(*chunks));
                if (!chunks)
                        return -ENOMEM;
                memset(chunks + h->n_chunks, 0, (n - h->n_chunks) * sizeof(*chunks));
                h->chunks = chunks;
                h->n_chunks = n;
        }
        *ret = &h->chunks[chunk];
        return 0;
}

uint32_t history_series(Store *store, SourceId source, Scope scope, const char *target) {
        History *h;
        HistoryChunk *chunk;
        uint32_t number = 0;

        if (!store_is_writing(store))
                return 0;
        int r = history_get(store, &h);
        if (r >= 0)
                r = history_find_series(store, source, scope, target, &number);
        if (r == -ENOENT)
                r = make_series(store, h, source, scope, target, &number);
        if (r >= 0)
                r = chunk_of(h, number, &chunk);
        if (r < 0) {
                if (r != -ECANCELED)
                        store_fail_errno(store, r);
                return 0;
        }
        chunk->given |= UINT64_C(1) << number % HISTORY_SLOTS;
        return number;
}

/* --- samples --------------------------------------------------------------------------------- */

bool history_is_new_hour(usec_t last, usec_t at) {
        return last / USEC_PER_HOUR != at / USEC_PER_HOUR;
}

void history_flush(Store *store) {
        History *h = store->history;

        if (!h || !h->open)
                return;
        bool empty = h->entries == 0;
        close_row(h);
        if (empty || !store_is_writing(store))
                return;
        int r = history_writer_end(&h->writer);
        if (r < 0) {
                store_fail_errno(store, r);
                return;
        }
        /* A key already taken moves on; where all near it are taken (a file made to be so), it is
         * left out. */
        for (uint64_t at = h->at; at < h->at + HISTORY_SAME_MSEC; at++) {
                sqlite3_stmt *s = store_change(
                        store, "INSERT OR IGNORE INTO history_sample (key, data) VALUES (?1, ?2)",
                        &h->statements[HISTORY_PUT_SAMPLE]);
                if (!s)
                        return;
                sqlite3_bind_int64(s, 1, history_key(h->chunk, at));
                sqlite3_bind_blob(s, 2, h->writer.block.data, (int)h->writer.block.size,
                                  SQLITE_STATIC);
                if (store_run(store, s) < 0)
                        return;
                if (sqlite3_changes(store->db) > 0) {
                        HistoryChunk *chunk = &h->chunks[h->chunk];
                        chunk->latest = MAX(chunk->latest, at);
                        return;
                }
        }
}

/* The time of the last row of a chunk in an hour, 0 = none: after a restart, or where the clock
 * stepped back. */
static int last_in_hour(Store *store, History *h, uint32_t chunk, uint64_t hour, uint64_t *ret) {
        sqlite3_stmt **cached = &h->statements[HISTORY_LAST_SAMPLE];
        int r = store_prepare(
                store, "SELECT max(key) FROM history_sample WHERE key >= ?1 AND key < ?2", cached);
        if (r < 0)
                return r;
        sqlite3_bind_int64(*cached, 1, history_key(chunk, hour * HISTORY_HOUR_MSEC));
        sqlite3_bind_int64(*cached, 2, history_key(chunk, (hour + 1) * HISTORY_HOUR_MSEC));
        r = store_step(store, *cached);
        if (r > 0)
                *ret = history_key_time(sqlite3_column_int64(*cached, 0));
        store_reset(*cached);
        return r < 0 ? r : 0;
}

/* Begins the row of a chunk at `at`, unless it is the one being made and `slot` may follow. */
static int begin_row(Store *store, History *h, uint32_t series, uint64_t at, HistoryChunk **ret) {
        uint32_t number = series / HISTORY_SLOTS;
        unsigned slot = series % HISTORY_SLOTS;
        HistoryChunk *chunk;
        int r = chunk_of(h, series, &chunk);
        if (r < 0)
                return r;

        if (h->open && (h->chunk != number || h->at != at || slot < h->next))
                history_flush(store);
        if (!h->open) {
                uint64_t hour = at / HISTORY_HOUR_MSEC;
                if (chunk->hour != hour) {
                        uint64_t latest = 0;
                        r = last_in_hour(store, h, number, hour, &latest);
                        if (r < 0)
                                return r;
                        *chunk = (HistoryChunk){ .given = chunk->given,
                                                 .latest = latest,
                                                 .hour = hour };
                }
                history_writer_begin(&h->writer, HISTORY_SAMPLES);
                h->open = true;
                h->chunk = number;
                h->at = at;
                h->entries = 0;
        }
        h->next = slot + 1;
        *ret = chunk;
        return 0;
}

/* What changed from `before` (NULL = all unknown) to `now`, by column. */
static uint64_t compare(const uint8_t *columns, size_t n, const float *before, const float *now,
                        uint64_t codes[static HISTORY_COLUMNS]) {
        uint64_t mask = 0;

        for (size_t i = 0; i < n; i++) {
                uint8_t column = columns[i];
                if (column == HISTORY_NO_COLUMN || (before && before[i] == now[i]))
                        continue;
                uint64_t code = history_code((double)now[i]);
                /* What lies far apart needs no look at its codes. */
                bool far = before && fabsf(before[i] - now[i]) >= 1;
                if (!far && code == (before ? history_code((double)before[i]) : 0))
                        continue;
                codes[column] = code;
                mask |= UINT64_C(1) << column;
        }
        return mask;
}

void history_add(Store *store, uint32_t series, const MetricSet *set, usec_t at,
                 const float *before, const float *now, bool tick) {
        History *h;
        HistoryChunk *chunk;
        const uint8_t *columns;
        uint64_t codes[HISTORY_COLUMNS];

        if (!store_is_writing(store) || series == 0 || series > HISTORY_SERIES_MOST)
                return;
        int r = history_get(store, &h);
        if (r >= 0)
                r = history_columns(store, h, set, &columns);
        if (r >= 0)
                r = begin_row(store, h, series, MIN(at / USEC_PER_MSEC, HISTORY_TIME_MOST), &chunk);
        if (r < 0) {
                if (r != -ECANCELED)
                        store_fail_errno(store, r);
                return;
        }

        /* In full where the hour does not have it yet; and always, when the clock stepped back,
         * until the time of the last row is reached again: rows of before the step lie between. */
        uint64_t bit = UINT64_C(1) << series % HISTORY_SLOTS;
        bool fresh = !before || (chunk->written & bit) == 0 || h->at < chunk->latest;
        uint64_t mask = compare(columns, set->n, fresh ? NULL : before, now, codes);

        if (mask == 0 && !tick && !fresh)
                return;
        history_writer_add(&h->writer, series % HISTORY_SLOTS, fresh, mask, codes);
        chunk->written |= bit;
        h->entries++;
}
