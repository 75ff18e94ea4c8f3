/* SPDX-License-Identifier: MIT */
#include "unit/symantec-poll.h"

#include <errno.h>

static int setup(void **state) {
        SymantecTable *table = NULL;
        assert_int_equal(symantec_table_new(two_names, 2, &table), 0);
        *state = table;
        return 0;
}

static int teardown(void **state) {
        *state = symantec_table_free(*state);
        return 0;
}

static void apis_1_1_request(void **state) {
        _cleanup_(secret_freep) Secret *password = secret_new("pw", 2);
        SymantecSettings settings = settings_of(false);
        Step step;
        void *run = NULL;

        settings.password = password;
        assert_int_equal(symantec_run_new(&settings, *state, &run), 0);
        assert_int_equal(source_symantec.step(run, NULL, START, &step), 0);
        assert_int_equal(step.type, STEP_FETCH);
        assert_string_equal(step.request.url, "https://queue.example/stats");
        assert_null(step.request.form);
        assert_string_equal(step.request.username, "user");
        assert_ptr_equal(step.request.password, password);
        assert_int_equal(step.request.body_max, 8 * 1024 * 1024 + 2 * 4096);
        assert_non_null(step.request.feed);
        assert_false(step.request.spends_test);
        source_symantec.run_free(run); /* given up half-way */
        assert_null(source_symantec.run_free(NULL));
        assert_int_equal(source_symantec.id, SOURCE_SYMANTEC);
}

static void test_filter(void **state) {
        (void)state;
        SymantecSettings settings = settings_of(true);
        Canned good = { .status = 200, .body = "{\"TotalMessagesInbound\":0,\"Domains\":[]}" };
        char store[300][40];
        const char *names[300];
        SymantecTable *table;
        Step step;
        void *run;

        /* Some 28 bytes each: several URLs. */
        for (size_t i = 0; i < 300; i++) {
                snprintf(store[i], sizeof(store[i]), "host-%03zu.example.com", i);
                names[i] = store[i];
        }
        assert_int_equal(symantec_table_new(names, 300, &table), 0);
        assert_int_equal(symantec_run_new(&settings, table, &run), 0);
        assert_int_equal(source_symantec.step(run, NULL, START, &step), 0);
        size_t asked = 0, requests = 0;
        for (; step.type == STEP_FETCH; requests++) {
                const char *at = step.request.url;
                assert_true(strlen(at) <= 4096);
                assert_int_equal(strncmp(at, "https://queue.example/stats?", 28), 0);
                at += 28;
                for (char expected[64]; *at; asked++) {
                        int n = snprintf(expected, sizeof(expected), "domain=%s", names[asked]);
                        if (strncmp(at, expected, (size_t)n) != 0)
                                fail_msg("request %zu, domain %zu: %s", requests, asked, at);
                        at += n;
                        assert_true(*at == '&' || *at == '\0');
                        at += *at == '&';
                }
                assert_true(asked == 300 || strlen(step.request.url) > 4096 - 28);
                answer(run, &good, START, &step);
        }
        assert_int_equal(asked, 300);
        assert_int_equal(requests, 3);
        assert_int_equal(step.outcome, OUTCOME_OK);
        CHECK_VALUE(0, run, 0, "domains_missing", 300);
        source_symantec.run_free(run);
        symantec_table_free(table);
}

static void test_filter_edges(void **state) {
        SymantecSettings settings = settings_of(true);
        char url[4200] = "https://";
        Canned good = { .status = 200, .body = "{\"Domains\":[]}" };
        SymantecTable *table;
        Step step;
        void *run;

        /* Nobody configured: everything is asked for, which still tells whether the login works. */
        assert_int_equal(symantec_table_new(NULL, 0, &table), 0);
        assert_int_equal(symantec_run_new(&settings, table, &run), 0);
        assert_int_equal(source_symantec.step(run, NULL, START, &step), 0);
        assert_string_equal(step.request.url, "https://queue.example/stats");
        answer(run, &good, START, &step);
        assert_int_equal(step.type, STEP_DONE);
        assert_int_equal(step.outcome, OUTCOME_OK);
        Reading reading;
        assert_true(source_symantec.read(run, 0, &reading));
        assert_false(source_symantec.read(run, 1, &reading));
        source_symantec.run_free(run);
        symantec_table_free(table);

        /* A base that leaves no room: one domain a request. */
        memset(url + 8, 'x', 4100);
        url[4108] = '\0';
        settings.endpoint.url = url;
        assert_int_equal(symantec_run_new(&settings, *state, &run), 0);
        assert_int_equal(source_symantec.step(run, NULL, START, &step), 0);
        assert_string_equal(step.request.url + 4108, "/stats?domain=example.com");
        answer(run, &good, START, &step);
        assert_string_equal(step.request.url + 4108, "/stats?domain=example.net");
        answer(run, &good, START, &step);
        assert_int_equal(step.type, STEP_DONE);
        source_symantec.run_free(run);
}

