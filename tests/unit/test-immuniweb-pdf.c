/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-trace.h"

#include <math.h>

/* The vendor's PDF after a result that is worse, and what is kept of both. */

#define SHORT "Qm7xT2Ka"
#define OWN                                                                                        \
        "5d1f0c9a7be24c86b1a90d3e6f7a2b418c5d6e7f8091a2b3c4d5e6f708192a3b" /* in result.json       \
                                                                            */
#define PDF "%PDF-1.4\n\0\xff\n%%EOF"

/* Last known values that are those of result.json but for one. */
typedef struct Known {
        bool none;
        const char *metric;
        double value;
} Known;

typedef struct Case {
        const char *url;    /* of the service */
        const char *result; /* body or @file */
        Known known;
        bool no_key;
        unsigned evidence; /* sets, 1 more than meant: 0 = as usual */
        bool by_id;        /* the test was cached */
        const char *pdf;   /* URL that is asked for; NULL = none is */
} Case;

static void fill_known(const Known *known, float *values) {
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        static const struct {
                const char *metric;
                double value;
        } sample[] = {
                { "server_issues", 1 },   { "ssl_issues", 0 }, { "dns_issues", 2 }, { "vrfy", 1 },
                { "darkweb_issues", 14 }, { "mx_hosts", 2 },   { "dmarc", 2 },      { "spf", 0 },
                { "result_age", 0 },
        };
        for (size_t i = 0; i < METRICS_MAX; i++)
                values[i] = NAN;
        for (size_t i = 0; i < ELEMENTSOF(sample); i++)
                values[metric_find(set, sample[i].metric)] = (float)sample[i].value;
        if (known->metric)
                values[metric_find(set, known->metric)] = (float)known->value;
}

static void step_with(void *run, const char *body, size_t size, Outcome outcome, Step *ret) {
        Reply reply = { .outcome = outcome,
                        .body = body,
                        .size = size,
                        .error = outcome == OUTCOME_OK ? "" : "transport" };
        assert_int_equal(source_immuniweb.step(run, body ? &reply : NULL, NOW, ret), 0);
}

/* Plays up to the result; the step after it. */
static void *play_result(size_t row, const Case *c, const Secret *key, ImmuniwebService *service,
                         Step *ret) {
        static ImmuniwebSettings settings;
        float known[METRICS_MAX];
        void *run = NULL;
        Step step;

        settings = (ImmuniwebSettings){
                .endpoint.url = c->url ? c->url : URL,
                .api_key = c->no_key ? NULL : (Secret *)key,
                .poll_min = 10 * USEC_PER_SEC,
                .poll_max = 60 * USEC_PER_SEC,
                .evidence = c->evidence > 0 ? c->evidence - 1 : 5,
        };
        fill_known(&c->known, known);
        ImmuniwebJob job = { .domain = "example.com", .known = c->known.none ? NULL : known };
        assert_int_equal(immuniweb_run_new(&settings, service, &job, &run), 0);
        memset(known, 0, sizeof(known)); /* it has its own */
        step_with(run, NULL, 0, OUTCOME_OK, &step);
        if (c->by_id) {
                _cleanup_free_ char *cached = read_body("@check-cached.json");
                step_with(run, cached, strlen(cached), OUTCOME_OK, &step);
                CHECK_INT(row, step.type, STEP_FETCH);
        }
        _cleanup_free_ char *body = read_body(c->result ? c->result : "@result.json");
        step_with(run, body, strlen(body), OUTCOME_OK, ret);
        return run;
}

