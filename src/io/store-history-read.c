/* SPDX-License-Identifier: MIT */
#include "io/store-history-internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Reading: one series is walked through, one row at a time; where its account was polled and
 * nothing of it was written, it was as before. Statements are made for each walk, so that whoever
 * takes a point may read, too. */

/* Exactly one of `state` and `hour` is set. */
typedef int (*TakeStep)(void *userdata, usec_t at, const HistoryState *state,
                        const HistoryHour *hour);

typedef struct Walk {
        Store *store;
        uint32_t series;
        uint32_t account;  /* 0 = none */
        uint64_t from, to; /* milliseconds; both belong to it */
        TakeStep take;
        void *userdata;

        HistoryTicks ticks; /* of the hour */
        uint64_t hour;      /* 0 = none yet */
        int64_t last;       /* milliseconds in the hour of the last entry, -1 = none yet */
        HistoryState state;
} Walk;

static int tell(Walk *w, uint64_t at) {
        return at < w->from || at > w->to
                       ? 0
                       : w->take(w->userdata, at * USEC_PER_MSEC, &w->state, NULL);
}

/* The polls between the last entry and `before` (milliseconds in the hour), in which nothing
 * changed. */
static int tell_unchanged(Walk *w, int64_t before) {
        size_t first;

        if (w->account == 0 || w->last < 0 || w->state.known == 0)
                return 0;
        size_t n = history_count_ticks(&w->ticks, w->account, w->last, before, &first);
        for (size_t i = 0; i < n; i++) {
                int r = tell(w, w->hour * HISTORY_HOUR_MSEC + w->ticks.list[first + i].at);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int end_hour(Walk *w) {
        return tell_unchanged(w, HISTORY_HOUR_MSEC + HISTORY_SAME_MSEC);
}

static int begin_hour(Walk *w, uint64_t hour) {
        w->hour = hour;
        w->last = -1;
        w->state.known = 0;
        return w->account != 0 ? history_load_ticks(w->store, w->account, hour, &w->ticks) : 0;
}

static int walk_samples(Walk *w, uint64_t from) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        HistoryEntry entry;
        const void *block;
        uint64_t at;
        size_t size;

        int r = history_rows(w->store, HISTORY_TABLE_SAMPLE, w->series / HISTORY_SLOTS, from,
                             w->to + 1, &rows);
        if (r < 0)
                return r;
        while ((r = history_row(w->store, rows, &at, &block, &size)) > 0) {
                if (history_find(block, size, w->series % HISTORY_SLOTS, &entry) <= 0)
                        continue;
                uint64_t hour = at / HISTORY_HOUR_MSEC;
                if (hour != w->hour && ((r = end_hour(w)) != 0 || (r = begin_hour(w, hour)) != 0))
                        return r;
                int64_t in_hour = (int64_t)(at % HISTORY_HOUR_MSEC);
                r = tell_unchanged(w, in_hour);
                if (r != 0)
                        return r;
                history_apply(&w->state, &entry);
                w->last = in_hour;
                r = tell(w, at);
                if (r != 0)
                        return r;
        }
        return r < 0 ? r : end_hour(w);
}

static int walk_hours(Walk *w, uint64_t to) {
        _cleanup_statement_ sqlite3_stmt *rows = NULL;
        HistoryHour hour;
        const void *block;
        uint64_t at;
        size_t size;

        int r = history_rows(w->store, HISTORY_TABLE_HOUR, w->series / HISTORY_SLOTS, w->from, to,
                             &rows);
        if (r < 0)
                return r;
        while ((r = history_row(w->store, rows, &at, &block, &size)) > 0) {
                if (history_find_hour(block, size, w->series % HISTORY_SLOTS, &hour) <= 0)
                        continue;
                r = w->take(w->userdata, at * USEC_PER_MSEC, NULL, &hour);
                if (r != 0)
                        return r;
        }
        return r;
}

static int walk(Walk *w) {
        const uint32_t chunk = w->series / HISTORY_SLOTS;
        uint64_t full;

        if (w->from > w->to)
                return 0;
        /* Full resolution begins with the chunk's first sample: rows are dropped by whole hours. */
        int r = history_first(w->store, HISTORY_TABLE_SAMPLE, chunk, 0, HISTORY_TIME_MOST, &full);
        if (r < 0)
                return r;
        full = r > 0 ? full - full % HISTORY_HOUR_MSEC : w->to + 1;
        if (w->from < full)
                r = walk_hours(w, MIN(full, w->to + 1));
        else
                r = 0;
        if (r == 0 && full <= w->to)
                r = walk_samples(w, MAX(full, w->from - w->from % HISTORY_HOUR_MSEC));
        history_ticks_done(&w->ticks);
        return r;
}

static void set_span(Walk *w, usec_t from, usec_t to) {
        w->from = from / USEC_PER_MSEC + (from % USEC_PER_MSEC != 0);
        w->to = MIN(to / USEC_PER_MSEC, HISTORY_TIME_MOST - 1);
}

/* --- some metrics ---------------------------------------------------------------------------- */

typedef struct PointTaker {
        uint8_t columns[HISTORY_READ_MOST];
        size_t n;
        int (*take)(void *userdata, const HistoryPoint *points);
        void *userdata;
} PointTaker;

static HistoryPoint point_of(unsigned column, usec_t at, const HistoryState *state,
                             const HistoryHour *hour) {
        HistoryPoint point = { .at = at, .min = NAN, .mean = NAN, .max = NAN };
        uint64_t known = hour ? hour->known : state->known;

        if (column == HISTORY_NO_COLUMN || (known >> column & 1) == 0)
                return point;
        if (hour) {
                point.min = hour->min[column];
                point.mean = hour->mean[column];
                point.max = hour->max[column];
        } else {
                point.min = point.mean = point.max = state->values[column];
        }
        return point;
}

static int take_point(void *userdata, usec_t at, const HistoryState *state,
                      const HistoryHour *hour) {
        const PointTaker *t = userdata;
        HistoryPoint points[HISTORY_READ_MOST];

        for (size_t i = 0; i < t->n; i++)
                points[i] = point_of(t->columns[i], at, state, hour);
        return t->take(t->userdata, points);
}

int history_read(Store *store, SourceId source, Scope scope, const char *target,
                 const char *account, size_t metric, usec_t from, usec_t to,
                 int (*take)(void *userdata, const HistoryPoint *point), void *userdata) {
        return history_read_several(store, source, scope, target, account, &metric, 1, from, to,
                                    take, userdata);
}

int history_read_several(Store *store, SourceId source, Scope scope, const char *target,
                         const char *account, const size_t *metrics, size_t n, usec_t from,
                         usec_t to, int (*take)(void *userdata, const HistoryPoint *points),
                         void *userdata) {
        const MetricSet *set = metric_set(source, scope);
        PointTaker taker = { .n = n, .take = take, .userdata = userdata };
        Walk w = { .store = store, .take = take_point, .userdata = &taker };
        uint8_t columns[METRICS_MAX];
        bool any = false;

        int r = history_load_columns(store, set, columns, NULL);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                if (n > HISTORY_READ_MOST || metrics[i] >= set->n)
                        return -EINVAL;
                taker.columns[i] = columns[metrics[i]];
                any = any || taker.columns[i] != HISTORY_NO_COLUMN;
        }
        if (!any)
                return 0;
        r = history_find_series(store, source, scope, target, &w.series);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        if (account)
                r = history_find_series(store, source, SCOPE_ACCOUNT, account, &w.account);
        if (r < 0 && r != -ENOENT)
                return r;
        set_span(&w, from, to);
        return walk(&w);
}

