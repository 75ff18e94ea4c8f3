/* SPDX-License-Identifier: MIT */
#include "core/history.h"

#include "base/macro.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define MOST        (UINT64_C(1) << 52) /* greatest number that is kept */
#define THOUSANDTHS 1000.0
#define MEAN_STEPS  16383u /* two bytes: finer than a screen, 1/16383 of max - min */

static_assert(HISTORY_SLOTS == 64 && HISTORY_COLUMNS == 64,
              "slots: bits of a head; columns: of a mask");

/* --- values ---------------------------------------------------------------------------------- */

uint64_t history_code(double value) {
        if (isnan(value))
                return 0;
        value = CLAMP(value, -(double)MOST, (double)MOST);

        int64_t n = (int64_t)value;
        if (n >= 0 && (double)n == value)
                return 1 + ((uint64_t)n << 1);
        int64_t thousandths = (int64_t)(value * THOUSANDTHS + (value < 0 ? -0.5 : 0.5));
        if (thousandths >= 0 && thousandths % 1000 == 0)
                return 1 + ((uint64_t)(thousandths / 1000) << 1);
        uint64_t zigzag =
                thousandths < 0 ? ((uint64_t)-thousandths << 1) - 1 : (uint64_t)thousandths << 1;
        return 1 + (zigzag << 1 | 1);
}

double history_value(uint64_t code) {
        if (code == 0)
                return NAN;
        code--;
        if ((code & 1) == 0)
                return (double)(code >> 1);
        uint64_t zigzag = code >> 1;
        double thousandths = (zigzag & 1) ? -(double)((zigzag >> 1) + 1) : (double)(zigzag >> 1);
        return thousandths / THOUSANDTHS;
}

static bool code_is_sound(uint64_t code) {
        if (code == 0)
                return true;
        code--;
        if ((code & 1) == 0)
                return code >> 1 <= MOST;
        return code >> 2 <= MOST * 1000;
}

/* --- writing --------------------------------------------------------------------------------- */

static size_t put_varint(uint8_t *at, uint64_t value) {
        size_t n = 0;
        for (; value >= 0x80; value >>= 7)
                at[n++] = (uint8_t)(value | 0x80);
        at[n++] = (uint8_t)value;
        return n;
}

void history_writer_begin(HistoryWriter *w, HistoryFormat format) {
        strbuf_reset(&w->block);
        strbuf_addc(&w->block, (char)format);
        w->pending = false;
        w->size = 0;
}

static void write_pending(HistoryWriter *w) {
        if (!w->pending)
                return;
        bool run = w->last > w->slot;
        uint8_t head[] = {
                (uint8_t)((run ? 0x80 : 0) | w->slot << 1 | w->fresh),
                (uint8_t)(w->last - w->slot),
        };
        strbuf_add(&w->block, (const char *)head, run ? 2 : 1);
        strbuf_add(&w->block, (const char *)w->body, w->size);
        w->pending = false;
}

/* Takes the entry with this body: into the run of the one before, where it is the same. */
static void add_body(HistoryWriter *w, unsigned slot, bool fresh, const uint8_t *body,
                     size_t size) {
        assert(slot < HISTORY_SLOTS && size <= sizeof(w->body));
        if (w->pending && slot == w->last + 1 && fresh == w->fresh && size == w->size &&
            memcmp(body, w->body, size) == 0) {
                w->last = slot;
                return;
        }
        write_pending(w);
        memcpy(w->body, body, size);
        w->size = size;
        w->slot = w->last = slot;
        w->fresh = fresh;
        w->pending = true;
}

void history_writer_add(HistoryWriter *w, unsigned slot, bool fresh, uint64_t mask,
                        const uint64_t codes[static HISTORY_COLUMNS]) {
        uint8_t body[HISTORY_BODY_LONGEST];
        size_t size = put_varint(body, mask);

        for (; mask != 0; mask &= mask - 1)
                size += put_varint(body + size, codes[__builtin_ctzll(mask)]);
        add_body(w, slot, fresh, body, size);
}

