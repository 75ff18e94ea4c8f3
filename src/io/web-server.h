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

typedef struct WebBounds {
        unsigned connections; /* at once */
        size_t memory;        /* bytes of a connection's buffers; headers must fit in */
        size_t body;          /* most bytes of a request's body */
        unsigned idle;        /* seconds in which nothing moves on a connection, at least 1 */
        usec_t receive;       /* for all of a request, from the connection's start or last reply */
        usec_t send;          /* for all of a reply */
        /* Where all connections are taken, a new one ends the one that has been without a whole
         * request for the longest time, and at least this long; replies under way go on for `idle`
         * before they are ended, too. Until then the new one waits in the socket's queue. */
        usec_t spare;
} WebBounds;

/* Whether the peer of `fd` may ask, looked at for each request; *ret_uid is handed to the handler.
 */
typedef bool (*web_gate_t)(void *userdata, int fd, uid_t *ret_uid);

/* 0 or negative errno; `userdata` is that of both. Nothing listens yet. The handler must not call
 * web_free(). */
int web_new(sd_event *event, const WebBounds *bounds, web_gate_t gate, web_handler_t handler,
            void *userdata, WebServer **ret);

/* Accepts on `fd` (non-blocking, listening) from now on, and no longer on the one before, which is
 * closed; connections stay. Takes `fd` over unless it fails. May be called by the handler. */
int web_listen(WebServer *server, int fd);

/* Ends every connection and closes the listening socket; NULL is fine. Returns NULL. */
WebServer *web_free(WebServer *server);
DEFINE_CLEANUP(WebServer *, web_free)
