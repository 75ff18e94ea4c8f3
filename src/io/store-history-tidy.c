/* SPDX-License-Identifier: MIT */
#include "io/store-history-tidy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Hourly rows, and what is too old. Chunks take turns, each does one hour at a time: so the polls
 * of an hour, which all chunks need, are read once. What is done of a chunk stands in its row of
 * history_chunk and is committed together with the hour: a stop in between repeats or loses
 * nothing. */

struct HistoryWork {
        HistoryState states[HISTORY_SLOTS];
        HistoryTally tallies[HISTORY_SLOTS];
        uint32_t accounts[HISTORY_SLOTS];
        int64_t last[HISTORY_SLOTS]; /* of the last entry, milliseconds in the hour */
        uint64_t domains; /* slots of symantec domains: they have samples at polls of their account
                           */
        HistoryWriter writer;
};

/* --- progress -------------------------------------------------------------------------------- */

static int load_progress(Tidy *t) {
        sqlite3_stmt **cached = &t->h->statements[HISTORY_GET_CHUNK];
        int r = store_prepare(t->store, "SELECT done, seen FROM history_chunk WHERE chunk = ?1",
                              cached);

        t->progress = (Progress){};
        if (r < 0)
                return r;
        sqlite3_bind_int64(*cached, 1, t->chunk);
        r = store_step(t->store, *cached);
        if (r > 0) {
                int64_t done = sqlite3_column_int64(*cached, 0);
                const uint8_t *seen = sqlite3_column_blob(*cached, 1);
                t->progress.done = done > 0 ? (uint64_t)done : 0;
                if (seen && sqlite3_column_bytes(*cached, 1) == 4 * HISTORY_SLOTS)
                        for (size_t i = 0; i < HISTORY_SLOTS; i++, seen += 4)
                                t->progress.seen[i] = (uint32_t)seen[0] | (uint32_t)seen[1] << 8 |
                                                      (uint32_t)seen[2] << 16 |
                                                      (uint32_t)seen[3] << 24;
        }
        store_reset(*cached);
        return r < 0 ? r : 0;
}

void history_save_progress(Tidy *t) {
        uint8_t seen[4 * HISTORY_SLOTS];
        sqlite3_stmt *s = store_change(
                t->store,
                "INSERT OR REPLACE INTO history_chunk (chunk, done, seen) VALUES (?1, ?2, ?3)",
                &t->h->statements[HISTORY_PUT_CHUNK]);
        if (!s)
                return;
        for (size_t i = 0; i < sizeof(seen); i++)
                seen[i] = (uint8_t)(t->progress.seen[i / 4] >> 8 * (i % 4));
        sqlite3_bind_int64(s, 1, t->chunk);
        sqlite3_bind_int64(s, 2, (int64_t)t->progress.done);
        sqlite3_bind_blob(s, 3, seen, sizeof(seen), SQLITE_STATIC);
        store_run(t->store, s);
}

void history_work_free(struct HistoryWork *work) {
        if (!work)
                return;
        history_writer_done(&work->writer);
        free(work);
}

/* --- making an hour -------------------------------------------------------------------------- */

/* Counts the polls without a change between a slot's last entry and `before`. */
static void count_unchanged(struct HistoryWork *work, const HistoryTicks *ticks, unsigned slot,
                            int64_t before) {
        if (work->accounts[slot] == 0)
                return;
        history_tally_add(
                &work->tallies[slot], &work->states[slot],
                history_count_ticks(ticks, work->accounts[slot], work->last[slot], before, NULL));
}

static void count_entry(struct HistoryWork *work, const HistoryTicks *ticks, unsigned slot,
                        int64_t at, const HistoryEntry *entry) {
        count_unchanged(work, ticks, slot, at);
        history_apply(&work->states[slot], entry);
        history_tally_add(&work->tallies[slot], &work->states[slot], 1);
        work->last[slot] = at;
        if ((work->domains >> slot & 1) != 0)
                work->accounts[slot] = history_account_at(ticks, work->accounts[slot], at);
}

