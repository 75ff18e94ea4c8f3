/* SPDX-License-Identifier: MIT */
#pragma once

/* For the tests of the history: a store in a directory of its own and beside it a plain list of
 * every sample that was put in, from which is computed what has to be read. */

#include "core/history.h"
#include "io/store-history-internal.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODEL_TARGETS 200

typedef struct ModelTarget {
        uint32_t series; /* 0 = to be asked for */
        bool has_last;   /* not before the first sample, nor right after a restart */
        usec_t last_at;
        float last[METRICS_MAX]; /* all NAN before the first sample */
} ModelTarget;

typedef struct ModelSample {
        SourceId source;
        Scope scope;
        size_t target;
        usec_t at;
        float values[METRICS_MAX];
} ModelSample;

typedef struct Model {
        char dir[64];
        Store *store;
        ModelTarget account, domains[MODEL_TARGETS], tested[MODEL_TARGETS];
        ModelSample *samples; /* those with a known value */
        size_t n, allocated;
} Model;

static inline _unused_ void model_open(Model *m) {
        StrBuf problem = {};
        uint64_t sequence = 0;
        int r = store_open(m->dir, UINT64_C(1763800000) * USEC_PER_SEC, &problem, &sequence,
                           &m->store);
        if (r < 0)
                fail_msg("store_open: %d: %s", r, strbuf_text(&problem));
        strbuf_done(&problem);
}

static inline _unused_ void model_init(Model *m) {
        *m = (Model){ .dir = "/tmp/mailsec-history.XXXXXX" };
        assert_non_null(mkdtemp(m->dir));
        model_open(m);
        for (size_t i = 0; i < METRICS_MAX; i++)
                m->account.last[i] = NAN;
        for (size_t i = 0; i < MODEL_TARGETS; i++) {
                memcpy(m->domains[i].last, m->account.last, sizeof(m->account.last));
                memcpy(m->tested[i].last, m->account.last, sizeof(m->account.last));
        }
        for (size_t i = 0; i < MODEL_TARGETS; i++)
                for (size_t k = 0; k < METRICS_MAX; k++)
                        m->domains[i].last[k] = (float)(i % 3 * k);
}

static inline _unused_ void model_reopen(Model *m) {
        m->store = store_close(m->store);
        model_open(m);
}

/* As the engine after a restart: it knows neither numbers nor the sample before. */
static inline _unused_ void model_restart(Model *m) {
        model_reopen(m);
        m->account.has_last = false;
        m->account.series = 0;
        for (size_t i = 0; i < MODEL_TARGETS; i++) {
                m->domains[i].has_last = m->tested[i].has_last = false;
                m->domains[i].series = m->tested[i].series = 0;
        }
}

static inline _unused_ void model_done(Model *m) {
        static const char *const names[] = { "state.db", "state.db-wal", "state.db-shm", "lock" };
        char path[128];

        store_close(m->store);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                snprintf(path, sizeof(path), "%s/%s", m->dir, names[i]);
                unlink(path);
        }
        assert_int_equal(rmdir(m->dir), 0);
        free(m->samples);
}

static inline _unused_ void model_begin(Model *m) {
        store_begin(m->store);
}

static inline _unused_ void model_commit(Model *m) {
        history_flush(m->store);
        assert_int_equal(store_commit(m->store, false), 0);
}

static inline _unused_ const char *model_name(SourceId source, Scope scope, size_t i,
                                              char ret[static 64]) {
        if (scope == SCOPE_ACCOUNT)
                snprintf(ret, 64, "default");
        else
                snprintf(ret, 64, "%s%zu.example", source == SOURCE_IMMUNIWEB ? "i" : "d", i);
        return ret;
}

static inline _unused_ ModelTarget *model_target(Model *m, SourceId source, Scope scope, size_t i) {
        return scope == SCOPE_ACCOUNT       ? &m->account
               : source == SOURCE_IMMUNIWEB ? &m->tested[i]
                                            : &m->domains[i];
}

static inline _unused_ void model_note(Model *m, const ModelSample *sample) {
        if (m->n == m->allocated) {
                m->allocated = MAX(m->allocated * 2, (size_t)1024);
                m->samples = realloc(m->samples, m->allocated * sizeof(*m->samples));
                assert_non_null(m->samples);
        }
        m->samples[m->n++] = *sample;
}

