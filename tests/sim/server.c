/* SPDX-License-Identifier: MIT */
#include "sim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sim/request.h"
#include "sim/send.h"

/* A query may name thousands of domains. */
#define CONNECTION_MEMORY ((size_t)512 << 10)

#define CONNECTIONS_MAX 4096

/* The certificate callback of GnuTLS has no argument of ours. */
static Sim *tls_sim;

static const Fault *tls_fault(Sim *sim, const char *call) {
        Verdict verdict;
        fault_judge(&sim->scenario->faults,
                    &(FaultQuery){
                            .api = API_TLS,
                            .call = call,
                            .now = sim_moment(sim, clock_wall(&sim->clock)),
                    },
                    &verdict);
        if (verdict.fault)
                reqlog_event(&sim->log, call, verdict.fault->name);
        return verdict.fault;
}

static int on_handshake(gnutls_session_t session _unused_, const gnutls_datum_t *names _unused_,
                        int n_names _unused_, const gnutls_pk_algorithm_t *algorithms _unused_,
                        int n_algorithms _unused_, gnutls_pcert_st **ret_cert,
                        unsigned *ret_n_certs, gnutls_privkey_t *ret_key) {
        CertKind kind = tls_sim->cert;
        const Fault *fault = tls_fault(tls_sim, "handshake");

        if (fault && fault->kind == FAULT_CERT_EXPIRED)
                kind = CERT_EXPIRED;
        else if (fault && fault->kind == FAULT_CERT_WRONG_HOST)
                kind = CERT_WRONG_HOST;
        else if (fault && fault->kind == FAULT_CERT_UNKNOWN_CA)
                kind = CERT_UNKNOWN_CA;
        *ret_cert = &tls_sim->certs.server[kind];
        *ret_n_certs = 1;
        *ret_key = tls_sim->certs.key[kind];
        return 0;
}

static enum MHD_Result on_accept(void *userdata, const struct sockaddr *address _unused_,
                                 socklen_t size _unused_) {
        Server *server = userdata;
        return tls_fault(server->sim, "accept") ? MHD_NO : MHD_YES;
}

static void on_connection(void *userdata, struct MHD_Connection *connection _unused_,
                          void **context, enum MHD_ConnectionNotificationCode code) {
        Server *server = userdata;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                Peer *peer = calloc(1, sizeof(*peer));
                if (peer)
                        peer->id = ++server->connections;
                *context = peer;
        } else {
                free(*context);
                *context = NULL;
        }
}

static void *on_uri(void *userdata, const char *uri, struct MHD_Connection *connection) {
        Server *server = userdata;
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        Request *request = calloc(1, sizeof(*request));

        if (!request)
                return NULL;
        request->sim = server->sim;
        request->connection = connection;
        request->uri = strdup(uri);
        request->peer = info ? info->socket_context : NULL;
        request->is_new = !request->peer || request->peer->requests++ == 0;
        return request;
}

static void on_completed(void *userdata _unused_, struct MHD_Connection *connection _unused_,
                         void **context, enum MHD_RequestTerminationCode code _unused_) {
        *context = request_free(*context);
}

static enum MHD_Result begin(Request *request, const char *path, const char *method) {
        request->reading = true;
        request->path = strdup(path);
        request->method = strdup(method);
        if (!request->uri || !request->path || !request->method)
                return MHD_NO;
        if (strcmp(method, "POST") == 0)
                form_begin(&request->form, request->connection);
        return MHD_YES;
}

static enum MHD_Result answer(Server *server, Request *request) {
        if (server->sleepers.stopping)
                return MHD_NO;
        struct MHD_Response *response = send_response(request, &server->sleepers);
        if (!response)
                return MHD_NO;
        enum MHD_Result r =
                MHD_queue_response(request->connection, request->reply.status, response);
        MHD_destroy_response(response);
        return r;
}

