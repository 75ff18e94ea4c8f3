/* SPDX-License-Identifier: MIT */
#pragma once

#include "unit/check.h"

#include "base/strbuf.h"
#include "core/metric.h"
#include "source/symantec.h"

#include <math.h>

/* What the tests of source/symantec.c share: polls against canned replies. */

#define START (UINT64_C(1763800000) * USEC_PER_SEC)

typedef struct Canned {
        Outcome outcome;
        long status;
        usec_t retry_after;
        const char *body; /* fed with status 2xx, else given with the reply */
        const char *error;
        size_t size;  /* of the body; 0 = to its NUL */
        size_t piece; /* how it is split; 0 = not */
} Canned;

static const _unused_ char *const two_names[] = { "example.com", "example.net" };

static inline _unused_ SymantecSettings settings_of(bool filter) {
        return (SymantecSettings){
                .name = "default",
                .endpoint = { .url = "https://queue.example" },
                .username = "user",
                .interval = 5 * USEC_PER_MIN,
                .filter_configured = filter,
        };
}

/* Gives one reply as io/http does: a 2xx body piece by piece until somebody has had enough of it.
 */
static inline _unused_ void answer(void *run, const Canned *canned, usec_t now, Step *step) {
        size_t size = canned->size > 0 ? canned->size : canned->body ? strlen(canned->body) : 0;
        bool fed = canned->status / 100 == 2;
        Reply reply = {
                .outcome = canned->outcome,
                .status = canned->status,
                .retry_after = canned->retry_after,
                .body = fed || !canned->body ? "" : canned->body,
                .size = fed ? 0 : size,
                .error = canned->error ? canned->error : "",
        };
        assert_int_equal(step->type, STEP_FETCH);
        for (size_t at = 0; fed && at < size;) {
                size_t n = MIN(canned->piece > 0 ? canned->piece : size, size - at);
                if (step->request.feed(step->request.userdata, canned->body + at, n) != 0) {
                        reply.outcome = OUTCOME_PROTOCOL;
                        break;
                }
                at += n;
        }
        assert_int_equal(source_symantec.step(run, &reply, now, step), 0);
}

/* A poll to its end, all replies at `now`. The run is the caller's. */
static inline _unused_ void *poll_with(const SymantecSettings *settings, SymantecTable *table,
                                       const Canned *replies, size_t n, usec_t now, Step *ret) {
        void *run = NULL;
        assert_int_equal(symantec_run_new(settings, table, &run), 0);
        assert_int_equal(source_symantec.step(run, NULL, now, ret), 0);
        for (size_t i = 0; i < n; i++)
                answer(run, &replies[i], now, ret);
        assert_int_equal(ret->type, STEP_DONE);
        return run;
}

/* A poll that must be good. */
static inline _unused_ void *poll_body(SymantecTable *table, const char *body, usec_t now) {
        SymantecSettings settings = settings_of(false);
        Canned reply = { .status = 200, .body = body };
        Step step;
        void *run = poll_with(&settings, table, &reply, 1, now, &step);
        if (step.outcome != OUTCOME_OK)
                fail_msg("outcome %d: %s\n%s", (int)step.outcome, step.text, body);
        return run;
}

/* The value of a metric: target 0 is the account, 1 and on are the domains. */
static inline _unused_ double value_of(void *run, uint32_t target, const char *metric,
                                       Reading *ret) {
        Reading local;
        Reading *reading = ret ? ret : &local;
        assert_true(source_symantec.read(run, target, reading));
        size_t i = metric_find(reading->set, metric);
        if (i == SIZE_MAX)
                fail_msg("no metric %s", metric);
        return reading->values[i];
}

#define CHECK_VALUE(row, run, target, metric, expected)                                            \
        do {                                                                                       \
                double _got = value_of(run, target, metric, NULL), _want = (expected);             \
                if (isnan(_want) ? !isnan(_got) : !(fabs(_got - _want) < 1e-6))                    \
                        fail_msg("row %zu: %s is %g, not %g", (size_t)(row), metric, _got, _want); \
        } while (0)

static inline _unused_ bool at_least_of(void *run, uint32_t target, const char *metric) {
        Reading reading;
        value_of(run, target, metric, &reading);
        return reading.at_least >> metric_find(reading.set, metric) & 1;
}

static inline _unused_ char *detail_of(void *run, uint32_t target, const char *metric) {
        StrBuf b = { 0 };
        Reading reading;
        value_of(run, target, metric, &reading);
        source_symantec.detail(run, &reading, metric_find(reading.set, metric), &b);
        char *text = strdup(strbuf_text(&b));
        strbuf_done(&b);
        assert_non_null(text);
        return text;
}

static inline _unused_ char *read_data(const char *name, size_t *ret_size) {
        char path[160];
        snprintf(path, sizeof(path), "tests/data/symantec/%s", name);
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("%s cannot be opened", path);
        char *text = calloc(1, 65536);
        assert_non_null(text);
        size_t size = fread(text, 1, 65535, f);
        fclose(f);
        if (ret_size)
                *ret_size = size;
        return text;
}
