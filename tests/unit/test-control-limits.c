/* SPDX-License-Identifier: MIT */
#include "unit/control-client.h"

#include <sys/resource.h>

/* Clients that are slow, silent, many, or gone, and a daemon that has nothing to do. */

/* Descriptors of a control socket without connections: the loop, its timers, the library's epoll
 * set, the socket. */
static size_t idle_fds(Fixture *f) {
        Client c;

        ask(&c, f, 0, GET("/first"));
        usec_t settled = clock_monotonic() + 50 * USEC_PER_MSEC;
        while (clock_monotonic() < settled)
                turn(f, NULL);
        return count_fds();
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

static void test_idle(void **state) {
        Fixture *f = *state;
        Client c;

        f->bounds.idle = 1; /* whatever was armed for the first client would be due */
        start(f, NULL);
        (void)idle_fds(f);
        assert_int_equal(count_turns(f, USEC_PER_SEC), 0);
        client_open(&c, f);
        client_ask(&c, f, 0, GET("/a"));
        assert_in_range(count_turns(f, USEC_PER_SEC / 2), 0, 2);
        client_close(&c);
}

/* What a client sends before it falls silent, or goes on too slowly. */
static void test_slow_clients(void **state) {
        static const struct {
                const char *sent;
                bool drips; /* a byte of it again and again */
                usec_t least;
                usec_t most;
        } rows[] = {
                { "", false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "GET /a HTTP/1.1\r\nHost:", false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 100\r\n\r\nabc", false,
                  900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { GET("/a"), false, 900 * USEC_PER_MSEC, 3 * USEC_PER_SEC },
                { "GET /aaaaaaaaaaa", true, 1900 * USEC_PER_MSEC, 4 * USEC_PER_SEC },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 10000\r\n\r\na", true,
                  1900 * USEC_PER_MSEC, 4 * USEC_PER_SEC },
        };
        Fixture *f = *state;
        Client clients[ELEMENTSOF(rows)];
        usec_t ended[ELEMENTSOF(rows)] = { 0 };
        size_t left = ELEMENTSOF(rows);

        f->bounds.idle = 1;
        f->bounds.receive = 2 * USEC_PER_SEC;
        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&clients[i], f);
                client_send(&clients[i], f, i, rows[i].sent, strlen(rows[i].sent));
        }
        usec_t begin = clock_monotonic(), drips_at = begin;
        while (left > 0) {
                turn(f, NULL);
                usec_t now = clock_monotonic();
                CHECK(0, now < begin + DEADLINE);
                bool drips = now >= drips_at;
                if (drips)
                        drips_at = now + 10 * USEC_PER_MSEC;
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        if (ended[i] > 0)
                                continue;
                        if (rows[i].drips && drips)
                                (void)send(clients[i].fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
                        client_take(&clients[i], SIZE_MAX);
                        if (clients[i].ended) {
                                ended[i] = now - begin;
                                left--;
                        }
                }
        }
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CHECK(i, ended[i] >= rows[i].least);
                CHECK(i, ended[i] <= rows[i].most);
                client_close(&clients[i]);
        }
}

/* More silent ones than there are connections: a good one has to wait for a moment only. */
static void test_crowd(void **state) {
        Fixture *f = *state;
        Client silent[CONTROL_CONNECTIONS_MAX + 8], good;
        size_t ended = 0;

        f->bounds.spare = 200 * USEC_PER_MSEC;
        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(silent); i++)
                client_open(&silent[i], f);
        client_open(&good, f);
        usec_t begin = clock_monotonic();
        client_send(&good, f, 0, GET("/a"), STRLEN(GET("/a")));
        unsigned turns = 0;
        for (; !client_cut(&good, false); turns += sd_event_run(f->event, USEC_PER_MSEC) > 0) {
                client_take(&good, SIZE_MAX);
                assert_true(clock_monotonic() < begin + DEADLINE);
        }
        assert_int_equal(good.status, 200);
        assert_true(clock_monotonic() - begin < USEC_PER_SEC);
        assert_in_range(turns, 1, 300); /* it waits, and does not spin */
        for (size_t i = 0; i < ELEMENTSOF(silent); i++) {
                client_take(&silent[i], SIZE_MAX);
                ended += silent[i].ended;
                /* The oldest ones went first. */
                CHECK(i, silent[i].ended == (i < 9));
                client_close(&silent[i]);
        }
        assert_int_equal(ended, 9);
        client_close(&good);
}

