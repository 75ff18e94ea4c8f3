/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the web listener share: a listener on a free port with a handler that tells
 * what it was asked, and clients, with TLS or without, that take turns with the loop. */

#include "unit/check.h"

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/web-bounds.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE (20 * USEC_PER_SEC)

#define BIG_SIZE ((size_t)4 << 20)

#define HEADERS "Host: localhost\r\n"
#define GET(p)  "GET " p " HTTP/1.1\r\n" HEADERS "\r\n"

typedef struct Fixture {
        sd_event *event;
        WebListener *listener;
        WebSettings settings;
        WebBounds bounds;
        unsigned calls;       /* of the handler */
        unsigned opened;      /* streams */
        unsigned freed;       /* streams */
        size_t streamed;      /* bytes that were asked of streams */
        usec_t delay;         /* that each call of the handler and for a piece of a stream takes */
        unsigned delays;      /* such calls */
        size_t piece;         /* most bytes of one piece of a stream; 0 = as asked */
        size_t n_fds;         /* before anything was opened */
        gnutls_datum_t ca;    /* what TLS clients trust, PEM */
        const char *priority; /* of TLS clients, NULL = GnuTLS's own */
        const Secret *shown;  /* certificate of TLS clients, PEM; NULL = none */
        const Secret *shown_key;
} Fixture;

static inline size_t count_fds(void) {
        size_t n = 0;
        DIR *folder = opendir("/proc/self/fd");

        assert_non_null(folder);
        while (readdir(folder))
                n++;
        closedir(folder);
        return n;
}

/* --- the handler --------------------------------------------------------------------------- */

/* Numbered lines of 16 bytes. */
static inline void lines_fill(char *buffer, size_t size, size_t at) {
        char line[32];

        for (size_t i = 0; i < size; i++) {
                if (i == 0 || (at + i) % 16 == 0)
                        snprintf(line, sizeof(line), "%015zu\n", (at + i) / 16);
                buffer[i] = line[(at + i) % 16];
        }
}

/* Works for some time. */
static inline void delay(Fixture *f) {
        usec_t end = clock_monotonic() + f->delay;

        while (f->delay > 0 && clock_monotonic() < end)
                ;
        f->delays++;
}

typedef struct Lines {
        Fixture *f;
        size_t at;
        size_t size;
        size_t break_at; /* the stream fails here */
} Lines;

static inline ssize_t lines_read(void *userdata, char *buffer, size_t size) {
        Lines *s = userdata;
        size_t n = MIN(size, s->size - s->at);

        assert_true(size > 0);
        delay(s->f);
        if (s->at >= s->break_at)
                return -EIO;
        if (s->f->piece > 0)
                n = MIN(n, s->f->piece);
        n = MIN(n, s->break_at - s->at);
        lines_fill(buffer, n, s->at);
        s->at += n;
        s->f->streamed += n;
        return (ssize_t)n;
}

static inline void lines_free(void *userdata) {
        Lines *s = userdata;

        s->f->freed++;
        free(s);
}

static inline size_t number_of(const WebRequest *request, const char *name, size_t missing) {
        const char *text = web_query(request, name);

        return text ? strtoul(text, NULL, 10) : missing;
}

/* "/stream?size=N&break=N&status=N" */
static inline void answer_stream(Fixture *f, const WebRequest *request, WebReply *ret) {
        Lines *s = calloc(1, sizeof(*s));

        assert_non_null(s);
        *s = (Lines){
                .f = f,
                .size = number_of(request, "size", 0),
                .break_at = number_of(request, "break", SIZE_MAX),
        };
        f->opened++;
        ret->status = (unsigned)number_of(request, "status", 200);
        ret->stream = (WebStream){ .read = lines_read, .free = lines_free, .userdata = s };
        ret->type = "text/plain; charset=utf-8";
        if (web_query(request, "with-body")) /* which is not sent then */
                (void)strbuf_adds(&ret->body, "the body");
}

