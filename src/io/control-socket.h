/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stdbool.h>
#include <sys/types.h>

/* The file of the control socket, and who may use it. */
typedef struct ControlSocket {
        char *path; /* NULL = there is none */
        dev_t device;
        ino_t inode;
        gid_t group; /* may connect besides the process's own */
} ControlSocket;

/* The group of that name, or the process's own for NULL. May ask the network (nss): at start and
 * reload only. -ESRCH when there is none, other negative errnos. */
int control_group(const char *name, gid_t *ret);

/* Listens at `path`, mode 0660, owned by `group`; nobody can connect before both are set. A socket
 * there that nobody listens on is removed first. -EADDRINUSE when somebody does, -EEXIST when
 * something else has the name, -ENAMETOOLONG, -EPERM when the process may not give it to that
 * group. */
int control_socket_open(const char *path, gid_t group, ControlSocket *ret, int *ret_fd);

/* Gives it to another group. -ENOENT when the file is not there any more, -EPERM as above. */
int control_socket_set_group(ControlSocket *s, gid_t group);

/* Removes the file, unless another one has its name by now. */
void control_socket_done(ControlSocket *s);

/* Whether the peer of a connection may ask: root, the process's own user, a member of its group or
 * of `group`, by what the kernel knows of it from the time it connected. */
bool control_peer_is_allowed(int fd, gid_t group, uid_t *ret_uid);
