/* SPDX-License-Identifier: MIT */
#include "unit/web-client.h"

/* Requests, replies and streams of the web listener, without TLS. */

static void test_requests(void **state) {
        static const struct {
                const char *request;
                unsigned status;
                const char *body; /* NULL = the library's or a refusal's */
        } rows[] = {
                { GET("/"), 200, "GET / [0:] x=(none) name=(none)" },
                { GET("/a%20b?name=%41b&x"), 200, "GET /a b [0:] x=(none) name=Ab" },
                { "HEAD /a HTTP/1.1\r\n" HEADERS "\r\n", 200, "" },
                { "GET /a HTTP/1.1\r\n" HEADERS "x-test: one two\r\n\r\n", 200,
                  "GET /a [0:] x=one two name=(none)" },
                { "GET /a HTTP/1.1\r\n" HEADERS "Content-Length: 0\r\n\r\n", 200,
                  "GET /a [0:] x=(none) name=(none)" },
                { GET("/no-status"), 500, NULL },
                { GET("/full"), 200, "" },
                /* Nothing but looking. */
                { "POST / HTTP/1.1\r\n" HEADERS "Content-Length: 0\r\n\r\n", 405, NULL },
                { "POST / HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc", 405, NULL },
                { "PUT / HTTP/1.1\r\n" HEADERS "Content-Length: 0\r\n\r\n", 405, NULL },
                { "DELETE / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "OPTIONS / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "TRACE / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "PATCH / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "get / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "X / HTTP/1.1\r\n" HEADERS "\r\n", 405, NULL },
                { "GET / HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc", 413, NULL },
                { "GET / HTTP/1.1\r\n" HEADERS "Content-Length: 99999999999\r\n\r\n", 413, NULL },
                /* Not sound. */
                { GET("/%ff"), 400, NULL },
                { GET("/%00"), 400, NULL },
                { GET("/a?name=%zz"), 400, NULL },
                { "GET / HTTP/1.1\r\n\r\n", 400, NULL },
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned calls = f->calls;
                ask(&c, f, i, rows[i].request);
                CHECK_INT(i, c.status, rows[i].status);
                if (rows[i].body)
                        CHECK_STR(i, strbuf_text(&c.body), rows[i].body);
                CHECK_INT(i, f->calls - calls, rows[i].status == 200 || rows[i].status == 500);
                if (c.status == 405)
                        CHECK(i, strstr(c.head, "\r\nAllow: GET, HEAD\r\n"));
                client_close(&c);
        }
}

/* A chunked body: nothing is answered in the middle of it. */
static void test_chunked_body(void **state) {
        static const char request[] = "GET / HTTP/1.1\r\n" HEADERS
                                      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
        Fixture *f = *state;
        Client c;

        start(f);
        ask(&c, f, 0, request);
        assert_int_equal(c.status, 0);
        assert_true(c.ended);
        assert_int_equal(f->calls, 0);
        client_close(&c);
}

static void test_hosts(void **state) {
        static const struct {
                const char *url; /* of the settings */
                const char *host;
                unsigned status;
        } rows[] = {
                { NULL, "localhost", 200 },
                { NULL, "LocalHost:9797", 200 },
                { NULL, "localhost.", 200 },
                { NULL, "127.0.0.1", 200 },
                { NULL, "127.0.0.1:1", 200 },
                { NULL, "127.255.0.9:65535", 200 },
                { NULL, "[::1]", 200 },
                { NULL, "[::1]:9797", 200 },
                { NULL, "[::ffff:127.0.0.1]:80", 421 },
                { NULL, "localhost:", 200 },
                { NULL, "", 421 },
                { NULL, ":80", 421 },
                { NULL, ".", 421 },
                { NULL, "example.org", 421 },
                { NULL, "localhost.example.org", 421 },
                { NULL, "127.0.0.1.example.org", 421 },
                { NULL, "localhost:80:80", 421 },
                { NULL, "localhost:x", 421 },
                { NULL, "localhost:80x", 421 },
                { NULL, "localhost@example.org", 421 },
                { NULL, "localhost, example.org", 421 },
                { NULL, "10.0.0.1", 421 },
                { NULL, "128.0.0.1", 421 },
                { NULL, "[::2]", 421 },
                { NULL, "[::1", 421 },
                { NULL, "[::1]x", 421 },
                { NULL, "[]", 421 },
                { NULL, "::1", 421 },
                { NULL, "0.0.0.0", 421 },
                { "https://status.example.org", "status.example.org", 200 },
                { "https://status.example.org", "Status.Example.ORG:443", 200 },
                { "https://status.example.org", "localhost", 200 },
                { "https://status.example.org", "example.org", 421 },
                { "https://status.example.org", "status.example.org.evil.example", 421 },
                { "https://status.example.org:8443/mail", "status.example.org", 200 },
                { "http://[2001:db8::1]:80", "[2001:db8::1]", 200 },
                { "http://[2001:db8::1]:80", "[2001:db8::2]", 421 },
        };
        Fixture *f = *state;
        char request[256];
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned calls = f->calls;
                f->settings.url = rows[i].url;
                CHECK_INT(i, web_listener_configure(f->listener, &f->settings, NULL), 0);
                snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n",
                         rows[i].host);
                ask(&c, f, i, request);
                CHECK_INT(i, c.status, rows[i].status);
                CHECK_INT(i, f->calls - calls, rows[i].status == 200);
                client_close(&c);
        }
        static char long_name[400];
        memset(long_name, 'a', sizeof(long_name) - 1);
        snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: ");
        client_open(&c, f);
        client_send(&c, f, 90, request, strlen(request));
        client_send(&c, f, 90, long_name, strlen(long_name));
        client_ask(&c, f, 90, "\r\n\r\n");
        assert_int_equal(c.status, 421);
        client_close(&c);
        /* No browser asks without a host. */
        client_open(&c, f);
        client_send(&c, f, 91, "GET / HTTP/1.0\r\n\r\n", STRLEN("GET / HTTP/1.0\r\n\r\n"));
        RUN_UNTIL(f, &c, 91, c.ended);
        assert_non_null(strstr(strbuf_text(&c.in), " 200 OK\r\n"));
        client_close(&c);
}