void history_writer_add_hour(HistoryWriter *w, unsigned slot, const HistoryHour *hour) {
        uint8_t body[HISTORY_BODY_LONGEST];
        uint64_t min[HISTORY_COLUMNS], max[HISTORY_COLUMNS], constant = 0;

        for (uint64_t m = hour->known; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                min[c] = history_code(hour->min[c]);
                max[c] = history_code(hour->max[c]);
                if (!(history_value(min[c]) < history_value(max[c])))
                        constant |= UINT64_C(1) << c;
        }

        size_t size = put_varint(body, hour->known);
        size += put_varint(body + size, constant);
        for (uint64_t m = hour->known; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                size += put_varint(body + size, min[c]);
                if ((constant >> c & 1) != 0)
                        continue;
                double low = history_value(min[c]), high = history_value(max[c]);
                double part = CLAMP((hour->mean[c] - low) / (high - low), 0.0, 1.0);
                size += put_varint(body + size, max[c]);
                size += put_varint(body + size, (uint64_t)(part * MEAN_STEPS + 0.5));
        }
        add_body(w, slot, false, body, size);
}

int history_writer_end(HistoryWriter *w) {
        write_pending(w);
        return w->block.error;
}

void history_writer_done(HistoryWriter *w) {
        strbuf_done(&w->block);
        w->pending = false;
}

/* --- reading --------------------------------------------------------------------------------- */

int history_reader_init(HistoryReader *r, HistoryFormat format, const void *block, size_t size) {
        const uint8_t *at = block;

        if (size == 0 || *at != (uint8_t)format)
                return -EBADMSG;
        *r = (HistoryReader){ .at = at + 1, .end = at + size };
        return 0;
}

static bool get_varint(HistoryReader *r, uint64_t *ret) {
        uint64_t value = 0;

        for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
                uint8_t byte = *r->at++;
                if (shift == 63 && byte > 1)
                        return false;
                value |= (uint64_t)(byte & 0x7f) << shift;
                if (byte < 0x80) {
                        *ret = value;
                        return true;
                }
        }
        return false;
}

static bool get_code(HistoryReader *r, uint64_t *ret) {
        return get_varint(r, ret) && code_is_sound(*ret);
}

/* 1, 0 at the end, or -EBADMSG. */
static int get_head(HistoryReader *r, unsigned *ret_slot, unsigned *ret_last, bool *ret_fresh) {
        if (r->at == r->end)
                return 0;
        uint8_t head = *r->at++;
        unsigned slot = head >> 1 & 63, last = slot;
        if ((head & 0x80) != 0) {
                if (r->at == r->end)
                        return -EBADMSG;
                last += *r->at++;
        }
        if (slot < r->next || last >= HISTORY_SLOTS)
                return -EBADMSG;
        r->next = last + 1;
        *ret_slot = slot;
        *ret_last = last;
        *ret_fresh = (head & 1) != 0;
        return 1;
}

/* The body of an entry, which is only checked where `ret` is NULL. */
static int get_body(HistoryReader *r, HistoryEntry *ret) {
        uint64_t mask, code;

        if (!get_varint(r, &mask))
                return -EBADMSG;
        if (ret)
                ret->mask = mask;
        for (; mask != 0; mask &= mask - 1) {
                if (!get_code(r, &code))
                        return -EBADMSG;
                if (ret)
                        ret->values[__builtin_ctzll(mask)] = history_value(code);
        }
        return 1;
}

static int get_hour(HistoryReader *r, HistoryHour *ret) {
        uint64_t known, constant, min, max, part = 0;

        if (!get_varint(r, &known) || !get_varint(r, &constant) || (constant & ~known) != 0)
                return -EBADMSG;
        if (ret)
                ret->known = known;
        for (uint64_t m = known; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                if (!get_code(r, &min) || min == 0)
                        return -EBADMSG;
                max = min;
                if ((constant >> c & 1) == 0 &&
                    (!get_code(r, &max) || !get_varint(r, &part) || part > MEAN_STEPS))
                        return -EBADMSG;
                double low = history_value(min), high = history_value(max);
                if (!(low <= high)) /* nor unknown */
                        return -EBADMSG;
                if (!ret)
                        continue;
                double mean = low + (high - low) * (double)part / MEAN_STEPS;
                ret->min[c] = low;
                ret->max[c] = high;
                ret->mean[c] = CLAMP(mean, low, high);
        }
        return 1;
}

int history_reader_next(HistoryReader *r, HistoryEntry *ret) {
        int found = get_head(r, &ret->slot, &ret->last, &ret->fresh);
        return found <= 0 ? found : get_body(r, ret);
}

