/* SPDX-License-Identifier: MIT */
#include "unit/control-client.h"

/* What is asked and what is answered. */

#define NOT_TEXT  "{\"error\":\"the path or the query is not text in UTF-8\"}\n"
#define TOO_LARGE "{\"error\":\"the request is too large\"}\n"
#define NO_REPLY  "{\"error\":\"the reply could not be made\"}\n"

static void test_requests(void **state) {
        static const struct {
                const char *request;
                unsigned status;
                const char *body; /* UID stands for the own one */
        } rows[] = {
                { GET("/v1/alerts"), 200, "GET /v1/alerts [0:] uid UID name=(none)" },
                { "GET /v1/alerts HTTP/1.0\r\n\r\n", 200,
                  "GET /v1/alerts [0:] uid UID name=(none)" },
                { "HEAD /v1/alerts HTTP/1.1\r\n" HEADERS "\r\n", 200, "" },
                { "DELETE /v1/silences/3 HTTP/1.1\r\n" HEADERS "\r\n", 200,
                  "DELETE /v1/silences/3 [0:] uid UID name=(none)" },
                { "BREW /teapot HTTP/1.1\r\n" HEADERS "\r\n", 418,
                  "BREW /teapot [0:] uid UID name=(none)" },
                { "OPTIONS * HTTP/1.1\r\n" HEADERS "\r\n", 200,
                  "OPTIONS * [0:] uid UID name=(none)" },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 9\r\n\r\n{\"a\": 12}", 200,
                  "POST /a [9:{\"a\": 12}] uid UID name=(none)" },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 0\r\n\r\n", 200,
                  "POST /a [0:] uid UID name=(none)" },
                { "POST /a HTTP/1.1\r\n" HEADERS
                  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
                  200, "POST /a [5:abcde] uid UID name=(none)" },
                /* Decoded once. */
                { GET("/a%2Fb%25C3?name=x%20y%2Bz+%26"), 200,
                  "GET /a/b%C3 [0:] uid UID name=x y+z &" },
                { GET("/%c3%a9+?x=1&name=%E2%82%AC&name=2"), 200, "GET /é+ [0:] uid UID name=€" },
                { GET("/a?name="), 200, "GET /a [0:] uid UID name=" },
                { GET("/a?name"), 200, "GET /a [0:] uid UID name=(none)" },
                { GET("/a?names=1"), 200, "GET /a [0:] uid UID name=(none)" },
                { GET("/a%00b"), 400, NOT_TEXT },
                { GET("/a?name=%00"), 400, NOT_TEXT },
                { GET("/a?%00=1"), 400, NOT_TEXT },
                { GET("/a%C3"), 400, NOT_TEXT },
                { GET("/a?b=%ff"), 400, NOT_TEXT },
                { GET("/a\xc3("), 400, NOT_TEXT },
                { GET("/a%2"), 400, NOT_TEXT },
                { GET("/a?b=%zz"), 400, NOT_TEXT },
                { GET("/no-status"), 500, NO_REPLY },
                { GET("/no-memory"), 500, NO_REPLY },
                { GET("/nothing"), 204, "" },
        };
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char expected[256];
                const char *uid = strstr(rows[i].body, "UID");
                unsigned calls = f->calls;

                snprintf(expected, sizeof(expected), "%s", rows[i].body);
                if (uid)
                        snprintf(expected, sizeof(expected), "%.*s%d%s", (int)(uid - rows[i].body),
                                 rows[i].body, (int)getuid(), uid + 3);
                ask(&c, f, i, rows[i].request);
                CHECK_INT(i, c.status, rows[i].status);
                CHECK_STR(i, c.body, expected);
                CHECK_INT(i, f->calls, calls + (rows[i].status != 400));
        }
}

static void test_headers(void **state) {
        static const char *const rows[] = {
                GET("/v1/alerts"),
                "HEAD /v1/alerts HTTP/1.1\r\n" HEADERS "\r\n",
                GET("/%ff"),
                GET("/no-memory"),
        };
        Fixture *f = *state;
        char length[64];
        Client c;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ask(&c, f, i, rows[i]);
                CHECK(i, strstr(c.head, "\r\nContent-Type: application/json\r\n"));
                CHECK(i, strstr(c.head, "\r\nCache-Control: no-store\r\n"));
                CHECK(i, strstr(c.head, "\r\nX-Content-Type-Options: nosniff\r\n"));
                CHECK(i, !strstr(c.head, "\r\nConnection: close\r\n"));
                snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", c.size);
                /* HEAD tells the length of what GET would bring. */
                CHECK(i, i == 1 ? !strstr(c.head, "\r\nContent-Length: 0\r\n") &&
                                          strstr(c.head, "\r\nContent-Length: ")
                                : strstr(c.head, length) != NULL);
        }
}

