/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "source/immuniweb-reply.h"

#define ID64  "cd9ee9ba7d1d6ba265c1f97bcabf954fa0c1eb84cf6727394d0ef6db536d0c58"
#define JOB64 "2a9e1f1bc92dc0c7a4bde930dff488771eea6d36988208d34163c5496227b8dc"

/* One reply and what it is to be taken for. Bodies are written with ' for ". */
typedef struct Row {
        const char *body;
        Outcome exchange;
        ImmuniwebReplyKind kind;
        Outcome outcome;
        const char *text; /* NULL = whatever */
        bool job_unknown;
        const char *id; /* the job's (PENDING), the test's (FINISHED) or the address (MANY_IPS) */
        usec_t eta;
        usec_t retry_after;
} Row;

static char *quoted(const char *text) {
        char *copy = strdup(text);
        assert_non_null(copy);
        for (char *at = copy; (at = strchr(at, '\'')); at++)
                *at = '"';
        return copy;
}

static void check_row(size_t i, const Row *row) {
        _cleanup_free_ char *body = quoted(row->body);
        _cleanup_immuniweb_reply_ ImmuniwebReply got = { 0 };
        Reply reply = {
                .outcome = row->exchange,
                .retry_after = row->retry_after,
                .body = body,
                .size = strlen(body),
                .error = row->exchange == OUTCOME_OK ? "" : "the transport's words",
        };

        assert_int_equal(immuniweb_reply_read(&reply, "limit.example", &got), 0);
        CHECK_INT(i, got.kind, row->kind);
        CHECK_INT(i, got.outcome, row->outcome);
        CHECK_INT(i, got.job_unknown, row->job_unknown);
        CHECK_INT(i, got.eta, row->eta);
        if (row->text)
                CHECK_STR(i, strbuf_text(&got.text), row->text);
        if (row->id && row->kind == IMMUNIWEB_PENDING)
                CHECK_STR(i, got.job_id, row->id);
        if (row->id && row->kind == IMMUNIWEB_FINISHED)
                CHECK_STR(i, got.test_id, row->id);
        if (row->id && row->kind == IMMUNIWEB_MANY_IPS)
                CHECK_STR(i, got.ip, row->id);
}

#define CHECK_ROWS(rows)                                                                           \
        do {                                                                                       \
                for (size_t i = 0; i < ELEMENTSOF(rows); i++)                                      \
                        check_row(i, &(rows)[i]);                                                  \
        } while (0)

#define FAILED(o) .kind = IMMUNIWEB_FAILED, .outcome = (o)

