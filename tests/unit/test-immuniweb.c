/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "source/immuniweb.h"

#include <math.h>

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

static char *read_body(const char *reply) {
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
static void trace_fetch(StrBuf *trace, size_t row, const Request *request,
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

static void check_step(size_t row, const Step *step, const char *expected,
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

static void check_end(size_t row, const Play *play, size_t n, void *run,
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
static void check_play_at(size_t row, const Play *play) {
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

static void apis_1_2_cached(void **state) {
        (void)state;
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "@result.json", "done ok" } } });
}

static void apis_1_2_form(void **state) {
        (void)state;
        /* A fresh test needs a key; the free service is never asked for one. */
        check_play(
                &(const Play){ .recheck = true,
                               .turns = { { NULL, CHECK_FREE }, { "@result.json", "done ok" } } });
        check_play(
                &(const Play){ .recheck = true,
                               .key = true,
                               .turns = { { NULL, CHECK_KEY }, { "@result.json", "done ok" } } });
        check_play(&(const Play){
                .key = true, .turns = { { NULL, CHECK_KEY_C }, { "@result.json", "done ok" } } });
        check_play(&(const Play){
                .publish = true,
                .turns = {
                        { NULL, "check! domain=example.com&show_test_results=true&recheck=false" },
                        { "@result.json", "done ok" } } });
}

/* Started with status_id 3 (the guide) or 1, polled as often as it takes, the result as it is. */
static void apis_1_3_started(void **state) {
        (void)state;
        check_play(&(const Play){
                .key = true,
                .recheck = true,
                .turns = { { NULL, CHECK_KEY },
                           { "@check-started.json", "wait 10" },
                           { NULL, GET_JOB },
                           { "@in-progress.json", "wait 10" },
                           { NULL, GET_JOB },
                           { "{'job_id': 'x', 'status': 'in_progress', 'eta': 40}", "wait 40" },
                           { NULL, GET_JOB },
                           { "@result.json", "done ok" } } });
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@error-0-with-data.json", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "{'message': 'Test has started'}", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "@result.json", "done ok" } } });
}

/* The other form of the end: finished, to be fetched by test id. The job stays known until then. */
static void apis_1_3_finished_then_fetched(void **state) {
        (void)state;
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-started.json", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "@finished.json", GET_ID },
                                             { "@in-progress.json", "wait 10" },
                                             { NULL, GET_ID },
                                             { "@result.json", "done ok" } } });
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-started.json", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "@finished.json", GET_ID } },
                                  .kept_job = JOB });
        /* A cached test that is being worked on after all. */
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "{'status': 'queued'}", "wait 10" },
                                             { NULL, GET_ID },
                                             { "@check-started.json", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "@result.json", "done ok" } } });
        /* Announced again and again is no result. */
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@check-cached.json", GET_ID },
                           { "@finished.json", GET_TEST_ID },
                           { "@finished.json",
                             "done protocol: the result is announced, but not given" } } });
}

static void apis_3_row_8_id_or_test_id(void **state) {
        (void)state;
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "{'error': 'test_id is missing'}", GET_TEST_ID },
                                             { "@result.json", "done ok" } },
                                  .learnt_test_id = true });
        /* What worked is used first, and unlearnt when it stops working. */
        check_play(&(const Play){ .service.fetch_by_test_id = true,
                                  .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_TEST_ID },
                                             { "@result.json", "done ok" } },
                                  .learnt_test_id = true });
        check_play(&(const Play){ .service.fetch_by_test_id = true,
                                  .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_TEST_ID },
                                             { "<html>", GET_ID, OUTCOME_NOT_FOUND },
                                             { "@result.json", "done ok" } } });
        /* Refused both ways: the words of the documented one. */
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@check-cached.json", GET_ID },
                           { "{'error': 'No such test'}", GET_TEST_ID },
                           { "{'error': 'id is missing'}", "done refused: No such test" } } });
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "", GET_TEST_ID, OUTCOME_HTTP },
                                             { "", "done http: transport", OUTCOME_HTTP } } });
        /* Announced by one, refused by the other. */
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "@finished.json", GET_TEST_ID },
                                             { "{'error': 'No'}", "done refused: No" } } });
        /* Not for a quota, nor a key. */
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@check-cached.json", GET_ID },
                           { "@error-limit.json",
                             "done quota: Free tests limit exceeded. (error 3)" } } });
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@check-cached.json", GET_ID },
                           { "@error-detail.json", "done auth: The API key is not valid. Check the "
                                                   "key in your account" } } });
}

