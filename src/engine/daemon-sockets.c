/* SPDX-License-Identifier: MIT */
#include "engine/daemon-sockets.h"

#include "base/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* Whether only this machine can reach it. */
static bool is_loopback(int fd) {
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        } address = {};
        socklen_t size = sizeof(address);

        if (getsockname(fd, &address.any, &size) < 0)
                return false;
        if (address.any.sa_family == AF_INET)
                return ntohl(address.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        return address.any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
}

static bool is_usable(int fd) {
        return sd_is_socket(fd, AF_INET, SOCK_STREAM, 1) > 0 ||
               sd_is_socket(fd, AF_INET6, SOCK_STREAM, 1) > 0;
}

void daemon_inherit(Site *site) {
        int n = sd_listen_fds(1);

        if (n < 0)
                diag(DIAG_WARNING, "What the service manager says of its sockets is no use: %s",
                     strerror(-n));
        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
                int flags = fcntl(fd, F_GETFL);
                if (site->fd >= 0 || !is_usable(fd) || flags < 0 ||
                    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
                        diag(DIAG_WARNING,
                             "Socket %d of the service manager is not used: the status page takes "
                             "one "
                             "listening TCP socket",
                             fd);
                        close(fd);
                        continue;
                }
                site->fd = fd;
                site->inherited = true;
                site->remote = !is_loopback(fd);
        }
}