static void apis_2_1_statuses_and_transport(void **state) {
        SymantecSettings settings = settings_of(false);
        static const struct {
                Canned reply;
                usec_t retry_after;
                const char *text;
        } rows[] = {
                { { OUTCOME_AUTH, 401 }, 0, NULL },
                { { OUTCOME_FORBIDDEN, 403, .error = "said the proxy" }, 0, "said the proxy" },
                { { OUTCOME_NOT_FOUND, 404, .body = "<h1>Not &amp; found</h1>\n" },
                  0,
                  "Not & found" },
                { { OUTCOME_SERVER, 500, .body = "{}", .error = "no" }, 0, "{}" },
                { { OUTCOME_RATE_LIMITED, 429, 90 * USEC_PER_SEC }, 90 * USEC_PER_SEC, NULL },
                { { OUTCOME_SERVER, 503, 60 * USEC_PER_SEC, " \n" }, 60 * USEC_PER_SEC, NULL },
                { { OUTCOME_REDIRECT, 302 }, 0, NULL },
                { { OUTCOME_TIMEOUT, 0, .error = "timed out after 30 s" },
                  0,
                  "timed out after 30 s" },
                { { OUTCOME_DNS, 0, .error = "could not resolve" }, 0, "could not resolve" },
                { { OUTCOME_TLS, 0, .error = "certificate has expired" },
                  0,
                  "certificate has expired" },
                /* Broken off: what arrived was good so far. */
                { { OUTCOME_NETWORK, 200, .body = "{\"Domains\":[", .error = "reset" },
                  0,
                  "reset" },
                { { OUTCOME_TOO_LARGE, 200, .body = "{\"Domains\":[" }, 0, NULL },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Step step;
                void *run = poll_with(&settings, *state, &rows[i].reply, 1, START, &step);
                CHECK_INT(i, step.outcome, rows[i].reply.outcome);
                CHECK_INT(i, step.retry_after, rows[i].retry_after);
                if (rows[i].text)
                        CHECK_STR(i, step.text, rows[i].text);
                else
                        CHECK(i, !step.text);
                source_symantec.run_free(run);
        }
}

static void apis_2_1_unreadable_bodies(void **state) {
        SymantecSettings settings = settings_of(false);
        static const struct {
                const char *body;
                Outcome outcome;
                const char *text;
        } rows[] = {
                { "", OUTCOME_EMPTY, "the answer is empty" },
                { " \n", OUTCOME_EMPTY, "the answer is empty" },
                { "<html><h1>Sign in</h1></html>", OUTCOME_PROTOCOL,
                  "the answer is not a JSON object: Sign in" },
                { "<html></html>", OUTCOME_PROTOCOL, "the answer is not a JSON object" },
                { "{\"error\": \"try\\u0020later\"}", OUTCOME_PROTOCOL,
                  "the answer holds no queue statistics: {\"error\": \"try\\u0020later\"}" },
                { "{\"Domains\": [", OUTCOME_PROTOCOL, "the answer is cut off: {\"Domains\": [" },
                { "[1]", OUTCOME_PROTOCOL, "the answer is not a JSON object: [1]" },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Canned reply = { .status = 200, .body = rows[i].body };
                Step step;
                void *run = poll_with(&settings, *state, &reply, 1, START, &step);
                CHECK_INT(i, step.outcome, rows[i].outcome);
                CHECK_STR(i, step.text, rows[i].text);
                source_symantec.run_free(run);
        }
}

static void apis_3_row_7_element_too_large(void **state) {
        SymantecSettings settings = settings_of(false);
        char *body = calloc(1, 20000);
        assert_non_null(body);
        memset(body, 'y', 19999);
        memcpy(body, "{\"Domains\":[\"", 13);
        Canned reply = { .status = 200, .body = body };
        Step step;
        void *run = poll_with(&settings, *state, &reply, 1, START, &step);
        assert_int_equal(step.outcome, OUTCOME_TOO_LARGE);
        assert_string_equal(step.text, "the answer has an entry that is too large");
        source_symantec.run_free(run);
        free(body);
}