/* --- everything ------------------------------------------------------------------------------ */

typedef struct Replay {
        Store *store;
        usec_t from, to;
        int (*take)(void *userdata, const HistorySample *sample);
        void *userdata;
        uint8_t columns[_SOURCE_MAX][_SCOPE_MAX][METRICS_MAX];
} Replay;

typedef struct SampleTaker {
        const Replay *replay;
        HistorySample sample;
        const MetricSet *set;
        const uint8_t *columns;
} SampleTaker;

static float worst_of(const HistoryHour *hour, unsigned column, Bad bad) {
        if ((hour->known >> column & 1) == 0)
                return NAN;
        return (float)(bad == BAD_LOW ? hour->min[column] : hour->max[column]);
}

static int take_sample(void *userdata, usec_t at, const HistoryState *state,
                       const HistoryHour *hour) {
        SampleTaker *t = userdata;
        float values[METRICS_MAX];

        for (size_t i = 0; i < t->set->n; i++) {
                uint8_t column = t->columns[i];
                if (column == HISTORY_NO_COLUMN)
                        values[i] = NAN;
                else if (hour)
                        values[i] = worst_of(hour, column, t->set->metrics[i].bad);
                else
                        values[i] = (state->known >> column & 1) != 0 ? (float)state->values[column]
                                                                      : NAN;
        }
        t->sample.at = at;
        t->sample.values = values;
        t->sample.hour = hour != NULL;
        return t->replay->take(t->replay->userdata, &t->sample);
}

