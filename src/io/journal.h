/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/record.h"
#include "io/unix-peer.h"

/* Where journald takes native records. */
#define JOURNAL_PATH "/run/systemd/journal/socket"

typedef struct Journal {
        UnixPeer peer;
} Journal;

/* `path` is JOURNAL_PATH but in tests (libsystemd knows no other); borrowed. 0 or negative errno.
 */
int journal_init(Journal *journal, const char *path);
void journal_done(Journal *journal);

/* Whether a record would be taken now: as unix_peer_look(). */
int journal_look(Journal *journal, int *ret_fd);

/* Sends one record without waiting. 0; -EAGAIN or -ENOENT as journal_look(), also when journald
 * went away while it was sent: then the record may be in the journal, and is to be sent again
 * (MAILSEC_SEQUENCE tells); another negative errno when journald cannot take this record at all. */
int journal_send(Journal *journal, const Record *record, int *ret_fd);
