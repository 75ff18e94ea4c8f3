/* SPDX-License-Identifier: MIT */
#include "io/web-server.h"

#include "base/diag.h"
#include "io/web-library.h"
#include "io/web-request.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Without a descriptor or memory, nothing is accepted for this long. */
#define SHORTAGE_WAIT USEC_PER_SEC

/* The library asks to be called at once for as long as it cannot go on with a request that fills
 * its buffer in the middle of a chunk's header, or with TLS's handshake, until the client's time is
 * over. After this many calls without any news it is called less often. */
#define CALLS_WITHOUT_NEWS 64u
#define CALL_WAIT          (100 * USEC_PER_MSEC)

/* What is ready on all connections is done for this long in one run of the library, and the rest in
 * the next turn of the loop. A handler or a piece of a stream that is begun is finished. */
#define RUN_TIME (10 * USEC_PER_MSEC)

/* After everything else that the loop has to do at the moment; where there is always something, in
 * turns with it after this long. */
#define AGAIN_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 1)
#define AGAIN_LATEST   (20 * USEC_PER_MSEC)

/* One that was ended should be gone by then. */
#define END_WAIT (20 * USEC_PER_MSEC)

typedef struct WebConnection {
        WebPeer peer;
        WebServer *server;
        struct WebConnection *previous;
        struct WebConnection *next;
} WebConnection;

struct WebServer {
        sd_event *event;
        WebBounds bounds;
        WebRules rules;
        struct MHD_Daemon *daemon;
        sd_event_source *sockets; /* all connections: the library's epoll descriptor */
        sd_event_source *timer;
        sd_event_source *again;    /* at once: the library has more to do */
        sd_event_source *listener; /* NULL = nothing listens; off while `paused_until` is set */
        usec_t paused_until;       /* 0 = not paused */
        WebConnection *connections;
        WebConnection *arriving; /* handed to the library right now */
        unsigned n_connections;
        WebRun run;
        unsigned calls_seen; /* of run.calls */
        unsigned idle_runs;  /* in a row that made no call, though they were asked for */
};

/* --- connections --------------------------------------------------------------------------- */

/* When the connection's time for what it does is over. */
static usec_t connection_deadline(const WebConnection *c) {
        const WebBounds *bounds = &c->server->bounds;

        return c->peer.since + (c->peer.sending ? bounds->send : bounds->receive);
}

/* From when on it has to give way to a new one. */
static usec_t connection_spare_until(const WebConnection *c) {
        const WebBounds *bounds = &c->server->bounds;

        return c->peer.since + (c->peer.sending ? bounds->idle * USEC_PER_SEC : bounds->spare);
}

/* The library finds it hung up at its next run, and closes it. */
static void connection_end(WebConnection *c, usec_t now) {
        (void)shutdown(c->peer.fd, SHUT_RDWR);
        c->peer.since = now;
}

static void web_resume(WebServer *server) {
        server->paused_until = 0;
        if (!server->listener)
                return;
        int r = sd_event_source_set_enabled(server->listener, SD_EVENT_ON);
        if (r < 0)
                diag(DIAG_ERROR, "cannot accept on %s: %s", server->bounds.name, strerror(-r));
}

static void connection_link(WebServer *server, WebConnection *c) {
        c->next = server->connections;
        if (c->next)
                c->next->previous = c;
        server->connections = c;
        server->n_connections++;
}

static void connection_unlink(WebServer *server, WebConnection *c) {
        if (c->previous)
                c->previous->next = c->next;
        else
                server->connections = c->next;
        if (c->next)
                c->next->previous = c->previous;
        server->n_connections--;
}

static void on_connection(void *userdata, struct MHD_Connection *handle, void **context,
                          enum MHD_ConnectionNotificationCode code) {
        WebServer *server = userdata;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                WebConnection *c = TAKE_PTR(server->arriving);
                connection_link(server, c);
                c->peer.handle = handle;
                *context = &c->peer;
                return;
        }
        WebConnection *c = container_of(*context, WebConnection, peer);
        *context = NULL;
        server->run.waiting -= c->peer.waiting;
        connection_unlink(server, c);
        free(c);
        if (server->paused_until > 0)
                web_resume(server);
}

/* --- runs ---------------------------------------------------------------------------------- */

