/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Sets that a sweep has in mind at most; where more have to go it counts again. */
#define EVIDENCE_SWEEP_PLACES ((size_t)1024)

/* What all sets of evidence take together. Counting them looks at each of their files, and many may
 * have to go at once, so that both are done a step at a time: a sweep. Zeroed is how it begins. */
typedef struct EvidenceRoom {
        uint64_t bytes;              /* of all sets */
        bool known;                  /* they were counted */
        struct EvidenceSweep *sweep; /* under way, or NULL */
        char domain[254];            /* of the set that was stored last, and its stamp: it is not */
        char stamp[17];              /* removed for room; "" = the newest of all is not */
} EvidenceRoom;

/* One step of a sweep, which it begins where none is under way: the names of the domains, the sets
 * of one domain with what a crash left there, or one set that is removed. While they are more than
 * `total` bytes the oldest of all goes, and then more until a tenth of `total` is free. Returns 1
 * while there is more to do, 0 when the sweep is over, a negative errno when it is over and this
 * kept it from counting, or from removing what is above `total`. */
int evidence_sweep_step(const char *state_dir, uint64_t total, EvidenceRoom *room);

/* Forgets it, and the sweep under way; it begins anew. */
void evidence_room_reset(EvidenceRoom *room);