static int find_domains(Tidy *t) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(
                t->store,
                "SELECT number FROM history_series WHERE number >= ?1 AND number < ?1 + 64"
                " AND source = ?2 AND scope = ?3",
                &s);
        if (r < 0)
                return r;
        sqlite3_bind_int64(s, 1, (int64_t)t->chunk * HISTORY_SLOTS);
        sqlite3_bind_text(s, 2, source_name(SOURCE_SYMANTEC), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, history_scope_name(SCOPE_DOMAIN), -1, SQLITE_STATIC);
        while ((r = store_step(t->store, s)) > 0)
                t->h->work->domains |= UINT64_C(1) << (sqlite3_column_int64(s, 0) & 63);
        return r;
}

/* Goes through the samples of one hour of the chunk. */
static int tally_hour(Tidy *t, uint64_t hour) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        struct HistoryWork *work = t->h->work;
        const HistoryTicks *ticks = &t->h->ticks;
        HistoryReader reader;
        HistoryEntry entry;
        const void *block;
        uint64_t at;
        size_t size;

        int r = history_rows(t->store, HISTORY_TABLE_SAMPLE, t->chunk, hour * HISTORY_HOUR_MSEC,
                             (hour + 1) * HISTORY_HOUR_MSEC, &rows);
        if (r < 0)
                return r;
        while ((r = history_row(t->store, rows, &at, &block, &size)) > 0) {
                if (history_find(block, size, 0, NULL) < 0 ||
                    history_reader_init(&reader, HISTORY_SAMPLES, block, size) < 0)
                        continue;
                while (history_reader_next(&reader, &entry) > 0)
                        for (unsigned slot = entry.slot; slot <= entry.last; slot++)
                                count_entry(work, ticks, slot, (int64_t)(at % HISTORY_HOUR_MSEC),
                                            &entry);
        }
        for (unsigned slot = 0; slot < HISTORY_SLOTS; slot++)
                count_unchanged(work, ticks, slot, HISTORY_HOUR_MSEC + HISTORY_SAME_MSEC);
        return r;
}

static void put_hour(Tidy *t, uint64_t hour) {
        HistoryWriter *w = &t->h->work->writer;
        sqlite3_stmt *s = store_change(
                t->store, "INSERT OR REPLACE INTO history_hour (key, data) VALUES (?1, ?2)",
                &t->h->statements[HISTORY_PUT_HOUR]);
        if (!s)
                return;
        sqlite3_bind_int64(s, 1, history_key(t->chunk, hour * HISTORY_HOUR_MSEC));
        sqlite3_bind_blob(s, 2, w->block.data, (int)w->block.size, SQLITE_STATIC);
        store_run(t->store, s);
}

static int prepare_work(Tidy *t, uint64_t hour) {
        History *h = t->h;

        if (!h->work)
                h->work = calloc(1, sizeof(*h->work));
        if (!h->work)
                return -ENOMEM;
        for (unsigned slot = 0; slot < HISTORY_SLOTS; slot++) {
                h->work->states[slot].known = 0;
                h->work->tallies[slot].known = 0;
                h->work->accounts[slot] = 0;
                h->work->last[slot] = -1;
        }
        h->work->domains = 0;
        int r = find_domains(t);
        if (r >= 0 && h->ticks.hour != hour) {
                r = history_load_ticks(t->store, 0, hour, &h->ticks);
                if (r < 0)
                        h->ticks.hour = 0;
        }
        return r;
}

