/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "core/source.h"
#include "source/symantec-numbers.h"
#include "source/symantec-table.h"

#include <stdbool.h>
#include <stdint.h>

/* From one poll's numbers to readings and to the evidence for them. */

/* What a poll told about the account, over all its requests. */
typedef struct SymantecAnswer {
        SymantecTotals totals;
        uint32_t parts;        /* documents in it */
        uint32_t configured;   /* domains of the table that it held */
        uint32_t unconfigured; /* entries with another name; equal names count as often as they come
                                */
        StrBuf names;          /* the first few of those names (foreign) */
        uint32_t named;        /* how many */
        usec_t at;             /* wall */
} SymantecAnswer;

/* Adds the totals of one more document: messages are summed up, the oldest is the greater, a mean
 * is weighted by messages. What is unknown in one is unknown in all. */
void symantec_answer_add(SymantecAnswer *answer, const SymantecTotals *totals);

/* Notes an entry whose name is not configured. */
void symantec_answer_unconfigured(SymantecAnswer *answer, const char *name, size_t size);

void symantec_answer_done(SymantecAnswer *answer);

/* The account's reading, and that of the table's domain `i`. */
void symantec_reading_account(const SymantecAnswer *answer, const SymantecTable *table,
                              Reading *ret);
void symantec_reading_domain(const SymantecAnswer *answer, const SymantecTable *table, uint32_t i,
                             Reading *ret);

/* Adds the evidence for one value, one line, nothing where there is none. */
void symantec_reading_detail(const SymantecAnswer *answer, const SymantecTable *table,
                             const Reading *reading, size_t metric, StrBuf *b);
