/* SPDX-License-Identifier: MIT */
#pragma once

/* Log services on sockets of the test's own, and the two libraries that send to them:
 * sd_journal_sendv() and syslog(3) know one place each, so the test program has its own, which lose
 * and block just as the real ones do. */

#include "unit/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct Service {
        char path[64];
        int type;
        int fd; /* -1 = it does not listen */
        int connections[64];
        size_t n_connections;
        char stream[65536]; /* read from a connection and not yet told */
        size_t n_stream;
} Service;

static Service journal_service, syslog_service;

/* Called in sd_journal_sendv() before anything is sent. */
static void (*on_journal_send)(void);

static inline void service_set_up(Service *s, const char *folder, const char *name) {
        *s = (Service){ .fd = -1, .type = SOCK_DGRAM };
        snprintf(s->path, sizeof(s->path), "%s/%s", folder, name);
}

static inline void service_listen(Service *s, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        strcpy(address.sun_path, s->path);
        s->type = type;
        s->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(bind(s->fd, (struct sockaddr *)&address, sizeof(address)), 0);
        if (type == SOCK_STREAM)
                assert_int_equal(listen(s->fd, 64), 0);
}

static inline void service_go_away(Service *s) {
        if (s->fd >= 0) {
                close(s->fd);
                unlink(s->path);
        }
        while (s->n_connections > 0)
                close(s->connections[--s->n_connections]);
        s->fd = -1;
        s->n_stream = 0;
}

static inline bool service_read_stream(Service *s, char *text, size_t max) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0)
                s->connections[s->n_connections++] = fd;
        for (size_t i = 0; i < s->n_connections; i++) {
                ssize_t n = recv(s->connections[i], s->stream + s->n_stream,
                                 sizeof(s->stream) - s->n_stream, 0);
                if (n == 0) {
                        close(s->connections[i]);
                        s->connections[i--] = s->connections[--s->n_connections];
                } else if (n > 0) {
                        s->n_stream += (size_t)n;
                }
        }
        char *end = memchr(s->stream, '\0', s->n_stream);
        if (!end)
                return fd >= 0 && service_read_stream(s, text, max);
        size_t size = (size_t)(end - s->stream) + 1;
        memcpy(text, s->stream, MIN(size, max));
        memmove(s->stream, end + 1, s->n_stream -= size);
        return true;
}

/* The next message, or false when there is none now. */
static inline bool service_read(Service *s, char *text, size_t max) {
        if (s->fd < 0)
                return false;
        if (s->type == SOCK_STREAM)
                return service_read_stream(s, text, max);
        ssize_t n = recv(s->fd, text, max - 1, 0);
        if (n < 0)
                return false;
        text[n] = '\0';
        return true;
}

/* MAILSEC_SEQUENCE of the next message, -1 when there is none. */
static inline _unused_ long service_sequence(Service *s) {
        static char text[65536];
        const char *sequence;

        if (!service_read(s, text, sizeof(text)))
                return -1;
        sequence = strstr(text, "MAILSEC_SEQUENCE=");
        assert_non_null(sequence);
        return atol(sequence + STRLEN("MAILSEC_SEQUENCE="));
}

static inline int address_of(const Service *s, struct sockaddr_un *address) {
        *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(address->sun_path, s->path, sizeof(s->path));
        return (int)sizeof(*address);
}

int sd_journal_sendv(const struct iovec *iov, int n);
int sd_journal_sendv(const struct iovec *iov, int n) {
        static int fd = -1;
        struct sockaddr_un address;
        struct iovec lines[128];

        if (fd < 0)
                fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (on_journal_send)
                on_journal_send();
        for (int i = 0; i < n; i++) {
                lines[2 * i] = iov[i];
                lines[2 * i + 1] = (struct iovec){ (void *)"\n", 1 };
        }
        struct msghdr message = {
                .msg_name = &address,
                .msg_namelen = (socklen_t)address_of(&journal_service, &address),
                .msg_iov = lines,
                .msg_iovlen = (size_t)n * 2,
        };
        if (sendmsg(fd, &message, MSG_NOSIGNAL) >= 0 || errno == ENOENT)
                return 0;
        return -errno;
}

static struct {
        int fd;
        const char *identifier;
        int facility;
        int last; /* facility and priority of the last message */
} syslog_client = { .fd = -1 };

void openlog(const char *identifier, int option, int facility);
void closelog(void);
void syslog(int priority, const char *format, ...) _printf_(2, 3);
void __syslog_chk(int priority, int flag, const char *format, ...) _printf_(3, 4);

void closelog(void) {
        if (syslog_client.fd >= 0)
                close(syslog_client.fd);
        syslog_client.fd = -1;
}

static inline void syslog_connect(void) {
        static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
        struct sockaddr_un address;

        for (size_t i = 0; i < ELEMENTSOF(types) && syslog_client.fd < 0; i++) {
                syslog_client.fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);
                socklen_t size = (socklen_t)address_of(&syslog_service, &address);
                if (connect(syslog_client.fd, (struct sockaddr *)&address, size) < 0)
                        closelog();
        }
}

void openlog(const char *identifier, int option, int facility) {
        (void)option;
        syslog_client.identifier = identifier;
        syslog_client.facility = facility;
        syslog_connect();
}

static inline _printf_(2, 0) void syslog_send_text(int priority, const char *format, va_list ap) {
        static char text[32768];

        int n = snprintf(text, sizeof(text), "<%d>%s: ", priority, syslog_client.identifier);
        n += vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
        syslog_client.last = priority;
        for (unsigned attempt = 0; attempt < 2; attempt++) {
                if (syslog_client.fd < 0)
                        syslog_connect();
                if (syslog_client.fd < 0)
                        return;
                if (send(syslog_client.fd, text, (size_t)n + 1, MSG_NOSIGNAL) >= 0)
                        return;
                closelog();
        }
}

void syslog(int priority, const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        syslog_send_text(priority, format, ap);
        va_end(ap);
}

void __syslog_chk(int priority, int flag, const char *format, ...) {
        (void)flag;
        va_list ap;
        va_start(ap, format);
        syslog_send_text(priority, format, ap);
        va_end(ap);
}