/* `account` NULL: samples of the series alone. */
static int replay_target(const Replay *p, uint32_t series, SourceId source, Scope scope,
                         const char *target, const char *account) {
        SampleTaker taker = {
                .replay = p,
                .sample = { .source = source, .scope = scope, .target = target },
                .set = metric_set(source, scope),
                .columns = p->columns[source][scope],
        };
        Walk w = { .store = p->store, .series = series, .take = take_sample, .userdata = &taker };

        if (account) {
                int r = history_find_series(p->store, source, SCOPE_ACCOUNT, account, &w.account);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        set_span(&w, p->from, p->to);
        return walk(&w);
}

int history_read_all(Store *store, SourceId source, Scope scope, const char *target,
                     const char *account, usec_t from, usec_t to,
                     int (*take)(void *userdata, const HistorySample *sample), void *userdata) {
        Replay p = { .store = store, .from = from, .to = to, .take = take, .userdata = userdata };
        uint32_t series;
        int r = history_load_columns(store, metric_set(source, scope), p.columns[source][scope],
                                     NULL);
        if (r < 0)
                return r;
        r = history_find_series(store, source, scope, target, &series);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return replay_target(&p, series, source, scope, target, account);
}

/* What the words of a row mean; false where this version does not know them. */
static bool read_kind(sqlite3_stmt *s, SourceId *ret_source, Scope *ret_scope) {
        const char *source = (const char *)sqlite3_column_text(s, 1);
        const char *scope = (const char *)sqlite3_column_text(s, 2);

        for (int i = 0; source && scope && i < (int)_SOURCE_MAX * (int)_SCOPE_MAX; i++) {
                *ret_source = (SourceId)(i / _SCOPE_MAX);
                *ret_scope = (Scope)(i % _SCOPE_MAX);
                if (strcmp(source, source_name(*ret_source)) == 0 &&
                    strcmp(scope, history_scope_name(*ret_scope)) == 0)
                        return true;
        }
        return false;
}

int history_replay(Store *store, usec_t from, usec_t to,
                   const char *(*account_of)(void *userdata, const char *domain),
                   int (*take)(void *userdata, const HistorySample *sample), void *userdata) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        Replay p = { .store = store, .from = from, .to = to, .take = take, .userdata = userdata };
        SourceId source;
        Scope scope;
        int r = 0;

        for (int i = 0; i < (int)_SOURCE_MAX * (int)_SCOPE_MAX && r >= 0; i++)
                r = history_load_columns(
                        store, metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX)),
                        p.columns[i / _SCOPE_MAX][i % _SCOPE_MAX], NULL);
        if (r >= 0)
                r = store_prepare(
                        store,
                        "SELECT number, source, scope, target FROM history_series ORDER BY number",
                        &s);
        if (r < 0)
                return r;
        while ((r = store_step(store, s)) > 0) {
                int64_t number = sqlite3_column_int64(s, 0);
                const char *target = (const char *)sqlite3_column_text(s, 3);
                if (number < 1 || number > HISTORY_SERIES_MOST || !target ||
                    !read_kind(s, &source, &scope))
                        continue;
                const char *account = NULL;
                if (source == SOURCE_SYMANTEC && scope == SCOPE_DOMAIN) {
                        account = account_of(userdata, target);
                        if (!account)
                                continue;
                }
                r = replay_target(&p, (uint32_t)number, source, scope, target, account);
                if (r != 0)
                        return r;
        }
        return r;
}