static void apis_2_2_error_id_29(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'Please enter a valid domain name to start the test.', 'error_id': "
                  "29}",
                  FAILED(OUTCOME_INVALID_DOMAIN),
                  .text = "Please enter a valid domain name to start the test. (error 29)" },
                { "{'error_id': '29'}", FAILED(OUTCOME_INVALID_DOMAIN), .text = "error 29" },
                { "{'error': 29}", FAILED(OUTCOME_INVALID_DOMAIN), .text = "error 29" },
                { "{'error': {'error_id': 29, 'error': 'no'}}", FAILED(OUTCOME_INVALID_DOMAIN),
                  .text = "no (error 29)" },
                { "{'error': 'limit', 'error_id': 29}", FAILED(OUTCOME_INVALID_DOMAIN) },
                { "{'error': 'Domain not valid'}", FAILED(OUTCOME_INVALID_DOMAIN) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_error_id_1_to_4(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'x', 'error_id': 1}", FAILED(OUTCOME_QUOTA), .text = "x (error 1)" },
                { "{'error': 'x', 'error_id': 2}", FAILED(OUTCOME_QUOTA) },
                { "{'error': 'x', 'error_id': '3'}", FAILED(OUTCOME_QUOTA) },
                { "{'error': 'x', 'error_id': 4}", FAILED(OUTCOME_QUOTA) },
                { "{'error': 'x', 'error_id': 5}", FAILED(OUTCOME_REFUSED), .text = "x (error 5)" },
                { "{'error': 'x', 'error_id': 3}", OUTCOME_SERVER, FAILED(OUTCOME_QUOTA) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_limit_text(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'Daily LIMIT reached'}", FAILED(OUTCOME_QUOTA) },
                { "{'error': 'You have exceeded your tests'}", FAILED(OUTCOME_QUOTA) },
                { "{'error': 'Free tests limit exceeded, buy an API key'}", FAILED(OUTCOME_QUOTA) },
                /* The domain under test is called limit.example. */
                { "{'error': 'Cannot test LIMIT.example now'}", FAILED(OUTCOME_REFUSED) },
                { "{'error': 'Domain name exceeds the length of 255'}",
                  FAILED(OUTCOME_INVALID_DOMAIN) },
                { "{'error': 'Rate limit'}", OUTCOME_RATE_LIMITED, FAILED(OUTCOME_QUOTA) },
                { "{'error': 'Rate limit'}", OUTCOME_RATE_LIMITED, FAILED(OUTCOME_RATE_LIMITED),
                  .text = "Rate limit", .retry_after = USEC_PER_MIN },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_key(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'Invalid API key'}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'api_key is missing', 'error_id': 12}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'Key is wrong'}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'Recheck is for customers'}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'Recheck is limited to customers'}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'Unauthorized'}", OUTCOME_HTTP, FAILED(OUTCOME_AUTH) },
                { "{'error': 'Bad monkey business'}", FAILED(OUTCOME_REFUSED) },
                { "{'error': 'Nope'}", OUTCOME_AUTH, FAILED(OUTCOME_AUTH), .text = "Nope" },
                { "{'error': 'Nope'}", OUTCOME_FORBIDDEN, FAILED(OUTCOME_FORBIDDEN),
                  .text = "Nope" },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_unresolved(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'limit.example does not resolve'}", FAILED(OUTCOME_UNRESOLVED) },
                { "{'error': 'Could not resolve limit.example'}", FAILED(OUTCOME_UNRESOLVED) },
                { "{'error': 'limit.example has no MX records'}", FAILED(OUTCOME_UNRESOLVED) },
                { "{'error': 'Address in a private range'}", FAILED(OUTCOME_UNRESOLVED) },
                { "{'error': 'No mail servers'}", FAILED(OUTCOME_UNRESOLVED) },
                { "{'error': 'The domain does not exist'}", FAILED(OUTCOME_UNRESOLVED) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_deny_list(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'On our deny list'}", FAILED(OUTCOME_INVALID_DOMAIN) },
                { "{'error': 'limit.example is blacklisted'}", FAILED(OUTCOME_INVALID_DOMAIN) },
                { "{'error': 'Tests of this domain are prohibited'}",
                  FAILED(OUTCOME_INVALID_DOMAIN) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_multiple_ips(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'multiple_ips': ['192.0.2.1', '192.0.2.2'], 'token': 'abc'}",
                  .kind = IMMUNIWEB_MANY_IPS, .id = "192.0.2.1" },
                { "{'MULTIPLE_IPS': ['192.0.2.1'], 'TOKEN': '', 'ERROR': ''}",
                  .kind = IMMUNIWEB_MANY_IPS, .id = "192.0.2.1" },
                { "{'multiple_ips': '192.0.2.7'}", .kind = IMMUNIWEB_MANY_IPS, .id = "192.0.2.7" },
                { "{'multiple_ips': [7]}", FAILED(OUTCOME_PROTOCOL) },
                { "{'multiple_ips': ['']}", FAILED(OUTCOME_PROTOCOL) },
                { "{'multiple_ips': ['192.0.2.1'], 'error': 'choose'}", FAILED(OUTCOME_REFUSED),
                  .text = "choose" },
                { "{'multiple_ips': [], 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING, .id = "j" },
                { "{'multiple_ips': ['192.0.2.1'], 'token': "
                  "'ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
                  "t'"
                  "}",
                  .kind = IMMUNIWEB_MANY_IPS },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_recommendation(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'No service.', 'recommendation': 'Try <b>later</b>'}",
                  FAILED(OUTCOME_REFUSED), .text = "No service. Try later" },
                { "{'error': {'error': 'No service', 'recommendation': 'Try later'}}",
                  FAILED(OUTCOME_REFUSED), .text = "No service; Try later" },
                { "{'error': {'detail': [{'msg': 'No service'}]}}", FAILED(OUTCOME_REFUSED),
                  .text = "No service" },
                { "{'error': {'detail': [{'msg': {'error': 'No &quot;service&#039;', "
                  "'recommendation': 'Try later'}}]}}",
                  FAILED(OUTCOME_REFUSED), .text = "No \"service\x27; Try later" },
                { "{'detail': [{'msg': {'error': 'Bad value'}}]}", OUTCOME_HTTP,
                  FAILED(OUTCOME_REFUSED), .text = "Bad value" },
                { "{'error': ['first', 'second']}", FAILED(OUTCOME_REFUSED), .text = "first" },
                { "{'error': true, 'message': 'Broken'}", FAILED(OUTCOME_REFUSED),
                  .text = "Broken" },
                { "{'status': 'error', 'message': 'Broken'}", FAILED(OUTCOME_REFUSED),
                  .text = "Broken" },
                { "{'status': 'Test-Failed', 'message': 'quota'}", FAILED(OUTCOME_QUOTA) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_job_unknown(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error': 'Job not found'}", FAILED(OUTCOME_REFUSED), .job_unknown = true },
                { "{'error': 'Unknown id', 'error_id': 44}", FAILED(OUTCOME_REFUSED),
                  .job_unknown = true },
                { "{'error': 'The test has expired'}", OUTCOME_HTTP, FAILED(OUTCOME_REFUSED),
                  .job_unknown = true },
                { "{'error': 'Job not found'}", OUTCOME_NOT_FOUND, FAILED(OUTCOME_NOT_FOUND),
                  .job_unknown = true },
                { "{'error': 'Backend not found'}", OUTCOME_SERVER, FAILED(OUTCOME_SERVER) },
                { "{'error': 'API key expired'}", FAILED(OUTCOME_AUTH) },
                { "{'error': 'Name not found, does not resolve'}", FAILED(OUTCOME_UNRESOLVED) },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_error_id_alone_is_no_error(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'error_id': 0, 'job_id': '" JOB64 "'}", .kind = IMMUNIWEB_PENDING,
                  .id = JOB64 },
                { "{'error_id': '0', 'error': null, 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error': false, 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error': '', 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error': [], 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error': {}, 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error': 0, 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error_id': 'x', 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'error_id': 7, 'job_id': 'j'}", FAILED(OUTCOME_REFUSED), .text = "error 7" },
        };
        CHECK_ROWS(rows);
}

