/* SPDX-License-Identifier: MIT */
#include "io/unix-peer.h"

#include "base/macro.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How far the library's socket may be from where it was expected: other threads open files, too. */
#define FDS_SEARCHED 64

int unix_peer_init(UnixPeer *peer, const char *path, bool connects) {
        struct sockaddr_un address;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        *peer = (UnixPeer){ .path = path, .sender_fd = -1, .connects = connects };
        peer->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        return peer->fd < 0 ? -errno : 0;
}

void unix_peer_done(UnixPeer *peer) {
        if (peer->fd >= 0)
                close(peer->fd);
        peer->fd = -1;
}

static int peer_connect(const UnixPeer *peer, int fd) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        memcpy(address.sun_path, peer->path, strlen(peer->path) + 1);
        return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

/* Whether `fd` can be the library's socket. */
static bool is_sender(const UnixPeer *peer, int fd) {
        struct sockaddr_un address;
        socklen_t size = sizeof(address);
        int domain, actual;
        socklen_t n = sizeof(int);

        if (fd == peer->fd || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0 ||
            domain != AF_UNIX)
                return false;
        n = sizeof(int);
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &actual, &n) < 0 ||
            actual != (peer->stream ? SOCK_STREAM : SOCK_DGRAM))
                return false;
        memset(&address, 0, sizeof(address));
        if (getpeername(fd, (struct sockaddr *)&address, &size) < 0)
                return !peer->connects && errno == ENOTCONN;
        return peer->connects &&
               strncmp(address.sun_path, peer->path, sizeof(address.sun_path)) == 0;
}

int unix_peer_next_fd(const UnixPeer *peer) {
        int fd = fcntl(peer->fd, F_DUPFD_CLOEXEC, 0);

        if (fd >= 0)
                close(fd);
        return fd;
}

void unix_peer_find_sender(UnixPeer *peer, int first) {
        peer->sender_fd = -1;
        for (int fd = first; first >= 0 && fd < first + FDS_SEARCHED; fd++)
                if (is_sender(peer, fd)) {
                        peer->sender_fd = fd;
                        return;
                }
}

/* Asks by connecting: 0 when somebody listens. A stream service is asked by its library's
 * connection where there is one, so that it does not see a connection come and go for each look. */
static int peer_listens(UnixPeer *peer) {
        int r = peer_connect(peer, peer->fd);

        peer->stream = r == -EPROTOTYPE;
        /* The library may have closed it, and something else may have its number now. */
        if (peer->sender_fd >= 0 && !is_sender(peer, peer->sender_fd))
                peer->sender_fd = -1;
        if (!peer->stream)
                return r == 0 ? 0 : -ENOENT;
        if (peer->sender_fd >= 0)
                return 0;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        r = peer_connect(peer, fd);
        close(fd);
        return r == -EAGAIN ? r : r < 0 ? -ENOENT : 0;
}

int unix_peer_look(UnixPeer *peer, int *ret_fd) {
        struct pollfd fds[] = {
                { .fd = -1, .events = POLLOUT },
                { .fd = -1, .events = POLLOUT },
        };

        *ret_fd = -1;
        int r = peer_listens(peer);
        if (r < 0)
                return r;
        if (!peer->stream)
                fds[0].fd = peer->fd;
        fds[1].fd = peer->sender_fd;
        if (poll(fds, ELEMENTSOF(fds), 0) < 0)
                return -errno;
        if (peer->stream && (fds[1].revents & (POLLHUP | POLLERR)))
                return -ENOENT;
        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                if (fds[i].fd >= 0 && !(fds[i].revents & POLLOUT)) {
                        *ret_fd = fds[i].fd;
                        return -EAGAIN;
                }
        return 0;
}
