/* SPDX-License-Identifier: MIT */
#include "io/web-address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 128

/* Without a bound the kernel keeps megabytes for each client that does not read. */
#define SEND_BUFFER    (128 << 10)
#define RECEIVE_BUFFER (16 << 10)

static int port_parse(const char *text, in_port_t *ret) {
        size_t n = strspn(text, "0123456789");

        if (n == 0 || n > 5 || text[n] != '\0')
                return -EINVAL;
        unsigned long port = strtoul(text, NULL, 10);
        if (port > UINT16_MAX)
                return -EINVAL;
        *ret = htons((uint16_t)port);
        return 0;
}

int web_address_parse(const char *text, WebAddress *ret) {
        const char *colon = strrchr(text, ':');
        char host[INET6_ADDRSTRLEN] = "";
        WebAddress address = { 0 };
        in_port_t port;

        if (!colon || port_parse(colon + 1, &port) < 0)
                return -EINVAL;
        size_t n = (size_t)(colon - text);
        bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';
        if (six) {
                text++;
                n -= 2;
        }
        if (n >= sizeof(host))
                return -EINVAL;
        memcpy(host, text, n);
        if (six) {
                address.six = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = port };
                if (inet_pton(AF_INET6, host, &address.six.sin6_addr) != 1)
                        return -EINVAL;
        } else {
                address.four = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = port };
                if (inet_pton(AF_INET, host, &address.four.sin_addr) != 1)
                        return -EINVAL;
        }
        *ret = address;
        return 0;
}

void web_address_format(const WebAddress *address, char ret[WEB_ADDRESS_TEXT]) {
        char host[INET6_ADDRSTRLEN];
        unsigned port = web_address_port(address);

        ret[0] = '\0';
        if (address->any.sa_family == AF_INET &&
            inet_ntop(AF_INET, &address->four.sin_addr, host, sizeof(host)))
                (void)snprintf(ret, WEB_ADDRESS_TEXT, "%s:%u", host, port);
        else if (address->any.sa_family == AF_INET6 &&
                 inet_ntop(AF_INET6, &address->six.sin6_addr, host, sizeof(host)))
                (void)snprintf(ret, WEB_ADDRESS_TEXT, "[%s]:%u", host, port);
}

unsigned web_address_port(const WebAddress *address) {
        return ntohs(address->any.sa_family == AF_INET6 ? address->six.sin6_port
                                                        : address->four.sin_port);
}

bool web_address_equal(const WebAddress *a, const WebAddress *b) {
        if (a->any.sa_family != b->any.sa_family || web_address_port(a) != web_address_port(b))
                return false;
        if (a->any.sa_family == AF_INET6)
                return IN6_ARE_ADDR_EQUAL(&a->six.sin6_addr, &b->six.sin6_addr);
        return a->four.sin_addr.s_addr == b->four.sin_addr.s_addr;
}

static int option_set(int fd, int level, int option, int value) {
        return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* What is accepted inherits these. */
static int options_set(int fd) {
        int r = option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
        if (r >= 0)
                r = option_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
        if (r >= 0)
                r = option_set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
        return r;
}

static int socket_listen(int fd, const WebAddress *address) {
        bool six = address->any.sa_family == AF_INET6;

        int r = option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (r >= 0 && six)
                r = option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (r >= 0)
                r = options_set(fd);
        if (r < 0)
                return r;
        if (bind(fd, &address->any, six ? sizeof(address->six) : sizeof(address->four)) < 0)
                return -errno;
        return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

int web_address_listen(const WebAddress *address, int *ret_fd) {
        int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        int r = socket_listen(fd, address);
        if (r < 0) {
                close(fd);
                return r;
        }
        *ret_fd = fd;
        return 0;
}

static int option_get(int fd, int option) {
        socklen_t size = sizeof(int);
        int value = 0;

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -errno : value;
}

int web_address_of(int fd, WebAddress *ret) {
        WebAddress address = { 0 };
        socklen_t size = sizeof(address);

        if (getsockname(fd, &address.any, &size) < 0)
                return -errno;
        *ret = address;
        return 0;
}

int web_address_adopt(int fd, StrBuf *problem, WebAddress *ret) {
        int domain = option_get(fd, SO_DOMAIN);

        if ((domain != AF_INET && domain != AF_INET6) || option_get(fd, SO_TYPE) != SOCK_STREAM ||
            option_get(fd, SO_ACCEPTCONN) != 1) {
                (void)strbuf_adds(problem, "it is not a listening socket of TCP");
                return -EINVAL;
        }
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
            fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
                return -errno;
        int r = options_set(fd);
        return r < 0 ? r : web_address_of(fd, ret);
}
