/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The log service behind a Unix socket, looked at beside the library that sends to it: libsystemd
 * and syslog(3) both say nothing when nobody listens, and block when the service does not read. */
typedef struct UnixPeer {
        const char *path;
        int fd;        /* our own datagram socket, used to look only */
        int sender_fd; /* the library's socket, -1 = not known */
        bool connects; /* whether the library connects its socket to the path */
        bool stream;   /* the service wants SOCK_STREAM */
} UnixPeer;

/* `path` is borrowed. 0 or negative errno. */
int unix_peer_init(UnixPeer *peer, const char *path, bool connects);
void unix_peer_done(UnixPeer *peer);

/* Whether one more message would be taken without waiting: 0, -EAGAIN (its queue or ours is full;
 * *ret_fd becomes writable when it is not, and is -1 otherwise), -ENOENT (nobody listens). */
int unix_peer_look(UnixPeer *peer, int *ret_fd);

/* The lowest free file descriptor: what a library gets for the socket it opens next. */
int unix_peer_next_fd(const UnixPeer *peer);

/* Finds the library's socket by its kind, among the descriptors from `first` on. */
void unix_peer_find_sender(UnixPeer *peer, int first);
