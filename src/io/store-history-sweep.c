/* SPDX-License-Identifier: MIT */
#include "io/store-history-internal.h"

#include <errno.h>
#include <math.h>

/* Reading many at once, for pages: all series of a chunk in one pass over its rows, and several
 * metrics of one target in one walk. */

#define SWEEP_METRICS HISTORY_READ_MOST

int history_names(Store *store, SourceId source, Scope scope,
                  int (*take)(void *userdata, uint32_t series, const char *target),
                  void *userdata) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(store,
                              "SELECT number, target FROM history_series WHERE scope = ?1 AND "
                              "source = ?2 ORDER BY number",
                              &s);
        if (r < 0)
                return r;
        sqlite3_bind_text(s, 1, history_scope_name(scope), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, source_name(source), -1, SQLITE_STATIC);
        while ((r = store_step(store, s)) > 0) {
                int64_t number = sqlite3_column_int64(s, 0);
                const char *target = (const char *)sqlite3_column_text(s, 1);
                if (number < 1 || number > HISTORY_SERIES_MOST || !target)
                        continue;
                r = take(userdata, (uint32_t)number, target);
                if (r != 0)
                        return r;
        }
        return r;
}

uint32_t history_chunk_end(uint32_t series) {
        return (series / HISTORY_SLOTS + 1) * HISTORY_SLOTS;
}

typedef struct Sweep {
        unsigned columns[SWEEP_METRICS];
        size_t n;
        uint64_t hour;
        double values[HISTORY_SLOTS][SWEEP_METRICS];
} Sweep;

static void sweep_forget(Sweep *w) {
        for (size_t slot = 0; slot < HISTORY_SLOTS; slot++)
                for (size_t i = 0; i < SWEEP_METRICS; i++)
                        w->values[slot][i] = NAN;
}

static void sweep_apply(const Sweep *w, double *values, const HistoryEntry *entry) {
        for (size_t i = 0; i < w->n; i++) {
                if (w->columns[i] == HISTORY_NO_COLUMN)
                        continue;
                if ((entry->mask >> w->columns[i] & 1) != 0)
                        values[i] = entry->values[w->columns[i]];
                else if (entry->fresh)
                        values[i] = NAN;
        }
}

/* A row that is damaged ends where it cannot be read. */
static int sweep_row(Sweep *w, uint32_t chunk, uint64_t at, const void *block, size_t size,
                     history_sweep_t take, void *userdata) {
        HistoryReader reader;
        HistoryEntry entry;

        if (at / HISTORY_HOUR_MSEC != w->hour)
                sweep_forget(w); /* an hour is read by itself */
        w->hour = at / HISTORY_HOUR_MSEC;
        if (history_reader_init(&reader, HISTORY_SAMPLES, block, size) < 0)
                return 0;
        while (history_reader_next(&reader, &entry) > 0) {
                for (unsigned slot = entry.slot; slot <= entry.last; slot++) {
                        sweep_apply(w, w->values[slot], &entry);
                        int r = take(userdata, chunk * HISTORY_SLOTS + slot, at * USEC_PER_MSEC,
                                     w->values[slot]);
                        if (r != 0)
                                return r;
                }
        }
        return 0;
}

int history_sweep(Store *store, const MetricSet *set, const size_t *metrics, size_t n,
                  uint32_t series, usec_t from, usec_t to, history_sweep_t take, void *userdata) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        uint32_t chunk = series / HISTORY_SLOTS;
        uint8_t columns[METRICS_MAX];
        Sweep w = { .n = MIN(n, (size_t)SWEEP_METRICS) };
        const void *block;
        uint64_t at;
        size_t size;

        int r = history_load_columns(store, set, columns, NULL);
        for (size_t i = 0; r >= 0 && i < w.n; i++)
                w.columns[i] = columns[metrics[i]];
        if (r >= 0)
                r = history_rows(store, HISTORY_TABLE_SAMPLE, chunk, from / USEC_PER_MSEC,
                                 MIN(to / USEC_PER_MSEC, HISTORY_TIME_MOST - 1) + 1, &rows);
        if (r < 0)
                return r;
        sweep_forget(&w);
        while ((r = history_row(store, rows, &at, &block, &size)) > 0) {
                r = sweep_row(&w, chunk, at, block, size, take, userdata);
                if (r != 0)
                        return r;
        }
        return r;
}
