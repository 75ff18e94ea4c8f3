/* SPDX-License-Identifier: MIT */
#include "unit/web-client.h"

#include "io/web-address.h"

#include <netinet/tcp.h>
#include <sys/un.h>

/* Where the web listener listens: addresses, reloads, inherited sockets. */

static int try_start(Fixture *f, const char *listen_at) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        WebSettings settings = { .listen = listen_at };
        WebListener *listener = NULL;

        int r = web_listener_new(f->event, &settings, -1, on_request, f, &problem, &listener);
        assert_true((r == 0) == (listener != NULL));
        web_listener_free(listener);
        return r;
}

/* Bound to a free port, and listening. */
static int other_socket(const char *address, char ret[ADDRESS_TEXT]) {
        Address a;
        int fd;

        assert_null(address_parse(address, &a));
        assert_int_equal(web_address_listen(&a, &fd), 0);
        assert_int_equal(web_address_of(fd, &a), 0);
        address_format(&a, ret);
        return fd;
}

static void test_start(void **state) {
        Fixture *f = *state;
        char taken[ADDRESS_TEXT];
        int fd = other_socket("127.0.0.1:0", taken);

        assert_int_equal(try_start(f, "127.0.0.1:0"), 0);
        assert_int_equal(try_start(f, taken), -EADDRINUSE);
        assert_int_equal(try_start(f, "192.0.2.1:0"), -EADDRNOTAVAIL);
        assert_int_equal(try_start(f, "localhost:0"), -EINVAL);
        assert_int_equal(try_start(f, NULL), -EINVAL);
        close(fd);
        /* It is free again at once, although a connection was just ended by us. */
        f->settings.listen = taken;
        start(f);
        assert_string_equal(web_listener_address(f->listener), taken);
        Client c;
        client_open(&c, f);
        RUN_UNTIL(f, &c, 0, clock_monotonic() > 0);
        f->listener = web_listener_free(f->listener);
        RUN_UNTIL(f, &c, 0, c.ended);
        start(f);
        client_close(&c);
}

/* What clients get of the socket's options. */
static void test_options(void **state) {
        Fixture *f = *state;
        int flags[2] = { 0 }, nodelay = 0, buffer = 0;
        socklen_t size = sizeof(int);
        Client c;

        start(f);
        size_t before = count_fds();
        ask(&c, f, 0, GET("/a"));
        assert_int_equal(count_fds(), before + 2);
        int fd = c.fd + 1; /* the server's end */
        assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &nodelay, &size), 0);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &size), 0);
        flags[0] = fcntl(fd, F_GETFL);
        flags[1] = fcntl(fd, F_GETFD);
        assert_true(nodelay && (flags[0] & O_NONBLOCK) && (flags[1] & FD_CLOEXEC));
        assert_in_range(buffer, 65536, 262144);
        client_close(&c);
}

static bool can_connect(unsigned port) {
        int fd = tcp_connect(port);

        if (fd >= 0)
                close(fd);
        return fd >= 0;
}

static void test_moves(void **state) {
        static const char *const hosts[] = { "127.0.0.1", "0.0.0.0", "127.0.0.2", "0.0.0.0",
                                             "127.0.0.1" };
        Fixture *f = *state;
        char text[ADDRESS_TEXT], before[ADDRESS_TEXT];
        Client c;

        start(f);
        client_open(&c, f);
        client_ask(&c, f, 0, GET("/a"));
        unsigned port = port_of(web_listener_address(f->listener));
        /* The same, and the same said otherwise. */
        for (size_t i = 0; i < 2; i++) {
                snprintf(text, sizeof(text), "127.0.0.1:%u", i == 0 ? 0 : port);
                f->settings.listen = text;
                CHECK_INT(i, web_listener_configure(f->listener, &f->settings, NULL), 0);
                CHECK_INT(i, port_of(web_listener_address(f->listener)), port);
        }
        /* Another port. */
        int fd = other_socket("127.0.0.1:0", text);
        close(fd);
        f->settings.listen = text;
        assert_int_equal(web_listener_configure(f->listener, &f->settings, NULL), 0);
        assert_string_equal(web_listener_address(f->listener), text);
        assert_false(can_connect(port));
        client_ask(&c, f, 1, GET("/a")); /* who is connected stays */
        assert_int_equal(c.status, 200);
        /* The same port at addresses that overlap. */
        port = port_of(text);
        for (size_t i = 0; i < ELEMENTSOF(hosts); i++) {
                snprintf(text, sizeof(text), "%s:%u", hosts[i], port);
                CHECK_INT(i, web_listener_configure(f->listener, &f->settings, NULL), 0);
                CHECK_STR(i, web_listener_address(f->listener), text);
                CHECK_INT(i, can_connect(port), i != 2);
                client_ask(&c, f, i, GET("/a"));
                CHECK_INT(i, c.status, 200);
        }
        client_close(&c);
        /* Which somebody else has a part of: nothing changes. */
        snprintf(before, sizeof(before), "%s", text);
        snprintf(text, sizeof(text), "127.0.0.3:%u", port);
        fd = other_socket(text, text);
        snprintf(text, sizeof(text), "0.0.0.0:%u", port);
        assert_int_equal(web_listener_configure(f->listener, &f->settings, NULL), -EADDRINUSE);
        assert_string_equal(web_listener_address(f->listener), before);
        ask(&c, f, 9, GET("/a"));
        assert_int_equal(c.status, 200);
        client_close(&c);
        close(fd);
        assert_int_equal(web_listener_configure(f->listener, &f->settings, NULL), 0);
        assert_string_equal(web_listener_address(f->listener), text);
        ask(&c, f, 10, GET("/a"));
        assert_int_equal(c.status, 200);
        client_close(&c);
}

