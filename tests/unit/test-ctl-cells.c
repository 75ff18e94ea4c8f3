/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "ctl/cells.h"

#include <locale.h>

static int setup(void **state) {
        (void)state;
        return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void test_clean(void **state) {
        (void)state;
        static const struct {
                const char *text;
                bool ascii;
                const char *expected;
        } rows[] = {
                { NULL, false, "" },
                { "", true, "" },
                { "plain \\x1b", false, "plain \\x1b" },
                { "a\033[2Jb\n", false, "a\\x1b[2Jb\\x0a" },
                { "caf\xc3\xa9", false, "caf\xc3\xa9" },
                { "caf\xc3\xa9", true, "caf?" },
                { "\xe6\x97\xa5\xf0\x9f\x98\x80.", true, "??." },
                { "\xff\xc2\x9b", true, "\\xff\\xc2\\x9b" },
                { "\xe2\x80\xae", true, "\\xe2\\x80\\xae" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                cells_clean(&b, rows[i].text, rows[i].ascii);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

static void test_count_and_cut(void **state) {
        (void)state;
        static const struct {
                const char *text;
                bool utf8;
                size_t count;
                size_t width;
                const char *cut;
                size_t cells;
        } rows[] = {
                { "", true, 0, 5, "", 0 },
                { "12345", true, 5, 5, "12345", 5 },
                { "123456", true, 6, 5, "1234…", 5 },
                { "123456", true, 6, 1, "…", 1 },
                { "123456", true, 6, 0, "", 0 },
                { "123456", false, 6, 5, "12...", 5 },
                { "123456", false, 6, 3, "...", 3 },
                { "123456", false, 6, 2, "12", 2 },
                { "caf\xc3\xa9", true, 4, 4, "caf\xc3\xa9", 4 },
                { "caf\xc3\xa9s", true, 5, 4, "caf…", 4 },
                /* Two cells each: half a character is none. */
                { "\xe6\x97\xa5\xe6\x9c\xac", true, 4, 4, "\xe6\x97\xa5\xe6\x9c\xac", 4 },
                { "\xe6\x97\xa5\xe6\x9c\xac", true, 4, 3, "\xe6\x97\xa5…", 3 },
                { "\xe6\x97\xa5\xe6\x9c\xac", true, 4, 2, "…", 1 },
                { "\xe6\x97\xa5\xe6\x9c\xac", false, 2, 2, "\xe6\x97\xa5\xe6\x9c\xac", 2 },
                /* A combining mark takes none and stays with its letter. */
                { "e\xcc\x81"
                  "a",
                  true, 2, 2,
                  "e\xcc\x81"
                  "a",
                  2 },
                { "e\xcc\x81"
                  "ab",
                  true, 3, 2, "e\xcc\x81…", 2 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                CHECK_INT(i, cells_count(rows[i].text, rows[i].utf8), rows[i].count);
                CHECK_INT(i, cells_cut(&b, rows[i].text, rows[i].width, rows[i].utf8),
                          rows[i].cells);
                CHECK_STR(i, strbuf_text(&b), rows[i].cut);
        }
}

static void test_wrap(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t width, indent;
                const char *expected;
        } rows[] = {
                { "", 10, 2, "" },
                { "one two three", 0, 2, "one two three" },
                { "one two three", 13, 2, "one two three" },
                { "one two three", 12, 2, "one two\n  three" },
                { "one two three", 7, 0, "one two\nthree" },
                { "one two three", 3, 1, "one\n two\n thr\n ee" },
                { "endless_word_here", 6, 0, "endles\ns_word\n_here" },
                { "a endless", 4, 0, "a\nendl\ness" },
                { "\xe6\x97\xa5\xe6\x9c\xac", 1, 0, "\xe6\x97\xa5\n\xe6\x9c\xac" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                cells_wrap(&b, rows[i].text, rows[i].width, rows[i].indent, true);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

/* Whatever the text: nothing is wider than asked for, nothing is lost by wrapping. */
static void test_any_text(void **state) {
        (void)state;
        static const char *const pieces[] = { "a",         " ", "word", "\xc3\xa9", "\xe6\x97\xa5",
                                              "e\xcc\x81", "…", "\033", "\n" };
        uint64_t random = check_seed("test_any_text");

        for (size_t turn = 0; turn < 2000; turn++) {
                _cleanup_strbuf_ StrBuf raw = {}, text = {}, cut = {}, wrapped = {};
                for (size_t n = check_below(&random, 30); n > 0; n--)
                        strbuf_adds(&raw, pieces[check_below(&random, ELEMENTSOF(pieces))]);
                cells_clean(&text, strbuf_text(&raw), false);
                size_t width = 2 + check_below(&random, 20);
                size_t cells = cells_cut(&cut, strbuf_text(&text), width, true);
                CHECK(turn, cells <= width);
                CHECK_INT(turn, cells_count(strbuf_text(&cut), true), cells);

                cells_wrap(&wrapped, strbuf_text(&text), width, 0, true);
                size_t bytes = 0, blanks = 0, lines = 0;
                for (const char *line = strbuf_text(&wrapped); line;) {
                        const char *end = strchrnul(line, '\n');
                        _cleanup_free_ char *one = strndup(line, (size_t)(end - line));
                        CHECK(turn, cells_count(one, true) <= width);
                        bytes += strlen(one);
                        lines++;
                        line = *end ? end + 1 : NULL;
                }
                for (const char *p = strbuf_text(&text); *p; p++)
                        blanks += *p == ' ';
                CHECK(turn, bytes <= text.size && text.size - bytes <= MIN(blanks, lines));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_clean),
                cmocka_unit_test(test_count_and_cut),
                cmocka_unit_test(test_wrap),
                cmocka_unit_test(test_any_text),
        };
        return cmocka_run_group_tests(tests, setup, NULL);
}
