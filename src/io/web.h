/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One exchange with one of our HTTP servers: what is asked, and what is answered. The servers are
 * io/control.h (mailsecctl, a UNIX socket) and io/web-listener.h (people and Prometheus, TCP). */
typedef struct WebRequest {
        const char *method; /* as sent: "GET", "POST", "DELETE", anything; HEAD is told as GET */
        const char *path;   /* "/v1/alerts", percent-decoded, UTF-8, without the query */
        const char *body;   /* NUL-terminated, "" without one */
        size_t size;
        uid_t uid;        /* of the peer, on a UNIX socket */
        void *connection; /* for web_query() and web_header() */
} WebRequest;

/* A parameter of the query (the first of that name), decoded, UTF-8, or NULL; also for one without
 * '='. Valid while the request is answered. */
const char *web_query(const WebRequest *request, const char *name);

/* A header of the request as it was sent (any bytes), or NULL. Valid while the request is answered.
 */
const char *web_header(const WebRequest *request, const char *name);

/* A body that is made piece by piece while the client reads it, so that its size costs no memory.
 * `read` puts at most `size` (1 or more) bytes into `buffer` and returns how many; 0 = the end; a
 * negative errno breaks the connection off, so that the client sees that something is missing. It
 * is called from the loop, between other things: what it reads from may have changed since the last
 * call. `free` is called once, whatever comes (also where `read` never was: HEAD). Where `size` is
 * not known it is sent in chunks, so that its end shows; a client of HTTP/1.0 cannot tell it from a
 * connection that broke. Where it is known, more is never asked for, and an end before it breaks
 * the connection off. */
typedef struct WebStream {
        ssize_t (*read)(void *userdata, char *buffer, size_t size);
        void (*free)(void *userdata);
        void *userdata;
        uint64_t size; /* bytes in all; 0 = not known */
} WebStream;

/* A header of a reply; literals. */
typedef struct WebHeader {
        const char *name;
        const char *value;
} WebHeader;

#define WEB_HEADERS_MAX 8

/* What is answered; begins as all-zero. `body` is taken over; an error of it, or a status outside
 * 200 to 599, becomes 500. */
typedef struct WebReply {
        unsigned status;
        StrBuf body;
        WebStream stream;  /* instead of the body where `read` is not NULL; taken over */
        const char *type;  /* Content-Type; NULL = "application/json" */
        const char *cache; /* Cache-Control; NULL = "no-store" */
        WebHeader headers[WEB_HEADERS_MAX]; /* further ones, up to the first without a name */
} WebReply;

typedef void (*web_handler_t)(void *userdata, const WebRequest *request, WebReply *ret);