static void apis_3_row_10_stamp_is_new(void **state) {
        (void)state; /* trace_fetch() checks it in every trace: the clock stands still here */
        check_play(
                &(const Play){ .job_id = JOB,
                               .turns = { { NULL, GET_JOB }, { NULL, GET_JOB }, { NULL, GET_JOB } },
                               .kept_job = JOB });
}

static void apis_3_row_24_eta(void **state) {
        (void)state;
        check_play(
                &(const Play){ .job_id = JOB,
                               .turns = { { NULL, GET_JOB },
                                          { "{'job_id': '" JOB "', 'eta': 2}", "wait 10" },
                                          { NULL, GET_JOB },
                                          { "{'job_id': '" JOB "', 'eta': '25'}", "wait 25" },
                                          { NULL, GET_JOB },
                                          { "{'job_id': '" JOB "', 'eta': 3600}", "wait 60" },
                                          { NULL, GET_JOB },
                                          { "{'job_id': '" JOB "'}", "wait 10" },
                                          { NULL, GET_JOB },
                                          { "{'job_id': '" JOB "', 'eta': 'soon'}", "wait 10" } },
                               .kept_job = JOB });
}

static void apis_2_2_resume(void **state) {
        (void)state;
        check_play(&(const Play){ .job_id = JOB,
                                  .turns = { { NULL, GET_JOB }, { "@result.json", "done ok" } } });
        check_play(
                &(const Play){ .job_id = "not/an id",
                               .turns = { { NULL, CHECK_FREE }, { "@result.json", "done ok" } } });
}

/* One new check with recheck=false, once. */
static void apis_2_2_job_unknown(void **state) {
        (void)state;
        check_play(&(const Play){ .key = true,
                                  .recheck = true,
                                  .job_id = JOB,
                                  .turns = { { NULL, GET_JOB },
                                             { "@job-unknown.json", CHECK_KEY_C },
                                             { "@check-cached.json", GET_ID },
                                             { "@result.json", "done ok" } } });
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@check-started.json", "wait 10" },
                           { NULL, GET_JOB },
                           { "@job-unknown.json", CHECK_FREE },
                           { "@check-started.json", "wait 10" },
                           { NULL, GET_JOB },
                           { "@job-unknown.json", "done job-lost: Job not found (error 44)" } } });
        check_play(&(const Play){
                .job_id = JOB,
                .turns = { { NULL, GET_JOB },
                           { "{'error': 'Job not found'}", CHECK_FREE, OUTCOME_NOT_FOUND } } });
        /* In answer to check it is an error like any other. */
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "@job-unknown.json", "done refused: Job not found (error 44)" } } });
}

static void apis_2_2_multiple_ips(void **state) {
        (void)state;
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@multiple-ips.json", CHECK_FREE
                                               "&choosen_ip=192.0.2.80&token=t0k%26n%3D1" },
                                             { "@check-cached.json", GET_ID },
                                             { "@result.json", "done ok" } } });
        check_play(&(const Play){
                .turns = {
                        { NULL, CHECK_FREE },
                        { "{'multiple_ips': ['192.0.2.80']}", CHECK_FREE "&choosen_ip=192.0.2.80" },
                        { "@multiple-ips.json",
                          "done protocol: multiple_ips although one was chosen" } } });
}

static void apis_2_2_errors_of_check(void **state) {
        (void)state;
        static const Turn rows[] = {
                { "@error-29.json",
                  "done invalid-domain: Please enter a valid domain name to start "
                  "the test. (error 29)" },
                { "@error-limit.json", "done quota: Free tests limit exceeded. (error 3)" },
                { "@error-detail.json",
                  "done auth: The API key is not valid. Check the key in your account",
                  OUTCOME_HTTP },
                { "{'error': 'example.com does not resolve'}",
                  "done unresolved: example.com does not resolve" },
                { "{'error': 'Closed', 'recommendation': 'Ask us'}",
                  "done refused: Closed; Ask us" },
                { "{'status': 'test_started'}", "done protocol: a test without a job id" },
                { "{}", "done protocol: an answer of no known kind" },
                { "", "done empty" },
                { "[]", "done protocol: the answer is no JSON object" },
                /* Transient or not, check is not sent again: it might start a second test. */
                { "", "done timeout: transport", OUTCOME_TIMEOUT },
                { "", "done server: transport", OUTCOME_SERVER, 90 * USEC_PER_SEC },
                { "", "done tls: transport", OUTCOME_TLS },
                { "", "done not-found: transport", OUTCOME_NOT_FOUND },
                { "", "done redirect: transport", OUTCOME_REDIRECT },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Play play = { .turns = { { NULL, CHECK_FREE }, rows[i] } };
                check_play_at(i, &play);
        }
}