/* Adds a sample to the store and, if something of it is known, to the list. */
static inline _unused_ void model_add_set(Model *m, const MetricSet *set, size_t i, usec_t at,
                                          const float *values, bool tick) {
        ModelTarget *t = model_target(m, set->source, set->scope, i);
        ModelSample sample = { set->source, set->scope, i, at, {} };
        char name[64];
        bool known = false;

        if (t->series == 0)
                t->series = history_series(m->store, set->source, set->scope,
                                           model_name(set->source, set->scope, i, name));
        assert_int_not_equal(t->series, 0);
        bool in_full = !t->has_last || history_is_new_hour(t->last_at, at);
        history_add(m->store, t->series, set, at, in_full ? NULL : t->last, values, tick);
        memcpy(t->last, values, set->n * sizeof(*values));
        t->has_last = true;
        t->last_at = at;

        for (size_t k = 0; k < METRICS_MAX; k++) {
                sample.values[k] =
                        k < set->n ? (float)history_value(history_code((double)values[k])) : NAN;
                known = known || !isnan(sample.values[k]);
        }
        if (known)
                model_note(m, &sample);
}

static inline _unused_ void model_add(Model *m, SourceId source, Scope scope, size_t i, usec_t at,
                                      const float *values, bool tick) {
        model_add_set(m, metric_set(source, scope), i, at, values, tick);
}

/* Calls history_tidy() until nothing is left to do, which has to come. */
static inline _unused_ void model_tidy(Model *m, const HistorySettings *settings, usec_t now) {
        int r = 1;
        for (size_t i = 0; r != 0; i++) {
                r = history_tidy(m->store, settings, now);
                assert_true(r >= 0);
                assert_true(i < 100000);
        }
}

static inline _unused_ int64_t model_count(Model *m, const char *table) {
        char sql[128];
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
        assert_int_equal(store_prepare(m->store, sql, &s), 0);
        assert_int_equal(sqlite3_step(s), SQLITE_ROW);
        return sqlite3_column_int64(s, 0);
}

/* --- what has to be read --------------------------------------------------------------------- */

typedef struct ModelPoint {
        usec_t at;
        double min, mean, max;
} ModelPoint;

typedef struct ModelPoints {
        ModelPoint *list;
        size_t n, allocated;
} ModelPoints;

static inline _unused_ void model_points_add(ModelPoints *p, ModelPoint point) {
        if (p->n == p->allocated) {
                p->allocated = MAX(p->allocated * 2, (size_t)256);
                p->list = realloc(p->list, p->allocated * sizeof(*p->list));
                assert_non_null(p->list);
        }
        p->list[p->n++] = point;
}

static inline _unused_ usec_t model_msec(usec_t at) {
        return at / USEC_PER_MSEC * USEC_PER_MSEC;
}

/* Hours before `full`, samples from there on; known values only. */
static inline _unused_ ModelPoints model_points(const Model *m, SourceId source, Scope scope,
                                                size_t i, size_t metric, usec_t full, usec_t from,
                                                usec_t to) {
        ModelPoints p = {};
        double sum = 0;
        size_t n = 0;

        for (size_t k = 0; k < m->n; k++) {
                const ModelSample *s = &m->samples[k];
                double value = (double)s->values[metric];
                if (s->source != source || s->scope != scope || s->target != i || isnan(value))
                        continue;
                usec_t at = model_msec(s->at), hour = at / USEC_PER_HOUR * USEC_PER_HOUR;
                if (at >= full) {
                        if (at >= from && at <= to)
                                model_points_add(&p, (ModelPoint){ at, value, value, value });
                        continue;
                }
                if (hour < from || hour > to)
                        continue;
                if (p.n == 0 || p.list[p.n - 1].at != hour) {
                        model_points_add(&p, (ModelPoint){ hour, value, value, value });
                        sum = 0;
                        n = 0;
                }
                ModelPoint *last = &p.list[p.n - 1];
                last->min = fmin(last->min, value);
                last->max = fmax(last->max, value);
                sum += value;
                last->mean = sum / (double)++n;
        }
        return p;
}

static inline _unused_ int model_take_point(void *userdata, const HistoryPoint *point) {
        ModelPoints *p = userdata;
        assert_true(isnan(point->mean) == isnan(point->min) &&
                    isnan(point->mean) == isnan(point->max));
        if (!isnan(point->mean))
                model_points_add(p, (ModelPoint){ point->at, point->min, point->mean, point->max });
        return 0;
}

