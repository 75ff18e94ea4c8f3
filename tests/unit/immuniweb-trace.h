/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the ImmuniWeb state machine share: canned replies in, a trace out. */

#include "unit/check.h"

#include "base/text.h"
#include "source/immuniweb.h"

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

#define NOW (UINT64_C(1763800600) * USEC_PER_SEC)
#define URL "https://iw.test/email/api/v1"

/* The ids of the guide's samples. */
#define JOB  "2a9e1f1bc92dc0c7a4bde930dff488771eea6d36988208d34163c5496227b8dc"
#define TEST "cd9ee9ba7d1d6ba265c1f97bcabf954fa0c1eb84cf6727394d0ef6db536d0c58"

/* What the traces say often. */
#define CHECK_FREE "check! domain=example.com&show_test_results=false&recheck=false"
#define CHECK_KEY                                                                                  \
        "check! domain=example.com&show_test_results=false&recheck=true&api_key=k%2By%26+1"
#define CHECK_KEY_C                                                                                \
        "check! domain=example.com&show_test_results=false&recheck=false&api_key=k%2By%26+1"
#define GET_JOB     "get_result job_id=" JOB
#define GET_ID      "get_result id=" TEST
#define GET_TEST_ID "get_result test_id=" TEST

/* One call of step() and what it answers. */
typedef struct Turn {
        const char *reply;    /* NULL = woken; "@FILE" of the test data; else a body with ' for " */
        const char *expected; /* "check! FORM" ('!' = spends a test), "get_result FORM", "wait
                                 SECONDS", "done REASON[: TEXT]" */
        Outcome outcome;      /* of the exchange */
        usec_t retry_after;
} Turn;

typedef struct Play {
        bool key;
        bool recheck;
        bool publish;
        const char *job_id;
        ImmuniwebService service;
        Turn turns[16];
        const char *kept_job; /* after the last turn; NULL = none */
        bool learnt_test_id;
        const char *oddity; /* one of them */
} Play;

static inline _unused_ char *read_body(const char *reply) {
        char *body = calloc(1, 16384);
        assert_non_null(body);
        if (*reply == '@') {
                char path[256];
                snprintf(path, sizeof(path), TEST_DATA "/immuniweb/%s", reply + 1);
                FILE *f = fopen(path, "re");
                if (!f)
                        fail_msg("cannot open %s", path);
                assert_true(fread(body, 1, 16383, f) > 0);
                fclose(f);
                return body;
        }
        snprintf(body, 16384, "%s", reply);
        for (char *at = body; (at = strchr(at, '\'')); at++)
                *at = '"';
        return body;
}

/* Checks the URL, whose stamp must grow from request to request, and adds its last word but one. */
static inline _unused_ void trace_fetch(StrBuf *trace, size_t row, const Request *request,
                                        unsigned long long *stamp) {
        char what[16], rest[8];
        unsigned long long now;
        CHECK(row, startswith(request->url, URL "/"));
        CHECK_INT(row,
                  sscanf(request->url + STRLEN(URL "/"), "%15[a-z_]/%llu.%7s", what, &now, rest),
                  3);
        CHECK_STR(row, rest, "html");
        CHECK(row, now > *stamp && now >= NOW / USEC_PER_SEC);
        *stamp = now;
        CHECK_INT(row, request->form_size, strlen(request->form));
        CHECK_INT(row, request->body_max, 2 * 1024 * 1024);
        CHECK(row, !request->username && !request->password && !request->feed);
        strbuf_addf(trace, "%s%s %s", what, request->spends_test ? "!" : "", request->form);
}

static inline _unused_ void check_step(size_t row, const Step *step, const char *expected,
                                       unsigned long long *stamp) {
        _cleanup_strbuf_ StrBuf trace = { 0 };
        switch (step->type) {
        case STEP_FETCH:
                trace_fetch(&trace, row, &step->request, stamp);
                break;
        case STEP_WAIT:
                strbuf_addf(&trace, "wait %g", (double)step->wait / (double)USEC_PER_SEC);
                break;
        case STEP_DONE:
                strbuf_addf(&trace, "done %s", outcome_info(step->outcome)->reason);
                if (step->text)
                        strbuf_addf(&trace, ": %s", step->text);
                break;
        }
        if (!streq(strbuf_text(&trace), expected))
                fail_msg("row %zu, turn %zu: \"%s\", not \"%s\"", row / 100, row % 100,
                         strbuf_text(&trace), expected);
}

static inline _unused_ void check_end(size_t row, const Play *play, size_t n, void *run,
                                      const ImmuniwebService *service) {
        Reading reading;
        const ImmuniwebId *ids;
        const char *const *oddities;
        bool good = streq(play->turns[n - 1].expected, "done ok");

        CHECK_INT(row, source_immuniweb.read(run, 0, &reading), good);
        CHECK_INT(row, source_immuniweb.read(run, 1, &reading), false);
        CHECK_INT(row, immuniweb_run_ids(run, &ids) > 0, good);
        if (play->kept_job)
                CHECK_STR(row, immuniweb_run_job_id(run), play->kept_job);
        else
                CHECK(row, !immuniweb_run_job_id(run));
        CHECK_INT(row, service->fetch_by_test_id, play->learnt_test_id);
        bool found = !play->oddity;
        for (size_t i = immuniweb_run_oddities(run, &oddities); i-- > 0;)
                found = found || streq(oddities[i], play->oddity);
        CHECK(row, found);
}

/* `row`: of a table, or the line of the play. */
static inline _unused_ void check_play_at(size_t row, const Play *play) {
        _cleanup_(secret_freep) Secret *key = secret_new("k+y& 1", 6);
        ImmuniwebSettings settings = {
                .endpoint.url = URL,
                .api_key = play->key ? key : NULL,
                .publish = play->publish,
                .poll_min = 10 * USEC_PER_SEC,
                .poll_max = 60 * USEC_PER_SEC,
        };
        ImmuniwebService service = play->service;
        ImmuniwebJob job = { "example.com", play->recheck, play->job_id };
        unsigned long long stamp = 0;
        void *run = NULL;
        size_t n = 0;

        assert_int_equal(immuniweb_run_new(&settings, &service, &job, &run), 0);
        for (; n < ELEMENTSOF(play->turns) && play->turns[n].expected; n++) {
                size_t at = row * 100 + n;
                const Turn *turn = &play->turns[n];
                _cleanup_free_ char *body = turn->reply ? read_body(turn->reply) : NULL;
                Reply reply = { .outcome = turn->outcome,
                                .retry_after = turn->retry_after,
                                .body = body,
                                .error = turn->outcome == OUTCOME_OK ? "" : "transport" };
                Step step;
                if (body)
                        reply.size = strlen(body);
                assert_int_equal(source_immuniweb.step(run, body ? &reply : NULL, NOW, &step), 0);
                check_step(at, &step, turn->expected, &stamp);
                if (step.type != STEP_DONE)
                        continue;
                CHECK_INT(at, step.retry_after, turn->retry_after);
                Step again;
                assert_int_equal(source_immuniweb.step(run, NULL, NOW, &again), 0);
                check_step(at, &again, turn->expected, &stamp);
        }
        check_end(row, play, n, run, &service);
        assert_null(source_immuniweb.run_free(run));
}

#define check_play(...) check_play_at(__LINE__, __VA_ARGS__)