/* What keeps a browser from doing more than is meant, on replies and refusals. */
static void test_headers(void **state) {
        static const char *const rows[] = {
                GET("/a"),
                "HEAD /a HTTP/1.1\r\n" HEADERS "\r\n",
                GET("/stream?size=100"),
                GET("/typed"),
                GET("/full"),
                GET("/no-status"),
                GET("/%ff"),
                "POST / HTTP/1.1\r\n" HEADERS "\r\n",
                "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
                "GET / HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc",
        };
        static const char *const headers[] = {
                "\r\nContent-Security-Policy: default-src 'none'; style-src 'self'; script-src "
                "'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri "
                "'none'; frame-ancestors 'none'\r\n",
                "\r\nX-Content-Type-Options: nosniff\r\n",
                "\r\nReferrer-Policy: no-referrer\r\n",
                "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
                "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
                "\r\nContent-Type: ",
                "\r\nCache-Control: ",
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ask(&c, f, i, rows[i]);
                for (size_t k = 0; k < ELEMENTSOF(headers); k++)
                        if (!strstr(c.head, headers[k]))
                                fail_msg("row %zu: no %s in %s", i, headers[k], c.head);
                CHECK(i, !strstr(c.head, "Strict-Transport-Security"));
                CHECK(i, !strstr(c.head, "Access-Control"));
                client_close(&c);
        }
}

