/* SPDX-License-Identifier: MIT */
#include "io/web-address.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define BACKLOG 128

/* Without a bound the kernel keeps megabytes for each client that does not read. */
#define SEND_BUFFER    (128 << 10)
#define RECEIVE_BUFFER (16 << 10)

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

static int socket_listen(int fd, const Address *address) {
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

int web_address_listen(const Address *address, int *ret_fd) {
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

int web_address_of(int fd, Address *ret) {
        Address address = { 0 };
        socklen_t size = sizeof(address);

        if (getsockname(fd, &address.any, &size) < 0)
                return -errno;
        *ret = address;
        return 0;
}

int web_address_adopt(int fd, StrBuf *problem, Address *ret) {
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
