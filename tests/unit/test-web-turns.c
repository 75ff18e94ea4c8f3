/* SPDX-License-Identifier: MIT */
#include "unit/web-certificates.h"
#include "unit/web-client.h"

/* Many clients of the web listener that ask at once for what takes time: what else there is in the
 * loop has its turns. Without TLS and with it. */

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

/* What else there is in the loop, and how much of the clients' work went before each turn of it. */
typedef struct Other {
        const Fixture *f;
        unsigned seen;
        unsigned most;
        unsigned turns;
        usec_t wait; /* between two of its turns; 0 = it always has something to do */
} Other;

static int other_on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        usec_t now = clock_monotonic();
        Other *o = userdata;
        (void)usec;

        o->most = MAX(o->most, o->f->delays - o->seen);
        o->seen = o->f->delays;
        o->turns++;
        assert_true(sd_event_source_set_time(source, now + o->wait) >= 0);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static sd_event_source *other_start(Other *o, Fixture *f, usec_t wait) {
        sd_event_source *source = NULL;

        *o = (Other){ .f = f, .seen = f->delays, .wait = wait };
        int r = sd_event_add_time(f->event, &source, CLOCK_MONOTONIC, 0, 1, other_on_timer, o);
        assert_true(r >= 0);
        return source;
}

/* Without a turn of the loop. */
static void client_send_now(Client *c, const char *text) {
        ssize_t n = c->tls ? gnutls_record_send(c->tls, text, strlen(text))
                           : send(c->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);

        assert_int_equal(n, strlen(text));
}

static void clients_open(Client *clients, size_t n, Fixture *f) {
        for (size_t i = 0; i < n; i++) {
                client_open(&clients[i], f);
                RUN_UNTIL(f, &clients[i], i, clients[i].shaken);
        }
        for (usec_t end = clock_monotonic() + USEC_PER_SEC / 50; clock_monotonic() < end;)
                turn(f, NULL);
}

/* All ask at once for what takes long: other things of the loop come in between, and all are
 * answered, also where there is always something else to do. */
static void test_many_ready(void **state) {
        static const struct {
                const char *request;
                size_t piece;
                size_t clients;
                unsigned calls; /* in all */
                bool busy;      /* the rest of the loop, all the time */
                bool head;
        } rows[] = {
                { GET("/a"), 0, 60, 60, false, false },
                { GET("/a"), 0, 60, 60, true, false },
                { GET("/a") GET("/b") GET("/c"), 0, 20, 60, false, false },
                { "HEAD /a HTTP/1.1\r\n" HEADERS "\r\n", 0, 60, 60, false, true },
                { GET("/big"), 0, 20, 20, false, false },
                { GET("/stream?size=2000"), 1000, 20, 80, false, false },
                { GET("/stream?size=2000"), 1000, 20, 80, true, false },
                { GET("/stream?size=9000&break=2000"), 1000, 20, 80, false, false },
        };
        Fixture *f = *state;
        Client clients[60];

        start(f);
        f->delay = 5 * USEC_PER_MSEC;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t left = rows[i].clients, replies[60] = { 0 };
                usec_t longest = 0;
                Other other;
                f->piece = rows[i].piece;
                clients_open(clients, left, f);
                for (size_t n = 0; n < rows[i].clients; n++)
                        client_send_now(&clients[n], rows[i].request);
                unsigned before = f->delays;
                sd_event_source *source = other_start(&other, f, rows[i].busy ? 0 : USEC_PER_MSEC);
                for (usec_t end = clock_monotonic() + DEADLINE; left > 0;) {
                        usec_t begin = clock_monotonic();
                        assert_true(sd_event_run(f->event, USEC_PER_MSEC) >= 0);
                        longest = MAX(longest, clock_monotonic() - begin);
                        CHECK(i, clock_monotonic() < end);
                        for (size_t n = 0; n < rows[i].clients; n++) {
                                Client *c = &clients[n];
                                size_t want = strstr(rows[i].request, "/b ") ? 3 : 1;
                                if (replies[n] == want)
                                        continue;
                                client_take(c, SIZE_MAX);
                                while (replies[n] < want && c->in.size > 0 &&
                                       client_cut(c, rows[i].head))
                                        replies[n]++;
                                if (c->ended)
                                        replies[n] = want;
                                left -= replies[n] == want;
                        }
                }
                CHECK_INT(i, f->delays - before, rows[i].calls);
                CHECK(i, other.most >= 1 && other.most <= 3);
                printf("row %zu: %u turns of something else, %u calls before one of them and "
                       "%.1f ms for a turn of the loop at most\n",
                       i, other.turns, other.most, (double)longest / 1000);
                sd_event_source_disable_unref(source);
                for (size_t n = 0; n < rows[i].clients; n++) {
                        CHECK(i, strstr(rows[i].request, "break") ? clients[n].ended
                                                                  : clients[n].status == 200);
                        client_close(&clients[n]);
                }
        }
}

/* Many who ask again as soon as they are answered keep nobody waiting for longer than one round. */
static void test_in_order(void **state) {
        Fixture *f = *state;
        Client clients[30], late;

        start(f);
        clients_open(clients, ELEMENTSOF(clients), f);
        clients_open(&late, 1, f);
        f->delay = 2 * USEC_PER_MSEC;
        for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                client_send_now(&clients[i], GET("/again"));
        for (size_t round = 0; round < 10; round++) {
                unsigned before = f->delays;
                client_send_now(&late, GET("/late"));
                for (late.status = 0; late.status == 0;) {
                        turn(f, &late);
                        if (late.in.size > 0)
                                (void)client_cut(&late, false);
                        for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
                                client_take(&clients[i], SIZE_MAX);
                                if (clients[i].in.size > 0 && client_cut(&clients[i], false))
                                        client_send_now(&clients[i], GET("/again"));
                        }
                        CHECK(round, f->delays - before < 1000);
                }
                CHECK(round, f->delays - before <= ELEMENTSOF(clients) + 10);
        }
        for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                client_close(&clients[i]);
        client_close(&late);
}

/* Ended, hung up or timed out while they wait for their turn. */
static void test_gone_while_waiting(void **state) {
        Fixture *f = *state;
        Client clients[40];

        f->bounds.send = 30 * USEC_PER_MSEC;
        start(f);
        size_t before = count_fds();
        f->delay = 5 * USEC_PER_MSEC;
        f->piece = 1000;
        for (size_t round = 0; round < 4; round++) {
                const char *request = round % 2 ? GET("/stream?size=100000") : GET("/a");
                clients_open(clients, ELEMENTSOF(clients), f);
                for (size_t i = 0; i < ELEMENTSOF(clients); i++)
                        client_send_now(&clients[i], request);
                turn(f, NULL);
                turn(f, NULL);
                if (round >= 2) /* all of them by the daemon */
                        f->listener = web_listener_free(f->listener);
                for (size_t i = 0; i < ELEMENTSOF(clients); i++) {
                        if (i % 2 || round >= 2)
                                RUN_UNTIL(f, &clients[i], i, clients[i].ended || round == 0);
                        client_close(&clients[i]);
                }
                if (round >= 2)
                        start(f);
                else
                        RUN_UNTIL(f, NULL, round, count_fds() == before);
        }
        f->delay = 0;
        ask(&clients[0], f, 9, GET("/a"));
        assert_int_equal(clients[0].status, 200);
        client_close(&clients[0]);
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
                BOTH(test_many_ready),
                BOTH(test_in_order),
                BOTH(test_gone_while_waiting),
        };

        return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
