/* SPDX-License-Identifier: MIT */
#pragma once

/* A small HTTPS server for the tests of src/io/http*: a child process with a thread per connection,
 * that answers each path with a text of the test's table, in the odd ways that the table asks for.
 * Its certificate is made at run time, signed by a CA of its own. */

#include "unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum Manner {  /* what the server does after the text */
        MANNER_KEEP,   /* waits for the next request */
        MANNER_CLOSE,  /* ends TLS and the connection as it should */
        MANNER_CUT,    /* cuts the connection */
        MANNER_HANG,   /* does nothing more */
        MANNER_DRIP,   /* one byte each 100 ms */
        MANNER_FILL,   /* `fill` bytes, then as KEEP */
        MANNER_CHUNKS, /* chunks without end */
} Manner;

typedef struct Answer {
        const char *path;
        const char *text;
        Manner manner;
        size_t fill;
} Answer;

typedef struct ServerSeen { /* shared with the child */
        atomic_uint connections;
        atomic_uint requests;
        char request[8192]; /* the last one, head and body */
} ServerSeen;

typedef struct Server {
        const Answer *answers;
        size_t n_answers;
        const char *host;     /* in the certificate */
        time_t expires;       /* 0 = in an hour */
        const char *priority; /* of GnuTLS, NULL = its default */
        const char
                *proxy; /* plain answer to CONNECT, after which it goes on as the peer: a proxy */
        int ca_fd;
        char ca_file[64];
        int listen_fd;
        uint16_t port;
        pid_t pid;
        ServerSeen *seen;
        gnutls_certificate_credentials_t credentials;
} Server;

typedef struct ServerConnection {
        Server *server;
        int fd;
        gnutls_session_t tls;
} ServerConnection;

static inline void certificate_sign(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
                                    const char *name, time_t expires, gnutls_x509_crt_t ca,
                                    gnutls_x509_privkey_t ca_key) {
        time_t now = time(NULL);

        gnutls_x509_crt_set_version(crt, 3);
        gnutls_x509_crt_set_serial(crt, ca == crt ? "\001" : "\002", 1);
        gnutls_x509_crt_set_activation_time(crt, now - 7200);
        gnutls_x509_crt_set_expiration_time(crt, expires);
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                      (unsigned)strlen(name));
        gnutls_x509_crt_set_key(crt, key);
        if (ca == crt) {
                gnutls_x509_crt_set_basic_constraints(crt, 1, -1);
                gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN);
        } else {
                gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
                                                     (unsigned)strlen(name), GNUTLS_FSAN_SET);
        }
        assert_int_equal(gnutls_x509_crt_sign2(crt, ca, ca_key, GNUTLS_DIG_SHA256, 0), 0);
}

static inline void server_make_certificate(Server *s) {
        gnutls_x509_privkey_t ca_key, key;
        gnutls_x509_crt_t ca, crt;
        gnutls_datum_t pem;

        gnutls_x509_privkey_init(&ca_key);
        gnutls_x509_privkey_init(&key);
        gnutls_x509_crt_init(&ca);
        gnutls_x509_crt_init(&crt);
        unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
        gnutls_x509_privkey_generate(ca_key, GNUTLS_PK_ECDSA, bits, 0);
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, bits, 0);
        time_t later = time(NULL) + 3600;
        certificate_sign(ca, ca_key, "Test CA", later, ca, ca_key);
        certificate_sign(crt, key, s->host, s->expires ? s->expires : later, ca, ca_key);

        gnutls_x509_crt_export2(ca, GNUTLS_X509_FMT_PEM, &pem);
        s->ca_fd = memfd_create("ca", MFD_CLOEXEC);
        assert_int_equal(write(s->ca_fd, pem.data, pem.size), pem.size);
        snprintf(s->ca_file, sizeof(s->ca_file), "/proc/%d/fd/%d", (int)getpid(), s->ca_fd);
        gnutls_free(pem.data);

        gnutls_certificate_allocate_credentials(&s->credentials);
        assert_int_equal(gnutls_certificate_set_x509_key(s->credentials, &crt, 1, key), 0);
        gnutls_x509_crt_deinit(crt);
        gnutls_x509_crt_deinit(ca);
        gnutls_x509_privkey_deinit(key);
        gnutls_x509_privkey_deinit(ca_key);
}

static inline bool tls_write(ServerConnection *c, const char *data, size_t size) {
        while (size > 0) {
                ssize_t n = gnutls_record_send(c->tls, data, size);
                if (n <= 0)
                        return false;
                data += n;
                size -= (size_t)n;
        }
        return true;
}