static int make_hour(Tidy *t, uint64_t hour) {
        HistoryHour values;
        int r = prepare_work(t, hour);
        if (r >= 0)
                r = tally_hour(t, hour);
        if (r < 0)
                return r;

        struct HistoryWork *work = t->h->work;
        history_writer_begin(&work->writer, HISTORY_HOUR);
        for (unsigned slot = 0; slot < HISTORY_SLOTS; slot++) {
                if (work->tallies[slot].known == 0)
                        continue;
                history_tally_hour(&work->tallies[slot], &values);
                history_writer_add_hour(&work->writer, slot, &values);
                t->progress.seen[slot] = (uint32_t)hour;
        }
        r = history_writer_end(&work->writer);
        if (r < 0)
                return r;
        if (t->settings->hourly > 0 && hour >= t->hours_from)
                put_hour(t, hour);
        t->progress.done = hour + 1;
        history_save_progress(t);
        return 1;
}

/* The clock was ahead when the last hour was made: goes on after the last one that is past. */
static int find_done(Tidy *t) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(t->store,
                              "SELECT max(key) FROM history_hour WHERE key >= ?1 AND key < ?2", &s);
        if (r < 0)
                return r;
        sqlite3_bind_int64(s, 1, history_key(t->chunk, 0));
        sqlite3_bind_int64(s, 2, history_key(t->chunk, t->now * HISTORY_HOUR_MSEC));
        r = store_step(t->store, s);
        if (r < 0)
                return r;
        t->progress.done =
                r > 0 && sqlite3_column_type(s, 0) == SQLITE_INTEGER
                        ? history_key_time(sqlite3_column_int64(s, 0)) / HISTORY_HOUR_MSEC + 1
                        : 0;
        return 0;
}

/* --- a step ---------------------------------------------------------------------------------- */

/* 1 when something was done for the chunk, 0 when there was nothing. */
static int tidy_chunk(Tidy *t) {
        uint64_t first;
        int r = load_progress(t);
        if (r >= 0 && t->progress.done > t->now)
                r = find_done(t);
        if (r < 0)
                return r;
        r = history_first(t->store, HISTORY_TABLE_SAMPLE, t->chunk,
                          t->progress.done * HISTORY_HOUR_MSEC, t->now * HISTORY_HOUR_MSEC, &first);
        if (r > 0)
                r = make_hour(t, first / HISTORY_HOUR_MSEC);
        if (r == 0)
                r = history_drop_old(t);
        if (r == 0)
                r = history_forget_series(t);
        return r;
}

static int count_chunks(Store *store, uint32_t *ret) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        int r = store_prepare(store, "SELECT max(number) FROM history_series", &s);
        if (r < 0)
                return r;
        r = store_step(store, s);
        if (r < 0)
                return r;
        int64_t most = r > 0 ? sqlite3_column_int64(s, 0) : 0;
        *ret = most > 0 ? (uint32_t)(MIN(most, (int64_t)HISTORY_SERIES_MOST) / HISTORY_SLOTS) + 1
                        : 0;
        return 0;
}

static uint64_t hour_before(usec_t now, usec_t span) {
        return (now > span ? now - span : 0) / USEC_PER_HOUR;
}

int history_tidy(Store *store, const HistorySettings *settings, usec_t now) {
        History *h;
        uint32_t n;

        if (store->in_transaction)
                return -EBUSY;
        int r = history_get(store, &h);
        if (r >= 0)
                r = count_chunks(store, &n);
        if (r < 0)
                return r;
        if (h->tidy_chunk >= n) {
                bool more = h->tidy_more && n > 0;
                h->tidy_chunk = 0;
                h->tidy_more = false;
                return more;
        }

        Tidy t = {
                .store = store,
                .h = h,
                .settings = settings,
                .chunk = h->tidy_chunk,
                .now = now / USEC_PER_HOUR,
                .full_from = hour_before(now, settings->full),
                .hours_from = hour_before(now, settings->hourly),
        };
        store_begin(store);
        r = tidy_chunk(&t);
        if (r < 0)
                store_fail_errno(store, r);
        int committed = store_commit(store, false);
        if (committed < 0)
                return committed;
        h->tidy_chunk++;
        h->tidy_more = h->tidy_more || r > 0;
        return 1;
}
