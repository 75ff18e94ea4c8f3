/* SPDX-License-Identifier: MIT */
#include "unit/symantec-trace.h"

/* How documents arrive: in pieces, cut off, and larger than anybody means them. */

/* Text of `size` bytes: head, then a filler over and over, then tail. */
static char *padded(const char *head, const char *filler, const char *tail, size_t size) {
        char *text = malloc(size + 1);
        assert_non_null(text);
        size_t h = strlen(head), t = strlen(tail), f = strlen(filler);
        memcpy(text, head, h);
        for (size_t i = h; i < size - t; i++)
                text[i] = filler[(i - h) % f];
        memcpy(text + size - t, tail, t + 1);
        return text;
}

static void apis_3_row_7_ceilings(void **state) {
        Fixture *f = *state;
        static const struct {
                const char *head, *filler, *tail;
                size_t size;
                const char *expected;
        } rows[] = {
                /* 12 and 2 bytes of these are not the element's. */
                { "{\"Domains\":[{\"Name\":\"a\",\"x\":\"", "y", "\"}]}", SYMANTEC_ELEMENT_MAX + 13,
                  "[a" UNKNOWN12 " = ? ? ? ? ? ? n1 odd0" },
                { "{\"Domains\":[{\"Name\":\"a\",\"x\":\"", "y", "\"}]}", SYMANTEC_ELEMENT_MAX + 15,
                  "[ error -7 has an entry that is too large" },
                { "{\"Domains\":[\"", "y", "\"]}", 300000,
                  "[ error -7 has an entry that is too large" },
                { "{\"Domains\":[], \"x\":\"", "y", "\"}", SYMANTEC_AROUND_MAX,
                  "[ = ? ? ? ? ? ? n0 odd0" },
                { "{\"Domains\":[], \"x\":\"", "y", "\"}", SYMANTEC_AROUND_MAX + 1,
                  "[ error -7 is too large outside of its list of domains" },
                { "{", " ", "\"Domains\":[]}", SYMANTEC_AROUND_MAX + 1,
                  "[ error -7 is too large outside of its list of domains" },
                { "", " ", "{\"Domains\":[]}", 1000000, "[ = ? ? ? ? ? ? n0 odd0" },
                { "{\"Domains\":[", " ", "]}", 1000000, "[ = ? ? ? ? ? ? n0 odd0" },
                { "\"", "y", "\"", SYMANTEC_QUOTED_MAX - 1, " error -74 is not a JSON object" },
                { "\"", "y", "\"", SYMANTEC_QUOTED_MAX + 2,
                  " error -7 is too large for a document in a string" },
                { "{\"Domains\":[{\"x\":", "[", "", 2000, "[ error -74 is nested too deeply" },
                { "{\"x\":", "[", "", 2000, " error -74 is cut off" },
                { "{\"Domains\":[", "7,", "7]}", 2 * SYMANTEC_ELEMENTS_MAX + 13,
                  "[ = ? ? ? ? ? ? n1000000 odd80000" },
                { "{\"Domains\":[", "7,", "7]}", 2 * SYMANTEC_ELEMENTS_MAX + 15,
                  "[ error -7 holds too many domains" },
        };
        assert_int_equal(E2BIG, 7);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *text = padded(rows[i].head, rows[i].filler, rows[i].tail, rows[i].size);
                static const size_t pieces[] = { SIZE_MAX, 65536, 997 };
                for (size_t k = 0; k < ELEMENTSOF(pieces); k++) {
                        read_pieces(f->stats, &f->trace, text, rows[i].size, pieces[k], pieces[k]);
                        CHECK_STR(i, strbuf_text(&f->trace.text), rows[i].expected);
                }
                free(text);
        }
}

/* Nesting around the list is json-c's to judge at the end. */
static void apis_3_row_7_depth_around(void **state) {
        Fixture *f = *state;
        char text[512] = "{\"x\":";
        size_t n = strlen(text);
        memset(text + n, '[', 100);
        memset(text + n + 100, ']', 100);
        strcpy(text + n + 200, ",\"Domains\":[]}");
        check_text(f, 0, text, strlen(text), "[ error -74 is not JSON");
}

static void test_every_split(void **state) {
        Fixture *f = *state;
        static const char *const files[] = { "guide-sample.json", "two-domains.json", "string.json",
                                             "odd-values.json", "duplicate-keys.json" };
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                char path[128];
                size_t size;
                snprintf(path, sizeof(path), DATA "%s", files[i]);
                char *text = slurp(path, &size);
                read_pieces(f->stats, &f->trace, text, size, size, size);
                char *whole = strbuf_take(&f->trace.text);
                for (size_t split = 1; split < size; split++) {
                        CHECK_INT(split, read_pieces(f->stats, &f->trace, text, size, split, size),
                                  0);
                        CHECK_STR(split, strbuf_text(&f->trace.text), whole);
                }
                for (size_t piece = 1; piece < 20; piece++) {
                        read_pieces(f->stats, &f->trace, text, size, piece, piece);
                        CHECK_STR(piece, strbuf_text(&f->trace.text), whole);
                }
                free(whole);
                free(text);
        }
}

static void test_every_truncation(void **state) {
        Fixture *f = *state;
        static const char *const files[] = { "guide-sample.json", "string.json" };
        for (size_t i = 0; i < ELEMENTSOF(files); i++) {
                char path[128];
                size_t size;
                snprintf(path, sizeof(path), DATA "%s", files[i]);
                char *text = slurp(path, &size);
                while (size > 0 && text[size - 1] == '\n')
                        size--;
                for (size_t n = 0; n < size; n++) {
                        int r = read_pieces(f->stats, &f->trace, text, n, n, n);
                        CHECK_INT(n, r, n == 0 ? -ENODATA : -EBADMSG);
                }
                free(text);
        }
}

static void test_sink_refuses(void **state) {
        Fixture *f = *state;
        f->trace.refuse = -ENOMEM;
        check_text(f, 0, "{\"Domains\":[{\"Name\":\"a\"},{\"Name\":\"b\"}]}", 39,
                   "[a" UNKNOWN12 " error -12 could not be kept");
        check_text(f, 1, "{\"Domains\":{\"Name\":\"a\"}}", 24,
                   "[a" UNKNOWN12 " error -12 could not be kept");
}

static void test_head(void **state) {
        Fixture *f = *state;
        size_t size = 0;
        read_pieces(f->stats, &f->trace, "<html><body>", 12, 3, 4);
        assert_memory_equal(symantec_stats_head(f->stats, &size), "<html><body>", 3);
        assert_int_equal(size, 3); /* the first piece was refused */
        read_pieces(f->stats, &f->trace, "{\"a\": 1, \"b\": 2}", 16, 3, 4);
        assert_memory_equal(symantec_stats_head(f->stats, &size), "{\"a\": 1, \"b\": 2}", 16);
        assert_int_equal(size, 16);
        char *text = padded("{\"x\":\"", "y", "\"}", 5000);
        read_pieces(f->stats, &f->trace, text, 5000, 100, 100);
        assert_memory_equal(symantec_stats_head(f->stats, &size), text, 160);
        assert_int_equal(size, 160);
        free(text);
        assert_null(symantec_stats_free(NULL));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(apis_3_row_7_ceilings), TEST(apis_3_row_7_depth_around),
                TEST(test_every_split),      TEST(test_every_truncation),
                TEST(test_sink_refuses),     TEST(test_head),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