/* More good ones at once than there are connections: each is answered. */
static void test_busy_crowd(void **state) {
        Fixture *f = *state;
        Client clients[2 * CONTROL_CONNECTIONS_MAX];
        usec_t begin = clock_monotonic();
        size_t left = ELEMENTSOF(clients);

        f->bounds.spare = 2 * DEADLINE;
        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
                client_open(&clients[i], f);
                CHECK_INT(i, send(clients[i].fd, GET("/a"), STRLEN(GET("/a")), 0),
                          STRLEN(GET("/a")));
        }
        while (left > 0) {
                turn(f, NULL);
                CHECK(left, clock_monotonic() < begin + DEADLINE);
                for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
                        if (clients[i].status > 0)
                                continue;
                        client_take(&clients[i], SIZE_MAX);
                        CHECK(i, !clients[i].ended);
                        if (!client_cut(&clients[i], false))
                                continue;
                        CHECK_INT(i, clients[i].status, 200);
                        client_close(&clients[i]);
                        left--;
                }
        }
        assert_int_equal(f->calls, ELEMENTSOF(clients));
}

/* A reply under way is not ended for a new connection, before it is due for being stuck. */
static void test_crowd_spares_replies(void **state) {
        Fixture *f = *state;
        Client reader, silent, good;
        size_t size = 0;

        f->bounds.connections = 2;
        f->bounds.spare = 20 * USEC_PER_MSEC;
        start(f, NULL);
        client_open(&reader, f);
        client_send(&reader, f, 0, GET("/big"), STRLEN(GET("/big")));
        RUN_UNTIL(f, NULL, 0, f->calls == 1);
        client_open(&silent, f);
        ask(&good, f, 1, GET("/a"));
        assert_int_equal(good.status, 200);
        client_take(&silent, SIZE_MAX);
        assert_true(silent.ended);
        RUN_UNTIL(f, &reader, 2, client_cut(&reader, false));
        size = reader.size;
        assert_int_equal(size, BIG_SIZE);
        client_close(&reader);
        client_close(&silent);
}

static void test_big_reply(void **state) {
        Fixture *f = *state;
        Client slow, stuck, good;
        usec_t begin, asked, now;

        f->bounds.idle = 1;
        f->bounds.send = 2 * USEC_PER_SEC;
        start(f, NULL);
        client_open(&slow, f);
        client_open(&stuck, f);
        begin = clock_monotonic();
        client_send(&slow, f, 0, GET("/big"), STRLEN(GET("/big")));
        RUN_UNTIL(f, NULL, 0, f->calls == 1);
        asked = clock_monotonic();
        client_send(&stuck, f, 0, GET("/big"), STRLEN(GET("/big")));
        /* Both got only what the sockets hold, and others are answered meanwhile. */
        for (size_t i = 0; i < 20; i++) {
                ask(&good, f, i, GET("/a"));
                CHECK_INT(i, good.status, 200);
        }
        ask(&good, f, 99, GET("/big"));
        assert_int_equal(good.size, BIG_SIZE);
        assert_int_equal(strncmp(good.body, "000000000000000\n000000000000001\n", 32), 0);

        /* One takes some from time to time; it is ended when the whole time is over. */
        for (now = clock_monotonic(); !slow.ended; now = clock_monotonic()) {
                client_take(&slow, 10000);
                for (usec_t pause = now + 10 * USEC_PER_MSEC; clock_monotonic() < pause;)
                        turn(f, NULL);
                assert_true(now < begin + DEADLINE);
        }
        assert_in_range(now - asked, 1900 * USEC_PER_MSEC, 5 * USEC_PER_SEC);
        assert_true(slow.in.size < BIG_SIZE);
        client_take(&stuck, SIZE_MAX);
        assert_true(stuck.ended);
        assert_in_range(stuck.in.size, 1, BIG_SIZE / 2);
        client_close(&slow);
        client_close(&stuck);
}

