/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/names.h"
#include "core/metric.h"
#include "source/symantec.h"

#include <stdbool.h>
#include <stdint.h>

/* The table of symantec.h from the inside: an answer is staged domain by domain and then committed
 * whole, or left to be overwritten. 256 bytes a domain and the index of names. */

/* The four queues of a domain in the order of the guide: receive inbound, outbound, delivery
 * inbound, outbound. The oldest message of queue q is metric SYMANTEC_OLDEST + q. */
#define SYMANTEC_QUEUES 4
#define SYMANTEC_OLDEST 4

/* The head of one queue when it was last known. An unknown sample changes nothing: the next known
 * one is compared with the last known one, each with its own time. */
typedef struct SymantecHead {
        float age;   /* in seconds; NAN = never known */
        float stuck; /* for how many seconds the same message has been seen at the head */
        uint32_t at; /* tenths of a second, counted on from wall time, wrapping */
} SymantecHead;

/* A new answer begins: nothing is staged. */
void symantec_table_begin(SymantecTable *table);

/* Stages the numbers of a domain that request number `request` (1 or more) was answered with. The
 * name is as the peer sent it. Of equal names the last wins. The domain's index, or NAMES_NONE when
 * it is not one of the table's. */
uint32_t symantec_table_stage(SymantecTable *table, uint32_t request, const char *name, size_t size,
                              const double values[SYMANTEC_WIRE_N]);

/* What this request staged so far is void. */
void symantec_table_forget(SymantecTable *table, uint32_t request);

/* Makes the staged answer the good one as of `now` (wall) and steps the heads. After a gap longer
 * than `gap_max` a head still counts as the same when it aged by just the gap, with no more
 * tolerance than `gap_max` has: no data does not clear what stands. Returns how many domains were
 * staged. */
uint32_t symantec_table_commit(SymantecTable *table, usec_t now, usec_t gap_max);

uint32_t symantec_table_size(const SymantecTable *table);
const char *symantec_table_name(const SymantecTable *table, uint32_t i);

/* The 12 numbers of a domain in the last good answer, or NULL when it was absent from it. */
const double *symantec_table_values(const SymantecTable *table, uint32_t i);

/* Its SYMANTEC_QUEUES heads. */
const SymantecHead *symantec_table_heads(const SymantecTable *table, uint32_t i);
