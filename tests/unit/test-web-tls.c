/* SPDX-License-Identifier: MIT */
#include "unit/web-certificates.h"
#include "unit/web-client.h"

/* The web listener with TLS, passwords and client certificates. */

static Authority ours, theirs;
static Secret *ca, *other_ca;
static Pair server, other_server;

static int set_up_tls(void **state) {
        (void)set_up(state);
        Fixture *f = *state;
        f->settings.certificate = server.certificate;
        f->settings.key = server.key;
        f->ca = (gnutls_datum_t){ (unsigned char *)ca->text, (unsigned)ca->size };
        return 0;
}

static Secret *secret_of(const char *text) {
        return secret_new(text, strlen(text));
}

/* Some requests over one connection, in one piece, byte by byte, and streams. */
static void test_requests(void **state) {
        static const char request[] = GET("/b?name=1");
        Fixture *f = *state;
        Client c;

        start(f);
        client_open(&c, f);
        client_ask(&c, f, 0, GET("/a"));
        assert_int_equal(c.status, 200);
        assert_string_equal(strbuf_text(&c.body), "GET /a [0:] x=(none) name=(none)");
        for (size_t i = 0; i < strlen(request); i++)
                client_send(&c, f, i, request + i, 1);
        RUN_UNTIL(f, &c, 1, client_cut(&c, false));
        assert_string_equal(strbuf_text(&c.body), "GET /b [0:] x=(none) name=1");
        client_send(&c, f, 2, GET("/1") GET("/2"), STRLEN(GET("/1") GET("/2")));
        RUN_UNTIL(f, &c, 2, client_cut(&c, false));
        RUN_UNTIL(f, &c, 2, client_cut(&c, false));
        assert_string_equal(strbuf_text(&c.body), "GET /2 [0:] x=(none) name=(none)");
        client_ask(&c, f, 3, GET("/stream?size=3000000"));
        assert_int_equal(c.body.size, 3000000);
        _cleanup_free_ char *expected = malloc(3000000);
        lines_fill(expected, 3000000, 0);
        assert_memory_equal(c.body.data, expected, 3000000);
        client_ask(&c, f, 4, GET("/after"));
        assert_int_equal(c.status, 200);
        client_close(&c);
        ask(&c, f, 5, GET("/stream?size=300000&break=200000"));
        assert_true(c.ended);
        assert_false(client_cut(&c, false));
        client_close(&c);
}

static void test_refusals(void **state) {
        static const struct {
                const char *request;
                unsigned status;
        } rows[] = {
                { "POST / HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc", 405 },
                { "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", 421 },
                { GET("/%ff"), 400 },
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ask(&c, f, i, rows[i].request);
                CHECK_INT(i, c.status, rows[i].status);
                CHECK(i, strstr(c.head, "\r\nContent-Security-Policy: default-src 'none'; "));
                client_close(&c);
        }
}

