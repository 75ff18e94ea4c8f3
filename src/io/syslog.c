/* SPDX-License-Identifier: MIT */
#include "io/syslog.h"

#include "io/record-line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

int syslog_init(Syslog *log, const char *path) {
        *log = (Syslog){ 0 };
        return unix_peer_init(&log->peer, path, true);
}

static void syslog_close(Syslog *log) {
        if (log->open)
                closelog();
        log->open = false;
        log->peer.sender_fd = -1;
}

void syslog_done(Syslog *log) {
        syslog_close(log);
        unix_peer_done(&log->peer);
        strbuf_done(&log->line);
        free(TAKE_PTR(log->identifier));
}

int syslog_configure(Syslog *log, const char *identifier, int facility) {
        char *copy = strdup(identifier);
        if (!copy)
                return -ENOMEM;
        syslog_close(log); /* syslog(3) borrows the old text */
        free(log->identifier);
        log->identifier = copy;
        log->facility = facility;
        return 0;
}

int syslog_look(Syslog *log, int *ret_fd) {
        int r = unix_peer_look(&log->peer, ret_fd);
        if (r == -ENOENT)
                syslog_close(log);
        return r;
}

int syslog_send(Syslog *log, const Record *record, int *ret_fd) {
        int r = syslog_look(log, ret_fd);
        if (r < 0)
                return r;
        r = record_line(record, SYSLOG_LINE_MAX, &log->line);
        if (r < 0)
                return r;

        if (!log->open || log->peer.sender_fd < 0) {
                syslog_close(log);
                int next_fd = unix_peer_next_fd(&log->peer);
                openlog(log->identifier, LOG_NDELAY | LOG_PID, log->facility << 3);
                log->open = true;
                unix_peer_find_sender(&log->peer, next_fd);
        }
        syslog((log->facility << 3) | record->priority, "%s", strbuf_text(&log->line));
        /* It does not tell whether it could. A queue that is full now is nothing to us. */
        int fd;
        return syslog_look(log, &fd) == -ENOENT ? -ENOENT : 0;
}