/* What the last run left comes before what is new: the library keeps them in their order. */
static void web_go_on(WebServer *server) {
        for (WebConnection *c = server->connections; c && server->run.waiting > 0; c = c->next)
                if (c->peer.waiting)
                        request_go_on(&c->peer);
}

static void web_run(WebServer *server) {
        web_go_on(server);
        server->run.until = clock_monotonic() + RUN_TIME;
        server->run.begun = false;
        (void)MHD_run(server->daemon);
}

/* --- time ---------------------------------------------------------------------------------- */

/* When the library wants to be called: 0 = at once; or USEC_INFINITY. */
static usec_t web_library_due(WebServer *server, usec_t now) {
        MHD_UNSIGNED_LONG_LONG ms = 0;

        if (MHD_get_timeout(server->daemon, &ms) != MHD_YES)
                return USEC_INFINITY;
        if (ms > 0 || server->run.calls != server->calls_seen)
                server->idle_runs = 0;
        server->calls_seen = server->run.calls;
        if (ms > 0)
                return now + ms * USEC_PER_MSEC;
        if (server->idle_runs >= CALLS_WITHOUT_NEWS)
                return now + CALL_WAIT;
        server->idle_runs++;
        return 0;
}

static void web_arm(WebServer *server) {
        usec_t now = clock_monotonic(), at = USEC_INFINITY;

        if (server->n_connections > 0)
                at = server->run.waiting > 0 ? 0 : web_library_due(server, now);
        bool again = at == 0;
        if (again)
                at = now + AGAIN_LATEST;
        for (const WebConnection *c = server->connections; c; c = c->next)
                at = MIN(at, connection_deadline(c));
        if (server->paused_until > 0)
                at = MIN(at, server->paused_until);

        /* The next run looks at the sockets, too. */
        int r = sd_event_source_set_enabled(server->again, again ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->sockets,
                                                again ? SD_EVENT_OFF : SD_EVENT_ON);
        if (r >= 0 && at != USEC_INFINITY)
                r = sd_event_source_set_time(server->timer, at);
        if (r >= 0)
                r = sd_event_source_set_enabled(
                        server->timer, at == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
        if (r < 0)
                diag(DIAG_ERROR, "cannot set the timer of %s: %s", server->bounds.name,
                     strerror(-r));
}

static int on_again(sd_event_source *source, void *userdata) {
        (void)source;

        web_run(userdata);
        web_arm(userdata);
        return 0;
}

static int on_timer(sd_event_source *source, usec_t usec, void *userdata) {
        WebServer *server = userdata;
        usec_t now = clock_monotonic();
        (void)source;
        (void)usec;

        for (WebConnection *c = server->connections; c; c = c->next)
                if (connection_deadline(c) <= now)
                        connection_end(c, now);
        if (server->paused_until > 0 && server->paused_until <= now)
                web_resume(server);
        web_run(server);
        web_arm(server);
        return 0;
}

static int on_sockets(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        (void)fd;
        (void)revents;

        return on_again(source, userdata);
}

/* --- accepting ----------------------------------------------------------------------------- */

static void web_pause(WebServer *server, usec_t until) {
        if (sd_event_source_set_enabled(server->listener, SD_EVENT_OFF) >= 0)
                server->paused_until = until;
        web_arm(server);
}

/* Ends the connection that may be spared first. Returns whether there is room now; *ret_at: when
 * there will be one to spare, where there is not. */
static bool web_make_room(WebServer *server, usec_t now, usec_t *ret_at) {
        WebConnection *spare = server->connections;

        for (WebConnection *c = spare; c; c = c->next)
                if (connection_spare_until(c) < connection_spare_until(spare))
                        spare = c;
        *ret_at = connection_spare_until(spare);
        if (*ret_at > now)
                return false;
        connection_end(spare, now);
        web_run(server);
        *ret_at = now + END_WAIT;
        return server->n_connections < server->bounds.connections;
}

/* Gives the connection to the library, which closes it whatever comes. */
static void web_add(WebServer *server, int fd) {
        const struct sockaddr address = { .sa_family = AF_UNSPEC };
        WebConnection *c = calloc(1, sizeof(*c));

        if (!c) {
                close(fd);
                return;
        }
        c->server = server;
        c->peer = (WebPeer){
                .rules = &server->rules,
                .fd = fd,
                .since = clock_monotonic(),
                .run = &server->run,
        };
        server->arriving = c;
        (void)MHD_add_connection(server->daemon, fd, &address, sizeof(address));
        free(TAKE_PTR(server->arriving)); /* still here when it failed early */
        web_arm(server);
}

/* Whether it is nothing but the client that has gone: TCP tells of its connection here. */
static bool accept_may_go_on(int error) {
        static const int errors[] = {
                EAGAIN, EINTR, ECONNABORTED, EPROTO,   ENOPROTOOPT, EHOSTDOWN,
                ENONET, EPERM, EHOSTUNREACH, ENETDOWN, ENETUNREACH,
        };

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (error == errors[i])
                        return true;
        return false;
}

/* One at a time: the next turn of the loop brings the next one. */
static int on_listener(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        WebServer *server = userdata;
        usec_t now = clock_monotonic(), until;
        (void)revents;

        if (server->n_connections >= server->bounds.connections) {
                bool room = web_make_room(server, now, &until);
                if (server->listener != source)
                        return 0; /* a handler that was called meanwhile listens elsewhere */
                if (!room) {
                        web_pause(server, until);
                        return 0;
                }
        }
        int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (peer >= 0) {
                web_add(server, peer);
        } else if (!accept_may_go_on(errno)) {
                diag(DIAG_WARNING, "cannot accept on %s: %s", server->bounds.name, strerror(errno));
                web_pause(server, now + SHORTAGE_WAIT);
        }
        return 0;
}

int web_listen(WebServer *server, int fd) {
        sd_event_source *listener = NULL;

        int r = sd_event_add_io(server->event, &listener, fd, EPOLLIN, on_listener, server);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(listener, "web-listener");
        (void)sd_event_source_set_io_fd_own(listener, true);
        sd_event_source_disable_unref(server->listener);
        server->listener = listener;
        server->paused_until = 0;
        return 0;
}

int web_socket(const WebServer *server) {
        return server->listener ? sd_event_source_get_io_fd(server->listener) : -1;
}

unsigned web_connections(const WebServer *server) {
        return server->n_connections;
}

/* --- the server ---------------------------------------------------------------------------- */

static int web_set_up_sources(WebServer *server) {
        const union MHD_DaemonInfo *info =
                MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

        if (!info || info->epoll_fd < 0)
                return -EOPNOTSUPP;
        int r = sd_event_add_io(server->event, &server->sockets, info->epoll_fd, EPOLLIN,
                                on_sockets, server);
        if (r < 0)
                return r;
        r = sd_event_add_time(server->event, &server->timer, CLOCK_MONOTONIC, 0, USEC_PER_MSEC,
                              on_timer, server);
        if (r < 0)
                return r;
        r = sd_event_add_defer(server->event, &server->again, on_again, server);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(server->sockets, "web-sockets");
        (void)sd_event_source_set_description(server->timer, "web-timer");
        (void)sd_event_source_set_description(server->again, "web-again");
        r = sd_event_source_set_priority(server->again, AGAIN_PRIORITY);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->again, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
        return r < 0 ? r : 0;
}

int web_new(sd_event *event, const WebBounds *bounds, const WebTls *tls, web_gate_t gate,
            web_handler_t handler, void *userdata, WebServer **ret) {
        _cleanup_(web_freep) WebServer *server = calloc(1, sizeof(*server));

        if (!server)
                return -ENOMEM;
        server->event = sd_event_ref(event);
        server->bounds = *bounds;
        server->rules = (WebRules){
                .gate = gate,
                .handler = handler,
                .userdata = userdata,
                .body = bounds->body,
                .headers = bounds->headers,
        };
        int r = web_library_start(bounds, tls, on_connection, server, &server->daemon);
        if (r < 0)
                return r;
        r = web_set_up_sources(server);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(server);
        return 0;
}

WebServer *web_free(WebServer *server) {
        if (!server)
                return NULL;
        server->listener = sd_event_source_disable_unref(server->listener);
        server->sockets = sd_event_source_disable_unref(server->sockets);
        server->timer = sd_event_source_disable_unref(server->timer);
        server->again = sd_event_source_disable_unref(server->again);
        if (server->daemon) {
                web_go_on(server); /* the library must not end before */
                MHD_stop_daemon(server->daemon);
        }
        sd_event_unref(server->event);
        free(server);
        return NULL;
}
