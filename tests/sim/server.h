/* SPDX-License-Identifier: MIT */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>

#include "sim/sim.h"
#include "sim/sleeper.h"

/* The listener: HTTP/1.1 over TLS on the loopback address. It has no thread; server_run drives it.
 */
typedef struct Server {
        Sim *sim;
        struct MHD_Daemon *daemon;
        SleeperList sleepers;
        unsigned long long connections;
        int signals; /* signalfd */
} Server;

typedef struct ServerOptions {
        unsigned short port; /* 0: any free one */
        unsigned idle_timeout_sec;
        const char *tls_priorities; /* NULL: GnuTLS's usual */
        bool verbose;
} ServerOptions;

/* Opens the listener. Negative errno. */
int server_start(Server *server, Sim *sim, const ServerOptions *options);

/* The port that is bound. */
unsigned short server_port(const Server *server);

/* Serves until SIGTERM or SIGINT; SIGHUP reads the scenario anew. */
void server_run(Server *server);

void server_stop(Server *server);