static void when_it_is_asked_for(void **state) {
        static const Case rows[] = {
                { .known = { .metric = "vrfy", .value = 0 }, .pdf = "gen_pdf/" OWN "/" },
                { .known = { .metric = "dmarc", .value = 1 }, .pdf = "gen_pdf/" OWN "/" },
                { .known = { .metric = "mx_hosts", .value = 3 }, .pdf = "gen_pdf/" OWN "/" },
                { .known = { .metric = "vrfy", .value = 0 },
                  .by_id = true,
                  .pdf = "gen_pdf/" TEST "/" },
                /* The same, better, unknown before or after, ages. */
                { .known = { .metric = NULL } },
                { .known = { .metric = "vrfy", .value = 2 } },
                { .known = { .metric = "mx_hosts", .value = 1 } },
                { .known = { .metric = "vrfy", .value = NAN } },
                { .known = { .metric = "expn", .value = 0 } },
                { .known = { .metric = "result_age", .value = 0 } },
                { .known = { .metric = "data_age", .value = 0 } },
                { .known = { .none = true } },
                /* Not wanted, or not to be had. */
                { .known = { .metric = "vrfy", .value = 0 }, .no_key = true },
                { .known = { .metric = "vrfy", .value = 0 }, .evidence = 1 },
                { .known = { .metric = "vrfy", .value = 0 },
                  .evidence = 2,
                  .pdf = "gen_pdf/" OWN "/" },
                /* Other addresses of the service, other names of the test. */
                { .url = "https://iw.test",
                  .known = { .metric = "vrfy", .value = 0 },
                  .pdf = "gen_pdf/" OWN "/" },
                { .result = "{'internals': {'short_id': '" SHORT
                            "'}, 'summary': {'ssl': {'value': 9}}}",
                  .known = { .metric = "ssl_issues", .value = 0 },
                  .pdf = "gen_pdf/" SHORT "/" },
                { .result = "{'internals': {'id': '../../x', 'short_id': 7}, 'summary': {'ssl': "
                            "{'value': 9}}}",
                  .known = { .metric = "ssl_issues", .value = 0 } },
        };
        _cleanup_(secret_freep) Secret *key = secret_new("k+y& 1", 6);
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Case *c = &rows[i];
                ImmuniwebService service = { 0 };
                Step step;
                char url[300];
                const char *text;
                size_t size;

                void *run = play_result(i, c, key, &service, &step);
                if (!c->pdf) {
                        CHECK_INT(i, step.type, STEP_DONE);
                        CHECK_INT(i, step.outcome, OUTCOME_OK);
                        /* Only what is wanted and cannot be had is a problem. */
                        bool nameless = i == ELEMENTSOF(rows) - 1;
                        CHECK_INT(i, immuniweb_run_pdf_outcome(run, &text),
                                  nameless ? OUTCOME_PROTOCOL : OUTCOME_OK);
                        CHECK_STR(i, text, nameless ? "the result does not name its test" : "");
                        CHECK(i, immuniweb_run_result(run, &size));
                        source_immuniweb.run_free(run);
                        continue;
                }
                CHECK_INT(i, step.type, STEP_FETCH);
                snprintf(url, sizeof(url), "https://iw.test%s/%s", c->url ? "" : "/email", c->pdf);
                CHECK_STR(i, step.request.url, url);
                CHECK_STR(i, step.request.form, "api_key=k%2By%26+1");
                CHECK_INT(i, step.request.form_size, strlen(step.request.form));
                CHECK_INT(i, step.request.body_max, IMMUNIWEB_PDF_MAX);
                CHECK(i, !step.request.spends_test && !step.request.feed);
                /* The result is not given before. */
                CHECK(i, !immuniweb_run_result(run, &size));
                CHECK(i, !immuniweb_run_pdf(run, &size));
                step_with(run, PDF, STRLEN(PDF), OUTCOME_OK, &step);
                CHECK_INT(i, step.type, STEP_DONE);
                CHECK_INT(i, step.outcome, OUTCOME_OK);
                CHECK(i, !step.text && !immuniweb_run_job_id(run));
                source_immuniweb.run_free(run);
        }
}