/* Three failures of get_result in a row are sat out; then the job is kept for the next run. */
static void apis_2_2_transient(void **state) {
        (void)state;
        check_play(&(const Play){
                .job_id = JOB,
                .turns = { { NULL, GET_JOB },
                           { "", "wait 10", OUTCOME_TIMEOUT },
                           { NULL, GET_JOB },
                           { "<html>", "wait 20" },
                           { NULL, GET_JOB },
                           { "", "wait 40", OUTCOME_SERVER },
                           { NULL, GET_JOB },
                           { "", "done server: transport", OUTCOME_SERVER, 5 * USEC_PER_SEC } },
                .kept_job = JOB });
        /* An answer in between starts the count anew. */
        check_play(&(const Play){ .job_id = JOB,
                                  .turns = { { NULL, GET_JOB },
                                             { "", "wait 10", OUTCOME_DNS },
                                             { NULL, GET_JOB },
                                             { "", "wait 20", OUTCOME_CONNECT },
                                             { NULL, GET_JOB },
                                             { "@in-progress.json", "wait 10" },
                                             { NULL, GET_JOB },
                                             { "", "wait 10", OUTCOME_NETWORK },
                                             { NULL, GET_JOB },
                                             { "@result.json", "done ok" } } });
        /* Retry-After makes a wait longer, up to four times poll_max. */
        check_play(&(const Play){
                .job_id = JOB,
                .turns = { { NULL, GET_JOB },
                           { "", "wait 33", OUTCOME_RATE_LIMITED, 33 * USEC_PER_SEC },
                           { NULL, GET_JOB },
                           { "", "wait 240", OUTCOME_SERVER, USEC_PER_HOUR },
                           { NULL, GET_JOB },
                           { "", "wait 40", OUTCOME_SERVER, USEC_PER_SEC } },
                .kept_job = JOB });
        check_play(&(const Play){ .turns = { { NULL, CHECK_FREE },
                                             { "@check-cached.json", GET_ID },
                                             { "", "wait 10", OUTCOME_TIMEOUT },
                                             { NULL, GET_ID },
                                             { "@result.json", "done ok" } } });
}

/* What becomes of the job when polling ends in a failure that no retry mends. */
static void test_job_after_failure(void **state) {
        (void)state;
        static const struct {
                Turn turn;
                const char *kept;
        } rows[] = {
                { { "@error-limit.json", "done quota: Free tests limit exceeded. (error 3)" },
                  JOB },
                { { "", "done auth: transport", OUTCOME_AUTH }, JOB },
                { { "", "done forbidden: transport", OUTCOME_FORBIDDEN }, JOB },
                { { "@error-29.json", "done invalid-domain: Please enter a valid domain name to "
                                      "start the test. (error 29)" },
                  NULL },
                { { "{'error': 'It failed'}", "done refused: It failed" }, NULL },
                { { "{'error': 'No MX found'}", "done unresolved: No MX found" }, NULL },
                { { "<html>", "done not-found: transport", OUTCOME_NOT_FOUND }, NULL },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Play play = { .job_id = JOB,
                              .turns = { { NULL, GET_JOB }, rows[i].turn },
                              .kept_job = rows[i].kept };
                check_play_at(i, &play);
        }
        check_play(&(const Play){ .job_id = JOB,
                                  .turns = { { NULL, GET_JOB },
                                             { "", "wait 10", OUTCOME_HTTP },
                                             { NULL, GET_JOB },
                                             { "", "wait 20", OUTCOME_HTTP },
                                             { NULL, GET_JOB },
                                             { "", "wait 40", OUTCOME_HTTP },
                                             { NULL, GET_JOB },
                                             { "", "done http: transport", OUTCOME_HTTP } } });
}

static void apis_3_row_22_other_host(void **state) {
        (void)state;
        check_play(&(const Play){
                .job_id = JOB,
                .turns = { { NULL, GET_JOB },
                           { "{'internals': {'hostname': 'example.net'}, 'summary': {'ssl': "
                             "{'value': 1}}}",
                             "done protocol: result for another host: example.net" } },
                .oddity = "/internals/hostname: another host than asked for" });
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "{'internals': {'hostname': 'example.com', 'ts': 5}}",
                             "done protocol: the result holds nothing that can be read" } } });
}