/* Non-2xx, HTML, empty, cut off; and the body counts whatever the status. */
static void apis_2_2_unreadable(void **state) {
        (void)state;
        static const Row rows[] = {
                { "", FAILED(OUTCOME_EMPTY) },
                { " \r\n", FAILED(OUTCOME_EMPTY) },
                { "<html><title>Just a moment</title>", FAILED(OUTCOME_PROTOCOL),
                  .text = "the answer is not JSON or cut off: Just a moment" },
                { "{'job_id': 'j'", FAILED(OUTCOME_PROTOCOL) },
                { "{'job_id': 'j'} {}", FAILED(OUTCOME_PROTOCOL) },
                { "[{'job_id': 'j'}]", FAILED(OUTCOME_PROTOCOL),
                  .text = "the answer is no JSON object" },
                { "'test'", FAILED(OUTCOME_PROTOCOL) },
                { "<html>", OUTCOME_SERVER, FAILED(OUTCOME_SERVER),
                  .text = "the transport's words" },
                { "", OUTCOME_TIMEOUT, FAILED(OUTCOME_TIMEOUT), .text = "the transport's words" },
                { "{'message': 'Later'}", OUTCOME_SERVER, FAILED(OUTCOME_SERVER), .text = "Later" },
                { "{'error': 'Down for <i>maintenance</i>'}", OUTCOME_SERVER,
                  FAILED(OUTCOME_SERVER), .text = "Down for maintenance" },
                { "{'job_id': 'j'}", OUTCOME_SERVER, FAILED(OUTCOME_SERVER) },
                { "{'test_email': {}}", OUTCOME_HTTP, FAILED(OUTCOME_HTTP) },
                { "{'error': 'Something'}", OUTCOME_HTTP, FAILED(OUTCOME_REFUSED),
                  .text = "Something" },
        };
        CHECK_ROWS(rows);
}

