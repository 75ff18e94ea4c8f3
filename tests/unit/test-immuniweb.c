/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-trace.h"

#include <math.h>

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
                cmocka_unit_test(test_reading_and_detail),
                cmocka_unit_test(test_key_is_wiped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