static void test_versions(void **state) {
        static const struct {
                const char *priority;
                bool fine;
        } rows[] = {
                { "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
                { "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
                { "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0:%COMPAT", false },
                { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC", false },
        };
        Fixture *f = *state;
        Client c;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                f->priority = rows[i].priority;
                ask(&c, f, i, GET("/a"));
                CHECK_INT(i, c.status, rows[i].fine ? 200 : 0);
                client_close(&c);
        }
        /* And none at all. */
        client_open_plain(&c, f);
        client_ask(&c, f, 9, GET("/a"));
        assert_int_equal(c.status, 0);
        assert_true(c.ended);
        client_close(&c);
        assert_int_equal(f->calls, 2);
}

static void test_passwords(void **state) {
        static const struct {
                const char *username;
                const char *password;
                const char *sent; /* the header; NULL = none */
                unsigned status;
        } rows[] = {
                { "ann", "secret", "Basic YW5uOnNlY3JldA==", 200 },
                { "ann", "secret", "basic YW5uOnNlY3JldA==", 200 },
                { "ann", "secret", "BASIC    YW5uOnNlY3JldA", 200 },
                { "ann", "secret", NULL, 401 },
                { "ann", "secret", "", 401 },
                { "ann", "secret", "Basic", 401 },
                { "ann", "secret", "Basic ", 401 },
                { "ann", "secret", "Basic =", 401 },
                { "ann", "secret", "Basic %%%%", 401 },
                { "ann", "secret", "YW5uOnNlY3JldA==", 401 },
                { "ann", "secret", "Bearer YW5uOnNlY3JldA==", 401 },
                { "ann", "secret", "Basic YW5uOnNlY3JldB==", 401 },
                { "ann", "secret", "Basic YW5uOnNlY3JldA==x", 401 },
                { "ann", "secret", "Basic YW5uOnNlY3Jl", 401 },     /* ann:secre */
                { "ann", "secret", "Basic QW5uOnNlY3JldA==", 401 }, /* Ann:secret */
                { "ann", "secret", "Basic YW5uOg==", 401 },         /* ann: */
                { "ann", "secret", "Basic YW5uOnNlY3JldHNlY3JldA==", 401 },
                { "ann", "p\xc3\xa4ss: w\xc3\xb6rd",
                  "Basic YW5uOnDDpHNzOiB3w7ZyZA==", 200 }, /* in UTF-8 */
                { "ann", "p\xc3\xa4ss: w\xc3\xb6rd", "Basic YW5uOnDkc3M6IHf2cmQ=", 401 },
        };
        Fixture *f = *state;
        char request[512];
        Client c;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                for (size_t plain = 0; plain < 2; plain++) {
                        Secret *password = secret_of(rows[i].password);
                        unsigned calls = f->calls;
                        f->settings.username = rows[i].username;
                        f->settings.password = password;
                        f->settings.certificate = plain ? NULL : server.certificate;
                        f->settings.key = plain ? NULL : server.key;
                        start(f);
                        /* Who has a password may use any name for this machine. */
                        snprintf(request, sizeof(request),
                                 "GET / HTTP/1.1\r\nHost: example.org\r\n%s%s%s\r\n",
                                 rows[i].sent ? "Authorization: " : "",
                                 rows[i].sent ? rows[i].sent : "", rows[i].sent ? "\r\n" : "");
                        ask(&c, f, i, request);
                        CHECK_INT(i, c.status, rows[i].status);
                        CHECK_INT(i, f->calls - calls, rows[i].status == 200);
                        if (c.status == 401)
                                CHECK(i, strstr(c.head, "\r\nWWW-Authenticate: Basic realm="
                                                        "\"mailsecd\", charset=\"UTF-8\"\r\n") &&
                                                 strstr(c.head, "\r\nReferrer-Policy: "));
                        client_close(&c);
                        f->listener = web_listener_free(f->listener);
                        secret_free(password);
                }
        }
}

/* Where it does not matter what is asked, it is not told that it is there either. */
static void test_password_comes_first(void **state) {
        static const char *const rows[] = {
                "POST / HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\nabc",
                GET("/%ff"),
                GET("/no-status"),
                "HEAD / HTTP/1.1\r\n" HEADERS "\r\n",
        };
        _cleanup_(secret_freep) Secret *password = secret_of("secret");
        Fixture *f = *state;
        Client c;

        f->settings.username = "ann";
        f->settings.password = password;
        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                ask(&c, f, i, rows[i]);
                CHECK_INT(i, c.status, 401);
                client_close(&c);
        }
        assert_int_equal(f->calls, 0);
}