static void test_reply_fields(void **state) {
        static const struct {
                const char *request;
                const char *header;
                size_t times;
        } rows[] = {
                { GET("/a"), "\r\nContent-Type: application/json\r\n", 1 },
                { GET("/a"), "\r\nCache-Control: no-store\r\n", 1 },
                { GET("/typed"), "\r\nContent-Type: text/css; charset=utf-8\r\n", 1 },
                { GET("/typed"), "\r\nContent-Type:", 1 },
                { GET("/typed"), "\r\nCache-Control: max-age=3600\r\n", 1 },
                { GET("/typed"), "\r\nCache-Control:", 1 },
                { GET("/typed"), "\r\nETag: \"abc\"\r\n", 1 },
                { GET("/typed"), "\r\nX-Two: 2\r\n", 1 },
                { GET("/typed"), "\r\nConnection: close", 0 },
                { GET("/full"), "\r\nX-Many: yes", WEB_HEADERS_MAX },
                { GET("/stream"), "\r\nContent-Type: text/plain; charset=utf-8\r\n", 1 },
                { GET("/stream"), "\r\nTransfer-Encoding: chunked\r\n", 1 },
                { GET("/stream"), "\r\nContent-Length:", 0 },
                { GET("/a"), "\r\nContent-Length:", 1 },
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t n = 0;
                ask(&c, f, i, rows[i].request);
                for (const char *p = c.head; (p = strstr(p, rows[i].header)); p++)
                        n++;
                CHECK_INT(i, n, rows[i].times);
                client_close(&c);
        }
}

/* --- streams ------------------------------------------------------------------------------- */

static void test_streams(void **state) {
        static const struct {
                const char *request;
                size_t piece;
                unsigned status; /* 0 = broken off */
                size_t size;     /* that is sent */
                size_t read;     /* that is asked of the stream, all of it */
        } rows[] = {
                { GET("/stream"), 0, 200, 0, 0 },
                { GET("/stream?size=1"), 0, 200, 1, 1 },
                { GET("/stream?size=100"), 0, 200, 100, 100 },
                { GET("/stream?size=3000"), 1, 200, 3000, 3000 },
                { GET("/stream?size=1000000"), 0, 200, 1000000, 1000000 },
                { GET("/stream?size=1000000"), 777, 200, 1000000, 1000000 },
                { GET("/stream?size=100&with-body=1"), 0, 200, 100, 100 },
                { GET("/stream?size=100&status=404"), 0, 404, 100, 100 },
                { GET("/stream?size=100&status=42"), 0, 500, 0, 0 },
                { "HEAD /stream?size=100 HTTP/1.1\r\n" HEADERS "\r\n", 0, 200, 0, 0 },
                { GET("/stream?size=100&status=304"), 0, 304, 0, 0 },
                { GET("/stream?size=100&break=0"), 0, 0, 0, 0 },
                { GET("/stream?size=100000&break=70000"), 0, 0, 70000, 70000 },
                { GET("/stream?size=100000&break=99999"), 500, 0, 99999, 99999 },
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_free_ char *expected = malloc(rows[i].size + 1);
                f->piece = rows[i].piece;
                f->streamed = f->opened = f->freed = 0;
                client_open(&c, f);
                client_ask(&c, f, i, rows[i].request);
                if (rows[i].status == 0) {
                        CHECK(i, c.ended && !client_cut(&c, false));
                } else {
                        CHECK_INT(i, c.status, rows[i].status);
                        if (rows[i].status != 500) {
                                lines_fill(expected, rows[i].size, 0);
                                CHECK_INT(i, c.body.size, rows[i].size);
                                CHECK(i, rows[i].size == 0 ||
                                                 memcmp(c.body.data, expected, rows[i].size) == 0);
                        }
                }
                CHECK_INT(i, f->streamed, rows[i].read);
                CHECK_INT(i, f->opened, 1);
                if (startswith(rows[i].request, "HEAD") || rows[i].status == 304) {
                        RUN_UNTIL(f, &c, i, c.ended);
                        CHECK_INT(i, c.in.size, 0);
                } else if (rows[i].status > 0) {
                        CHECK(i, !c.ended);
                        client_ask(&c, f, i, GET("/after"));
                        CHECK_INT(i, c.status, 200);
                }
                CHECK_INT(i, f->freed, 1);
                client_close(&c);
        }
}

