/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "io/evidence-prune.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files that the vendor's results leave below the state directory, in bounds:
 *
 *   results/DOMAIN.json                    the latest result of each domain, as the vendor sent it
 *   evidence/DOMAIN/STAMP/before.json      where a result got worse: the one before,
 *   evidence/DOMAIN/STAMP/after.json       the worse one,
 *   evidence/DOMAIN/STAMP/report.pdf       the vendor's report of it, where there is one,
 *   evidence/DOMAIN/STAMP/SHA256SUMS       their sums, as sha256sum(1) checks them
 *
 * STAMP is 20261122T031500Z, UTC, when it was judged. Files are written under another name and
 * renamed (a set as a whole), so that none is ever half there; modes 0600 and 0700. Names are
 * checked: nothing outside these folders is ever read or written.
 *
 * What survives a power failure: the files of a set are waited for, one after the other, before it
 * gets its name, so that a set that is there is whole; its name is on the disk with the next
 * durable commit of the state in the same file system, before anything is told of it. Without that
 * the set may be gone, and so is the judgement that it goes with. A latest result is not waited
 * for: afterwards it may be an earlier one, or damaged, until the next test. */

#define EVIDENCE_RESULT_MAX ((size_t)2 << 20) /* bytes of one JSON */
#define EVIDENCE_PDF_MAX    ((size_t)8 << 20) /* bytes of one PDF */
#define SHA256_HEX          65                /* 64 digits and NUL */

/* The last result of a domain. 0 with its text added, -ENOENT when there is none, -EFBIG when it is
 * too large, -EINVAL for a name that is no domain's, other negative errnos. Writing replaces it as
 * a whole; on failure the old one stays. */
int evidence_result_read(const char *state_dir, const char *domain, StrBuf *ret);
int evidence_result_write(const char *state_dir, const char *domain, const char *json, size_t size);

/* A set of evidence as it is on the disk. */
typedef struct EvidenceSet {
        char stamp[17]; /* "20261122T031500Z" */
        usec_t at;      /* the same, wall */
        struct EvidenceFile {
                char name[16]; /* "before.json", "after.json", "report.pdf" */
                char sha256[SHA256_HEX];
                uint64_t size;
        } files[3];
        size_t n; /* of files that are there and named by SHA256SUMS */
} EvidenceSet;

/* Stores a set; any part may be NULL (but not all), none larger than told above (-EFBIG). Within
 * one second of another set it gets the next free second. On failure nothing is left. Then removes
 * the oldest sets of the domain above `keep` (never the new one) and notes in `room` what changed;
 * all domains together are kept below a total by evidence_sweep_step(). *ret is the new set. */
typedef struct EvidencePart {
        const char *data;
        size_t size;
} EvidencePart;
int evidence_store(const char *state_dir, const char *domain, usec_t at, EvidencePart before,
                   EvidencePart after, EvidencePart pdf, uint32_t keep, EvidenceRoom *room,
                   EvidenceSet *ret);

/* The sets of a domain, newest first; *ret is the caller's to free(). 0 also when there are none.
 */
int evidence_list(const char *state_dir, const char *domain, EvidenceSet **ret, size_t *ret_n);

/* Opens one file of a set for a page, to be read piece by piece: it is of up to EVIDENCE_PDF_MAX
 * bytes, and many may be asked for at once. *ret_fd is the caller's to close; *ret_size are its
 * bytes. 0, -ENOENT where the names are not of one, other negative errnos. A set that is removed
 * meanwhile can be read to its end. */
int evidence_open(const char *state_dir, const char *domain, const char *stamp, const char *file,
                  int *ret_fd, uint64_t *ret_size);

/* Removes the latest results of domains for which `keep` says false, so that no later one is
 * compared with them; after a reload. Their evidence stays until it is the oldest above `total`:
 * it is a proof, and a domain may be gone from a configuration by mistake. */
void evidence_forget(const char *state_dir, bool (*keep)(void *userdata, const char *domain),
                     void *userdata);
