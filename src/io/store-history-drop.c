/* SPDX-License-Identifier: MIT */
#include "io/store-history-tidy.h"

/* Dropping what is too old, and names of which nothing is left. */

/* Deletes keys of the chunk from hour `from` to before hour `to`. */
static void drop_rows(Tidy *t, HistoryTable table, uint64_t from, uint64_t to) {
        sqlite3_stmt *s =
                table == HISTORY_TABLE_SAMPLE
                        ? store_change(t->store,
                                       "DELETE FROM history_sample WHERE key >= ?1 AND key < ?2",
                                       &t->h->statements[HISTORY_DROP_SAMPLES])
                        : store_change(t->store,
                                       "DELETE FROM history_hour WHERE key >= ?1 AND key < ?2",
                                       &t->h->statements[HISTORY_DROP_HOURS]);
        if (!s)
                return;
        sqlite3_bind_int64(s, 1, history_key(t->chunk, from * HISTORY_HOUR_MSEC));
        sqlite3_bind_int64(s, 2, history_key(t->chunk, to * HISTORY_HOUR_MSEC));
        store_run(t->store, s);
}

int history_drop_old(Tidy *t) {
        uint64_t first;
        int dropped = 0;
        int r = history_first(t->store, HISTORY_TABLE_SAMPLE, t->chunk, 0,
                              t->full_from * HISTORY_HOUR_MSEC, &first);
        if (r > 0) {
                first /= HISTORY_HOUR_MSEC;
                drop_rows(t, HISTORY_TABLE_SAMPLE, first, first + 1);
                dropped = 1;
        }
        if (r >= 0)
                r = history_first(t->store, HISTORY_TABLE_HOUR, t->chunk, 0,
                                  t->hours_from * HISTORY_HOUR_MSEC, &first);
        if (r > 0) {
                first /= HISTORY_HOUR_MSEC;
                drop_rows(t, HISTORY_TABLE_HOUR, first, MIN(first + 24, t->hours_from));
                dropped = 1;
        }
        return r < 0 ? r : dropped;
}

static void forget(Tidy *t, unsigned slot) {
        sqlite3_stmt *s = store_change(t->store, "DELETE FROM history_series WHERE number = ?1",
                                       &t->h->statements[HISTORY_DROP_SERIES]);
        if (!s)
                return;
        sqlite3_bind_int64(s, 1, (int64_t)t->chunk * HISTORY_SLOTS + slot);
        store_run(t->store, s);
        t->progress.seen[slot] = 0;
        t->h->free_from = 0;
}

static void drop_chunk(Tidy *t) {
        sqlite3_stmt *s = store_change(t->store, "DELETE FROM history_chunk WHERE chunk = ?1",
                                       &t->h->statements[HISTORY_DROP_CHUNK]);
        if (!s)
                return;
        sqlite3_bind_int64(s, 1, t->chunk);
        store_run(t->store, s);
}

int history_forget_series(Tidy *t) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        const uint64_t given = t->chunk < t->h->n_chunks ? t->h->chunks[t->chunk].given : 0;
        const uint64_t kept_from = MIN(t->full_from, t->hours_from);
        uint64_t gone = 0, left = 0;
        bool changed = false;

        int r = store_prepare(
                t->store,
                "SELECT number FROM history_series WHERE number >= ?1 AND number < ?1 + 64", &s);
        if (r < 0)
                return r;
        sqlite3_bind_int64(s, 1, (int64_t)t->chunk * HISTORY_SLOTS);
        while ((r = store_step(t->store, s)) > 0) {
                unsigned slot = (unsigned)(sqlite3_column_int64(s, 0) & 63);
                uint32_t *seen = &t->progress.seen[slot];
                if (*seen == 0) {
                        *seen = (uint32_t)t->now;
                        changed = true;
                }
                if (*seen < kept_from && (given >> slot & 1) == 0)
                        gone |= UINT64_C(1) << slot;
                else
                        left |= UINT64_C(1) << slot;
        }
        if (r < 0)
                return r;
        for (uint64_t m = gone; m != 0; m &= m - 1)
                forget(t, (unsigned)__builtin_ctzll(m));
        if (gone != 0 && left == 0)
                drop_chunk(t);
        else if (gone != 0 || changed)
                history_save_progress(t);
        return 0;
}
