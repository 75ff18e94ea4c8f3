/* SPDX-License-Identifier: MIT */
#include "unit/https-client.h"

/* What comes of an exchange: outcome, status, body, Retry-After, for every way in which it can go.
 */

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define DATE    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static const Answer answers[] = {
        { "/ok", OK_HEAD "Content-Length: 8\r\n\r\n{\"a\": 1}", MANNER_KEEP, 0 },
        { "/chunked",
          OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n3\r\n 1}\r\n0\r\n\r\n", 0, 0 },
        { "/continue",
          "HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\n\r\n" OK_HEAD
          "Content-Length: 2\r\n\r\n{}",
          0, 0 },
        { "/till-close", OK_HEAD "Connection: close\r\n\r\n{}", MANNER_CLOSE, 0 },
        { "/empty", OK_HEAD "Content-Length: 0\r\n\r\n", 0, 0 },
        { "/204", "HTTP/1.1 204 No Content\r\n\r\n", 0, 0 },
        { "/201", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", 0, 0 },
        { "/400", "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}", 0, 0 },
        { "/401",
          "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: "
          "2\r\n\r\nno",
          0, 0 },
        { "/403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 0, 0 },
        { "/404", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", 0, 0 },
        { "/429", "HTTP/1.1 429 Too Many\r\nRetry-After: 120\r\nContent-Length: 2\r\n\r\nno", 0,
          0 },
        { "/429-date",
          "HTTP/1.1 429 Too Many\r\nretry-after: Sun, 06 Nov 1994 08:59:37 GMT\r\n" DATE
          "Content-Length: 2\r\n\r\nno",
          0, 0 },
        { "/500", "HTTP/1.1 500 Oops\r\nContent-Length: 12\r\n\r\n{\"error\": 1}", 0, 0 },
        { "/503", "HTTP/1.1 503 Away\r\nRetry-After: 9999999\r\nContent-Length: 4\r\n\r\nback", 0,
          0 },
        { "/503-empty", "HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", 0, 0 },
        { "/503-cut", "HTTP/1.1 503 Away\r\nContent-Length: 100\r\n\r\nback", MANNER_CUT, 0 },
        { "/503-big", "HTTP/1.1 503 Away\r\nContent-Length: 60000\r\n\r\n", MANNER_FILL, 60000 },
        { "/503-huge", "HTTP/1.1 503 Away\r\nTransfer-Encoding: chunked\r\n\r\n", MANNER_CHUNKS,
          0 },
        { "/301", "HTTP/1.1 301 Moved\r\nLocation: /ok\r\nContent-Length: 2\r\n\r\nno", 0, 0 },
        { "/302",
          "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 0,
          0 },
        { "/100k", OK_HEAD "Content-Length: 100000\r\n\r\n", MANNER_FILL, 100000 },
        { "/endless", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", MANNER_CHUNKS, 0 },
        { "/cut", OK_HEAD "Content-Length: 100\r\n\r\n{\"a\":", MANNER_CUT, 0 },
        { "/cut-bye", OK_HEAD "Content-Length: 100\r\n\r\n{\"a\":", MANNER_CLOSE, 0 },
        { "/cut-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"a\":", MANNER_CUT, 0 },
        { "/cut-till-close", OK_HEAD "Connection: close\r\n\r\n{\"a\":", MANNER_CUT, 0 },
        { "/cut-head", "HTTP/1.1 200 OK\r\nContent-", MANNER_CUT, 0 },
        { "/nothing", "", MANNER_CUT, 0 },
        { "/garbage", "SSH-2.0-x\r\n\r\n", MANNER_CLOSE, 0 },
        { "/bad-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", MANNER_CLOSE, 0 },
        { "/hang", "", MANNER_HANG, 0 },
        { "/hang-head", OK_HEAD, MANNER_HANG, 0 },
        { "/hang-body", OK_HEAD "Content-Length: 100\r\n\r\n{\"a\":", MANNER_HANG, 0 },
        { "/drip", OK_HEAD "Content-Length: 100000\r\n\r\n", MANNER_DRIP, 0 },
};

typedef struct Fixture {
        Server server;
        sd_event *event;
        Http *http;
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        f->server = (Server){ .answers = answers, .n_answers = ELEMENTSOF(answers) };
        server_start(&f->server);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(http_new(f->event, "test/1", &f->http), 0);
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        http_free(f->http);
        sd_event_unref(f->event);
        server_stop(&f->server);
        free(f);
        return 0;
}

static void exchange(Fixture *f, size_t row, const Endpoint *endpoint, const Request *request,
                     Result *result) {
        HttpCall *call;

        CHECK_INT(row, http_start(f->http, endpoint, request, on_done, result, &call), 0);
        CHECK_INT(row, result->told, 0);
        CHECK_INT(row, http_running(f->http), 1);
        RUN_UNTIL(f->event, row, result->told > 0);
        CHECK_INT(row, http_running(f->http), 0);
}

static void test_outcomes(void **state) {
        enum {
                FEED = 1,
                FEED_REFUSE = 2,
                SHORT = 4
        };
        static const struct {
                const char *path;
                unsigned how;
                Outcome outcome;
                long status;
                const char *body; /* NULL = not looked at */
                usec_t retry_after;
        } rows[] = {
                { "/ok", 0, OUTCOME_OK, 200, "{\"a\": 1}", 0 },
                { "/ok", FEED, OUTCOME_OK, 200, "", 0 },
                { "/chunked", 0, OUTCOME_OK, 200, "{\"a\": 1}", 0 },
                { "/continue", 0, OUTCOME_OK, 200, "{}", 0 },
                { "/till-close", 0, OUTCOME_OK, 200, "{}", 0 },
                { "/empty", 0, OUTCOME_EMPTY, 200, "", 0 },
                { "/empty", FEED, OUTCOME_EMPTY, 200, "", 0 },
                { "/204", 0, OUTCOME_EMPTY, 204, "", 0 },
                { "/201", 0, OUTCOME_OK, 201, "{}", 0 },
                { "/400", 0, OUTCOME_HTTP, 400, "{}", 0 },
                { "/401", 0, OUTCOME_AUTH, 401, "no", 0 },
                { "/403", FEED, OUTCOME_FORBIDDEN, 403, "no", 0 },
                { "/404", 0, OUTCOME_NOT_FOUND, 404, "no", 0 },
                { "/429", 0, OUTCOME_RATE_LIMITED, 429, "no", 120 * USEC_PER_SEC },
                { "/429-date", 0, OUTCOME_RATE_LIMITED, 429, "no", 10 * USEC_PER_MIN },
                { "/500", FEED, OUTCOME_SERVER, 500, "{\"error\": 1}", 0 },
                { "/503", 0, OUTCOME_SERVER, 503, "back", USEC_PER_DAY },
                { "/503-empty", FEED, OUTCOME_SERVER, 503, "", 0 },
                { "/503-cut", 0, OUTCOME_SERVER, 503, "back", 0 },
                { "/503-big", SHORT, OUTCOME_SERVER, 503, NULL, 0 },
                { "/503-huge", SHORT, OUTCOME_SERVER, 503, NULL, 0 },
                { "/301", 0, OUTCOME_REDIRECT, 301, "no", 0 },
                { "/302", FEED, OUTCOME_REDIRECT, 302, "", 0 },
                { "/100k", FEED, OUTCOME_TOO_LARGE, 200, "", 0 },
                { "/100k", FEED_REFUSE, OUTCOME_PROTOCOL, 200, "", 0 },
                { "/100k", 0, OUTCOME_TOO_LARGE, 200, NULL, 0 },
                { "/endless", 0, OUTCOME_TOO_LARGE, 200, NULL, 0 },
                { "/endless", FEED, OUTCOME_TOO_LARGE, 200, "", 0 },
                { "/cut", 0, OUTCOME_NETWORK, 200, NULL, 0 },
                { "/cut", FEED, OUTCOME_NETWORK, 200, "", 0 },
                { "/cut-bye", 0, OUTCOME_NETWORK, 200, NULL, 0 },
                { "/cut-chunk", 0, OUTCOME_NETWORK, 200, NULL, 0 },
                /* Without length or chunks nobody but the reader of the JSON can tell. */
                { "/cut-till-close", 0, OUTCOME_OK, 200, "{\"a\":", 0 },
                { "/cut-head", 0, OUTCOME_NETWORK, 200, NULL, 0 },
                { "/nothing", 0, OUTCOME_NETWORK, 0, NULL, 0 },
                { "/garbage", 0, OUTCOME_PROTOCOL, 0, NULL, 0 },
                { "/bad-chunk", 0, OUTCOME_NETWORK, 200, NULL, 0 },
                { "/hang", SHORT, OUTCOME_TIMEOUT, 0, "", 0 },
                { "/hang-head", SHORT, OUTCOME_TIMEOUT, 200, "", 0 },
                { "/hang-body", SHORT, OUTCOME_TIMEOUT, 200, NULL, 0 },
                { "/hang-body", SHORT | FEED, OUTCOME_TIMEOUT, 200, "", 0 },
                { "/unknown", 0, OUTCOME_NOT_FOUND, 404, "no", 0 },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { .feed_max = rows[i].how & FEED_REFUSE ? 20000 : 0 };
                Endpoint endpoint = {
                        .ca_file = f->server.ca_file,
                        .timeout = rows[i].how & SHORT ? USEC_PER_SEC : 30 * USEC_PER_SEC,
                };
                Request request = {
                        .url = server_url(&f->server, "peer.test", rows[i].path),
                        .body_max = rows[i].how & FEED_REFUSE ? 1000000 : 50000,
                        .feed = rows[i].how & (FEED | FEED_REFUSE) ? on_feed : NULL,
                        .userdata = &result,
                };
                exchange(f, i, &endpoint, &request, &result);
                if (result.outcome != rows[i].outcome)
                        fail_msg("row %zu: %s gave %s (%ld, %s), not %s", i, rows[i].path,
                                 outcome_info(result.outcome)->reason, result.status, result.error,
                                 outcome_info(rows[i].outcome)->reason);
                CHECK_INT(i, result.status, rows[i].status);
                CHECK_INT(i, result.retry_after, rows[i].retry_after);
                if (rows[i].body)
                        CHECK_STR(i, result.body, rows[i].body);
                CHECK(i, result.size <= 65536);
                CHECK(i, result.status < 300 || result.fed == 0);
                if (result.outcome == OUTCOME_OK)
                        CHECK_INT(i, result.size + result.fed,
                                  rows[i].how & FEED ? 8 : strlen(rows[i].body));
        }
}

/* What is sent: head, login, form, and nothing to where a redirect points. */
static void test_request(void **state) {
        Fixture *f = *state;
        _cleanup_(secret_freep) Secret *password = secret_new("pa:ss", 5);
        Endpoint endpoint = { .ca_file = f->server.ca_file, .timeout = 30 * USEC_PER_SEC };
        const struct {
                const char *path, *username, *form, *expected, *absent, *json;
        } rows[] = {
                { "/ok", NULL, NULL, "GET /ok HTTP/1.1\r\n", "Authorization" },
                { "/ok", NULL, NULL, "\r\nAccept: application/json\r\n", "Cookie" },
                { "/ok", NULL, NULL, "\r\nUser-Agent: test/1\r\n", "Expect" },
                { "/ok?a=b", "user", NULL, "GET /ok?a=b HTTP/1.1\r\n", "pa:ss" },
                { "/ok", "user", NULL, "\r\nAuthorization: Basic dXNlcjpwYTpzcw==\r\n", "pa:ss" },
                { "/ok", NULL, "a=b&c=d", "POST /ok HTTP/1.1\r\n", "Authorization" },
                { "/ok", NULL, "a=b&c=d", "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                  "Expect" },
                { "/ok", NULL, "a=b&c=d", "\r\n\r\na=b&c=d", "Expect" },
                { "/ok", NULL, "", "\r\nContent-Length: 0\r\n", "Expect" },
                { "/ok", NULL, NULL, "POST /ok HTTP/1.1\r\n", "urlencoded", "[]" },
                { "/ok", NULL, NULL, "\r\nContent-Type: application/json\r\n", "Expect", "[]" },
                { "/ok", NULL, NULL, "\r\nContent-Length: 7\r\n", "Expect", "{\"a\":1}" },
                { "/ok", NULL, NULL, "\r\n\r\n{\"a\":1}", "Expect", "{\"a\":1}" },
                { "/ok", "user", NULL, "\r\nUser-Agent: test/1\r\n", "pa:ss", "[]" },
                { "/301", "user", NULL, "GET /301 HTTP/1.1\r\n", "GET /ok" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { 0 };
                Request request = {
                        .url = server_url(&f->server, "peer.test", rows[i].path),
                        .form = rows[i].form,
                        .form_size = rows[i].form ? strlen(rows[i].form) : 0,
                        .json = rows[i].json,
                        .json_size = rows[i].json ? strlen(rows[i].json) : 0,
                        .username = rows[i].username,
                        .password = rows[i].username ? password : NULL,
                        .body_max = 1000,
                };
                unsigned before = atomic_load(&f->server.seen->requests);
                exchange(f, i, &endpoint, &request, &result);
                CHECK_INT(i, atomic_load(&f->server.seen->requests), before + 1);
                CHECK(i, strstr(f->server.seen->request, rows[i].expected));
                CHECK(i, !strstr(f->server.seen->request, rows[i].absent));
        }
}

/* Whom it trusts, and how the connection may fail. */
static void test_connection(void **state) {
        Fixture *f = *state;
        Server expired = { .answers = answers, .n_answers = 1, .expires = time(NULL) - 3600 };
        Server old_tls = { .answers = answers,
                           .n_answers = 1,
                           .priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT" };
        Server tunnel = { .answers = answers, .n_answers = 1, .proxy = "HTTP/1.1 200 OK\r\n\r\n" };
        Server closed_proxy = {
                .proxy = "HTTP/1.1 407 No\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"
        };
        Server down_proxy = { .proxy = "HTTP/1.1 503 Away\r\nConnection: close\r\n\r\n" };
        Server *servers[] = { &expired, &old_tls, &tunnel, &closed_proxy, &down_proxy };
        char proxies[3][64], refused_proxy[64];
        Server refused = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(servers); i++)
                server_start(servers[i]);
        for (size_t i = 0; i < ELEMENTSOF(proxies); i++)
                snprintf(proxies[i], sizeof(proxies[i]), "http://127.0.0.1:%u",
                         servers[i + 2]->port);
        close(listen_any(&refused.port));
        snprintf(refused_proxy, sizeof(refused_proxy), "http://127.0.0.1:%u", refused.port);

        const struct {
                const Server *server;
                const char *host, *ca_file, *proxy;
                Outcome outcome;
        } rows[] = {
                { &f->server, "peer.test", f->server.ca_file, NULL, OUTCOME_OK },
                { &f->server, "peer.test", f->server.ca_file, "", OUTCOME_OK },
                { &f->server, "peer.test", NULL, NULL, OUTCOME_TLS },
                { &f->server, "peer.test", expired.ca_file, NULL, OUTCOME_TLS },
                { &f->server, "peer.test", "/nonexistent/ca.pem", NULL, OUTCOME_TLS },
                { &f->server, "other.test", f->server.ca_file, NULL, OUTCOME_TLS },
                { &f->server, "127.0.0.1", f->server.ca_file, NULL, OUTCOME_TLS },
                { &expired, "peer.test", expired.ca_file, NULL, OUTCOME_TLS },
                { &old_tls, "peer.test", old_tls.ca_file, NULL, OUTCOME_TLS },
                { &refused, "peer.test", NULL, NULL, OUTCOME_CONNECT },
                { &f->server, "nobody.invalid", NULL, NULL, OUTCOME_DNS },
                { &tunnel, "peer.test", tunnel.ca_file, proxies[0], OUTCOME_OK },
                { &tunnel, "nobody.invalid", tunnel.ca_file, proxies[0], OUTCOME_TLS },
                { &tunnel, "peer.test", f->server.ca_file, proxies[0], OUTCOME_TLS },
                { &f->server, "peer.test", f->server.ca_file, proxies[1], OUTCOME_PROXY },
                { &f->server, "peer.test", f->server.ca_file, proxies[2], OUTCOME_PROXY },
                { &f->server, "peer.test", f->server.ca_file, refused_proxy, OUTCOME_PROXY },
                { &f->server, "peer.test", f->server.ca_file, "http://proxy.invalid:3128",
                  OUTCOME_PROXY },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { 0 };
                Endpoint endpoint = {
                        .ca_file = rows[i].ca_file,
                        .proxy = rows[i].proxy,
                        .timeout = 30 * USEC_PER_SEC,
                };
                Request request = { .url = server_url(rows[i].server, rows[i].host, "/ok"),
                                    .body_max = 1000 };
                exchange(f, i, &endpoint, &request, &result);
                if (result.outcome != rows[i].outcome)
                        fail_msg("row %zu: %s (%s), not %s", i,
                                 outcome_info(result.outcome)->reason, result.error,
                                 outcome_info(rows[i].outcome)->reason);
                CHECK(i, (result.error[0] != '\0') == (result.outcome != OUTCOME_OK));
                CHECK_INT(i, result.status, result.outcome == OUTCOME_OK ? 200 : 0);
        }
        for (size_t i = 0; i < ELEMENTSOF(servers); i++)
                server_stop(servers[i]);
}

static void test_environment_ignored(void **state) {
        static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
                                             "ALL_PROXY" };
        Fixture *f = *state;
        Endpoint endpoint = { .ca_file = f->server.ca_file, .timeout = 30 * USEC_PER_SEC };
        Request request = { .url = server_url(&f->server, "peer.test", "/ok"), .body_max = 1000 };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                Result result = { 0 };
                setenv(names[i], "http://127.0.0.1:1", 1);
                exchange(f, i, &endpoint, &request, &result);
                unsetenv(names[i]);
                CHECK_INT(i, result.outcome, OUTCOME_OK);
        }
        static const char *const exceptions[] = { "no_proxy", "NO_PROXY" };
        endpoint.proxy = "http://127.0.0.1:1";
        for (size_t i = 0; i < ELEMENTSOF(exceptions); i++) {
                Result result = { 0 };
                setenv(exceptions[i], "*", 1);
                exchange(f, i, &endpoint, &request, &result);
                unsetenv(exceptions[i]);
                CHECK_INT(i, result.outcome, OUTCOME_PROXY);
        }
}

static void test_refused_at_once(void **state) {
        Fixture *f = *state;
        Endpoint endpoint = { .timeout = USEC_PER_SEC };
        static const struct {
                const char *url;
                size_t body_max;
                int r;
        } rows[] = {
                { "http://peer.test/ok", 1000, -EPROTONOSUPPORT },
                { "ftp://peer.test/ok", 1000, -EPROTONOSUPPORT },
                { "file:///etc/passwd", 1000, -EPROTONOSUPPORT },
                { "peer.test/ok", 1000, -EPROTONOSUPPORT },
                { "", 1000, -EPROTONOSUPPORT },
                { "https://peer.test/ok", 0, -EINVAL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { 0 };
                Request request = { .url = rows[i].url, .body_max = rows[i].body_max };
                CHECK_INT(i, http_start(f->http, &endpoint, &request, on_done, &result, NULL),
                          rows[i].r);
                CHECK_INT(i, http_running(f->http), 0);
        }
}

/* Without TLS, and without a body, only where the request says so. */
static void test_plain(void **state) {
        Fixture *f = *state;
        /* It answers the first request in the clear, and ends. */
        Server plain = { .proxy = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
        Endpoint endpoint = { .timeout = 30 * USEC_PER_SEC };
        char url[64];
        static const struct {
                bool plain, may_be_empty;
                int r;
                Outcome outcome;
        } rows[] = {
                { true, true, 0, OUTCOME_OK },
                { true, false, 0, OUTCOME_EMPTY },
                { false, true, -EPROTONOSUPPORT, OUTCOME_OK },
        };

        server_start(&plain);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok", plain.port);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { 0 };
                Request request = {
                        .url = url,
                        .body_max = 1000,
                        .plain_http = rows[i].plain,
                        .empty_body_is_ok = rows[i].may_be_empty,
                };
                int r = http_start(f->http, &endpoint, &request, on_done, &result, NULL);
                CHECK_INT(i, r, rows[i].r);
                if (r < 0)
                        continue;
                RUN_UNTIL(f->event, i, result.told > 0);
                CHECK_INT(i, result.outcome, rows[i].outcome);
                CHECK_INT(i, result.status, 200);
        }
        server_stop(&plain);

        static const char *const others[] = { "ftp://peer.test/ok", "file:///etc/passwd",
                                              "httpx://peer.test/ok", "" };
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                Result result = { 0 };
                Request request = { .url = others[i], .body_max = 1000, .plain_http = true };
                CHECK_INT(i, http_start(f->http, &endpoint, &request, on_done, &result, NULL),
                          -EPROTONOSUPPORT);
        }
}

/* A peer that sends a byte now and then does not get the whole timeout. */
static void test_drip(void **state) {
        Fixture *f = *state;
        Result result = { 0 };
        Endpoint endpoint = { .ca_file = f->server.ca_file, .timeout = 8 * USEC_PER_SEC };
        Request request = {
                .url = server_url(&f->server, "peer.test", "/drip"),
                .body_max = 200000,
                .feed = on_feed,
                .userdata = &result,
        };

        exchange(f, 0, &endpoint, &request, &result);
        assert_int_equal(result.outcome, OUTCOME_TIMEOUT);
        assert_non_null(strstr(result.error, "too slow"));
        assert_true(result.fed > 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_outcomes),
                cmocka_unit_test(test_request),
                cmocka_unit_test(test_connection),
                cmocka_unit_test(test_environment_ignored),
                cmocka_unit_test(test_refused_at_once),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_drip),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
