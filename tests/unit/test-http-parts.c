/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "io/http-outcome.h"
#include "io/http-retry.h"

static void test_retry_after(void **state) {
        (void)state;
        const time_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
        static const struct {
                const char *value, *date;
                usec_t seconds;
        } rows[] = {
                { "0", "", 0 },
                { "1", "", 1 },
                { "120", "", 120 },
                { " 120 ", "", 120 },
                { "86400", "", 86400 },
                { "86401", "", 86400 },
                { "99999999999999999999999999", "", 86400 },
                { "-1", "", 0 },
                { "+5", "", 0 },
                { "1.5", "", 0 },
                { "12 s", "", 0 },
                { "", "", 0 },
                { "soon", "", 0 },
                { "Soon", "", 0 },
                { "Sun, 06 Nov 1994 08:49:47 GMT", "", 10 }, /* the three forms of RFC 9110 */
                { "Sunday, 06-Nov-94 08:49:47 GMT", "", 10 },
                { "Sun Nov  6 08:49:47 1994", "", 10 },
                { "Sun, 06 Nov 1994 08:49:37 GMT", "", 0 }, /* now */
                { "Sun, 06 Nov 1994 08:00:00 GMT", "", 0 }, /* over */
                { "Mon, 06 Nov 2034 08:49:37 GMT", "", 86400 },
                { "Sun, 06 Nov 1994 12:00:10 GMT", "Sun, 06 Nov 1994 12:00:00 GMT",
                  10 }, /* its clock, not ours */
                { "Sun, 06 Nov 1994 08:49:47 GMT", "Sun, 06 Nov 1994 12:00:00 GMT", 0 },
                { "Sun, 06 Nov 1994 08:49:47 GMT", "whenever", 10 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, retry_after_parse(rows[i].value, rows[i].date, now),
                          rows[i].seconds * USEC_PER_SEC);
}

static void test_outcome(void **state) {
        (void)state;
        static const struct {
                HttpEnd end;
                Outcome outcome;
        } rows[] = {
                { { .code = CURLE_OK, .status = 200, .head_whole = true, .received = 1 },
                  OUTCOME_OK },
                { { .code = CURLE_OK, .status = 299, .head_whole = true, .received = 1 },
                  OUTCOME_OK },
                { { .code = CURLE_OK, .status = 200, .head_whole = true }, OUTCOME_EMPTY },
                { { .code = CURLE_OK, .status = 200, .head_whole = true, .may_be_empty = true },
                  OUTCOME_OK },
                { { .code = CURLE_OK, .status = 200, .may_be_empty = true }, OUTCOME_NETWORK },
                { { .code = CURLE_OK, .status = 400, .head_whole = true, .may_be_empty = true },
                  OUTCOME_HTTP },
                { { .code = CURLE_OK, .status = 200 }, OUTCOME_NETWORK },
                { { .code = CURLE_OK, .status = 0, .head_whole = true, .received = 1 },
                  OUTCOME_PROTOCOL },
                { { .code = CURLE_OK, .status = 100, .head_whole = true }, OUTCOME_PROTOCOL },
                { { .code = CURLE_OK, .status = 304, .head_whole = true }, OUTCOME_REDIRECT },
                { { .code = CURLE_OK, .status = 401, .head_whole = true }, OUTCOME_AUTH },
                { { .code = CURLE_OK, .status = 503, .head_whole = true, .received = 9 },
                  OUTCOME_SERVER },
                { { .code = CURLE_OPERATION_TIMEDOUT, .status = 503 }, OUTCOME_SERVER },
                { { .code = CURLE_WRITE_ERROR, .status = 500, .too_large = true }, OUTCOME_SERVER },
                { { .code = CURLE_FILESIZE_EXCEEDED, .status = 404 }, OUTCOME_NOT_FOUND },
                { { .code = CURLE_WRITE_ERROR, .status = 200, .too_large = true },
                  OUTCOME_TOO_LARGE },
                { { .code = CURLE_FILESIZE_EXCEEDED, .status = 200 }, OUTCOME_TOO_LARGE },
                { { .code = CURLE_WRITE_ERROR, .status = 200, .refused = true }, OUTCOME_PROTOCOL },
                { { .code = CURLE_OPERATION_TIMEDOUT }, OUTCOME_TIMEOUT },
                { { .code = CURLE_OPERATION_TIMEDOUT, .status = 200 }, OUTCOME_TIMEOUT },
                { { .code = CURLE_OPERATION_TIMEDOUT, .proxied = true }, OUTCOME_TIMEOUT },
                { { .code = CURLE_COULDNT_RESOLVE_HOST }, OUTCOME_DNS },
                { { .code = CURLE_COULDNT_RESOLVE_PROXY, .proxied = true }, OUTCOME_PROXY },
                { { .code = CURLE_PROXY, .proxied = true }, OUTCOME_PROXY },
                { { .code = CURLE_COULDNT_CONNECT }, OUTCOME_CONNECT },
                { { .code = CURLE_COULDNT_CONNECT, .proxied = true }, OUTCOME_PROXY },
                { { .code = CURLE_RECV_ERROR, .proxied = true, .connect_status = 407 },
                  OUTCOME_PROXY },
                { { .code = CURLE_RECV_ERROR, .proxied = true, .connect_status = 200 },
                  OUTCOME_NETWORK },
                { { .code = CURLE_PEER_FAILED_VERIFICATION }, OUTCOME_TLS },
                { { .code = CURLE_PEER_FAILED_VERIFICATION,
                    .proxied = true,
                    .connect_status = 200 },
                  OUTCOME_TLS },
                { { .code = CURLE_SSL_CONNECT_ERROR }, OUTCOME_TLS },
                { { .code = CURLE_SSL_CACERT_BADFILE }, OUTCOME_TLS },
                { { .code = CURLE_GOT_NOTHING }, OUTCOME_NETWORK },
                { { .code = CURLE_PARTIAL_FILE, .status = 200, .head_whole = true },
                  OUTCOME_NETWORK },
                { { .code = CURLE_HTTP2_STREAM, .status = 200, .head_whole = true },
                  OUTCOME_NETWORK },
                { { .code = CURLE_HTTP2 }, OUTCOME_NETWORK },
                { { .code = CURLE_SEND_ERROR }, OUTCOME_NETWORK },
                { { .code = CURLE_RECV_ERROR }, OUTCOME_NETWORK },
                { { .code = CURLE_OUT_OF_MEMORY }, OUTCOME_NETWORK },
                { { .code = CURLE_WEIRD_SERVER_REPLY }, OUTCOME_PROTOCOL },
                { { .code = CURLE_UNSUPPORTED_PROTOCOL }, OUTCOME_PROTOCOL },
                { { .code = CURLE_URL_MALFORMAT }, OUTCOME_PROTOCOL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_STR(i, outcome_info(http_outcome(&rows[i].end))->reason,
                          outcome_info(rows[i].outcome)->reason);
}

/* No code of curl's, now or later, becomes a success. */
static void test_every_code(void **state) {
        (void)state;

        for (int code = 1; code <= (int)CURL_LAST + 20; code++) {
                HttpEnd end = {
                        .code = (CURLcode)code, .status = 200, .head_whole = true, .received = 1
                };
                Outcome outcome = http_outcome(&end);
                CHECK(code, outcome > OUTCOME_OK && outcome < _OUTCOME_MAX);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_retry_after),
                cmocka_unit_test(test_outcome),
                cmocka_unit_test(test_every_code),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