/* Reads one request into `text`; false at the end. */
static inline bool tls_read_request(ServerConnection *c, char *text, size_t max) {
        size_t n = 0;

        for (;;) {
                text[n] = '\0';
                char *end = strstr(text, "\r\n\r\n");
                char *length = strcasestr(text, "\r\ncontent-length:");
                size_t body = end && length
                                      ? strtoul(length + STRLEN("\r\ncontent-length:"), NULL, 10)
                                      : 0;
                if (end && n >= (size_t)(end + 4 - text) + body)
                        return true;
                if (n + 1 >= max)
                        return false;
                ssize_t got = gnutls_record_recv(c->tls, text + n, max - n - 1);
                if (got <= 0)
                        return false;
                n += (size_t)got;
        }
}

/* Answers; whether the connection goes on. */
static inline bool server_answer(ServerConnection *c, const Answer *answer) {
        static char fill[16384];
        char byte;

        memset(fill, 'x', sizeof(fill));
        if (!tls_write(c, answer->text, strlen(answer->text)))
                return false;
        switch (answer->manner) {
        case MANNER_KEEP:
                return true;
        case MANNER_CLOSE:
                gnutls_bye(c->tls, GNUTLS_SHUT_WR);
                return false;
        case MANNER_CUT:
                return false;
        case MANNER_HANG:
                while (gnutls_record_recv(c->tls, &byte, 1) > 0)
                        continue;
                return false;
        case MANNER_DRIP:
                while (tls_write(c, "x", 1))
                        usleep(100 * 1000);
                return false;
        case MANNER_FILL:
                for (size_t left = answer->fill; left > 0; left -= MIN(left, sizeof(fill)))
                        if (!tls_write(c, fill, MIN(left, sizeof(fill))))
                                return false;
                return true;
        case MANNER_CHUNKS:
                while (tls_write(c, "4000\r\n", 6) && tls_write(c, fill, 0x4000) &&
                       tls_write(c, "\r\n", 2))
                        continue;
                return false;
        }
        return false;
}

static inline bool server_be_proxy(ServerConnection *c) {
        char head[4096];
        size_t n = 0;

        while (n < sizeof(head) - 1 && recv(c->fd, head + n, 1, 0) == 1) {
                head[++n] = '\0';
                if (n >= 4 && strcmp(head + n - 4, "\r\n\r\n") == 0)
                        break;
        }
        (void)!write(c->fd, c->server->proxy, strlen(c->server->proxy));
        return strncmp(head, "CONNECT ", 8) == 0 && strstr(c->server->proxy, " 200 ");
}

static inline void *server_connection(void *userdata) {
        static const Answer unknown = { "", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
                                        0, 0 };
        ServerConnection *c = userdata;
        Server *s = c->server;
        char text[sizeof(s->seen->request)], path[256];
        bool go_on = !s->proxy || server_be_proxy(c);

        if (go_on) {
                gnutls_init(&c->tls, GNUTLS_SERVER);
                gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, s->credentials);
                gnutls_priority_set_direct(c->tls, s->priority ? s->priority : "NORMAL", NULL);
                gnutls_transport_set_int(c->tls, c->fd);
                go_on = gnutls_handshake(c->tls) == 0;
        }
        while (go_on && tls_read_request(c, text, sizeof(text))) {
                const Answer *answer = &unknown;
                strcpy(s->seen->request, text);
                atomic_fetch_add(&s->seen->requests, 1);
                if (sscanf(text, "%*s %255[^ ?]", path) == 1)
                        for (size_t i = 0; i < s->n_answers; i++)
                                if (strcmp(s->answers[i].path, path) == 0)
                                        answer = &s->answers[i];
                go_on = server_answer(c, answer);
        }
        close(c->fd);
        if (c->tls)
                gnutls_deinit(c->tls);
        free(c);
        return NULL;
}

static inline void server_serve(Server *s) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        for (;;) {
                ServerConnection *c = calloc(1, sizeof(*c));
                pthread_t thread;
                *c = (ServerConnection){ .server = s,
                                         .fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC) };
                if (c->fd < 0)
                        _exit(1);
                atomic_fetch_add(&s->seen->connections, 1);
                if (pthread_create(&thread, NULL, server_connection, c) != 0)
                        _exit(1);
                pthread_detach(thread);
        }
}

/* A listening socket on a free port of 127.0.0.1. */
static inline int listen_any(uint16_t *ret_port) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(listen(fd, 128), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
        *ret_port = ntohs(address.sin_port);
        return fd;
}

static inline void server_start(Server *s) {
        if (!s->host)
                s->host = "peer.test";
        s->seen = mmap(NULL, sizeof(*s->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0);
        assert_true(s->seen != MAP_FAILED);
        server_make_certificate(s);
        s->listen_fd = listen_any(&s->port);
        fflush(NULL);
        s->pid = fork();
        assert_true(s->pid >= 0);
        if (s->pid == 0)
                server_serve(s);
}

static inline void server_stop(Server *s) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
        close(s->listen_fd);
        close(s->ca_fd);
        gnutls_certificate_free_credentials(s->credentials);
        munmap(s->seen, sizeof(*s->seen));
}
