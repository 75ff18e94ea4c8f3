/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "source/symantec-numbers.h"

#include <stddef.h>

/* Reads one /stats document while it arrives (apis.md sections 1.1 and 3): the elements of Domains
 * go one by one through a single tokener, so memory is one element however long the list is; what
 * stands around the list is kept and parsed at the end, which also checks the syntax of the whole.
 */
typedef struct SymantecStats SymantecStats;

/* Ceilings; passing one is -E2BIG. An element of the guide is about 600 bytes, the members around
 * Domains about 200. A document that is one JSON string (section 3 row 3) has to be held whole. */
#define SYMANTEC_ELEMENT_MAX ((size_t)16 * 1024)
#define SYMANTEC_AROUND_MAX  ((size_t)64 * 1024)
#define SYMANTEC_QUOTED_MAX  ((size_t)8 * 1024 * 1024)

/* Who takes the elements. Both may end the reading with a negative errno. */
typedef struct SymantecSink {
        /* A list begins: what was told of this document so far is void (of equal keys the last
         * wins). */
        void (*begin)(void *userdata);
        int (*element)(void *userdata, const SymantecElement *element);
} SymantecSink;

/* 0 or -ENOMEM. `sink` and `userdata` are borrowed. */
int symantec_stats_new(const SymantecSink *sink, void *userdata, SymantecStats **ret);
SymantecStats *symantec_stats_free(SymantecStats *stats);
DEFINE_CLEANUP(SymantecStats *, symantec_stats_free)

/* Makes it ready for another document; buffers are kept. */
void symantec_stats_reset(SymantecStats *stats);

/* The next piece, split anywhere. 0, -EBADMSG (this is no /stats document), -E2BIG, -ENOMEM, or
 * what the sink said; after a failure the same again. */
int symantec_stats_feed(SymantecStats *stats, const char *data, size_t size);

/* All pieces are there: 0 only when the document is whole and has at least one member that a /stats
 * document has. -ENODATA (nothing but white space) or as feed() otherwise. *ret is untouched on
 * failure. */
int symantec_stats_end(SymantecStats *stats, SymantecTotals *ret);

/* After a failure: what is wrong, as an end of "the answer ...", and how the document begins
 * (foreign). */
const char *symantec_stats_problem(const SymantecStats *stats);
const char *symantec_stats_head(const SymantecStats *stats, size_t *ret_size);
