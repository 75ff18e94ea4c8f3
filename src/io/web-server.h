/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "io/web.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* libmicrohttpd in the daemon's loop: its connections are one event source, its time-outs and ours
 * one timer, which is off while nobody is connected. It accepts on whatever stream socket it is
 * given, and not through the library, which copies a client's address past its own buffer where
 * that is longer than an IPv6 one, and spins when there is no descriptor left. */
typedef struct WebServer WebServer;

/* What a server is, and what it takes of its clients. */
typedef struct WebBounds {
        const char *name;         /* what is served, in messages: "the control socket" */
        const WebHeader *headers; /* of every reply, up to one without a name; NULL = none */
        unsigned connections;     /* at once */
        size_t memory;            /* bytes of a connection's buffers; headers must fit in */
        size_t body;              /* most bytes of a request's body */
        unsigned idle;            /* seconds in which nothing moves on a connection, at least 1 */
        usec_t receive; /* for all of a request, from the connection's start or last reply */
        usec_t send;    /* for all of a reply */
        /* Where all connections are taken, a new one ends the one that has been without a whole
         * request for the longest time, and at least this long; replies under way go on for `idle`
         * before they are ended, too. Until then the new one waits in the socket's queue. */
        usec_t spare;
} WebBounds;

/* Texts in PEM, which outlive the server. */
typedef struct WebTls {
        const char *certificate; /* with its chain; NULL = no TLS, and nothing else counts */
        const char *key;
        const char *client_ca; /* clients are asked for a certificate of it; NULL = they are not */
} WebTls;

/* Whether the peer of `fd` may ask, looked at for each request when its headers are there; its path
 * need not be sound, and there is no body yet. May set request->uid. Where it may not, *ret is
 * answered and the connection closed. */
typedef bool (*web_gate_t)(void *userdata, int fd, WebRequest *request, WebReply *ret);

/* 0 or negative errno; `userdata` is that of both; `tls` NULL = none. Nothing listens yet. The
 * handler must not call web_free(). */
int web_new(sd_event *event, const WebBounds *bounds, const WebTls *tls, web_gate_t gate,
            web_handler_t handler, void *userdata, WebServer **ret);

/* Accepts on `fd` (non-blocking, listening) from now on, and no longer on the one before, which is
 * closed; connections stay. Takes `fd` over unless it fails. May be called by the handler. */
int web_listen(WebServer *server, int fd);

/* The socket that it accepts on, which stays the server's; -1 = none. */
int web_socket(const WebServer *server);

/* Connections that are open now. */
unsigned web_connections(const WebServer *server);

/* Makes a reply of status `status` that says {"error":"TEXT"}; `text` needs no escape. */
void web_refuse(WebReply *ret, unsigned status, const char *text);

/* Ends every connection and closes the listening socket; NULL is fine. Returns NULL. */
WebServer *web_free(WebServer *server);
DEFINE_CLEANUP(WebServer *, web_free)
