/* SPDX-License-Identifier: MIT */
#include "core/history.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A block of the history as a damaged file might hold it: reading ends, values are sane, all ways
 * of reading agree, and what was read comes back when it is written anew. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition) {
        if (!condition)
                abort();
}

/* Thousandths past 2^53 are no longer exact. */
static bool same(double a, double b) {
        return fabs(a - b) <= 1e-12 * fabs(a) || (isnan(a) && isnan(b));
}

static void check_samples(const uint8_t *data, size_t size) {
        static HistoryEntry entry, found;
        HistoryWriter w = {};
        HistoryReader r;
        int more = history_reader_init(&r, HISTORY_SAMPLES, data, size);
        bool sound = history_find(data, size, 0, NULL) == 0;

        history_writer_begin(&w, HISTORY_SAMPLES);
        for (unsigned n = 0; more >= 0 && (more = history_reader_next(&r, &entry)) > 0; n++) {
                uint64_t codes[HISTORY_COLUMNS];
                must(n < HISTORY_SLOTS && entry.slot <= entry.last && entry.last < HISTORY_SLOTS);
                for (uint64_t m = entry.mask; m != 0; m &= m - 1)
                        codes[__builtin_ctzll(m)] = history_code(entry.values[__builtin_ctzll(m)]);
                for (unsigned slot = entry.slot; slot <= entry.last; slot++)
                        history_writer_add(&w, slot, entry.fresh, entry.mask, codes);
        }
        must((more == 0) == sound);
        must(history_writer_end(&w) == 0);
        for (unsigned slot = 0; slot < HISTORY_SLOTS; slot++) {
                int there = history_find(data, size, slot, &entry);
                if (!sound)
                        continue;
                must(there >= 0 && history_find(w.block.data, w.block.size, slot, &found) == there);
                if (there == 0)
                        continue;
                must(entry.fresh == found.fresh && entry.mask == found.mask);
                for (uint64_t m = entry.mask; m != 0; m &= m - 1)
                        must(same(entry.values[__builtin_ctzll(m)],
                                  found.values[__builtin_ctzll(m)]));
        }
        history_writer_done(&w);
}

static void check_hours(const uint8_t *data, size_t size) {
        static HistoryHour hour, found;
        HistoryWriter w = {};
        HistoryReader r;
        int more = history_reader_init(&r, HISTORY_HOUR, data, size);
        bool sound = history_find_hour(data, size, 0, NULL) == 0;

        history_writer_begin(&w, HISTORY_HOUR);
        for (unsigned n = 0; more >= 0 && (more = history_reader_next_hour(&r, &hour)) > 0; n++) {
                must(n < HISTORY_SLOTS && hour.slot <= hour.last && hour.last < HISTORY_SLOTS);
                for (uint64_t m = hour.known; m != 0; m &= m - 1) {
                        int c = __builtin_ctzll(m);
                        must(hour.min[c] <= hour.mean[c] && hour.mean[c] <= hour.max[c]);
                }
                for (unsigned slot = hour.slot; slot <= hour.last; slot++)
                        history_writer_add_hour(&w, slot, &hour);
        }
        must((more == 0) == sound);
        must(history_writer_end(&w) == 0);
        for (unsigned slot = 0; slot < HISTORY_SLOTS; slot++) {
                int there = history_find_hour(data, size, slot, &hour);
                if (!sound)
                        continue;
                must(there >= 0 &&
                     history_find_hour(w.block.data, w.block.size, slot, &found) == there);
                if (there == 0)
                        continue;
                must(hour.known == found.known);
                for (uint64_t m = hour.known; m != 0; m &= m - 1) {
                        int c = __builtin_ctzll(m);
                        must(same(hour.min[c], found.min[c]) && same(hour.max[c], found.max[c]));
                }
        }
        history_writer_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        uint8_t *copy = malloc(size > 0 ? size : 1); /* of its own, so that a look past it shows */
        must(copy);
        if (size > 0)
                memcpy(copy, data, size);
        check_samples(copy, size);
        check_hours(copy, size);
        free(copy);
        return 0;
}
