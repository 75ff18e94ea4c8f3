/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"
#include "io/evidence.h"

/* What is kept of ImmuniWeb results for people who have to prove something. */

/* A result is there and about to be judged: keeps its JSON as the domain's latest, and where it is
 * worse than the one before stores a set of evidence. */
void evidence_take(Target *target, void *run_state, Moment now);

/* The set that goes with an alert of a domain: the newest that was stored since the alert stands.
 * False when there is none. */
bool evidence_of(const Standing *s, EvidenceSet *ret);

/* "/var/lib/mailsecd/evidence/example.com/20261122T031500Z". */
void evidence_path(const Monitor *m, const char *domain, const EvidenceSet *set, StrBuf *b);