static enum MHD_Result on_request(void *userdata, struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version _unused_, const char *data, size_t *size,
                                  void **context) {
        Server *server = userdata;
        Request *request = *context;

        if (!request)
                return MHD_NO;
        if (!request->reading)
                return begin(request, path, method);
        if (*size > 0) {
                form_feed(&request->form, data, *size);
                *size = 0;
                return MHD_YES;
        }
        if (!request->decided) {
                form_end(&request->form);
                request_decide(request);
        }
        if (request->reply.delay > 0 && !request->waited && !server->sleepers.stopping) {
                request->waited = true;
                sleeper_add(&server->sleepers, connection, request->real + request->reply.delay);
                return MHD_YES;
        }
        return answer(server, request);
}

static int signals_open(void) {
        sigset_t signals;

        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGHUP);
        signal(SIGPIPE, SIG_IGN);
        if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
                return -errno;
        int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

int server_start(Server *server, Sim *sim, const ServerOptions *options) {
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_port = htons(options->port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };

        *server = (Server){ .sim = sim };
        tls_sim = sim;
        server->signals = signals_open();
        if (server->signals < 0)
                return server->signals;
        unsigned flags = MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME |
                         MHD_USE_SUPPRESS_DATE_NO_CLOCK;
        if (options->verbose)
                flags |= MHD_USE_ERROR_LOG;
        const char *priorities = options->tls_priorities;
        errno = 0;
        server->daemon = MHD_start_daemon(
                flags, 0, on_accept, server, on_request, server, MHD_OPTION_SOCK_ADDR, &address,
                MHD_OPTION_HTTPS_CERT_CALLBACK, on_handshake, MHD_OPTION_HTTPS_PRIORITIES,
                priorities ? priorities : "NORMAL", MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_sec,
                MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED,
                on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
        if (!server->daemon)
                return errno > 0 ? -errno : -EADDRINUSE;
        return 0;
}

unsigned short server_port(const Server *server) {
        const union MHD_DaemonInfo *info =
                MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
        return info ? info->port : 0;
}

static void reload(Sim *sim) {
        Scenario *fresh = NULL;

        if (scenario_load(sim->scenario_path, &fresh) < 0) {
                fputs("mailsec-sim: the scenario stays as it was\n", stderr);
                reqlog_event(&sim->log, "reload", "refused");
                return;
        }
        scenario_free(sim->scenario);
        sim->scenario = fresh;
        reqlog_event(&sim->log, "reload", "done");
}

/* False when it is time to stop. */
static bool handle_signals(Server *server) {
        struct signalfd_siginfo info;

        while (read(server->signals, &info, sizeof(info)) == sizeof(info)) {
                if (info.ssi_signo != SIGHUP)
                        return false;
                reload(server->sim);
        }
        return true;
}

/* How long to wait: until the library or a sleeper wants to go on. */
static int timeout_ms(const Server *server, usec_t next, usec_t now) {
        MHD_UNSIGNED_LONG_LONG wanted;
        usec_t wait = next == USEC_INFINITY ? next : next > now ? next - now : 0;

        if (MHD_get_timeout(server->daemon, &wanted) == MHD_YES)
                wait = MIN(wait, (usec_t)wanted * USEC_PER_MSEC);
        if (wait == USEC_INFINITY)
                return -1;
        return (int)MIN((wait + USEC_PER_MSEC - 1) / USEC_PER_MSEC, (usec_t)60000);
}

void server_run(Server *server) {
        const union MHD_DaemonInfo *info =
                MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        struct pollfd fds[2] = {
                { .fd = info->epoll_fd, .events = POLLIN },
                { .fd = server->signals, .events = POLLIN },
        };

        for (;;) {
                usec_t now = moment_real();
                usec_t next = sleeper_wake(&server->sleepers, now);
                if (poll(fds, 2, timeout_ms(server, next, now)) < 0 && errno != EINTR)
                        return;
                if (!handle_signals(server))
                        return;
                MHD_run(server->daemon);
        }
}

void server_stop(Server *server) {
        if (server->daemon) {
                /* Whoever still waits is let go: a suspended connection must not outlive the
                 * daemon. */
                server->sleepers.stopping = true;
                sleeper_wake(&server->sleepers, moment_real());
                MHD_run(server->daemon);
                MHD_stop_daemon(server->daemon);
                server->daemon = NULL;
        }
        if (server->signals >= 0)
                close(server->signals);
        server->signals = -1;
}
