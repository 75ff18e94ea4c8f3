/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/record.h"
#include "io/unix-peer.h"

#include <stdbool.h>

/* Where syslog(3) sends to. */
#define SYSLOG_PATH "/dev/log"

/* What syslog daemons take by default in one line: 8 KiB with what they put in front. */
#define SYSLOG_LINE_MAX ((size_t)8000)

typedef struct Syslog {
        UnixPeer peer;
        StrBuf line;
        char *identifier;
        int facility;
        bool open;
} Syslog;

/* `path` is SYSLOG_PATH but in tests (syslog(3) knows no other); borrowed. 0 or negative errno. */
int syslog_init(Syslog *log, const char *path);
void syslog_done(Syslog *log);

/* What the next records are sent under. facility: number of syslog(3), not shifted. -ENOMEM or 0.
 */
int syslog_configure(Syslog *log, const char *identifier, int facility);

/* Whether a record would be taken now: as unix_peer_look(). */
int syslog_look(Syslog *log, int *ret_fd);

/* Sends one record without waiting, cut to SYSLOG_LINE_MAX bytes. 0; -EAGAIN or -ENOENT as
 * syslog_look(), also when the daemon went away while it was sent: it is to be sent again. -ENOMEM.
 */
int syslog_send(Syslog *log, const Record *record, int *ret_fd);
