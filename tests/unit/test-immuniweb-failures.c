/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-trace.h"

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
                             "done mismatch: example.net" } },
                .oddity = "/internals/hostname: another host than asked for" });
        check_play(&(const Play){
                .turns = { { NULL, CHECK_FREE },
                           { "{'internals': {'hostname': 'example.com', 'ts': 5}}",
                             "done protocol: the result holds nothing that can be read" } } });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_2_2_job_unknown),
                cmocka_unit_test(apis_2_2_multiple_ips),
                cmocka_unit_test(apis_2_2_errors_of_check),
                cmocka_unit_test(apis_2_2_transient),
                cmocka_unit_test(test_job_after_failure),
                cmocka_unit_test(apis_3_row_22_other_host),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
