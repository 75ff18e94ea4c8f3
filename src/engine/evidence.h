/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"
#include "io/evidence.h"

/* What is kept of ImmuniWeb results for people who have to prove something. */

/* The newest set of a domain in short, so that an alert's record costs no look at the disk. */
typedef struct EvidenceMark {
        usec_t at;               /* wall, whole seconds */
        char sha256[SHA256_HEX]; /* of the file that `path` names; "" = its sum is not known */
        char path[];             /* of the PDF, or where there is none of after.json */
} EvidenceMark;

/* A result is there and about to be judged: keeps its JSON as the domain's latest, and where it is
 * worse than the one before stores a set of evidence. What cannot be kept is told once on stderr.
 */
void evidence_take(Target *target, void *run_state, Moment now);

/* The set that goes with an alert of a domain: the newest, if it was stored since the alert stands
 * and the alert is about what a result says. NULL when there is none; it lasts until the next
 * result of the domain. */
const EvidenceMark *evidence_mark(const Standing *s);

/* "/var/lib/mailsecd/evidence/example.com/20261122T031500Z". */
void evidence_path(const Monitor *m, const char *domain, const EvidenceSet *set, StrBuf *b);

/* Removes the latest results of domains that are not tested any more, and plans to count the
 * evidence where the folder is another one than before; at start (`old_state_dir` NULL) and after a
 * reload. */
void evidence_tidy(Monitor *m, const char *old_state_dir, Moment now);

/* ITEM_EVIDENCE: some milliseconds of counting the evidence of all domains and of removing the
 * oldest above `evidence_size`. */
void evidence_sweep(Monitor *m, Moment now);