static void test_reading_and_detail(void **state) {
        (void)state;
        ImmuniwebSettings settings = { .endpoint.url = URL };
        ImmuniwebService service = { 0 };
        ImmuniwebJob job = { .domain = "example.com" };
        _cleanup_free_ char *body = read_body("@result.json");
        Reply reply = { .outcome = OUTCOME_OK,
                        .status = 200,
                        .body = body,
                        .size = strlen(body),
                        .error = "" };
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        _cleanup_strbuf_ StrBuf detail = { 0 };
        Reading reading;
        Step step;
        void *run = NULL;
        const ImmuniwebId *ids;

        assert_int_equal(immuniweb_run_new(&settings, &service, &job, &run), 0);
        assert_false(source_immuniweb.read(run, 0, &reading));
        assert_int_equal(source_immuniweb.step(run, NULL, NOW, &step), 0);
        assert_int_equal(source_immuniweb.step(run, &reply, NOW, &step), 0);
        assert_int_equal(step.type, STEP_DONE);
        assert_null(step.text);
        for (int twice = 0; twice < 2; twice++) {
                assert_true(source_immuniweb.read(run, 0, &reading));
                assert_ptr_equal(reading.set, set);
                assert_true(reading.present);
                assert_int_equal(reading.target, 0);
                assert_int_equal(reading.measured_at, NOW);
                size_t vrfy = metric_find(set, "vrfy");
                assert_true(reading.values[vrfy] == 1);
                assert_int_equal(reading.at_least >> vrfy & 1, 1);
                assert_true(isnan(reading.values[metric_find(set, "up")]));
                strbuf_reset(&detail);
                source_immuniweb.detail(run, &reading, metric_find(set, "dmarc"), &detail);
                assert_string_equal(strbuf_text(&detail), "dns.dmarc: Policy does not protect; "
                                                          "main: Policy is \"none\"");
        }
        strbuf_reset(&detail);
        source_immuniweb.detail(run, &reading, metric_find(set, "up"), &detail);
        source_immuniweb.detail(run, &reading, METRICS_MAX, &detail);
        assert_string_equal(strbuf_text(&detail), "");
        assert_int_equal(immuniweb_run_ids(run, &ids), 4);
        assert_string_equal(ids[2].label, "test_ssl/mx1.example.com:25");
        assert_int_equal(source_immuniweb.id, SOURCE_IMMUNIWEB);
        source_immuniweb.run_free(run);
        assert_null(source_immuniweb.run_free(NULL));
}

/* The form with the key does not outlive the exchange. */
static void test_key_is_wiped(void **state) {
        (void)state;
        _cleanup_(secret_freep) Secret *key = secret_new("topsecret", 9);
        ImmuniwebSettings settings = {
                .endpoint.url = URL, .api_key = key, .poll_min = 1, .poll_max = 2
        };
        ImmuniwebService service = { 0 };
        ImmuniwebJob job = { .domain = "example.com" };
        _cleanup_free_ char *body = read_body("@check-started.json");
        Reply reply = { .outcome = OUTCOME_OK, .body = body, .size = strlen(body), .error = "" };
        Step step;
        void *run = NULL;

        assert_int_equal(immuniweb_run_new(&settings, &service, &job, &run), 0);
        assert_int_equal(source_immuniweb.step(run, NULL, NOW, &step), 0);
        assert_non_null(strstr(step.request.form, "api_key=topsecret"));
        assert_null(strstr(step.request.url, "topsecret"));
        assert_int_equal(source_immuniweb.step(run, &reply, NOW, &step), 0);
        assert_int_equal(source_immuniweb.step(run, NULL, NOW, &step), 0);
        assert_null(strstr(step.request.form, "topsecret"));
        source_immuniweb.run_free(run);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_1_2_cached),
                cmocka_unit_test(apis_1_2_form),
                cmocka_unit_test(apis_1_3_started),
                cmocka_unit_test(apis_1_3_finished_then_fetched),
                cmocka_unit_test(apis_3_row_8_id_or_test_id),
                cmocka_unit_test(apis_3_row_10_stamp_is_new),
                cmocka_unit_test(apis_3_row_24_eta),
                cmocka_unit_test(apis_2_2_resume),
                cmocka_unit_test(apis_2_2_job_unknown),
                cmocka_unit_test(apis_2_2_multiple_ips),
                cmocka_unit_test(apis_2_2_errors_of_check),
                cmocka_unit_test(apis_2_2_transient),
                cmocka_unit_test(test_job_after_failure),
                cmocka_unit_test(apis_3_row_22_other_host),
                cmocka_unit_test(test_reading_and_detail),
                cmocka_unit_test(test_key_is_wiped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