int history_reader_next_hour(HistoryReader *r, HistoryHour *ret) {
        bool unused;
        int found = get_head(r, &ret->slot, &ret->last, &unused);
        return found <= 0 ? found : get_hour(r, ret);
}

/* Passes over so many varints: by far most of what is read is of other slots. */
static bool skip(HistoryReader *r, unsigned n) {
        const uint8_t *at = r->at, *end = r->end;

        while (n > 0 && at < end)
                n -= *at++ < 0x80;
        r->at = at;
        return n == 0;
}

static bool skip_body(HistoryReader *r, bool is_hour) {
        uint64_t mask, constant;

        if (!get_varint(r, &mask))
                return false;
        if (!is_hour)
                return skip(r, (unsigned)__builtin_popcountll(mask));
        return get_varint(r, &constant) &&
               skip(r, (unsigned)(__builtin_popcountll(mask) +
                                  2 * __builtin_popcountll(mask & ~constant)));
}

/* The entry of slot `wanted`, into `entry` or `hour`; what follows it is not looked at. */
static int find(const void *block, size_t size, unsigned wanted, HistoryEntry *entry,
                HistoryHour *hour) {
        HistoryReader r;
        unsigned slot, last;
        bool fresh;
        int found = history_reader_init(&r, hour ? HISTORY_HOUR : HISTORY_SAMPLES, block, size);

        if (found < 0)
                return found;
        while ((found = get_head(&r, &slot, &last, &fresh)) > 0 && slot <= wanted) {
                if (wanted > last) {
                        if (!skip_body(&r, hour != NULL))
                                return -EBADMSG;
                        continue;
                }
                if (hour) {
                        hour->slot = slot;
                        hour->last = last;
                        return get_hour(&r, hour);
                }
                entry->slot = slot;
                entry->last = last;
                entry->fresh = fresh;
                return get_body(&r, entry);
        }
        return MIN(found, 0);
}

/* Whether a whole block can be read: 0 or -EBADMSG. */
static int check(const void *block, size_t size, bool is_hour) {
        HistoryReader r;
        unsigned slot, last;
        bool fresh;
        int more = history_reader_init(&r, is_hour ? HISTORY_HOUR : HISTORY_SAMPLES, block, size);

        while (more >= 0 && (more = get_head(&r, &slot, &last, &fresh)) > 0)
                more = is_hour ? get_hour(&r, NULL) : get_body(&r, NULL);
        return more;
}

int history_find(const void *block, size_t size, unsigned slot, HistoryEntry *ret) {
        return ret ? find(block, size, slot, ret, NULL) : check(block, size, false);
}

int history_find_hour(const void *block, size_t size, unsigned slot, HistoryHour *ret) {
        return ret ? find(block, size, slot, NULL, ret) : check(block, size, true);
}

/* --- states and tallies ---------------------------------------------------------------------- */

void history_apply(HistoryState *state, const HistoryEntry *entry) {
        if (entry->fresh)
                state->known = 0;
        for (uint64_t m = entry->mask; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                uint64_t bit = UINT64_C(1) << c;
                state->values[c] = entry->values[c];
                state->known = isnan(entry->values[c]) ? state->known & ~bit : state->known | bit;
        }
}

void history_tally_add(HistoryTally *tally, const HistoryState *state, uint64_t times) {
        if (times == 0)
                return;
        for (uint64_t m = state->known; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                double value = state->values[c];
                bool first = (tally->known >> c & 1) == 0;
                if (first || value < tally->min[c])
                        tally->min[c] = value;
                if (first || value > tally->max[c])
                        tally->max[c] = value;
                tally->sum[c] = (first ? 0 : tally->sum[c]) + value * (double)times;
                tally->n[c] = (first ? 0 : tally->n[c]) + times;
        }
        tally->known |= state->known;
}

void history_tally_hour(const HistoryTally *tally, HistoryHour *ret) {
        ret->slot = ret->last = 0;
        ret->known = tally->known;
        for (uint64_t m = tally->known; m != 0; m &= m - 1) {
                unsigned c = (unsigned)__builtin_ctzll(m);
                ret->min[c] = tally->min[c];
                ret->max[c] = tally->max[c];
                ret->mean[c] = tally->sum[c] / (double)tally->n[c];
        }
}
