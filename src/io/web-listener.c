/* SPDX-License-Identifier: MIT */
#include "io/web-listener.h"

#include "base/diag.h"
#include "io/web-address.h"
#include "io/web-bounds.h"
#include "io/web-gate.h"
#include "io/web-tls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What decides who may connect, and what a server was made with. Copies: the configuration may go
 * while a server still refers to them. */
typedef struct WebSecrets {
        Secret *certificate;
        Secret *key;
        Secret *client_ca;
} WebSecrets;

struct WebListener {
        sd_event *event;
        WebBounds bounds;
        web_handler_t handler;
        void *userdata; /* the handler's */
        WebServer *server;
        WebSecrets secrets;
        WebGate gate;
        bool inherited;
        int given;      /* the inherited socket, while the listener is made */
        Address asked;  /* as configured; not of an inherited socket */
        Address actual; /* with the port that was given for 0 */
        char address[ADDRESS_TEXT];
};

/* Styles, scripts and pictures are files of our own, and nothing else is loaded, sent or framed. */
static const WebHeader security_headers[] = {
        { "Content-Security-Policy",
          "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
          "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
        { NULL, NULL },
};

const WebBounds web_bounds = {
        .name = "the web listener",
        .headers = security_headers,
        .connections = WEB_CONNECTIONS_MAX,
        .memory = 65536, /* mapped, so that only what is used counts; long replies want it */
        .body = 0,
        .idle = 10,
        .receive = 30 * USEC_PER_SEC,
        .send = 120 * USEC_PER_SEC,
        .spare = USEC_PER_SEC,
};

static bool on_gate(void *userdata, int fd, WebRequest *request, WebReply *ret) {
        const WebListener *listener = userdata;
        (void)fd;

        return web_gate_pass(&listener->gate, request, ret);
}

static void on_request(void *userdata, const WebRequest *request, WebReply *ret) {
        const WebListener *listener = userdata;

        listener->handler(listener->userdata, request, ret);
}

/* --- secrets --------------------------------------------------------------------------------- */

static void secrets_done(WebSecrets *s) {
        s->certificate = secret_free(s->certificate);
        s->key = secret_free(s->key);
        s->client_ca = secret_free(s->client_ca);
}

static int secret_copy(Secret **ret, const Secret *from) {
        *ret = from ? secret_new(from->text, from->size) : NULL;
        return from && !*ret ? -ENOMEM : 0;
}

static int secrets_copy(WebSecrets *ret, const WebSettings *settings) {
        if (!settings->certificate)
                return 0;
        int r = secret_copy(&ret->certificate, settings->certificate);
        if (r >= 0)
                r = secret_copy(&ret->key, settings->key);
        if (r >= 0)
                r = secret_copy(&ret->client_ca, settings->client_ca);
        return r;
}

static bool secret_equal(const Secret *a, const Secret *b) {
        if (!a || !b)
                return a == b;
        return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static bool secrets_equal(const WebSecrets *a, const WebSecrets *b) {
        return secret_equal(a->certificate, b->certificate) && secret_equal(a->key, b->key) &&
               secret_equal(a->client_ca, b->client_ca);
}

static bool logins_equal(const WebGate *a, const WebGate *b) {
        return a->password == b->password && web_digest_equal(a->login, b->login);
}

/* --- what a configuration changes ------------------------------------------------------------ */

/* All that a configuration makes anew; what is left in it is thrown away. */
typedef struct WebChange {
        WebSecrets secrets;
        WebGate gate;
        WebServer *server; /* NULL = the old one stays */
        int fd;            /* -1 = the old one stays */
        bool hushed;       /* the old socket does not listen any more, to make room for this one */
        Address asked;
        Address actual;
} WebChange;

static void change_done(WebChange *change) {
        secrets_done(&change->secrets);
        web_gate_done(&change->gate);
        if (change->fd >= 0)
                close(change->fd);
}

/* Another server where other secrets are: the library reads them at its start only, and those who
 * are connected got in by the old ones. */
static int change_server(WebChange *change, WebListener *l, StrBuf *problem) {
        if (l->server && secrets_equal(&l->secrets, &change->secrets) &&
            logins_equal(&l->gate, &change->gate))
                return 0;
        const WebSecrets *s = &change->secrets;
        const WebTls tls = {
                .certificate = s->certificate ? s->certificate->text : NULL,
                .key = s->key ? s->key->text : NULL,
                .client_ca = s->client_ca ? s->client_ca->text : NULL,
        };
        if (tls.certificate) {
                int r = web_tls_check(&tls, problem);
                if (r < 0)
                        return r;
        }
        return web_new(l->event, &l->bounds, &tls, on_gate, on_request, l, &change->server);
}

static int change_open(WebChange *change, WebListener *l) {
        int old = l->server ? web_socket(l->server) : -1;

        int r = web_address_listen(&change->asked, &change->fd);
        if (r == -EADDRINUSE && old >= 0 &&
            address_port(&change->asked) == address_port(&l->actual)) {
                /* It may be our own socket that is in the way: 127.0.0.1 is a part of 0.0.0.0. It
                 * keeps its port, and can listen again. */
                if (shutdown(old, SHUT_RD) < 0)
                        return r;
                change->hushed = true;
                r = web_address_listen(&change->asked, &change->fd);
        }
        if (r < 0)
                return r;
        return web_address_of(change->fd, &change->actual);
}

static int change_address(WebChange *change, WebListener *l, const char *text) {
        change->asked = l->asked;
        change->actual = l->actual;
        if (l->inherited)
                return 0;
        if (!text || address_parse(text, &change->asked))
                return -EINVAL;
        if (l->server &&
            (address_equal(&change->asked, &l->asked) || address_equal(&change->asked, &l->actual)))
                return 0;
        return change_open(change, l);
}

/* Gives the socket to the server that shall have it. */
static int change_listen(WebChange *change, WebListener *l) {
        if (change->fd < 0 && !change->server)
                return 0;
        if (change->fd < 0) {
                int fd = l->server ? web_socket(l->server) : l->given;
                change->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                if (change->fd < 0)
                        return -errno;
        }
        int r = web_listen(change->server ? change->server : l->server, change->fd);
        if (r >= 0)
                change->fd = -1;
        return r;
}

static int change_make(WebChange *change, WebListener *l, const WebSettings *settings,
                       StrBuf *problem) {
        int r = secrets_copy(&change->secrets, settings);
        if (r >= 0)
                r = web_gate_set(&change->gate, settings);
        if (r >= 0)
                r = change_server(change, l, problem);
        if (r >= 0)
                r = change_address(change, l, settings->listen);
        if (r >= 0)
                r = change_listen(change, l);
        return r;
}

/* --- the listener ---------------------------------------------------------------------------- */

/* As it was before. */
static void change_undo(WebChange *change, WebListener *l) {
        change->server = web_free(change->server);
        if (!change->hushed)
                return;
        if (change->fd >= 0)
                close(change->fd);
        change->fd = -1;
        if (listen(web_socket(l->server), SOMAXCONN) < 0)
                diag(DIAG_ERROR, "cannot listen at %s again: %s", l->address, strerror(errno));
}

static void change_apply(WebChange *change, WebListener *l) {
        if (change->server) {
                web_free(l->server);
                l->server = change->server;
        }
        secrets_done(&l->secrets);
        web_gate_done(&l->gate);
        l->secrets = change->secrets;
        l->gate = change->gate;
        change->secrets = (WebSecrets){ 0 };
        change->gate = (WebGate){ 0 };
        l->asked = change->asked;
        l->actual = change->actual;
        address_format(&l->actual, l->address);
}

int web_listener_configure(WebListener *l, const WebSettings *settings, StrBuf *problem) {
        _cleanup_(change_done) WebChange change = { .fd = -1 };

        int r = change_make(&change, l, settings, problem);
        if (r < 0)
                change_undo(&change, l);
        else
                change_apply(&change, l);
        return r;
}

int web_listener_new_bounded(sd_event *event, const WebSettings *settings, const WebBounds *bounds,
                             int fd, web_handler_t handler, void *userdata, StrBuf *problem,
                             WebListener **ret) {
        _cleanup_(web_listener_freep) WebListener *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        l->event = sd_event_ref(event);
        l->bounds = *bounds;
        l->handler = handler;
        l->userdata = userdata;
        l->inherited = fd >= 0;
        l->given = fd;
        if (l->inherited) {
                int r = web_address_adopt(fd, problem, &l->actual);
                if (r < 0)
                        return r;
        }
        int r = web_listener_configure(l, settings, problem);
        if (r < 0)
                return r;
        if (l->inherited)
                close(fd); /* the server has one of its own */
        l->given = -1;
        *ret = TAKE_PTR(l);
        return 0;
}

int web_listener_new(sd_event *event, const WebSettings *settings, int fd, web_handler_t handler,
                     void *userdata, StrBuf *problem, WebListener **ret) {
        return web_listener_new_bounded(event, settings, &web_bounds, fd, handler, userdata,
                                        problem, ret);
}

const char *web_listener_address(const WebListener *listener) {
        return listener->address;
}

unsigned web_listener_connections(const WebListener *listener) {
        return web_connections(listener->server);
}

WebListener *web_listener_free(WebListener *l) {
        if (!l)
                return NULL;
        l->server = web_free(l->server);
        secrets_done(&l->secrets);
        web_gate_done(&l->gate);
        sd_event_unref(l->event);
        free(l);
        return NULL;
}
