/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-finding.h"
#include "source/immuniweb-result.h"

/* What the readers of one result share. Nothing in it outlives immuniweb_result_decode(). */
typedef struct Decode {
        struct json_object *document;
        usec_t now; /* wall */
        ImmuniwebResult *result;
        StrBuf evidence; /* of the metric being read */
        bool full;       /* no room for more of it */
        bool at_least;   /* its value is a lower bound */
        int error;       /* 0 or -ENOMEM */
} Decode;

void decode_done(Decode *d);

/* A copy of a text that lasts as long as the result, or NULL (d->error is set). */
const char *decode_keep(Decode *d, const StrBuf *b);

/* Adds "LABEL: WORDS" ("; " before all but the first) to the evidence as long as there is room.
 * `label` is plain text, `words` the vendor's as they came or NULL. */
void decode_evidence(Decode *d, const char *label, const char *words, size_t size);

/* Keeps the evidence as metric `i`'s (METRICS_MAX: nobody's) and makes room for the next one's. */
void decode_keep_evidence(Decode *d, size_t i);

/* Notes that what stands at PATH.KEY (ours, never a peer's words; `key` may be NULL) was not
 * understood: "PATH.KEY: TYPE". Each text once, at most IMMUNIWEB_ODDITIES_MAX. */
void decode_odd(Decode *d, const char *path, const char *key, struct json_object *value);

/* The same with a text of ours instead of the type. */
void decode_odd_text(Decode *d, const char *text);

/* Collects the vendor's ids: internals, and every string of 64 hex digits below test_ssl and
 * test_darkweb (apis.md section 3 row 21). */
void decode_ids(Decode *d);
