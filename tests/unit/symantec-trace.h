/* SPDX-License-Identifier: MIT */
#pragma once

#include "unit/check.h"

#include "base/strbuf.h"
#include "source/symantec-stats.h"

#include <errno.h>
#include <math.h>

/* What the tests of source/symantec-stats.c share: a document goes in, a line comes out. */

#define DATA "tests/data/symantec/"

/* Takes the elements down: "[" where a list begins, then "NAME 1 2 ?;" each. */
typedef struct Trace {
        StrBuf text;
        int refuse; /* what element() answers */
} Trace;

static inline _unused_ void add_number(StrBuf *b, double number) {
        if (isnan(number))
                strbuf_adds(b, "?");
        else
                strbuf_addf(b, "%.15g", number);
}

static inline _unused_ void trace_begin(void *userdata) {
        Trace *trace = userdata;
        strbuf_adds(&trace->text, "[");
}

static inline _unused_ int trace_element(void *userdata, const SymantecElement *element) {
        Trace *trace = userdata;
        strbuf_add(&trace->text, element->name, element->name_size);
        for (size_t i = 0; i < SYMANTEC_WIRE_N; i++) {
                strbuf_adds(&trace->text, " ");
                add_number(&trace->text, element->values[i]);
        }
        strbuf_adds(&trace->text, ";");
        return trace->refuse;
}

static const _unused_ SymantecSink trace_sink = { trace_begin, trace_element };

/* Reads a document in pieces of so many bytes and puts down all there is to say about it: the
 * elements, then the totals ("~" behind a lower bound), then odd bits, or the error. */
static inline _unused_ int read_pieces(SymantecStats *stats, Trace *trace, const char *text,
                                       size_t size, size_t first, size_t piece) {
        SymantecTotals totals;
        int r = 0;

        strbuf_reset(&trace->text);
        symantec_stats_reset(stats);
        for (size_t at = 0, n = first; at < size && r == 0; at += n, n = piece) {
                n = MIN(n, size - at);
                /* A copy of its own, so that a look past the piece shows. */
                char *copy = malloc(MAX(n, (size_t)1));
                assert_non_null(copy);
                memcpy(copy, text + at, n);
                r = symantec_stats_feed(stats, copy, n);
                free(copy);
        }
        int end = symantec_stats_end(stats, &totals);
        if (r < 0)
                assert_int_equal(end, r);
        if (end < 0) {
                strbuf_addf(&trace->text, " error %d %s", end, symantec_stats_problem(stats));
                return end;
        }
        strbuf_adds(&trace->text, " =");
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++) {
                strbuf_adds(&trace->text, " ");
                add_number(&trace->text, totals.values[i]);
                if (totals.at_least & 1u << i)
                        strbuf_adds(&trace->text, "~");
        }
        strbuf_addf(&trace->text, " n%u odd%x", totals.elements, totals.odd);
        return 0;
}

typedef struct Fixture {
        SymantecStats *stats;
        Trace trace;
} Fixture;

static inline _unused_ int setup(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        assert_non_null(f);
        assert_int_equal(symantec_stats_new(&trace_sink, &f->trace, &f->stats), 0);
        *state = f;
        return 0;
}

static inline _unused_ int teardown(void **state) {
        Fixture *f = *state;
        symantec_stats_free(f->stats);
        strbuf_done(&f->trace.text);
        free(f);
        return 0;
}

static inline _unused_ char *slurp(const char *path, size_t *ret_size) {
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("%s cannot be opened", path);
        char *text = calloc(1, 65536);
        assert_non_null(text);
        *ret_size = fread(text, 1, 65535, f);
        fclose(f);
        return text;
}

static inline _unused_ void check_text(Fixture *f, size_t row, const char *text, size_t size,
                                       const char *expected) {
        read_pieces(f->stats, &f->trace, text, size, size, size);
        CHECK_STR(row, strbuf_text(&f->trace.text), expected);
        read_pieces(f->stats, &f->trace, text, size, 1, 1);
        CHECK_STR(row, strbuf_text(&f->trace.text), expected);
}

#define UNKNOWN12 " ? ? ? ? ? ? ? ? ? ? ? ?;"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