/* Answers "METHOD PATH [BODY] x=HEADER name=VALUE", and other things at some paths. */
static inline void on_request(void *userdata, const WebRequest *request, WebReply *ret) {
        Fixture *f = userdata;
        const char *name = web_query(request, "name"), *header = web_header(request, "X-Test");

        f->calls++;
        delay(f);
        ret->status = 200;
        if (streq(request->path, "/stream")) {
                answer_stream(f, request, ret);
        } else if (streq(request->path, "/typed")) {
                ret->type = "text/css; charset=utf-8";
                ret->cache = "max-age=3600";
                ret->headers[0] = (WebHeader){ "ETag", "\"abc\"" };
                ret->headers[1] = (WebHeader){ "X-Two", "2" };
                (void)strbuf_adds(&ret->body, "a{}");
        } else if (streq(request->path, "/full")) {
                for (size_t i = 0; i < WEB_HEADERS_MAX; i++)
                        ret->headers[i] = (WebHeader){ "X-Many", "yes" };
        } else if (streq(request->path, "/big")) {
                _cleanup_free_ char *lines = malloc(BIG_SIZE);
                lines_fill(lines, BIG_SIZE, 0);
                (void)strbuf_add(&ret->body, lines, BIG_SIZE);
        } else if (streq(request->path, "/no-status")) {
                ret->status = 0;
        } else {
                (void)strbuf_addf(&ret->body, "%s %s [%zu:%s] x=%s name=%s", request->method,
                                  request->path, request->size, request->body,
                                  header ? header : "(none)", name ? name : "(none)");
        }
}

/* --- the listener -------------------------------------------------------------------------- */

static inline void start(Fixture *f) {
        _cleanup_strbuf_ StrBuf problem = { 0 };

        int r = web_listener_new_bounded(f->event, &f->settings, &f->bounds, -1, on_request, f,
                                         &problem, &f->listener);
        if (r != 0)
                fail_msg("no listener: %s, %s", strerror(-r), strbuf_text(&problem));
}

static inline int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        (void)signal(SIGPIPE, SIG_IGN);
        (void)gnutls_global_init(); /* which may keep a descriptor */
        f->n_fds = count_fds();
        f->bounds = web_bounds;
        f->settings.listen = "127.0.0.1:0";
        assert_true(sd_event_new(&f->event) >= 0);
        *state = f;
        return 0;
}

/* Nothing is left behind. */
static inline int tear_down(void **state) {
        Fixture *f = *state;

        f->listener = web_listener_free(f->listener);
        sd_event_unref(f->event);
        assert_int_equal(f->freed, f->opened);
        assert_int_equal(count_fds(), f->n_fds);
        free(f);
        return 0;
}

static inline unsigned port_of(const char *address) {
        const char *colon = strrchr(address, ':');

        assert_non_null(colon);
        return (unsigned)strtoul(colon + 1, NULL, 10);
}

/* --- clients ------------------------------------------------------------------------------- */

typedef struct Client {
        int fd;
        gnutls_session_t tls; /* NULL = plain */
        gnutls_certificate_credentials_t credentials;
        bool shaken; /* hands, where there is TLS */
        StrBuf in;   /* what came and was not looked at yet */
        bool ended;
        unsigned status; /* of the last reply, and its parts */
        char head[4096];
        StrBuf body;
} Client;

static inline int tcp_connect(unsigned port) {
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons((uint16_t)port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 65536;

        assert_true(fd >= 0);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                close(fd);
                return -1;
        }
        assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        return fd;
}

static inline void client_open_plain(Client *c, const Fixture *f) {
        *c = (Client){ .fd = tcp_connect(port_of(web_listener_address(f->listener))) };
        assert_true(c->fd >= 0);
        c->shaken = true;
}

static inline void client_open_tls(Client *c, const Fixture *f) {
        client_open_plain(c, f);
        c->shaken = false;
        /* A certificate is shown whether or not the server knows its CA. */
        assert_int_equal(gnutls_init(&c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
                                                      GNUTLS_FORCE_CLIENT_CERT),
                         0);
        if (f->priority)
                assert_int_equal(gnutls_priority_set_direct(c->tls, f->priority, NULL), 0);
        else
                assert_int_equal(gnutls_set_default_priority(c->tls), 0);
        assert_int_equal(gnutls_certificate_allocate_credentials(&c->credentials), 0);
        assert_int_equal(
                gnutls_certificate_set_x509_trust_mem(c->credentials, &f->ca, GNUTLS_X509_FMT_PEM),
                1);
        if (f->shown) {
                gnutls_datum_t crt = { (unsigned char *)f->shown->text, (unsigned)f->shown->size };
                gnutls_datum_t key = { (unsigned char *)f->shown_key->text,
                                       (unsigned)f->shown_key->size };
                assert_int_equal(gnutls_certificate_set_x509_key_mem(c->credentials, &crt, &key,
                                                                     GNUTLS_X509_FMT_PEM),
                                 0);
        }
        assert_int_equal(gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, c->credentials), 0);
        gnutls_session_set_verify_cert(c->tls, "localhost", 0);
        gnutls_transport_set_int(c->tls, c->fd);
}