/* Several requests over one connection, one after the other and all at once. */
static void test_kept_connection(void **state) {
        static const char pipelined[] =
                GET("/1") "POST /2 HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc" GET("/%ff")
                        GET("/4");
        static const unsigned statuses[] = { 200, 200, 400, 200 };
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        client_open(&c, f);
        for (size_t i = 0; i < 3; i++) {
                client_ask(&c, f, i, GET("/a?name=1"));
                CHECK(i, strstr(c.body, "GET /a [0:]") && strstr(c.body, "name=1"));
                client_ask(&c, f, i, "POST /b HTTP/1.1\r\n" HEADERS "Content-Length: 2\r\n\r\nxy");
                CHECK(i, strstr(c.body, "POST /b [2:xy]") && strstr(c.body, "name=(none)"));
        }
        client_send(&c, f, 3, pipelined, strlen(pipelined));
        for (size_t i = 0; i < ELEMENTSOF(statuses); i++) {
                RUN_UNTIL(f, &c, i, client_cut(&c, false));
                CHECK_INT(i, c.status, statuses[i]);
        }
        assert_non_null(strstr(c.body, "GET /4 "));
        assert_int_equal(f->calls, 9);
        assert_int_equal(c.in.size, 0);
        client_close(&c);
}

static void test_body_sizes(void **state) {
        static const struct {
                size_t size;
                bool chunked;
                unsigned status; /* 0 = hung up without an answer */
                bool last;       /* the connection is closed after it */
        } rows[] = {
                { CONTROL_BODY_MAX, false, 200, false },
                { CONTROL_BODY_MAX, true, 200, false },
                { CONTROL_BODY_MAX + 1, false, 413, false },
                { CONTROL_BODY_MAX + 1, true, 413, false },
                { 16 * CONTROL_BODY_MAX, false, 413, false },
                { 16 * CONTROL_BODY_MAX, true, 413, false },
                { 16 * CONTROL_BODY_MAX + 1, false, 413, true },
                { 16 * CONTROL_BODY_MAX + 1, true, 0, true },
        };
        Fixture *f = *state;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_free_ char *body = malloc(rows[i].size);
                char text[128];
                Client c;

                memset(body, 'x', rows[i].size);
                f->calls = 0;
                client_open(&c, f);
                snprintf(text, sizeof(text),
                         rows[i].chunked ? "POST /b HTTP/1.1\r\n" HEADERS
                                           "Transfer-Encoding: chunked\r\n\r\n%zx\r\n"
                                         : "POST /b HTTP/1.1\r\n" HEADERS
                                           "Content-Length: %zu\r\n\r\n",
                         rows[i].size);
                client_send(&c, f, i, text, strlen(text));
                client_send(&c, f, i, body, rows[i].size);
                if (rows[i].chunked)
                        client_send(&c, f, i, "\r\n0\r\n\r\n", 7);
                RUN_UNTIL(f, &c, i, client_cut(&c, false) || c.ended);
                CHECK_INT(i, c.status, rows[i].status);
                CHECK_INT(i, f->calls, rows[i].status == 200);
                if (rows[i].status == 413)
                        CHECK_STR(i, c.body, TOO_LARGE);
                if (rows[i].last) {
                        RUN_UNTIL(f, &c, i, c.ended);
                } else {
                        client_ask(&c, f, i, GET("/after"));
                        CHECK_INT(i, c.status, 200);
                }
                client_close(&c);
        }
}

/* The body of an announced large request is waited for only when it is not too large. */
static void test_expect(void **state) {
        static const struct {
                const char *length;
                unsigned status;
        } rows[] = { { "5", 100 }, { "99999999", 413 }, { "99999999999999999999", 413 } };
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[256];
                snprintf(text, sizeof(text),
                         "POST /b HTTP/1.1\r\n" HEADERS
                         "Expect: 100-continue\r\nContent-Length: %s\r\n\r\n",
                         rows[i].length);
                ask(&c, f, i, text);
                CHECK_INT(i, c.status, rows[i].status);
        }
        assert_int_equal(f->calls, 0);
}

