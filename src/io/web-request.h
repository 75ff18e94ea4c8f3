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

/* A connection as far as requests see it; the library's socket context. Begins as all-zero but for
 * `rules` and `fd`. */
typedef struct WebPeer {
        const WebRules *rules;
        int fd;
        WebExchange *request; /* from its first line to the end of its reply */
        bool sending;         /* its reply is under way */
        usec_t since;    /* when it began to wait for a request, or to send (CLOCK_MONOTONIC) */
        unsigned *calls; /* counts the calls that the library makes: what it does moves on */
} WebPeer;

/* Callbacks of the library; `userdata` is not used. */
void *request_on_uri(void *userdata, const char *uri, struct MHD_Connection *connection);
size_t request_on_escaped(void *userdata, struct MHD_Connection *connection, char *text);
enum MHD_Result request_on_call(void *userdata, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **request);
void request_on_end(void *userdata, struct MHD_Connection *connection, void **request,
                    enum MHD_RequestTerminationCode code);