static inline void client_open(Client *c, const Fixture *f) {
        if (f->settings.certificate)
                client_open_tls(c, f);
        else
                client_open_plain(c, f);
}

static inline void client_close(Client *c) {
        if (c->tls)
                gnutls_deinit(c->tls);
        if (c->credentials)
                gnutls_certificate_free_credentials(c->credentials);
        close(c->fd);
        strbuf_done(&c->in);
        strbuf_done(&c->body);
}

/* Bytes, 0 for nothing at the moment, -1 at the end. */
static inline ssize_t client_receive(Client *c, char *buffer, size_t size) {
        ssize_t n = c->tls ? gnutls_record_recv(c->tls, buffer, size)
                           : recv(c->fd, buffer, size, MSG_DONTWAIT);

        if (n > 0)
                return n;
        if (c->tls ? n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED : n < 0 && errno == EAGAIN)
                return 0;
        return -1;
}

/* Takes what has come, at most `most` bytes; shakes hands first. */
static inline void client_take(Client *c, size_t most) {
        char buffer[16384];

        if (!c->shaken && !c->ended) {
                int r = gnutls_handshake(c->tls);
                c->shaken = r == 0;
                c->ended = r != 0 && gnutls_error_is_fatal(r);
        }
        while (c->shaken && !c->ended && most > 0) {
                ssize_t n = client_receive(c, buffer, MIN(sizeof(buffer), most));
                if (n == 0)
                        return;
                if (n < 0) {
                        c->ended = true;
                } else {
                        assert_int_equal(strbuf_add(&c->in, buffer, (size_t)n), 0);
                        most -= (size_t)n;
                }
        }
}

/* Appends the chunks from `text` on to the body; whether all of them are there. */
static inline bool client_unchunk(Client *c, const char *text, const char **ret_end) {
        const char *end = c->in.data + c->in.size;

        for (;;) {
                char *after;
                size_t n = strtoul(text, &after, 16);
                if (after == text || end - after < 2)
                        return false;
                assert_memory_equal(after, "\r\n", 2);
                text = after + 2;
                if ((size_t)(end - text) < n + 2)
                        return false;
                (void)strbuf_add(&c->body, text, n);
                assert_memory_equal(text + n, "\r\n", 2);
                text += n + 2;
                if (n == 0) {
                        *ret_end = text;
                        return true;
                }
        }
}

/* Cuts one whole reply off what came; `bare` = without a body (HEAD, 204). */
static inline bool client_cut(Client *c, bool bare) {
        const char *text = strbuf_text(&c->in), *end = strstr(text, "\r\n\r\n"), *stop;

        if (!end)
                return false;
        stop = end += 4;
        strbuf_reset(&c->body);
        snprintf(c->head, sizeof(c->head), "%.*s", (int)(end - text), text);
        if (sscanf(text, "HTTP/1.1 %u ", &c->status) != 1)
                fail_msg("no reply: %.300s", text);
        const char *length = strstr(c->head, "\r\nContent-Length: ");
        if (!bare && length) {
                size_t size = strtoul(length + STRLEN("\r\nContent-Length: "), NULL, 10);
                if ((size_t)(text + c->in.size - end) < size)
                        return false;
                (void)strbuf_add(&c->body, end, size);
                stop = end + size;
        } else if (!bare && strstr(c->head, "\r\nTransfer-Encoding: chunked\r\n")) {
                /* Looked at once only: the whole of it may be long. */
                if (memcmp(text + c->in.size - 5, "0\r\n\r\n", 5) != 0 ||
                    !client_unchunk(c, end, &stop))
                        return false;
        }
        c->in.size -= (size_t)(stop - text);
        memmove(c->in.data, stop, c->in.size + 1);
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
        RUN_UNTIL(f, c, row, c->shaken || c->ended);
        while (size > 0 && !c->ended) {
                ssize_t n = c->tls ? gnutls_record_send(c->tls, data, size)
                                   : send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                } else if (c->tls ? gnutls_error_is_fatal((int)n) : errno != EAGAIN) {
                        return;
                }
                turn(f, c);
        }
}

static inline void client_ask(Client *c, Fixture *f, size_t row, const char *request) {
        bool bare = startswith(request, "HEAD");

        client_send(c, f, row, request, strlen(request));
        RUN_UNTIL(f, c, row, client_cut(c, bare) || c->ended);
}

/* Asks over a connection of its own, which is closed afterwards but for what came; status 0 where
 * there was no answer. */
static inline void ask(Client *c, Fixture *f, size_t row, const char *request) {
        client_open(c, f);
        client_ask(c, f, row, request);
}