/* What is no request is refused or hung up on, and never reaches the handler. */
static void test_garbage(void **state) {
        static const char *const rows[] = {
                "\x16\x03\x01\x02\x01\x01\xfc\x03\x03 is TLS\r\n\r\n",
                "SSH-2.0-OpenSSH_9.2\r\n\r\n",
                "\r\n\r\n\r\nx\r\n\r\n",
                "GET\r\n\r\n",
                "GET /\r\n\r\n",
                "GET / HTTP/9.9\r\n" HEADERS "\r\n",
                "GET / HTTP/1.1\r\n\r\n", /* no Host */
                "GET /a b HTTP/1.1\r\n" HEADERS "\r\n",
                "POST / HTTP/1.1\r\n" HEADERS "Content-Length: -1\r\n\r\n",
                "POST / HTTP/1.1\r\n" HEADERS "Content-Length: 1x\r\n\r\na",
                "POST / HTTP/1.1\r\n" HEADERS "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST / HTTP/1.1\r\n" HEADERS
                "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        };
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&c, f);
                client_send(&c, f, i, rows[i], strlen(rows[i]));
                RUN_UNTIL(f, &c, i, c.ended);
                if (client_cut(&c, false))
                        CHECK(i, c.status >= 400 && c.status <= 505);
                client_close(&c);
        }
        assert_int_equal(f->calls, 0);
        ask(&c, f, 99, GET("/a"));
        assert_int_equal(c.status, 200);
}

static void test_random_garbage(void **state) {
        uint64_t seed = check_seed("random garbage");
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        for (size_t i = 0; i < 200; i++) {
                static const char request[] =
                        "POST /a%20b?name=%41&x HTTP/1.1\r\n" HEADERS
                        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
                        "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n";
                char text[sizeof(request)];

                memcpy(text, request, sizeof(text));
                for (size_t n = check_random(&seed) % 5; n > 0; n--)
                        text[check_random(&seed) % (sizeof(text) - 1)] = (char)check_random(&seed);
                client_open(&c, f);
                client_send(&c, f, i, text, sizeof(text) - 1);
                for (size_t n = 0; n < 3; n++)
                        turn(f, &c);
                client_close(&c);
        }
        ask(&c, f, 999, GET("/a"));
        assert_int_equal(c.status, 200);
        wait_for_fds(f, f->n_fds + 5); /* loop, its timer, the library's set, socket */
}

static void test_large_headers(void **state) {
        static const struct {
                const char *before;
                const char *after;
                unsigned status;
        } rows[] = {
                { "GET / HTTP/1.1\r\n" HEADERS "X: ", "\r\n\r\n", 431 },
                { "GET /", " HTTP/1.1\r\n" HEADERS "\r\n", 414 },
                { "GET /?name=", " HTTP/1.1\r\n" HEADERS "\r\n", 414 },
        };
        static char filling[20000];
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        memset(filling, 'a', sizeof(filling));
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&c, f);
                client_send(&c, f, i, rows[i].before, strlen(rows[i].before));
                client_send(&c, f, i, filling, sizeof(filling));
                client_send(&c, f, i, rows[i].after, strlen(rows[i].after));
                RUN_UNTIL(f, &c, i, client_cut(&c, false));
                CHECK_INT(i, c.status, rows[i].status);
                RUN_UNTIL(f, &c, i, c.ended);
                client_close(&c);
        }
        assert_int_equal(f->calls, 0);
}

/* A handler may move the socket, as a reload does: its reply still arrives. */
static void test_moved_by_handler(void **state) {
        Fixture *f = *state;
        struct stat st;
        Client c;

        start(f, NULL);
        client_open(&c, f);
        client_ask(&c, f, 0, GET("/move"));
        assert_int_equal(c.status, 200);
        client_ask(&c, f, 1, GET("/same-connection"));
        assert_int_equal(c.status, 200);
        client_close(&c);
        assert_int_equal(lstat(f->path, &st), -1);
        client_open_at(&c, f->other);
        client_ask(&c, f, 2, GET("/a"));
        assert_int_equal(c.status, 200);
        client_close(&c);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_kept_connection, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_body_sizes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_expect, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_random_garbage, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_large_headers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_moved_by_handler, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
