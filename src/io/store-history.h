/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/metric.h"
#include "io/store.h"

/* History: every sample at full resolution for a while (2 days), then hourly min, mean and max (90
 * days). It lies in the same file, but is an instance's own. The values of a sample are an array in
 * the order of the metric set (float, NAN = unknown); in the file a column stands for a metric's
 * name, so that the tables may change between versions.
 *
 * A series is one target as one source sees it ("symantec", "example.com"), or an account. 64
 * series share a chunk: one row per chunk and sample time, so that a poll of 10,000 domains writes
 * 157 rows at most. What did not change since the sample before is not written again within an hour
 * (core/history.h has the format). */

typedef struct HistorySettings {
        usec_t full;   /* how long at full resolution */
        usec_t hourly; /* how long hourly; 0 = not at all */
} HistorySettings;

/* The number of a series, made when there is none yet (inside a transaction; 0 then only after an
 * error). Numbers are given in the order asked for: neighbours share a chunk. Of one forgotten for
 * good it is used again, but none that this process has been told is forgotten while it runs. After
 * a transaction that failed, ask again for the numbers told in it. */
uint32_t history_series(Store *store, SourceId source, Scope scope, const char *target);

/* Adds one sample of a series to the row of its chunk at `at`; `before` is the sample before it
 * (NULL or all-unknown: written in full), `now` this one, both of the set's n values. Without a
 * difference it is left out unless `tick`: an account's poll, a domain's test. The first of a
 * series in an hour, after store_open() or while the clock has not yet caught up with a step back
 * is written in full whatever `before` is. Call with ascending series for one `at`; an account and
 * its domains have the same `at` in one poll (that tells whose polls count as a domain's samples);
 * the row is written when the chunk changes or history_flush() is called, inside the transaction.
 * Where the clock stepped back, rows stand in the order of their times; an hour that was made an
 * hourly row already stays as it is. */
void history_add(Store *store, uint32_t series, const MetricSet *set, usec_t at,
                 const float *before, const float *now, bool tick);
void history_flush(Store *store);

/* Whether a sample at `at` begins another hour than the one at `last` did: it has to be written in
 * full. */
bool history_is_new_hour(usec_t last, usec_t at);

/* One short step of making hourly rows of full hours and dropping what is too old: a chunk. In a
 * transaction of its own (-EBUSY inside another). Returns 1 when there is more to do, 0 after a
 * whole round over all chunks that found nothing, or a negative errno. */
int history_tidy(Store *store, const HistorySettings *settings, usec_t now);

/* A point of a chart: a sample (min = mean = max), or an hour. */
typedef struct HistoryPoint {
        usec_t at;
        double min, mean, max; /* NAN = unknown */
} HistoryPoint;

/* The points of one metric of a target from `from` to `to`, oldest first: at each sample where
 * there is full resolution (unchanged ones too: at each poll of `account` with `up` not 0, NULL for
 * an immuniweb domain or an account itself), hours before. 0, what `take` answered, or a negative
 * errno. */
int history_read(Store *store, SourceId source, Scope scope, const char *target,
                 const char *account, size_t metric, usec_t from, usec_t to,
                 int (*take)(void *userdata, const HistoryPoint *point), void *userdata);

/* The same of up to HISTORY_READ_MOST metrics of one target in one walk: `points` has one of each,
 * in the order of `metrics`, all of one time. */
#define HISTORY_READ_MOST 4
int history_read_several(Store *store, SourceId source, Scope scope, const char *target,
                         const char *account, const size_t *metrics, size_t n, usec_t from,
                         usec_t to, int (*take)(void *userdata, const HistoryPoint *points),
                         void *userdata);

/* The number of every series of that kind, ascending. */
int history_names(Store *store, SourceId source, Scope scope,
                  int (*take)(void *userdata, uint32_t series, const char *target), void *userdata);

/* The first number behind the series that share a chunk with this one. */
uint32_t history_chunk_end(uint32_t series);

/* Takes what was written of a series at a moment: up to 4 values in the order asked for. */
typedef int (*history_sweep_t)(void *userdata, uint32_t series, usec_t at, const double *values);

/* What was written at full resolution of all series that share a chunk with `series`, in the order
 * of time, in one pass: a fraction of what reading them one by one costs. A sample like the one
 * before it is not told, but the first of each hour is: `from` is the beginning of an hour.
 * Numbers that are not of `set` may be among them, with values that mean nothing. */
int history_sweep(Store *store, const MetricSet *set, const size_t *metrics, size_t n,
                  uint32_t series, usec_t from, usec_t to, history_sweep_t take, void *userdata);

/* One sample of one target with all its values, for --simulate: those of hours have `hour` set, and
 * `values` are each metric's worst of that hour (by its bad side). */
typedef struct HistorySample {
        usec_t at;
        SourceId source;
        Scope scope;
        const char *target;
        const float *values; /* of the metric set */
        bool hour;
} HistorySample;

/* The samples of one target with all its values, otherwise as history_read(). */
int history_read_all(Store *store, SourceId source, Scope scope, const char *target,
                     const char *account, usec_t from, usec_t to,
                     int (*take)(void *userdata, const HistorySample *sample), void *userdata);

/* All samples of one target after another, each target's oldest first; an account's before those of
 * its domains where it was made first. Unchanged samples are told, too. `account_of` names the
 * account of a symantec domain (NULL = not known any more: it is left out). */
int history_replay(Store *store, usec_t from, usec_t to,
                   const char *(*account_of)(void *userdata, const char *domain),
                   int (*take)(void *userdata, const HistorySample *sample), void *userdata);
