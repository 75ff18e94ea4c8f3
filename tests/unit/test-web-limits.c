/* SPDX-License-Identifier: MIT */
#include "unit/web-certificates.h"
#include "unit/web-client.h"

#include <sys/resource.h>

/* Clients of the web listener that are slow, silent, many, or gone, each without TLS and with it.
 */

static Secret *ca;
static Pair server;

static int set_up_tls(void **state) {
        (void)set_up(state);
        Fixture *f = *state;
        f->settings.certificate = server.certificate;
        f->settings.key = server.key;
        f->ca = (gnutls_datum_t){ (unsigned char *)ca->text, (unsigned)ca->size };
        return 0;
}

/* Turns of the loop in which something was done. */
static unsigned count_turns(Fixture *f, usec_t time) {
        usec_t end = clock_monotonic() + time;
        unsigned n = 0;

        for (usec_t now = clock_monotonic(); now < end; now = clock_monotonic()) {
                int r = sd_event_run(f->event, end - now);
                assert_true(r >= 0);
                n += r > 0;
        }
        return n;
}

/* Until the daemon has noticed that every client has gone. */
static void wait_for_fds(Fixture *f, size_t n) {
        RUN_UNTIL(f, NULL, 0, count_fds() == n);
}

static void test_idle(void **state) {
        Fixture *f = *state;
        Client c;

        f->bounds.idle = 1; /* whatever was armed for the first client would be due */
        start(f);
        size_t before = count_fds();
        ask(&c, f, 0, GET("/first"));
        client_close(&c);
        wait_for_fds(f, before);
        (void)count_turns(f, USEC_PER_SEC / 20);
        assert_int_equal(count_turns(f, USEC_PER_SEC), 0);
        ask(&c, f, 1, GET("/a"));
        (void)count_turns(f, USEC_PER_SEC / 20);
        assert_in_range(count_turns(f, USEC_PER_SEC / 2), 0, 2);
        client_close(&c);
}

/* The whole of a long body, at once, and others meanwhile. */
static void test_big_reply(void **state) {
        Fixture *f = *state;
        Client c, good;
        usec_t begin;

        start(f);
        begin = clock_monotonic();
        client_open(&c, f);
        client_ask(&c, f, 0, GET("/big"));
        assert_int_equal(c.body.size, BIG_SIZE);
        /* Not a piece each time that somebody happens to look. */
        assert_in_range(clock_monotonic() - begin, 0, 10 * USEC_PER_SEC);
        _cleanup_free_ char *expected = malloc(BIG_SIZE);
        lines_fill(expected, BIG_SIZE, 0);
        assert_memory_equal(c.body.data, expected, BIG_SIZE);
        client_send(&c, f, 1, GET("/big"), STRLEN(GET("/big")));
        for (size_t i = 0; i < 20; i++) {
                ask(&good, f, i, GET("/a"));
                CHECK_INT(i, good.status, 200);
                client_close(&good);
        }
        RUN_UNTIL(f, &c, 2, client_cut(&c, false));
        assert_int_equal(c.body.size, BIG_SIZE);
        client_close(&c);
}

