/* SPDX-License-Identifier: MIT */
#include "io/store-history-internal.h"

#include <errno.h>
#include <stdlib.h>

/* Reading rows in time order, and when accounts were polled. */

int history_rows(Store *store, HistoryTable table, uint32_t chunk, uint64_t from, uint64_t to,
                 sqlite3_stmt **ret) {
        static const char *const texts[] = {
                [HISTORY_TABLE_SAMPLE] = "SELECT key, data FROM history_sample WHERE key >= ?1 AND "
                                         "key < ?2 ORDER BY key",
                [HISTORY_TABLE_HOUR] = "SELECT key, data FROM history_hour WHERE key >= ?1 AND key "
                                       "< ?2 ORDER BY key",
        };
        sqlite3_stmt *s = NULL;
        int r = store_prepare(store, texts[table], &s);
        if (r < 0)
                return r;
        sqlite3_bind_int64(s, 1, history_key(chunk, from));
        sqlite3_bind_int64(s, 2, history_key(chunk, to));
        *ret = s;
        return 0;
}

int history_row(Store *store, sqlite3_stmt *rows, uint64_t *ret_at, const void **ret_block,
                size_t *ret_size) {
        int r = store_step(store, rows);
        if (r <= 0)
                return r;
        *ret_at = history_key_time(sqlite3_column_int64(rows, 0));
        *ret_block = sqlite3_column_blob(rows, 1);
        *ret_size = *ret_block ? (size_t)sqlite3_column_bytes(rows, 1) : 0;
        return 1;
}

int history_first(Store *store, HistoryTable table, uint32_t chunk, uint64_t from, uint64_t to,
                  uint64_t *ret_at) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        int r = history_rows(store, table, chunk, from, to, &rows);
        if (r < 0)
                return r;
        r = store_step(store, rows);
        if (r > 0)
                *ret_at = history_key_time(sqlite3_column_int64(rows, 0));
        return r;
}

/* --- when accounts were polled --------------------------------------------------------------- */

static int add_tick(HistoryTicks *ticks, uint32_t account, uint64_t at) {
        if (ticks->n == ticks->allocated) {
                size_t allocated = MAX(ticks->allocated * 2, (size_t)64);
                HistoryTick *list = realloc(ticks->list, allocated * sizeof(*list));
                if (!list)
                        return -ENOMEM;
                ticks->list = list;
                ticks->allocated = allocated;
        }
        ticks->list[ticks->n++] = (HistoryTick){ .series = account, .at = (uint32_t)at };
        return 0;
}

static int add_account(Store *store, uint32_t account, uint64_t hour, HistoryTicks *ticks) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        const uint64_t start = hour * HISTORY_HOUR_MSEC;
        HistoryState state = {};
        HistoryEntry entry;
        const void *block;
        uint64_t at;
        size_t size;

        int r = history_rows(store, HISTORY_TABLE_SAMPLE, account / HISTORY_SLOTS, start,
                             start + HISTORY_HOUR_MSEC, &rows);
        if (r < 0)
                return r;
        while ((r = history_row(store, rows, &at, &block, &size)) > 0) {
                if (history_find(block, size, account % HISTORY_SLOTS, &entry) <= 0)
                        continue;
                history_apply(&state, &entry);
                bool failed = ticks->up != HISTORY_NO_COLUMN &&
                              (state.known >> ticks->up & 1) != 0 && state.values[ticks->up] == 0;
                if (!failed && (r = add_tick(ticks, account, at - start)) < 0)
                        return r;
        }
        return r;
}

/* All accounts in ascending order of their series. */
static int add_accounts(Store *store, uint64_t hour, HistoryTicks *ticks) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(store,
                              "SELECT number FROM history_series WHERE scope = ?1 AND source = ?2 "
                              "ORDER BY number",
                              &s);
        if (r < 0)
                return r;
        sqlite3_bind_text(s, 1, history_scope_name(SCOPE_ACCOUNT), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, source_name(SOURCE_SYMANTEC), -1, SQLITE_STATIC);
        while ((r = store_step(store, s)) > 0) {
                int64_t number = sqlite3_column_int64(s, 0);
                if (number < 1 || number > HISTORY_SERIES_MOST)
                        continue;
                r = add_account(store, (uint32_t)number, hour, ticks);
                if (r < 0)
                        return r;
        }
        return r;
}

int history_load_ticks(Store *store, uint32_t account, uint64_t hour, HistoryTicks *ticks) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT);
        uint8_t columns[METRICS_MAX];

        ticks->n = 0;
        ticks->hour = hour;
        int r = history_load_columns(store, set, columns, NULL);
        if (r < 0)
                return r;
        size_t up = metric_find(set, "up");
        ticks->up = up == SIZE_MAX ? HISTORY_NO_COLUMN : columns[up];
        r = account != 0 ? add_account(store, account, hour, ticks)
                         : add_accounts(store, hour, ticks);
        if (r < 0)
                ticks->n = 0;
        return r < 0 ? r : 0;
}

/* The index of the first tick that is not before (account, at). */
static size_t find_tick(const HistoryTicks *ticks, uint32_t account, int64_t at) {
        size_t low = 0, high = ticks->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const HistoryTick *tick = &ticks->list[middle];
                if (tick->series < account || (tick->series == account && (int64_t)tick->at < at))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

size_t history_count_ticks(const HistoryTicks *ticks, uint32_t account, int64_t after,
                           int64_t before, size_t *ret_first) {
        size_t first = find_tick(ticks, account, after < 0 ? 0 : after + HISTORY_SAME_MSEC + 1);
        size_t end = find_tick(ticks, account, before - HISTORY_SAME_MSEC);

        if (ret_first)
                *ret_first = first;
        return end > first ? end - first : 0;
}

static bool is_of(const HistoryTicks *ticks, uint32_t account, int64_t at) {
        size_t i = find_tick(ticks, account, at - HISTORY_SAME_MSEC);
        return i < ticks->n && ticks->list[i].series == account &&
               (int64_t)ticks->list[i].at <= at + HISTORY_SAME_MSEC;
}

uint32_t history_account_at(const HistoryTicks *ticks, uint32_t last, int64_t at) {
        if (last != 0 && is_of(ticks, last, at))
                return last;
        for (size_t i = 0; i < ticks->n; i = find_tick(ticks, ticks->list[i].series + 1, 0))
                if (is_of(ticks, ticks->list[i].series, at))
                        return ticks->list[i].series;
        return 0;
}

void history_ticks_done(HistoryTicks *ticks) {
        free(TAKE_PTR(ticks->list));
        ticks->n = ticks->allocated = 0;
}
