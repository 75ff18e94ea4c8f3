/* SPDX-License-Identifier: MIT */
#pragma once

#include <microhttpd.h>

#include "sim/form.h"
#include "sim/reply.h"
#include "sim/reqlog.h"
#include "sim/sim.h"

/* What is known of a TCP connection. */
typedef struct Peer {
        unsigned long long id;
        unsigned requests;
} Peer;

/* How many `domain=` a query may repeat. */
#define FILTERS_MAX 65536

struct Request {
        Sim *sim;
        struct MHD_Connection *connection;
        Peer *peer;
        char *uri; /* as sent */
        char *method;
        char *path; /* decoded, without the query */
        Form form;
        bool is_new; /* the first one of its connection */
        bool reading;
        bool decided;
        bool waited;
        usec_t wall; /* scaled, when it was complete */
        usec_t real;
        moment_t now;
        Reply reply;

        /* for the log; NULL or empty when there is no such thing */
        const char *api;
        const char *call;
        char account[64];
        char domain[256];
        char user[128];
        char scheme[32];
        bool authorised;
};

/* The values of `domain=` in the order of the query. The array is the caller's, the texts are not.
 * Returns how many there are; *ret is NULL when that is 0. */
size_t request_filters(const Request *request, const char ***ret);

/* A request header or NULL. */
const char *request_header(const Request *request, const char *name);

/* The user and password of Basic authentication. False when there is none; *ret_password is the
 * caller's to free(). */
bool request_credentials(Request *request, char **ret_password);

/* Decides the reply: routes by the path, asks the faults, and writes the log line. */
void request_decide(Request *request);

Request *request_free(Request *request);
