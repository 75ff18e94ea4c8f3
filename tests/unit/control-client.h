/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the control socket share: the socket in a temporary folder, a handler that
 * tells what it was asked, and clients that take turns with the loop. */

#include "unit/check.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/control-bounds.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DEADLINE (10 * USEC_PER_SEC)
#define BIG_SIZE ((size_t)4 << 20)

#define HEADERS "Host: mailsecd\r\n"
#define GET(p)  "GET " p " HTTP/1.1\r\n" HEADERS "\r\n"

typedef struct Fixture {
        char folder[32];
        char path[64];
        char other[64]; /* another path for a socket */
        sd_event *event;
        Control *control;
        WebBounds bounds;
        unsigned calls; /* of the handler */
        size_t n_fds;   /* before anything was opened */
} Fixture;

static char big[BIG_SIZE + 1]; /* numbered lines of 16 bytes */

static inline size_t count_fds(void) {
        size_t n = 0;
        DIR *folder = opendir("/proc/self/fd");

        assert_non_null(folder);
        while (readdir(folder))
                n++;
        closedir(folder);
        return n;
}

/* Answers "METHOD PATH [BODY] uid UID name=VALUE", and other things at some paths. */
static inline void on_request(void *userdata, const WebRequest *request, WebReply *ret) {
        Fixture *f = userdata;
        const char *name = web_query(request, "name");

        f->calls++;
        ret->status = 200;
        if (streq(request->path, "/big")) {
                (void)strbuf_add(&ret->body, big, BIG_SIZE);
        } else if (streq(request->path, "/no-status")) {
                ret->status = 0;
        } else if (streq(request->path, "/no-memory")) {
                ret->body.max = 10;
                (void)strbuf_adds(&ret->body, "12345");
                (void)strbuf_adds(&ret->body, "1234567890");
        } else if (streq(request->path, "/nothing")) {
                ret->status = 204;
        } else if (streq(request->path, "/move")) {
                assert_int_equal(
                        control_configure(f->control, &(ControlSettings){ .path = f->other }), 0);
        } else {
                if (streq(request->path, "/teapot"))
                        ret->status = 418;
                assert_int_equal(strlen(request->body), strnlen(request->body, request->size));
                (void)strbuf_addf(&ret->body, "%s %s [%zu:%.40s] uid %d name=%s", request->method,
                                  request->path, request->size, request->body, (int)request->uid,
                                  name ? name : "(none)");
        }
}

static inline void start(Fixture *f, const char *group) {
        const ControlSettings settings = { .path = f->path, .group = group };

        assert_int_equal(
                control_new_bounded(f->event, &settings, &f->bounds, on_request, f, &f->control),
                0);
}

static inline int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        for (size_t i = 0; i < BIG_SIZE && !big[i]; i += 16)
                snprintf(big + i, 17, "%015zu\n", i / 16);
        (void)signal(SIGPIPE, SIG_IGN);
        f->n_fds = count_fds();
        f->bounds = control_bounds;
        strcpy(f->folder, "/tmp/test-control-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        snprintf(f->path, sizeof(f->path), "%s/control.sock", f->folder);
        snprintf(f->other, sizeof(f->other), "%s/other.sock", f->folder);
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

/* Nothing is left behind: neither a file nor a descriptor. */
static inline int tear_down(void **state) {
        Fixture *f = *state;

        f->control = control_free(f->control);
        sd_event_unref(f->event);
        assert_int_equal(rmdir(f->folder), 0);
        assert_int_equal(count_fds(), f->n_fds);
        free(f);
        return 0;
}

/* --- clients ------------------------------------------------------------------------------- */

typedef struct Client {
        int fd;
        StrBuf in; /* what came and was not looked at yet */
        bool ended;
        unsigned status; /* of the last reply, and its parts */
        char head[1024];
        size_t size;
        char body[512]; /* its beginning */
} Client;

static inline void client_open_at(Client *c, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        *c = (Client){ .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };
        assert_true(c->fd >= 0);
        strcpy(address.sun_path, path);
        assert_int_equal(connect(c->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static inline void client_open(Client *c, const Fixture *f) {
        client_open_at(c, f->path);
}

static inline void client_close(Client *c) {
        close(c->fd);
        strbuf_done(&c->in);
}

/* Takes what has come, at most `most` bytes. */
static inline void client_take(Client *c, size_t most) {
        char buffer[65536];
        ssize_t n = 0;

        for (; !c->ended && most > 0; most -= MIN(most, (size_t)MAX(n, 0))) {
                n = recv(c->fd, buffer, MIN(sizeof(buffer), most), MSG_DONTWAIT);
                if (n < 0 && errno == EAGAIN)
                        return;
                if (n <= 0)
                        c->ended = true;
                else
                        assert_int_equal(strbuf_add(&c->in, buffer, (size_t)n), 0);
        }
}

/* Cuts one whole reply off what came; `bare` = without a body (HEAD, 204). */
static inline bool client_cut(Client *c, bool bare) {
        const char *text = strbuf_text(&c->in), *end = strstr(text, "\r\n\r\n");

        if (!end)
                return false;
        size_t head = (size_t)(end - text) + 4, size = 0;
        const char *length = strstr(text, "Content-Length: ");
        if (length && length < end && !bare)
                size = strtoul(length + STRLEN("Content-Length: "), NULL, 10);
        if (c->in.size < head + size)
                return false;
        assert_int_equal(sscanf(text, "HTTP/1.1 %u ", &c->status), 1);
        snprintf(c->head, sizeof(c->head), "%.*s", (int)head, text);
        snprintf(c->body, sizeof(c->body), "%.*s", (int)MIN(size, sizeof(c->body) - 1),
                 text + head);
        c->size = size;
        memmove(c->in.data, text + head + size, c->in.size - head - size + 1);
        c->in.size -= head + size;
        return true;
}

/* One turn of the loop, and of the client where there is one. */
static inline void turn(Fixture *f, Client *c) {
        assert_true(sd_event_run(f->event, USEC_PER_MSEC) >= 0);
        if (c)
                client_take(c, SIZE_MAX);
}

#define RUN_UNTIL(f, c, row, condition)                                                            \
        do {                                                                                       \
                usec_t _deadline = clock_monotonic() + DEADLINE;                                   \
                while (!(condition)) {                                                             \
                        turn(f, c);                                                                \
                        CHECK(row, clock_monotonic() < _deadline);                                 \
                }                                                                                  \
        } while (0)

/* Sends all of it, while the loop runs; stops where the daemon has hung up. */
static inline void client_send(Client *c, Fixture *f, size_t row, const char *data, size_t size) {
        usec_t deadline = clock_monotonic() + DEADLINE;

        while (size > 0) {
                ssize_t n = send(c->fd, data, size, MSG_NOSIGNAL);
                if (n < 0 && errno != EAGAIN)
                        return;
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                }
                turn(f, c);
                CHECK(row, clock_monotonic() < deadline);
        }
}

static inline void client_ask(Client *c, Fixture *f, size_t row, const char *request) {
        bool bare = startswith(request, "HEAD");

        client_send(c, f, row, request, strlen(request));
        RUN_UNTIL(f, c, row, client_cut(c, bare));
}

/* Asks over a connection of its own, which is closed afterwards. */
static inline void ask(Client *c, Fixture *f, size_t row, const char *request) {
        client_open(c, f);
        client_ask(c, f, row, request);
        client_close(c);
}

/* Until the daemon has noticed that every client has gone. */
static inline void wait_for_fds(Fixture *f, size_t n) {
        RUN_UNTIL(f, NULL, 0, count_fds() == n);
}