static inline _unused_ void model_compare(size_t row, const ModelPoints *got,
                                          const ModelPoints *expected) {
        CHECK_INT(row, got->n, expected->n);
        for (size_t k = 0; k < got->n; k++) {
                const ModelPoint *a = &got->list[k], *b = &expected->list[k];
                double slack = 0.0011 + fabs(b->max) * 1e-6;
                CHECK_INT(row, a->at, b->at);
                CHECK(row, fabs(a->min - b->min) <= slack && fabs(a->max - b->max) <= slack);
                CHECK(row, fabs(a->mean - b->mean) <= slack + (b->max - b->min) / 32766);
        }
}

static inline _unused_ void model_check_read(Model *m, size_t row, SourceId source, size_t i,
                                             size_t metric, usec_t full, usec_t from, usec_t to) {
        ModelPoints got = {};
        ModelPoints expected = model_points(m, source, SCOPE_DOMAIN, i, metric, full, from, to);
        char name[64];

        int r = history_read(m->store, source, SCOPE_DOMAIN,
                             model_name(source, SCOPE_DOMAIN, i, name),
                             source == SOURCE_SYMANTEC ? "default" : NULL, metric, from, to,
                             model_take_point, &got);
        CHECK_INT(row, r, 0);
        model_compare(row, &got, &expected);
        free(got.list);
        free(expected.list);
}

/* --- replay ---------------------------------------------------------------------------------- */

typedef struct ModelReplay {
        Model *m;
        char target[64];
        SourceId source;
        Scope scope;
        usec_t full, from, to, last;
        ModelPoints points[METRICS_MAX]; /* of the running target */
        size_t targets;
        bool gone[MODEL_TARGETS]; /* domains whose account is not known */
} ModelReplay;

static inline _unused_ const char *model_account_of(void *userdata, const char *domain) {
        const ModelReplay *p = userdata;
        return p->gone[strtoul(domain + 1, NULL, 10)] ? NULL : "default";
}

static inline _unused_ void model_end_target(ModelReplay *p) {
        const MetricSet *set = metric_set(p->source, p->scope);
        size_t i = p->scope == SCOPE_DOMAIN ? strtoul(p->target + 1, NULL, 10) : 0;

        for (size_t k = 0; k < METRICS_MAX; k++) {
                if (p->target[0] != '\0' && k < set->n) {
                        ModelPoints e = model_points(p->m, p->source, p->scope, i, k, p->full,
                                                     p->from, p->to);
                        /* Of an hour, a replay tells the worst. */
                        for (size_t j = 0; j < e.n; j++) {
                                ModelPoint *x = &e.list[j];
                                x->min = x->max = x->mean =
                                        set->metrics[k].bad == BAD_LOW ? x->min : x->max;
                        }
                        model_compare(i * 100 + k, &p->points[k], &e);
                        free(e.list);
                }
                free(p->points[k].list);
                p->points[k] = (ModelPoints){};
        }
        p->last = 0;
}

static inline _unused_ int model_take_sample(void *userdata, const HistorySample *s) {
        ModelReplay *p = userdata;

        if (strcmp(p->target, s->target) != 0 || p->source != s->source || p->scope != s->scope) {
                model_end_target(p);
                snprintf(p->target, sizeof(p->target), "%s", s->target);
                p->source = s->source;
                p->scope = s->scope;
                p->targets++;
        }
        assert_true(s->at > p->last && s->hour == (s->at < p->full));
        p->last = s->at;
        for (size_t k = 0; k < metric_set(s->source, s->scope)->n; k++) {
                double value = (double)s->values[k];
                if (!isnan(value))
                        model_points_add(&p->points[k], (ModelPoint){ s->at, value, value, value });
        }
        return 0;
}

static inline _unused_ void model_check_replay(Model *m, usec_t full, usec_t from, usec_t to) {
        ModelReplay p = { .m = m, .full = full, .from = from, .to = to };
        size_t expected = 0;
        static bool seen[2][2][MODEL_TARGETS];

        p.gone[3] = true;
        memset(seen, 0, sizeof(seen));
        for (size_t k = 0; k < m->n; k++) {
                const ModelSample *s = &m->samples[k];
                usec_t at = model_msec(s->at);
                if (at < full)
                        at = at / USEC_PER_HOUR * USEC_PER_HOUR;
                if (at < from || at > to || (s->source == SOURCE_SYMANTEC && s->target == 3))
                        continue;
                expected += !seen[s->source][s->scope][s->target];
                seen[s->source][s->scope][s->target] = true;
        }
        assert_int_equal(
                history_replay(m->store, from, to, model_account_of, model_take_sample, &p), 0);
        model_end_target(&p);
        assert_int_equal(p.targets, expected);
}