static void apis_2_2_order_of_tests(void **state) {
        (void)state;
        static const Row rows[] = {
                /* 2 before 3 before 4 before 5 before 6 */
                { "{'error': 'e', 'multiple_ips': ['1'], 'summary': {}}", FAILED(OUTCOME_REFUSED) },
                { "{'multiple_ips': ['192.0.2.1'], 'summary': {}}", .kind = IMMUNIWEB_MANY_IPS },
                { "{'summary': {}, 'status': 'test_cached', 'test_id': 't'}",
                  .kind = IMMUNIWEB_RESULT },
                { "{'internals': {}, 'status': 'in_progress', 'job_id': 'j'}",
                  .kind = IMMUNIWEB_RESULT },
                { "{'test_email': {}}", .kind = IMMUNIWEB_RESULT },
                { "{'test_email': null, 'summary': [], 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'status': 'test_cached', 'test_id': 't', 'job_id': 'j'}",
                  .kind = IMMUNIWEB_FINISHED, .id = "t" },
                { "{'status': 'Completed', 'test_id': 't'}", .kind = IMMUNIWEB_FINISHED,
                  .id = "t" },
                { "{'status': 'finished', 'id': 't'}", .kind = IMMUNIWEB_FINISHED, .id = "t" },
                { "{'status': 'finished'}", FAILED(OUTCOME_PROTOCOL),
                  .text = "a finished test without its id" },
                { "{'test_id': '" ID64 "'}", .kind = IMMUNIWEB_FINISHED, .id = ID64 },
                { "{'status': 'unheard-of', 'test_id': 't'}", .kind = IMMUNIWEB_FINISHED },
                { "{'status': 'in_progress', 'test_id': 't', 'job_id': 'j'}",
                  .kind = IMMUNIWEB_PENDING, .id = "j" },
                { "{'status': 'unprocessed'}", .kind = IMMUNIWEB_PENDING },
                { "{'status': 'queued'}", .kind = IMMUNIWEB_PENDING },
                { "{'status': 'test_started', 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING,
                  .id = "j" },
                { "{'message': 'Test has started'}", .kind = IMMUNIWEB_PENDING },
                { "{'message': 'Your test is in progress'}", .kind = IMMUNIWEB_PENDING },
                { "{}", FAILED(OUTCOME_PROTOCOL), .text = "an answer of no known kind" },
                { "{'status': 'unheard-of'}", FAILED(OUTCOME_PROTOCOL) },
                { "{'status': 7}", FAILED(OUTCOME_PROTOCOL) },
        };
        CHECK_ROWS(rows);
}

/* Row 2 for status_id (string or number), row 9: 3 means started as well as cached. */
static void apis_3_row_9_status_id(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'status': 'test_started', 'status_id': 3, 'job_id': 'j'}",
                  .kind = IMMUNIWEB_PENDING },
                { "{'status': 'test_cached', 'status_id': 1, 'test_id': 't'}",
                  .kind = IMMUNIWEB_FINISHED },
                { "{'status_id': 3, 'job_id': 'j'}", .kind = IMMUNIWEB_PENDING },
                { "{'status_id': 3, 'job_id': 'j', 'test_id': 't'}", .kind = IMMUNIWEB_FINISHED },
                { "{'status_id': '3', 'job_id': 'j', 'test_id': 't'}", .kind = IMMUNIWEB_FINISHED },
                { "{'status_id': 1, 'job_id': 'j', 'test_id': 't'}", .kind = IMMUNIWEB_PENDING },
                { "{'status_id': '2'}", .kind = IMMUNIWEB_PENDING },
                { "{'status_id': 1}", .kind = IMMUNIWEB_PENDING },
                { "{'status_id': 9}", FAILED(OUTCOME_PROTOCOL) },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_24_eta_is_read_as_seconds(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'job_id': 'j', 'eta': 2}", .kind = IMMUNIWEB_PENDING, .eta = 2 * USEC_PER_SEC },
                { "{'job_id': 'j', 'eta': '30'}", .kind = IMMUNIWEB_PENDING,
                  .eta = 30 * USEC_PER_SEC },
                { "{'job_id': 'j', 'eta': 1.5}", .kind = IMMUNIWEB_PENDING, .eta = 1500000 },
                { "{'job_id': 'j', 'eta': 1e15}", .kind = IMMUNIWEB_PENDING, .eta = USEC_PER_DAY },
                { "{'job_id': 'j', 'eta': -4}", .kind = IMMUNIWEB_PENDING },
                { "{'job_id': 'j', 'eta': null}", .kind = IMMUNIWEB_PENDING },
                { "{'job_id': 'j', 'eta': [5]}", .kind = IMMUNIWEB_PENDING },
        };
        CHECK_ROWS(rows);
}