/* HTTP/1.0 knows no chunks: the end is that of the connection. */
static void test_stream_for_old_client(void **state) {
        static const char request[] = "GET /stream?size=200000 HTTP/1.0\r\n\r\n";
        Fixture *f = *state;
        Client c;

        start(f);
        client_open(&c, f);
        client_send(&c, f, 0, request, strlen(request));
        RUN_UNTIL(f, &c, 0, c.ended);
        const char *end = strstr(strbuf_text(&c.in), "\r\n\r\n");
        assert_non_null(end);
        assert_null(strstr(c.in.data, "chunked"));
        assert_int_equal(strlen(end + 4), 200000);
        client_close(&c);
}

/* A long body costs no memory, however slowly it is read. */
static void test_stream_slow_reader(void **state) {
        static const size_t size = 10000000;
        Fixture *f = *state;
        _cleanup_free_ char *expected = malloc(size);
        size_t ahead = 0, received = 0;
        Client c, good;

        start(f);
        client_open(&c, f);
        client_send(&c, f, 0, GET("/stream?size=10000000"), STRLEN(GET("/stream?size=10000000")));
        for (size_t n = 0; !client_cut(&c, false); n++) {
                size_t most = n < 100 ? 1000 : 200000; /* of a turn */
                size_t before = c.in.size;
                turn(f, NULL);
                client_take(&c, most);
                received += c.in.size - before;
                ahead = MAX(ahead, f->streamed - MIN(f->streamed, received));
                CHECK(n, !c.ended && n < 100000);
                if (n == 50) { /* others are answered meanwhile */
                        ask(&good, f, n, GET("/a"));
                        CHECK_INT(n, good.status, 200);
                        client_close(&good);
                }
        }
        /* What the kernel holds for both ends, and not more. */
        assert_in_range(ahead, 1, 600000);
        lines_fill(expected, size, 0);
        assert_int_equal(c.body.size, size);
        assert_memory_equal(c.body.data, expected, size);
        client_close(&c);
}

/* Clients that go, or never read, in the middle of one, and a server that goes. */
static void test_stream_ends_early(void **state) {
        Fixture *f = *state;
        Client c, d;

        f->bounds.idle = 1;
        start(f);
        for (size_t i = 0; i < 5; i++) {
                client_open(&c, f);
                client_send(&c, f, i, GET("/stream?size=9999999"),
                            STRLEN(GET("/stream?size=9999999")));
                RUN_UNTIL(f, NULL, i, f->streamed > 0);
                client_close(&c);
                RUN_UNTIL(f, NULL, i, f->freed == i + 1);
        }
        client_open(&c, f);
        client_send(&c, f, 6, GET("/stream?size=9999999"), STRLEN(GET("/stream?size=9999999")));
        usec_t begin = clock_monotonic();
        RUN_UNTIL(f, NULL, 6, f->freed == 6);
        assert_in_range(clock_monotonic() - begin, USEC_PER_SEC / 2, 4 * USEC_PER_SEC);
        client_close(&c);
        client_open(&d, f);
        f->streamed = 0;
        client_send(&d, f, 7, GET("/stream?size=9999999"), STRLEN(GET("/stream?size=9999999")));
        RUN_UNTIL(f, NULL, 7, f->streamed > 0);
        f->listener = web_listener_free(f->listener);
        assert_int_equal(f->freed, 7);
        client_close(&d);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_chunked_body, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_hosts, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_headers, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_reply_fields, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_streams, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_stream_for_old_client, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_stream_slow_reader, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_stream_ends_early, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
