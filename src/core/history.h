/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How samples and hours of up to 64 neighbouring series are packed into one block of bytes. Layout,
 * version 1:
 *
 *     block   = format byte (1 = samples of one moment, 2 = one hour), entries in ascending order
 * of slots entry   = head byte: bit 0 fresh, bits 1-6 slot, bit 7 run; with a run: a byte, how many
 * slots more follow it with the same body (idle series cost next to nothing); then the body samples
 * : body = varint mask of the columns told, then a value code for each, lowest column first; fresh:
 *               all other columns are unknown; else they are as before in that hour
 *     hour    : body = varint mask of the columns known, varint mask of those of them that were
 * constant, then for each known column the value code of its min and, unless constant, that of its
 * max and a varint from 0 to 16383: which part of the way from min to max the mean lies varint  = 7
 * bits a byte, lowest first, bit 7 set in all but the last; 10 bytes at most value   = varint code:
 * 0 unknown; else code - 1 is n << 1 for the integers n from 0 to 2^52, and z << 1 | 1 for all else
 * in thousandths, z zigzag (0, -1, 1, -2, ...)
 *
 * What lies beyond +-2^52 is kept as +-2^52, fractions are rounded to thousandths. Each hour starts
 * with fresh entries, so that it can be read by itself. */

#define HISTORY_SLOTS   64u
#define HISTORY_COLUMNS 64u

typedef enum HistoryFormat {
        HISTORY_SAMPLES = 1,
        HISTORY_HOUR = 2,
} HistoryFormat;

/* The code of a value (NAN = unknown), and back. Values with the same code are the same to the
 * history. */
uint64_t history_code(double value);
double history_value(uint64_t code);

/* --- what is packed
 * --------------------------------------------------------------------------------- */

/* One or more neighbouring slots that say the same. */
typedef struct HistoryEntry {
        unsigned slot, last;
        bool fresh;
        uint64_t mask;                  /* bit c: column c is told */
        double values[HISTORY_COLUMNS]; /* of these */
} HistoryEntry;

/* Min, max and mean of an hour, per column. */
typedef struct HistoryHour {
        unsigned slot, last; /* set by a reader */
        uint64_t known;
        double min[HISTORY_COLUMNS], max[HISTORY_COLUMNS], mean[HISTORY_COLUMNS]; /* of the known */
} HistoryHour;

/* --- writing
 * ---------------------------------------------------------------------------------------- */

/* The longest body: masks, and three codes of 64 columns. */
#define HISTORY_BODY_LONGEST (2u * 10u + HISTORY_COLUMNS * (10u + 10u + 2u))

/* All-zero is a valid one; free with history_writer_done(). */
typedef struct HistoryWriter {
        StrBuf block; /* whole after history_writer_end() */
        bool pending; /* an entry that may go on as a run */
        bool fresh;
        unsigned slot, last;
        size_t size; /* of its body */
        uint8_t body[HISTORY_BODY_LONGEST];
} HistoryWriter;

void history_writer_begin(HistoryWriter *w, HistoryFormat format);

/* Adds an entry; slots have to ascend. `codes` is by column, of those in `mask`. */
void history_writer_add(HistoryWriter *w, unsigned slot, bool fresh, uint64_t mask,
                        const uint64_t codes[static HISTORY_COLUMNS]);
void history_writer_add_hour(HistoryWriter *w, unsigned slot, const HistoryHour *hour);

/* 0, or -ENOMEM when something could not be added. */
int history_writer_end(HistoryWriter *w);
void history_writer_done(HistoryWriter *w);

/* --- reading: any bytes are borne
 * --------------------------------------------------------------------- */

typedef struct HistoryReader {
        const uint8_t *at, *end;
        unsigned next; /* the lowest slot that may follow */
} HistoryReader;

/* 0, or -EBADMSG when it is not of that format. The block is borrowed. */
int history_reader_init(HistoryReader *r, HistoryFormat format, const void *block, size_t size);

/* The next entry: 1, 0 at the end, or -EBADMSG. */
int history_reader_next(HistoryReader *r, HistoryEntry *ret);
int history_reader_next_hour(HistoryReader *r, HistoryHour *ret);

/* The entry of one slot: 1, 0 when there is none, or -EBADMSG when the block cannot be read up to
 * it (*ret may have been changed then); what follows is not looked at. With NULL for `ret` the
 * whole block is checked: 0 or -EBADMSG. */
int history_find(const void *block, size_t size, unsigned slot, HistoryEntry *ret);
int history_find_hour(const void *block, size_t size, unsigned slot, HistoryHour *ret);

/* --- what the entries of a series come to
 * --------------------------------------------------------------- */

/* The values of a series at a moment, by column. All-zero = all unknown. */
typedef struct HistoryState {
        uint64_t known;
        double values[HISTORY_COLUMNS]; /* of the known */
} HistoryState;

void history_apply(HistoryState *state, const HistoryEntry *entry);

/* Min, max and mean in the making. All-zero is an empty one. */
typedef struct HistoryTally {
        uint64_t known;
        double min[HISTORY_COLUMNS], max[HISTORY_COLUMNS], sum[HISTORY_COLUMNS];
        uint64_t n[HISTORY_COLUMNS];
} HistoryTally;

/* Counts the state as `times` samples: what is unknown does not count. */
void history_tally_add(HistoryTally *tally, const HistoryState *state, uint64_t times);
void history_tally_hour(const HistoryTally *tally, HistoryHour *ret);
