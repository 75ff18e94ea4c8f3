/* SPDX-License-Identifier: MIT */
#include "io/journal.h"

#include <errno.h>

/* Nobody looks for an alert by the line of our code. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

int journal_init(Journal *journal, const char *path) {
        return unix_peer_init(&journal->peer, path, false);
}

void journal_done(Journal *journal) {
        unix_peer_done(&journal->peer);
}

int journal_look(Journal *journal, int *ret_fd) {
        return unix_peer_look(&journal->peer, ret_fd);
}

int journal_send(Journal *journal, const Record *record, int *ret_fd) {
        struct iovec iov[RECORD_FIELDS_MAX];
        UnixPeer *peer = &journal->peer;

        int r = unix_peer_look(peer, ret_fd);
        if (r < 0)
                return r;
        /* libsystemd opens its socket with the first record and keeps it. */
        int next_fd = peer->sender_fd < 0 ? unix_peer_next_fd(peer) : -1;
        r = sd_journal_sendv(iov, (int)record_iovec(record, iov));
        if (next_fd >= 0)
                unix_peer_find_sender(peer, next_fd);
        if (r == -ECONNREFUSED)
                return -ENOENT;
        if (r == -ENOBUFS)
                return -EAGAIN;
        if (r < 0)
                return r;
        /* It also says 0 when there is no socket. A queue that is full now is nothing to us. */
        int fd;
        return unix_peer_look(peer, &fd) == -ENOENT ? -ENOENT : 0;
}