static void what_is_kept(void **state) {
        static const Case c = { .known = { .metric = "vrfy", .value = 0 } };
        _cleanup_(secret_freep) Secret *key = secret_new("k", 1);
        ImmuniwebService service = { 0 };
        Reading reading;
        const char *text;
        size_t size;
        Step step;
        (void)state;

        void *run = play_result(0, &c, key, &service, &step);
        assert_false(source_immuniweb.read(run, 0, &reading));
        step_with(run, PDF, STRLEN(PDF), OUTCOME_OK, &step);
        assert_true(source_immuniweb.read(run, 0, &reading));
        text = immuniweb_run_pdf(run, &size);
        assert_int_equal(size, STRLEN(PDF));
        assert_memory_equal(text, PDF, size);
        assert_int_equal(immuniweb_run_pdf_outcome(run, &text), OUTCOME_OK);
        _cleanup_free_ char *body = read_body("@result.json");
        text = immuniweb_run_result(run, &size);
        assert_int_equal(size, strlen(body));
        assert_string_equal(text, body);
        step_with(run, NULL, 0, OUTCOME_OK, &step);
        assert_int_equal(step.type, STEP_DONE);
        source_immuniweb.run_free(run);
}

/* No failure of it is documented: whatever comes, the result counts and the words are kept. */
static void failures(void **state) {
        static const struct {
                const char *body;
                Outcome outcome, expected;
                const char *text;
        } rows[] = {
                { "", OUTCOME_OK, OUTCOME_EMPTY, "" },
                { "%PDF", OUTCOME_OK, OUTCOME_PROTOCOL, "the answer is no PDF: %PDF" },
                { " %PDF-1.4", OUTCOME_OK, OUTCOME_PROTOCOL, "the answer is no PDF: %PDF-1.4" },
                { "<html><b>Sign in</b></html>", OUTCOME_OK, OUTCOME_PROTOCOL,
                  "the answer is no PDF: Sign in" },
                { "{'error': 'Wrong API key', 'error_id': 7}", OUTCOME_OK, OUTCOME_AUTH,
                  "Wrong API key (error 7)" },
                { "{'error': 'Limit exceeded', 'error_id': 3}", OUTCOME_HTTP, OUTCOME_QUOTA,
                  "Limit exceeded (error 3)" },
                { "{'detail': [{'msg': 'Report is not ready'}]}", OUTCOME_HTTP, OUTCOME_REFUSED,
                  "Report is not ready" },
                { "{'status': 'in_progress'}", OUTCOME_OK, OUTCOME_PROTOCOL,
                  "the answer is no PDF: {\"status\": \"in_progress\"}" },
                { "[]", OUTCOME_OK, OUTCOME_PROTOCOL, "the answer is no PDF: []" },
                { "%PDF-1.4 of an error", OUTCOME_SERVER, OUTCOME_SERVER, "transport" },
                { "", OUTCOME_NOT_FOUND, OUTCOME_NOT_FOUND, "transport" },
                { "", OUTCOME_TIMEOUT, OUTCOME_TIMEOUT, "transport" },
                { "", OUTCOME_TOO_LARGE, OUTCOME_TOO_LARGE, "transport" },
                { "<i>no</i>", OUTCOME_FORBIDDEN, OUTCOME_FORBIDDEN, "transport" },
        };
        static const Case c = { .known = { .metric = "vrfy", .value = 0 } };
        _cleanup_(secret_freep) Secret *key = secret_new("k", 1);
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ImmuniwebService service = { 0 };
                Reading reading;
                const char *text;
                size_t size;
                Step step;

                void *run = play_result(i, &c, key, &service, &step);
                _cleanup_free_ char *body = read_body(*rows[i].body ? rows[i].body : " ");
                step_with(run, body, *rows[i].body ? strlen(body) : 0, rows[i].outcome, &step);
                CHECK_INT(i, step.type, STEP_DONE);
                CHECK_INT(i, step.outcome, OUTCOME_OK);
                CHECK(i, !step.text);
                CHECK_INT(i, immuniweb_run_pdf_outcome(run, &text), rows[i].expected);
                CHECK_STR(i, text, rows[i].text);
                CHECK(i, !immuniweb_run_pdf(run, &size));
                CHECK(i, immuniweb_run_result(run, &size) && size > 100);
                CHECK(i, source_immuniweb.read(run, 0, &reading));
                source_immuniweb.run_free(run);
        }

        /* An error object is small. */
        ImmuniwebService service = { 0 };
        const char *text;
        Step step;
        void *run = play_result(0, &c, key, &service, &step);
        char *large = calloc(1, 70000);
        assert_non_null(large);
        snprintf(large, 70000, "{\"error\": \"no\"%60000s}", "");
        step_with(run, large, strlen(large), OUTCOME_OK, &step);
        assert_int_equal(immuniweb_run_pdf_outcome(run, &text), OUTCOME_REFUSED);
        source_immuniweb.run_free(run);
        run = play_result(0, &c, key, &service, &step);
        snprintf(large, 70000, "{\"error\": \"no\"%68000s}", "");
        step_with(run, large, strlen(large), OUTCOME_OK, &step);
        assert_int_equal(immuniweb_run_pdf_outcome(run, &text), OUTCOME_PROTOCOL);
        assert_true(strlen(text) < 200);
        source_immuniweb.run_free(run);
        free(large);
}