static void test_client_certificates(void **state) {
        enum {
                NONE,
                GOOD,
                OTHER_CA,
                EXPIRED,
                NOT_CLIENT,
                CLIENT,
                SELF,
                _PAIRS
        };
        static const struct {
                int shown;
                bool password; /* is one way in, too */
                bool sent;     /* and is sent */
                unsigned status;
        } rows[] = {
                { GOOD, false, false, 200 },       { CLIENT, false, false, 200 },
                { NONE, false, false, 403 },       { NONE, false, true, 403 },
                { OTHER_CA, false, false, 403 },   { EXPIRED, false, false, 403 },
                { NOT_CLIENT, false, false, 403 }, { SELF, false, false, 403 },
                { GOOD, true, false, 200 },        { GOOD, true, true, 200 },
                { NONE, true, false, 401 },        { NONE, true, true, 200 },
                { OTHER_CA, true, false, 401 },    { OTHER_CA, true, true, 200 },
                { EXPIRED, true, false, 401 },
        };
        static const char *const versions[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.3",
                                                "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
        _cleanup_(secret_freep) Secret *password = secret_of("secret");
        Fixture *f = *state;
        Authority self;
        Pair pairs[_PAIRS] = { 0 };
        Client c;

        authority_make(&self, "self");
        pairs[GOOD] = pair_make(&ours, "prometheus", NULL, 0);
        pairs[CLIENT] = pair_make(&ours, "prometheus", GNUTLS_KP_TLS_WWW_CLIENT, 0);
        pairs[OTHER_CA] = pair_make(&theirs, "prometheus", NULL, 0);
        pairs[EXPIRED] = pair_make(&ours, "prometheus", NULL, time(NULL) - 60);
        pairs[NOT_CLIENT] = pair_make(&ours, "localhost", GNUTLS_KP_TLS_WWW_SERVER, 0);
        pairs[SELF] = pair_make(&self, "prometheus", NULL, 0);
        f->settings.client_ca = ca;
        f->settings.username = "ann";
        for (size_t i = 0; i < ELEMENTSOF(rows) * ELEMENTSOF(versions); i++) {
                size_t row = i / ELEMENTSOF(versions);
                f->settings.password = rows[row].password ? password : NULL;
                f->priority = versions[i % ELEMENTSOF(versions)];
                start(f);
                f->shown = pairs[rows[row].shown].certificate;
                f->shown_key = pairs[rows[row].shown].key;
                unsigned calls = f->calls;
                ask(&c, f, row,
                    rows[row].sent ? "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
                                     "YW5uOnNlY3JldA==\r\n\r\n"
                                   : "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                CHECK_INT(row, c.status, rows[row].status);
                CHECK_INT(row, f->calls - calls, rows[row].status == 200);
                client_close(&c);
                f->listener = web_listener_free(f->listener);
        }
        for (size_t i = 0; i < _PAIRS; i++)
                pair_done(&pairs[i]);
        authority_done(&self);
}

/* --- what a reload changes ------------------------------------------------------------------- */

static void test_bad_secrets(void **state) {
        static const struct {
                const char *certificate; /* NULL = the good one */
                const char *key;
                const char *client_ca;
                const char *problem;
        } rows[] = {
                { "", NULL, NULL, "the certificate cannot be read: " },
                { "not PEM", NULL, NULL, "the certificate cannot be read: " },
                { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", NULL, NULL,
                  "the certificate cannot be read: " },
                { NULL, "", NULL, "the key cannot be read: " },
                { NULL, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", NULL,
                  "the key cannot be read: " },
                { NULL, "other", NULL, "the key is not that of the certificate" },
                { NULL, NULL, "", "the CA of the clients cannot be read: " },
                { NULL, NULL, "not PEM", "the CA of the clients cannot be read: " },
        };
        Fixture *f = *state;
        WebSettings good = f->settings;

        for (size_t turn_no = 0; turn_no < 2; turn_no++) { /* at start, and by a reload */
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        _cleanup_strbuf_ StrBuf problem = { 0 };
                        WebListener *none = NULL;
                        WebSettings bad = good;
                        Secret *made[3] = { 0 };

                        if (rows[i].certificate)
                                bad.certificate = made[0] = secret_of(rows[i].certificate);
                        if (rows[i].key)
                                bad.key = made[1] = streq(rows[i].key, "other")
                                                            ? secret_of(other_server.key->text)
                                                            : secret_of(rows[i].key);
                        if (rows[i].client_ca)
                                bad.client_ca = made[2] = secret_of(rows[i].client_ca);
                        int r = f->listener ? web_listener_configure(f->listener, &bad, &problem)
                                            : web_listener_new(f->event, &bad, -1, on_request, f,
                                                               &problem, &none);
                        CHECK_INT(i, r, -EINVAL);
                        CHECK(i, !none);
                        if (!startswith(strbuf_text(&problem), rows[i].problem))
                                fail_msg("row %zu: \"%s\"", i, strbuf_text(&problem));
                        for (size_t k = 0; k < ELEMENTSOF(made); k++)
                                secret_free(made[k]);
                        if (f->listener) { /* it goes on with what it had */
                                Client c;
                                ask(&c, f, i, GET("/a"));
                                CHECK_INT(i, c.status, 200);
                                client_close(&c);
                        }
                }
                if (!f->listener)
                        start(f);
        }
}

/* What ends connections, and what does not; the address stays. */
static void test_changes(void **state) {
        _cleanup_(secret_freep) Secret *password = secret_of("secret");
        _cleanup_(secret_freep) Secret *same = secret_of("secret");
        _cleanup_(secret_freep) Secret *longer = secret_of("secret2");
        _cleanup_(secret_freep) Secret *certificate_copy = secret_of(server.certificate->text);
        Fixture *f = *state;
        const WebSettings plain = { .listen = "127.0.0.1:0" };
        const WebSettings tls = f->settings;
        WebSettings url = tls, copy = tls, other = tls, with_ca = tls, with_other_ca = tls;
        WebSettings with_password = tls, with_same = tls, with_longer = tls, with_name = tls;

        url.url = "https://example.org";
        copy.certificate = certificate_copy;
        other.certificate = other_server.certificate;
        other.key = other_server.key;
        with_ca.client_ca = ca;
        with_other_ca.client_ca = other_ca;
        with_password.username = with_same.username = with_longer.username = "ann";
        with_name.username = "bob";
        with_password.password = with_name.password = password;
        with_same.password = same;
        with_longer.password = longer;
        const struct {
                const WebSettings *before;
                const WebSettings *after;
                bool stays;
        } rows[] = {
                { &plain, &plain, true },
                { &tls, &tls, true },
                { &tls, &copy, true },
                { &tls, &url, true },
                { &tls, &other, false },
                { &plain, &tls, false },
                { &tls, &plain, false },
                { &tls, &with_ca, false },
                { &with_ca, &with_other_ca, false },
                { &with_ca, &tls, false },
                { &tls, &with_password, false },
                { &with_password, &with_same, true },
                { &with_password, &with_longer, false },
                { &with_password, &with_name, false },
                { &with_password, &tls, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char address[64];
                Client c;

                f->settings = *rows[i].before;
                f->bounds.idle = 60; /* nothing but the change ends a connection */
                f->bounds.receive = f->bounds.spare = USEC_PER_MIN;
                start(f);
                snprintf(address, sizeof(address), "%s", web_listener_address(f->listener));
                ask(&c, f, i, GET("/a")); /* stays open only where it was let in */
                bool open = c.status == 200;
                CHECK_INT(i, c.status,
                          rows[i].before->password    ? 401
                          : rows[i].before->client_ca ? 403
                                                      : 200);
                if (!open) {
                        client_close(&c);
                        client_open(&c, f);
                        RUN_UNTIL(f, &c, i, c.shaken);
                }
                CHECK_INT(i, web_listener_configure(f->listener, rows[i].after, NULL), 0);
                f->settings = *rows[i].after;
                CHECK_STR(i, web_listener_address(f->listener), address);
                if (rows[i].stays) {
                        client_ask(&c, f, i, GET("/b"));
                        CHECK_INT(i, c.status, rows[i].after->password ? 401 : 200);
                } else {
                        RUN_UNTIL(f, &c, i, c.ended);
                }
                client_close(&c);
                if (rows[i].after == &other)
                        f->ca = (gnutls_datum_t){ (unsigned char *)other_ca->text,
                                                  (unsigned)other_ca->size };
                ask(&c, f, i, GET("/c"));
                CHECK_INT(i, c.status,
                          rows[i].after->password    ? 401
                          : rows[i].after->client_ca ? 403
                                                     : 200);
                client_close(&c);
                f->ca = (gnutls_datum_t){ (unsigned char *)ca->text, (unsigned)ca->size };
                f->listener = web_listener_free(f->listener);
        }
}

static int make_certificates(void **state) {
        (void)state;
        authority_make(&ours, "ours");
        authority_make(&theirs, "theirs");
        ca = secret_of_crt(ours.crt);
        other_ca = secret_of_crt(theirs.crt);
        server = pair_make(&ours, "localhost", GNUTLS_KP_TLS_WWW_SERVER, 0);
        other_server = pair_make(&theirs, "localhost", NULL, 0);
        return 0;
}

static int free_certificates(void **state) {
        (void)state;
        authority_done(&ours);
        authority_done(&theirs);
        secret_free(ca);
        secret_free(other_ca);
        pair_done(&server);
        pair_done(&other_server);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_requests, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_refusals, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_versions, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_passwords, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_password_comes_first, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_client_certificates, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_bad_secrets, set_up_tls, tear_down),
                cmocka_unit_test_setup_teardown(test_changes, set_up_tls, tear_down),
        };

        return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