static void test_ids(void **state) {
        (void)state;
        char longest[130];
        memset(longest, 'a', sizeof(longest));
        longest[128] = '\0';

        assert_true(immuniweb_is_id(ID64));
        assert_true(immuniweb_is_id("a_B-9"));
        assert_true(immuniweb_is_id(longest));
        longest[128] = 'a';
        longest[129] = '\0';
        assert_false(immuniweb_is_id(longest));
        assert_false(immuniweb_is_id(""));
        assert_false(immuniweb_is_id("a b"));
        assert_false(immuniweb_is_id("../x"));

        static const Row rows[] = {
                { "{'job_id': 'a b', 'status': 'queued'}", .kind = IMMUNIWEB_PENDING },
                { "{'job_id': 'a b'}", FAILED(OUTCOME_PROTOCOL) },
                { "{'job_id': 7}", FAILED(OUTCOME_PROTOCOL) },
        };
        CHECK_ROWS(rows);
}

/* Words are capped, plain, and never the body of a whole page. */
static void test_words_are_capped(void **state) {
        (void)state;
        enum {
                N = 5000
        };
        _cleanup_free_ char *body = malloc(N + 64);
        assert_non_null(body);
        size_t n = (size_t)sprintf(body, "{\"recommendation\": \"r\", \"error\": \"");
        memset(body + n, 'e', N);
        sprintf(body + n + N, "\"}");

        _cleanup_immuniweb_reply_ ImmuniwebReply got = { 0 };
        Reply reply = { .outcome = OUTCOME_OK, .body = body, .size = strlen(body) };
        assert_int_equal(immuniweb_reply_read(&reply, "", &got), 0);
        assert_true(got.text.size <= 400);

        _cleanup_immuniweb_reply_ ImmuniwebReply html = { 0 };
        memset(body, 'x', N);
        body[N] = '\0';
        reply.size = N;
        assert_int_equal(immuniweb_reply_read(&reply, "", &html), 0);
        assert_int_equal(html.outcome, OUTCOME_PROTOCOL);
        assert_true(html.text.size <= 150);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_2_2_error_id_29),
                cmocka_unit_test(apis_2_2_error_id_1_to_4),
                cmocka_unit_test(apis_2_2_limit_text),
                cmocka_unit_test(apis_2_2_key),
                cmocka_unit_test(apis_2_2_unresolved),
                cmocka_unit_test(apis_2_2_deny_list),
                cmocka_unit_test(apis_2_2_multiple_ips),
                cmocka_unit_test(apis_2_2_recommendation),
                cmocka_unit_test(apis_2_2_job_unknown),
                cmocka_unit_test(apis_2_2_error_id_alone_is_no_error),
                cmocka_unit_test(apis_2_2_unreadable),
                cmocka_unit_test(apis_2_2_order_of_tests),
                cmocka_unit_test(apis_3_row_9_status_id),
                cmocka_unit_test(apis_3_row_24_eta_is_read_as_seconds),
                cmocka_unit_test(test_ids),
                cmocka_unit_test(test_words_are_capped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