/* What a client sends before it falls silent, or goes on too slowly. */
static void test_slow_clients(void **state) {
        static const struct {
                const char *sent;
                bool drips; /* a byte of it again and again */
                bool bare;  /* below TLS, where that is */
                usec_t least;
                usec_t most;
        } rows[] = {
                { "", false, false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "", false, true, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                /* Half of a ClientHello. */
                { "\x16\x03\x01\x02\x01", false, true, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "\x16\x03\x01\x3f\x01\x01", true, true, 900 * USEC_PER_MSEC, 4 * USEC_PER_SEC },
                { "GET /a HTTP/1.1\r\nHost:", false, false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { GET("/a"), false, false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "GET /aaaaaaaaaaa", true, false, 1900 * USEC_PER_MSEC, 4 * USEC_PER_SEC },
                { "GET / HTTP/1.1\r\nHost: aaaaaaaa", true, false, 1900 * USEC_PER_MSEC,
                  4 * USEC_PER_SEC },
        };
        Fixture *f = *state;
        Client clients[ELEMENTSOF(rows)], good;
        usec_t opened[ELEMENTSOF(rows)], ended[ELEMENTSOF(rows)] = { 0 };
        size_t left = ELEMENTSOF(rows);

        f->bounds.idle = 1;
        f->bounds.receive = 2 * USEC_PER_SEC;
        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                opened[i] = clock_monotonic();
                if (rows[i].bare)
                        client_open_plain(&clients[i], f);
                else
                        client_open(&clients[i], f);
                client_send(&clients[i], f, i, rows[i].sent, strlen(rows[i].sent));
        }
        usec_t begin = clock_monotonic(), drips_at = begin;
        while (left > 0) {
                turn(f, NULL);
                usec_t now = clock_monotonic();
                CHECK(0, now < begin + DEADLINE);
                bool drips = now >= drips_at;
                if (drips) {
                        drips_at = now + 10 * USEC_PER_MSEC;
                        ask(&good, f, 0, GET("/a"));
                        assert_int_equal(good.status, 200);
                        client_close(&good);
                }
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        Client *c = &clients[i];
                        if (ended[i] > 0)
                                continue;
                        if (rows[i].drips && drips)
                                (void)!(c->tls ? gnutls_record_send(c->tls, "a", 1)
                                               : send(c->fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
                        client_take(c, SIZE_MAX);
                        if (c->ended) {
                                ended[i] = now;
                                left--;
                        }
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                bool library = f->settings.certificate && rows[i].bare;
                /* TLS is refused at once where it is none. */
                CHECK(i, ended[i] - opened[i] >= rows[i].least ||
                                 (library ? rows[i].drips : rows[i].bare));
                CHECK(i, ended[i] <= begin + rows[i].most);
                client_close(&clients[i]);
        }
}

/* Clients that take a reply too slowly, or not at all; of a body and of a stream. */
static void test_slow_readers(void **state) {
        static const char *const rows[] = { GET("/big"), GET("/stream?size=9999999"), GET("/big"),
                                            GET("/stream?size=9999999") };
        Fixture *f = *state;
        Client clients[ELEMENTSOF(rows)];
        usec_t ended[ELEMENTSOF(rows)] = { 0 };

        f->bounds.idle = 1;
        f->bounds.send = 2 * USEC_PER_SEC;
        start(f);
        usec_t begin = clock_monotonic();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&clients[i], f);
                client_send(&clients[i], f, i, rows[i], strlen(rows[i]));
        }
        for (usec_t next = 0; !ended[2] || !ended[3];) {
                turn(f, NULL);
                usec_t now = clock_monotonic();
                CHECK(0, now < begin + DEADLINE);
                if (now < next)
                        continue;
                next = now + 10 * USEC_PER_MSEC;
                for (size_t i = 2; i < ELEMENTSOF(rows); i++) {
                        client_take(&clients[i], 10000);
                        if (clients[i].ended && !ended[i])
                                ended[i] = now - begin;
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_take(&clients[i], SIZE_MAX);
                CHECK(i, clients[i].ended);
                CHECK(i, clients[i].in.size > 0 && clients[i].in.size < BIG_SIZE);
                CHECK(i, i < 2 || (ended[i] > 1900 * USEC_PER_MSEC && ended[i] < 5 * USEC_PER_SEC));
                client_close(&clients[i]);
        }
}

/* Whoever is silent in the middle of TLS's handshake, or says nothing at all, costs no CPU. */
static void test_silence_is_cheap(void **state) {
        Fixture *f = *state;
        Client silent[WEB_CONNECTIONS_MAX];
        struct rusage before, after;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(silent); i++) {
                client_open_plain(&silent[i], f);
                if (i % 2)
                        client_send(&silent[i], f, i, "\x16\x03\x01\x02\x01", 5);
        }
        (void)count_turns(f, USEC_PER_SEC / 2);
        (void)getrusage(RUSAGE_SELF, &before);
        unsigned turns = count_turns(f, USEC_PER_SEC);
        (void)getrusage(RUSAGE_SELF, &after);
        assert_in_range(turns, 0, 20);
        double cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                     (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                     (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
                     (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
        printf("64 silent connections: %u turns and %.1f ms of CPU in a second\n", turns,
               1000 * cpu);
        for (size_t i = 0; i < ELEMENTSOF(silent); i++)
                client_close(&silent[i]);
}

/* Many more than there are connections: a good one has to wait for a moment only, again and again.
 */
static void test_crowd(void **state) {
        enum {
                CROWD = 1000
        };
        Fixture *f = *state;
        struct rlimit limit;
        static int fds[CROWD];
        size_t n = 0;
        Client good;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        f->bounds.spare = 20 * USEC_PER_MSEC;
        start(f);
        size_t before = count_fds();
        unsigned port = port_of(web_listener_address(f->listener));
        for (; n < CROWD; n++) {
                fds[n] = tcp_connect(port);
                assert_true(fds[n] >= 0);
                turn(f, NULL);
                if (n % 100 == 99) {
                        usec_t begin = clock_monotonic();
                        ask(&good, f, n, GET("/a"));
                        CHECK_INT(n, good.status, 200);
                        CHECK(n, clock_monotonic() - begin < 2 * USEC_PER_SEC);
                        client_close(&good);
                }
                assert_true(count_fds() <= before + n + 1 + WEB_CONNECTIONS_MAX + 1);
        }
        while (n > 0)
                close(fds[--n]);
        wait_for_fds(f, before);
}

/* Headers that never end, or are too many. */
static void test_endless_headers(void **state) {
        static const struct {
                const char *before;
                const char *again; /* until there is an answer */
                unsigned status;
        } rows[] = {
                { "GET / HTTP/1.1\r\n" HEADERS "X: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 431 },
                { "GET / HTTP/1.1\r\n" HEADERS, "X-Header: aaaaaaaaaaaaaaaaaa\r\n", 431 },
                { "GET /", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 414 },
                { "GET /?", "a=b&a=b&a=b&a=b&a=b&a=b&a=b&a=b&a=b&a=b&", 414 },
                { "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0 },
                { "", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", 0 },
        };
        Fixture *f = *state;
        Client c;

        f->bounds.receive = USEC_PER_SEC;
        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t sent = 0;
                client_open(&c, f);
                client_send(&c, f, i, rows[i].before, strlen(rows[i].before));
                for (usec_t end = clock_monotonic() + DEADLINE; !c.ended && sent < 4000000;) {
                        client_send(&c, f, i, rows[i].again, strlen(rows[i].again));
                        sent += strlen(rows[i].again);
                        CHECK(i, clock_monotonic() < end);
                        if (client_cut(&c, false))
                                break;
                }
                /* An answer may be lost with what was not read of the request. */
                if (rows[i].status > 0 && !c.ended)
                        CHECK_INT(i, c.status, rows[i].status);
                else
                        CHECK(i, c.ended || (c.status >= 400 && c.status < 500));
                client_close(&c);
        }
        assert_int_equal(f->calls, 0);
}

/* Clients that go in the middle. */
static void test_gone(void **state) {
        static const struct {
                const char *sent;
                size_t taken; /* of the reply, before it goes */
                bool half;    /* says only that it will send no more */
                bool reset;
        } rows[] = {
                { "", 0, false, false },
                { "", 0, false, true },
                { "GET /a", 0, false, false },
                { "GET /a", 0, false, true },
                { "GET /a", 0, true, false },
                { GET("/a"), 0, false, false },
                { GET("/a"), 10, false, true },
                { GET("/big"), 0, false, false },
                { GET("/big"), 10000, false, true },
                { GET("/stream?size=9999999"), 10000, false, false },
                { GET("/stream?size=9999999"), 10000, false, true },
                { GET("/a") GET("/big") GET("/a"), 1000000, false, false },
        };
        Fixture *f = *state;
        Client c;

        f->bounds.idle = 1; /* half a request and its end, read at once, are held till then */
        start(f);
        size_t before = count_fds();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&c, f);
                client_send(&c, f, i, rows[i].sent, strlen(rows[i].sent));
                while (c.in.size < rows[i].taken) {
                        turn(f, NULL);
                        client_take(&c, rows[i].taken - c.in.size);
                }
                if (rows[i].half) {
                        assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
                        RUN_UNTIL(f, &c, i, c.ended);
                }
                if (rows[i].reset) {
                        const struct linger now = { .l_onoff = 1 };
                        (void)setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
                }
                client_close(&c);
                wait_for_fds(f, before);
        }
        (void)count_turns(f, USEC_PER_SEC / 20); /* what was noticed twice */
        assert_int_equal(count_turns(f, USEC_PER_SEC / 5), 0);
}

/* Ended with connections in every state. */
static void test_ended_by_daemon(void **state) {
        static const char *const rows[] = {
                "", "GET /a", GET("/a"), GET("/big"), GET("/stream?size=9999999"),
        };
        Client clients[ELEMENTSOF(rows) + 1];
        Fixture *f = *state;

        start(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&clients[i], f);
                client_send(&clients[i], f, i, rows[i], strlen(rows[i]));
        }
        client_open_plain(&clients[ELEMENTSOF(rows)], f);
        turn(f, NULL);
        unsigned calls = f->calls;
        f->listener = web_listener_free(f->listener);
        assert_int_equal(f->calls, calls);
        for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
                RUN_UNTIL(f, &clients[i], i, clients[i].ended); /* what was sent comes first */
                client_close(&clients[i]);
        }
}

static void test_random_garbage(void **state) {
        uint64_t seed = check_seed("random garbage");
        Fixture *f = *state;
        Client c;

        start(f);
        size_t before = count_fds();
        for (size_t i = 0; i < 200; i++) {
                static const char request[] =
                        "GET /a%20b?name=%41&x HTTP/1.1\r\n" HEADERS
                        "Authorization: Basic YW5uOnNlY3JldA==\r\nX-Test: y\r\n"
                        "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
                        "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n";
                char text[sizeof(request)];

                memcpy(text, request, sizeof(text));
                for (size_t n = check_random(&seed) % 5; n > 0; n--)
                        text[check_random(&seed) % (sizeof(text) - 1)] = (char)check_random(&seed);
                if (i % 2)
                        client_open(&c, f);
                else /* which is garbage to TLS */
                        client_open_plain(&c, f);
                client_send(&c, f, i, text, sizeof(text) - 1);
                for (size_t n = 0; n < 3; n++)
                        turn(f, &c);
                client_close(&c);
        }
        ask(&c, f, 999, GET("/a"));
        assert_int_equal(c.status, 200);
        client_close(&c);
        wait_for_fds(f, before);
}

static int make_certificates(void **state) {
        Authority ours;
        (void)state;

        authority_make(&ours, "ours");
        ca = secret_of_crt(ours.crt);
        server = pair_make(&ours, "localhost", NULL, 0);
        authority_done(&ours);
        return 0;
}

static int free_certificates(void **state) {
        (void)state;
        secret_free(ca);
        pair_done(&server);
        return 0;
}

#define BOTH(test)                                                                                 \
        { #test, test, set_up, tear_down, NULL }, {                                                \
#test " with TLS", test, set_up_tls, tear_down, NULL                               \
        }

int main(void) {
        const struct CMUnitTest tests[] = {
                BOTH(test_idle),
                BOTH(test_big_reply),
                BOTH(test_slow_clients),
                BOTH(test_slow_readers),
                BOTH(test_silence_is_cheap),
                BOTH(test_crowd),
                BOTH(test_endless_headers),
                BOTH(test_gone),
                BOTH(test_ended_by_daemon),
                BOTH(test_random_garbage),
        };

        return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