/* Clients that go in the middle. */
static void test_gone(void **state) {
        static const struct {
                const char *sent;
                size_t taken; /* of the reply, before it goes */
                bool half;    /* says only that it will send no more */
        } rows[] = {
                { "", 0, false },
                { "GET /a", 0, false },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 100\r\n\r\nabc", 0, false },
                { "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 100\r\n\r\nabc", 0, true },
                { "GET /a", 0, true },
                { GET("/a"), 0, false },
                { GET("/a"), 10, false },
                { GET("/big"), 0, false },
                { GET("/big"), 10000, false },
                { GET("/a") GET("/big") GET("/a"), 1000000, false },
        };
        Fixture *f = *state;

        f->bounds.idle = 1; /* half a request and its end, read at once, are held till then */
        start(f, NULL);
        size_t before = idle_fds(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Client c;

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
                client_close(&c);
                wait_for_fds(f, before);
        }
        (void)count_turns(f, USEC_PER_SEC / 20); /* what was noticed twice */
        assert_int_equal(count_turns(f, USEC_PER_SEC / 5), 0);
}

/* A client that says that it will send no more still gets its reply. */
static void test_half_closed(void **state) {
        Fixture *f = *state;
        Client c;

        start(f, NULL);
        client_open(&c, f);
        client_send(&c, f, 0, GET("/big"), STRLEN(GET("/big")));
        assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
        RUN_UNTIL(f, &c, 0, client_cut(&c, false));
        assert_int_equal(c.size, BIG_SIZE);
        client_close(&c);
}

/* A chunk's header that fills the buffer and never ends, on which the library would spin. */
static void test_endless_chunk_header(void **state) {
        static const char begin[] =
                "POST /a HTTP/1.1\r\n" HEADERS "Transfer-Encoding: chunked\r\n\r\n5;";
        static char filling[40000];
        Fixture *f = *state;
        Client c;

        f->bounds.receive = USEC_PER_SEC;
        start(f, NULL);
        memset(filling, 'a', sizeof(filling));
        client_open(&c, f);
        client_send(&c, f, 0, begin, strlen(begin));
        client_send(&c, f, 0, filling, sizeof(filling));
        (void)count_turns(f, USEC_PER_SEC / 5);
        assert_in_range(count_turns(f, USEC_PER_SEC / 2), 0, 60);
        RUN_UNTIL(f, &c, 0, c.ended);
        client_close(&c);
        assert_int_equal(f->calls, 0);
}

/* Without a descriptor left it waits, and goes on when there is one again. */
static void test_no_descriptors(void **state) {
        const char *preloaded = getenv("LD_PRELOAD");
        struct rlimit limit, none;
        Fixture *f = *state;
        Client c;

        /* valgrind lets the kernel accept, and closes what is above the limit. */
        if (preloaded && strstr(preloaded, "vgpreload"))
                skip();
        start(f, NULL);
        (void)idle_fds(f);
        client_open(&c, f);
        assert_int_equal(send(c.fd, GET("/a"), STRLEN(GET("/a")), 0), STRLEN(GET("/a")));
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
        int next = dup(0);
        close(next);
        none = (struct rlimit){ .rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        unsigned turns = count_turns(f, 300 * USEC_PER_MSEC);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_in_range(turns, 1, 3);
        RUN_UNTIL(f, &c, 0, client_cut(&c, false));
        assert_int_equal(c.status, 200);
        client_close(&c);
}

/* Ended with connections in every state. */
static void test_ended_by_daemon(void **state) {
        static const char *const rows[] = {
                "",
                "GET /a",
                "POST /a HTTP/1.1\r\n" HEADERS "Content-Length: 100\r\n\r\nabc",
                GET("/a"),
                GET("/big"),
        };
        Client clients[ELEMENTSOF(rows)];
        Fixture *f = *state;
        struct stat st;

        start(f, NULL);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_open(&clients[i], f);
                client_send(&clients[i], f, i, rows[i], strlen(rows[i]));
        }
        unsigned calls = f->calls;
        f->control = control_free(f->control);
        assert_int_equal(f->calls, calls);
        assert_int_equal(lstat(f->path, &st), -1);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                client_take(&clients[i], SIZE_MAX);
                CHECK(i, clients[i].ended);
                client_close(&clients[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_slow_clients, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_crowd, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_busy_crowd, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_crowd_spares_replies, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_big_reply, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_gone, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_half_closed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_endless_chunk_header, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_no_descriptors, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ended_by_daemon, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
