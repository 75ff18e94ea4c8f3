/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/evidence.h"

#include <unistd.h>

/* What io/evidence.c and evidence-prune.c share: folders and files below the state directory, by
 * names that were checked, never through a symbolic link. */

/* A set that is being made, and one that is being removed; nothing else begins with a dot. */
#define EVIDENCE_NEW ".new"
#define EVIDENCE_OLD ".old"

#define EVIDENCE_FOLDER "evidence"

#define EVIDENCE_SUMS     "SHA256SUMS"
#define EVIDENCE_SUMS_MAX ((size_t)4096)

static inline _unused_ void evidence_closep(int *fd) {
        if (*fd >= 0)
                close(*fd);
}
#define _cleanup_close_ _cleanup_(evidence_closep)

/* Whether it can be a domain's: 1 to 253 lower-case letters, digits, '-', '_' and single dots
 * inside. */
bool evidence_is_domain(const char *name);

/* "20261122T031500Z", a time that there is; *ret is the same as wall time. */
bool evidence_is_stamp(const char *name, usec_t *ret);

/* Which of the three files of a set it is, or -1. */
int evidence_file_index(const char *name);
const char *evidence_file_name(size_t i);

/* The folder `name` of the state directory: its descriptor or negative errno. `create` makes it
 * where it is missing (0700). */
int evidence_folder(const char *state_dir, const char *name, bool create);
int evidence_folder_at(int dir, const char *name, bool create);

/* Writes a file that is not there yet (0600); `durable` waits until the disk has it. */
int evidence_file_write(int dir, const char *name, const char *data, size_t size, bool durable);

/* The descriptor of a file: -EFBIG above `max` bytes, -EBADMSG where it is no regular file. */
int evidence_file_open(int dir, const char *name, size_t max, uint64_t *ret_size);

/* Adds a file's bytes; errors as above. */
int evidence_file_read(int dir, const char *name, size_t max, StrBuf *ret);

/* Calls `seen` for every name in a folder; other values than 0 end it and are returned. */
int evidence_each(int dir, int (*seen)(void *userdata, int dir, const char *name), void *userdata);

/* Removes a folder that holds nothing but files. 0 also when there is none. */
int evidence_remove(int dir, const char *name);

/* Removes a whole set so that a crash leaves none half there. */
int evidence_remove_set(int dir, const char *stamp);

/* Bytes of the files of a set. */
uint64_t evidence_set_size(int dir, const char *stamp);

/* Removes the oldest sets of the folder `domain` of `evidence` above `keep`, never `stamp`, and
 * what a crash left there; what cannot be removed stays. Returns the bytes that are free now. */
uint64_t evidence_prune(int evidence, const char *domain, const char *stamp, uint32_t keep);

/* A set of `added` bytes was stored and others of its domain with `freed` bytes were removed. */
void evidence_room_change(EvidenceRoom *room, const char *domain, const char *stamp, uint64_t added,
                          uint64_t freed);
