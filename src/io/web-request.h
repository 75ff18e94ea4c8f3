/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/web-server.h"

#include <microhttpd.h>

/* What an HTTP server of ours does with each request: asks the gate, gathers the body, calls the
 * handler once and sends what it answers. */
typedef struct WebRules {
        web_gate_t gate;
        web_handler_t handler;
        void *userdata;
        size_t body;              /* most bytes of a request's body */
        const WebHeader *headers; /* of every reply, up to one without a name; NULL = none */
} WebRules;

typedef struct WebExchange WebExchange;

/* One run of the library over all connections that are ready. */
typedef struct WebRun {
        unsigned calls;   /* that the library ever made: what it does moves on */
        usec_t until;     /* what is not begun by then waits for the next run (CLOCK_MONOTONIC) */
        bool begun;       /* something was in this one: each run does one thing at least */
        unsigned waiting; /* connections that wait for the next run */
} WebRun;

/* A connection as far as requests see it; the library's socket context. Begins as all-zero but for
 * `rules`, `run` and `fd`. */
typedef struct WebPeer {
        const WebRules *rules;
        int fd;
        WebExchange *request; /* from its first line to the end of its reply */
        bool sending;         /* its request is whole: its reply is awaited, or under way */
        usec_t since; /* when it began to wait for a request, or to send (CLOCK_MONOTONIC) */
        WebRun *run;
        struct MHD_Connection *handle;
        bool waiting; /* suspended: request_go_on() */
} WebPeer;

/* Lets a connection that waits go on in the next run, in the order in which they began to. */
void request_go_on(WebPeer *peer);

/* Callbacks of the library; `userdata` is not used. */
void *request_on_uri(void *userdata, const char *uri, struct MHD_Connection *connection);
size_t request_on_escaped(void *userdata, struct MHD_Connection *connection, char *text);
enum MHD_Result request_on_call(void *userdata, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **request);
void request_on_end(void *userdata, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode code);
