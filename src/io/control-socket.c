/* SPDX-License-Identifier: MIT */
#include "io/control-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_MODE    0660
#define SOCKET_BACKLOG 64

/* A group with many members needs a large buffer; the kernel's own limit is 65,536 groups. */
#define GROUP_BUFFER_MIN 4096
#define GROUP_BUFFER_MAX (16 << 20)
#define GROUPS_EXPECTED  64

int control_group(const char *name, gid_t *ret) {
        if (!name) {
                *ret = getegid();
                return 0;
        }
        for (size_t size = GROUP_BUFFER_MIN; size <= GROUP_BUFFER_MAX; size *= 4) {
                _cleanup_free_ char *buffer = malloc(size);
                struct group group, *found = NULL;

                if (!buffer)
                        return -ENOMEM;
                int r = getgrnam_r(name, &group, buffer, size, &found);
                if (r == ERANGE)
                        continue;
                if (found) {
                        *ret = found->gr_gid;
                        return 0;
                }
                return r == 0 || r == ENOENT ? -ESRCH : -r;
        }
        return -ERANGE;
}

static int address_set(struct sockaddr_un *address, const char *path) {
        size_t size = strlen(path);

        *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (size == 0)
                return -EINVAL;
        if (size >= sizeof(address->sun_path))
                return -ENAMETOOLONG;
        memcpy(address->sun_path, path, size + 1);
        return 0;
}

/* Removes a socket that nobody listens on. 0 when the name is free. */
static int leftover_remove(const struct sockaddr_un *address) {
        struct stat st;

        if (lstat(address->sun_path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISSOCK(st.st_mode))
                return -EEXIST;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        int r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
        close(fd);
        /* EAGAIN: its queue is full. EPROTOTYPE: it is no stream. */
        if (r == 0 || r == EAGAIN || r == EINPROGRESS || r == EPROTOTYPE)
                return -EADDRINUSE;
        if (r == ENOENT)
                return 0;
        if (r != ECONNREFUSED)
                return -r;
        return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int group_apply(const char *path, gid_t group) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return -errno;
        if (st.st_gid == group)
                return 0;
        if (fchownat(AT_FDCWD, path, (uid_t)-1, group, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        return 0;
}

/* The file is there: makes it what it shall be, and only then listens. */
static int socket_prepare(int fd, const char *path, gid_t group, ControlSocket *s) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return -errno;
        s->device = st.st_dev;
        s->inode = st.st_ino;
        s->group = group;
        int r = group_apply(path, group);
        if (r < 0)
                return r;
        if (chmod(path, SOCKET_MODE) < 0)
                return -errno;
        return listen(fd, SOCKET_BACKLOG) < 0 ? -errno : 0;
}

int control_socket_open(const char *path, gid_t group, ControlSocket *ret, int *ret_fd) {
        struct sockaddr_un address;

        int r = address_set(&address, path);
        if (r < 0)
                return r;
        r = leftover_remove(&address);
        if (r < 0)
                return r;
        ControlSocket s = { .path = strdup(path) };
        if (!s.path)
                return -ENOMEM;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        /* The mode of a socket is that of its file, less the umask. */
        if (fd < 0 || fchmod(fd, 0600) < 0 ||
            bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
                r = -errno;
                free(s.path);
                if (fd >= 0)
                        close(fd);
                return r;
        }
        r = socket_prepare(fd, path, group, &s);
        if (r < 0) {
                control_socket_done(&s);
                close(fd);
                return r;
        }
        *ret = s;
        *ret_fd = fd;
        return 0;
}

static bool socket_is_ours(const ControlSocket *s) {
        struct stat st;

        return s->path && lstat(s->path, &st) == 0 && st.st_dev == s->device &&
               st.st_ino == s->inode;
}

int control_socket_set_group(ControlSocket *s, gid_t group) {
        if (!socket_is_ours(s))
                return -ENOENT;
        int r = group_apply(s->path, group);
        if (r < 0)
                return r;
        s->group = group;
        return 0;
}

void control_socket_done(ControlSocket *s) {
        if (socket_is_ours(s))
                (void)unlink(s->path);
        free(s->path);
        *s = (ControlSocket){ 0 };
}

/* Whether one of the peer's supplementary groups is `a` or `b`. */
static bool peer_is_member(int fd, gid_t a, gid_t b) {
        _cleanup_free_ gid_t *many = NULL;
        gid_t few[GROUPS_EXPECTED], *groups = few;
        socklen_t size = sizeof(few);

        int r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &size);
        if (r < 0 && errno == ERANGE) {
                groups = many = malloc(size);
                if (!many)
                        return false;
                r = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &size);
        }
        if (r < 0)
                return false;
        for (size_t i = 0; i < size / sizeof(*groups); i++)
                if (groups[i] == a || groups[i] == b)
                        return true;
        return false;
}

bool control_peer_is_allowed(int fd, gid_t group, uid_t *ret_uid) {
        struct ucred peer;
        socklen_t size = sizeof(peer);
        gid_t own = getegid();

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return false;
        if (peer.uid != 0 && peer.uid != geteuid() && peer.gid != own && peer.gid != group &&
            !peer_is_member(fd, own, group))
                return false;
        *ret_uid = peer.uid;
        return true;
}
