/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "core/source.h"

#include <stdbool.h>
#include <stdint.h>

/* The Email Queue API (seed 003): one GET /stats tells the queues of every domain of an account. */

/* What an account remembers between polls, allocated once: two samples of the 12 numbers per domain
 * (the one being read and the last good one, swapped when an answer is whole) and how long each
 * queue's head has stood. */
typedef struct SymantecTable SymantecTable;

/* For `n` domain names (lower case, A-label form, borrowed together with their strings). -ENOMEM or
 * 0. */
int symantec_table_new(const char *const *names, uint32_t n, SymantecTable **ret);
SymantecTable *symantec_table_free(SymantecTable *table);
DEFINE_CLEANUP(SymantecTable *, symantec_table_free)

/* Takes over from an older table what it knows of the domains that both have (by name): after a
 * reload. */
void symantec_table_adopt(SymantecTable *table, const SymantecTable *old);

/* What a name in A-label form needs with its NUL (RFC 1035: 253 bytes). */
#define SYMANTEC_NAME_BYTES 254

/* Turns a name into lower-case A-labels without a trailing dot. NULL with `ret` filled, or what is
 * wrong with it. The configuration's hostname_normalize() is one. */
typedef const char *(*SymantecToAscii)(const char *name, char ret[static SYMANTEC_NAME_BYTES]);

/* How names in an answer that are not ASCII are compared (apis.md section 3 row 6); libidn2 is not
 * for this layer. Without it such a name counts as not configured. */
void symantec_table_set_to_ascii(SymantecTable *table, SymantecToAscii to_ascii);

/* One poll of one account, a `run` of source_symantec. Settings and table are borrowed until it is
 * freed; one run per table at a time. With filter_configured the names are asked for by repeated
 * domain=, split into requests with a URL of at most 4096 bytes; a table without names asks without
 * a filter. The answers are read element by element while they arrive; the table changes only in
 * the step that says DONE and OK (a reply is applied whole or not at all). */
int symantec_run_new(const SymantecSettings *settings, SymantecTable *table, void **ret);

/* After DONE and OK: what of the answer was not understood, one short description of the shape each
 * ("Domains[].ReceiveQueueCountInbound: ..."), plain text, the same words for the same shape. Valid
 * until the run is freed. */
size_t symantec_run_oddities(const void *run, const char *const **ret);