/* All stays where another address cannot be had. */
static void test_move_fails(void **state) {
        char taken[ADDRESS_TEXT], before[ADDRESS_TEXT];
        Fixture *f = *state;
        int fd = other_socket("127.0.0.1:0", taken);
        const struct {
                const char *listen;
                int error;
        } rows[] = {
                { taken, -EADDRINUSE },
                { "192.0.2.1:0", -EADDRNOTAVAIL },
                { "x", -EINVAL },
                { NULL, -EINVAL },
        };
        Secret *password = secret_new("x", 1);
        Client c;

        start(f);
        snprintf(before, sizeof(before), "%s", web_listener_address(f->listener));
        client_open(&c, f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                /* Not even the password is changed then. */
                WebSettings settings = { .listen = rows[i].listen, .password = password };
                size_t fds = count_fds();
                CHECK_INT(i, web_listener_configure(f->listener, &settings, NULL), rows[i].error);
                CHECK_STR(i, web_listener_address(f->listener), before);
                CHECK_INT(i, count_fds(), fds);
                client_ask(&c, f, i, GET("/a"));
                CHECK_INT(i, c.status, 200);
        }
        client_close(&c);
        secret_free(password);
        close(fd);
}

static void test_six(void **state) {
        Fixture *f = *state;
        char text[ADDRESS_TEXT];
        Address a;
        int fd;

        assert_null(address_parse("[::1]:0", &a));
        if (web_address_listen(&a, &fd) < 0)
                skip();
        close(fd);
        f->settings.listen = "[::]:0";
        start(f);
        assert_true(startswith(web_listener_address(f->listener), "[::]:"));
        unsigned port = port_of(web_listener_address(f->listener));
        assert_false(can_connect(port)); /* no IPv4 */
        snprintf(text, sizeof(text), "127.0.0.1:%u", port);
        fd = other_socket(text, text);
        close(fd);
        struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                    .sin6_port = htons((uint16_t)port),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        Client c = { .fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), .shaken = true };
        assert_int_equal(connect(c.fd, (struct sockaddr *)&six, sizeof(six)), 0);
        client_ask(&c, f, 0, "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n");
        assert_int_equal(c.status, 200);
        client_close(&c);
}

/* --- inherited sockets ----------------------------------------------------------------------- */

static void test_inherited(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        char text[ADDRESS_TEXT], other[ADDRESS_TEXT];
        Fixture *f = *state;
        Client c;

        int fd = other_socket("127.0.0.1:0", text);
        assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
        assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
        f->settings.listen = NULL;
        size_t before = count_fds();
        assert_int_equal(
                web_listener_new(f->event, &f->settings, fd, on_request, f, &problem, &f->listener),
                0);
        assert_string_equal(web_listener_address(f->listener), text);
        assert_in_range(count_fds(), before, before + 3); /* the library's, and its events */
        ask(&c, f, 0, GET("/a"));
        assert_int_equal(c.status, 200);
        /* It stays, whatever the configuration says, and also with another server. */
        close(other_socket("127.0.0.1:0", other));
        f->settings.listen = other;
        assert_int_equal(web_listener_configure(f->listener, &f->settings, &problem), 0);
        assert_string_equal(web_listener_address(f->listener), text);
        client_ask(&c, f, 1, GET("/a"));
        assert_int_equal(c.status, 200);
        Secret *password = secret_new("x", 1);
        f->settings.password = password;
        assert_int_equal(web_listener_configure(f->listener, &f->settings, &problem), 0);
        RUN_UNTIL(f, &c, 2, c.ended);
        client_close(&c);
        ask(&c, f, 3, GET("/a"));
        assert_int_equal(c.status, 401);
        client_close(&c);
        secret_free(password);
        assert_int_equal(problem.size, 0);
}

static void test_no_socket_of_ours(void **state) {
        Fixture *f = *state;
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        const struct {
                int fd;
        } rows[] = {
                { socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) }, /* does not listen */
                { socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) },
                { socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) },
                { pair[0] },
                { dup(2) },
                { 9999 },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf problem = { 0 };
                WebListener *listener = NULL;

                CHECK(i, rows[i].fd >= 0);
                CHECK_INT(i,
                          web_listener_new(f->event, &f->settings, rows[i].fd, on_request, f,
                                           &problem, &listener),
                          -EINVAL);
                CHECK(i, !listener);
                CHECK_STR(i, strbuf_text(&problem), "it is not a listening socket of TCP");
                if (rows[i].fd != 9999) /* it stays the caller's */
                        CHECK_INT(i, close(rows[i].fd), 0);
        }
        close(pair[1]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_start, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_options, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_moves, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_move_fails, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_six, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_inherited, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_no_socket_of_ours, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