/* When the run's time is up, the result that is there counts. */
static void settled_by_the_deadline(void **state) {
        static const Case c = { .known = { .metric = "vrfy", .value = 0 } };
        _cleanup_(secret_freep) Secret *key = secret_new("k", 1);
        ImmuniwebService service = { 0 };
        Reading reading;
        const char *text;
        size_t size;
        Step step;
        (void)state;

        void *run = play_result(0, &c, key, &service, &step);
        assert_true(immuniweb_run_settle(run, NOW + 7, &step));
        assert_int_equal(step.type, STEP_DONE);
        assert_int_equal(step.outcome, OUTCOME_OK);
        assert_int_equal(immuniweb_run_pdf_outcome(run, &text), OUTCOME_DEADLINE);
        assert_true(source_immuniweb.read(run, 0, &reading));
        assert_int_equal(reading.measured_at, NOW + 7);
        assert_non_null(immuniweb_run_result(run, &size));
        assert_null(immuniweb_run_job_id(run));
        assert_false(immuniweb_run_settle(run, NOW + 7, &step));
        source_immuniweb.run_free(run);

        static const Case none = { .known = { .none = true } };
        run = play_result(0, &none, key, &service, &step);
        assert_false(immuniweb_run_settle(run, NOW + 7, &step));
        source_immuniweb.run_free(run);
}

/* Given up before it came: the job is still known, so that the next run gets the result again. */
static void the_job_stays_known(void **state) {
        ImmuniwebSettings settings = { .endpoint.url = URL,
                                       .poll_min = USEC_PER_SEC,
                                       .poll_max = USEC_PER_SEC,
                                       .evidence = 1 };
        _cleanup_(secret_freep) Secret *key = secret_new("k", 1);
        ImmuniwebService service = { 0 };
        float known[METRICS_MAX];
        void *run = NULL;
        Step step;
        (void)state;

        settings.api_key = key;
        fill_known(&(const Known){ .metric = "vrfy", .value = 0 }, known);
        ImmuniwebJob job = { .domain = "example.com", .job_id = JOB, .known = known };
        assert_int_equal(immuniweb_run_new(&settings, &service, &job, &run), 0);
        step_with(run, NULL, 0, OUTCOME_OK, &step);
        _cleanup_free_ char *body = read_body("@result.json");
        step_with(run, body, strlen(body), OUTCOME_OK, &step);
        assert_int_equal(step.type, STEP_FETCH);
        assert_string_equal(immuniweb_run_job_id(run), JOB);
        source_immuniweb.run_free(run);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(when_it_is_asked_for),
                cmocka_unit_test(what_is_kept),
                cmocka_unit_test(failures),
                cmocka_unit_test(settled_by_the_deadline),
                cmocka_unit_test(the_job_stays_known),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