static void test_text_is_capped(void **state) {
        SymantecSettings settings = settings_of(false);
        char body[2000];
        memset(body, 'z', sizeof(body));
        const Canned rows[] = {
                { .status = 200, .body = body, .size = sizeof(body) },
                { .status = 500, .outcome = OUTCOME_SERVER, .body = body, .size = sizeof(body) },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Step step;
                void *run = poll_with(&settings, *state, &rows[i], 1, START, &step);
                CHECK(i, strlen(step.text) <= 200 && strlen(step.text) > 150);
                source_symantec.run_free(run);
        }
}

/* The guide's sample: every one of its 30 numbers has a value of its own. */
static void seed_sample_all_numbers(void **state) {
        (void)state;
        static const char *const names[] = { "domain1.com", "domain2.com" };
        char *body = read_data("guide-sample.json", NULL);
        SymantecTable *table;

        assert_int_equal(symantec_table_new(names, 2, &table), 0);
        void *run = poll_body(table, body, START);
        double expected = 10;
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++)
                CHECK_VALUE(i, run, 0,
                            metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT)
                                    ->metrics[SYMANTEC_TOTALS + i]
                                    .name,
                            expected++);
        for (uint32_t d = 1; d <= 2; d++)
                for (size_t i = 0; i < SYMANTEC_WIRE_N; i++)
                        CHECK_VALUE(i, run, d,
                                    metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN)->metrics[i].name,
                                    expected++);
        assert_true(expected == 40);
        CHECK_VALUE(0, run, 0, "domains_seen", 2);
        CHECK_VALUE(0, run, 0, "domains_missing", 0);
        CHECK_VALUE(0, run, 0, "domains_unconfigured", 0);
        source_symantec.run_free(run);
        symantec_table_free(table);
        free(body);
}

static void test_order_of_metrics(void **state) {
        (void)state;
        /* What symantec-reading.c and the table take for granted of core/metric.c. */
        static const char *const account[] = {
                "up",
                "total_inbound_messages",
                "total_outbound_messages",
                "total_inbound_mean",
                "total_outbound_mean",
                "total_inbound_oldest",
                "total_outbound_oldest",
                "domains_seen",
                "domains_missing",
                "domains_unconfigured",
        };
        static const char *const domain[] = {
                "receive_inbound_messages",
                "receive_outbound_messages",
                "delivery_inbound_messages",
                "delivery_outbound_messages",
                "receive_inbound_oldest",
                "receive_outbound_oldest",
                "delivery_inbound_oldest",
                "delivery_outbound_oldest",
                "receive_inbound_mean",
                "receive_outbound_mean",
                "delivery_inbound_mean",
                "delivery_outbound_mean",
                "inbound_messages",
                "outbound_messages",
                "inbound_oldest",
                "outbound_oldest",
                "inbound_stuck",
                "outbound_stuck",
                "data_age",
        };
        for (size_t i = 0; i < ELEMENTSOF(account); i++)
                CHECK_STR(i, metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT)->metrics[i].name,
                          account[i]);
        for (size_t i = 0; i < ELEMENTSOF(domain); i++)
                CHECK_STR(i, metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN)->metrics[i].name, domain[i]);
}

static void test_apis_sample(void **state) {
        char *body = read_data("two-domains.json", NULL);
        void *run = poll_body(*state, body, START);
        static const struct {
                uint32_t target;
                const char *metric;
                double value;
        } rows[] = {
                { 0, "up", NAN },
                { 0, "total_inbound_oldest", 184 },
                { 0, "domains_seen", 2 },
                { 1, "inbound_messages", 15 },
                { 1, "outbound_messages", 5 },
                { 1, "inbound_oldest", 184 },
                { 1, "outbound_oldest", 37 },
                { 1, "inbound_stuck", 0 },
                { 1, "data_age", NAN },
                { 2, "inbound_messages", 0 },
                { 2, "outbound_messages", 2 },
                { 2, "outbound_oldest", 9 },
                { 2, "delivery_outbound_mean", 5 },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_VALUE(i, run, rows[i].target, rows[i].metric, rows[i].value);
        Reading reading;
        value_of(run, 2, "inbound_oldest", &reading);
        assert_int_equal(reading.target, 1);
        assert_int_equal(reading.measured_at, START);
        assert_true(reading.present);
        assert_int_equal(reading.at_least, 0);
        assert_false(source_symantec.read(run, 3, &reading));
        source_symantec.run_free(run);
        free(body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(apis_1_1_request),           TEST(test_filter),
                TEST(test_filter_edges),          TEST(apis_2_1_statuses_and_transport),
                TEST(apis_2_1_unreadable_bodies), TEST(apis_3_row_7_element_too_large),
                TEST(test_text_is_capped),        TEST(seed_sample_all_numbers),
                TEST(test_order_of_metrics),      TEST(test_apis_sample),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
