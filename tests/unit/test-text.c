/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"

#include <errno.h>

static void test_is_utf8(void **state) {
        (void)state;
        static const struct {
                const char *text;
                bool valid;
        } rows[] = {
                { "", true },
                { "plain", true },
                { "\x7f", true },
                { "\xc2\x80", true },
                { "\xdf\xbf", true },
                { "\xe0\xa0\x80", true },
                { "\xed\x9f\xbf", true },
                { "\xee\x80\x80", true },
                { "\xef\xbf\xbf", true },
                { "\xf0\x90\x80\x80", true },
                { "\xf4\x8f\xbf\xbf", true },
                { "a\xc3\xa9z", true },
                { "\x80", false }, /* no beginning */
                { "\xbf", false },
                { "\xc0\x80", false }, /* overlong */
                { "\xc1\xbf", false },
                { "\xe0\x9f\xbf", false },
                { "\xf0\x8f\xbf\xbf", false },
                { "\xed\xa0\x80", false }, /* surrogates */
                { "\xed\xbf\xbf", false },
                { "\xf4\x90\x80\x80", false }, /* past U+10FFFF */
                { "\xf5\x80\x80\x80", false },
                { "\xff", false },
                { "\xc3", false }, /* cut off */
                { "\xe2\x82", false },
                { "\xf0\x9f\x98", false },
                { "\xc3(", false },
                { "\xe2(\xac", false },
                { "\xf0\x9f\x98(", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, text_is_utf8(rows[i].text, strlen(rows[i].text)), rows[i].valid);
}

static void test_escape(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t size; /* 0 = strlen() */
                size_t max;
                const char *escaped, *cleaned; /* NULL = as escaped */
        } rows[] = {
                { "", 0, 100, "", NULL },
                { "plain text, \"quoted\"", 0, 100, "plain text, \"quoted\"", NULL },
                { "caf\xc3\xa9 \xf0\x9f\x98\x80", 0, 100, "caf\xc3\xa9 \xf0\x9f\x98\x80", NULL },
                { "a\nb\tc\rd", 0, 100, "a\\x0ab\\x09c\\x0dd", NULL },
                { "\x1b[31mred", 0, 100, "\\x1b[31mred", NULL },
                { "\x01\x7f", 0, 100, "\\x01\\x7f", NULL },
                { "a\0b", 3, 100, "a\\x00b", NULL },
                { "\xc2\x9bm", 0, 100, "\\xc2\\x9bm", NULL }, /* C1: CSI */
                { "\xe2\x80\xa8-\xe2\x80\xa9", 0, 100, "\\xe2\\x80\\xa8-\\xe2\\x80\\xa9", NULL },
                { "\xe2\x80\xae"
                  "evil",
                  0, 100, "\\xe2\\x80\\xaeevil", NULL }, /* RLO */
                { "\xe2\x81\xa6\xd8\x9c", 0, 100, "\\xe2\\x81\\xa6\\xd8\\x9c", NULL },
                { "\xe2\x80\x8e", 0, 100, "\\xe2\\x80\\x8e", NULL },
                { "\xff\xc3", 0, 100, "\\xff\\xc3", NULL },
                { "\xe2\x82x", 0, 100, "\\xe2\\x82x", NULL },
                { "\xed\xa0\x80", 0, 100, "\\xed\\xa0\\x80", NULL },
                { "C:\\x1b", 0, 100, "C:\\\\x1b", "C:\\x1b" },
                /* Cut: the mark takes 3 bytes, nothing is torn. */
                { "123456", 0, 6, "123456", NULL },
                { "1234567", 0, 6, "123…", NULL },
                { "12\xf0\x9f\x98\x80", 0, 6, "12\xf0\x9f\x98\x80", NULL },
                { "12\xf0\x9f\x98\x80x", 0, 6, "12…", NULL },
                { "1\n34567", 0, 7, "1…", NULL },
                { "1\n34567", 0, 8, "1\\x0a…", NULL },
                { "12\\\\34", 0, 6, "12…", "12\\\\34" },
                { "1234", 0, 3, "…", NULL },
                { "1234", 0, 2, "12", NULL }, /* no room for the mark */
                { "\xc3\xa9x", 0, 1, "", NULL },
                { "1", 0, 0, "", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {}, c = {};
                size_t size = rows[i].size > 0 ? rows[i].size : strlen(rows[i].text);
                strbuf_adds(&b, "> ");
                text_escape(&b, rows[i].text, size, rows[i].max);
                CHECK_STR(i, strbuf_text(&b) + 2, rows[i].escaped);
                text_clean(&c, rows[i].text, size, rows[i].max);
                CHECK_STR(i, strbuf_text(&c), rows[i].cleaned ? rows[i].cleaned : rows[i].escaped);
        }
}

/* Bytes that like to make trouble, more often than chance would have them. */
static size_t random_text(uint64_t *random, char *text, size_t max) {
        static const char spice[] = "<>&;#x\\\x1b\n\xc2\xe2\x80\xa8\xae\xf0\x9f\x98\xed\xa0/abp ";
        size_t n = check_below(random, max + 1);

        for (size_t i = 0; i < n; i++)
                text[i] = check_below(random, 3) ? spice[check_below(random, sizeof(spice))]
                                                 : (char)check_random(random);
        return n;
}

static void check_safe(size_t row, const StrBuf *b, size_t max) {
        const unsigned char *p = (const unsigned char *)strbuf_text(b);

        CHECK(row, b->size <= max);
        CHECK(row, text_is_utf8(strbuf_text(b), b->size));
        for (size_t i = 0; i < b->size; i++) {
                CHECK(row, p[i] >= 0x20 && p[i] != 0x7f);
                CHECK(row, !(p[i] == 0xc2 && p[i + 1] < 0xa0));
                CHECK(row, !(p[i] == 0xe2 && p[i + 1] == 0x80 &&
                             (p[i + 2] == 0x8e || p[i + 2] == 0x8f ||
                              (p[i + 2] >= 0xa8 && p[i + 2] <= 0xae))));
        }
}

/* The inverse of text_escape(), for what it did not cut. */
static size_t unescape(const char *text, char *out) {
        size_t n = 0;

        for (; *text; n++) {
                if (text[0] == '\\' && text[1] == 'x') {
                        unsigned byte;
                        sscanf(text + 2, "%2x", &byte);
                        out[n] = (char)byte;
                        text += 4;
                        continue;
                }
                if (*text == '\\')
                        text++;
                out[n] = *text++;
        }
        return n;
}

static void test_escape_random(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        char text[64], back[64 * 4];

        for (size_t turn = 0; turn < 50000; turn++) {
                _cleanup_strbuf_ StrBuf whole = {}, cut = {}, clean = {}, again = {};
                size_t n = random_text(&random, text, sizeof(text));
                size_t max = check_below(&random, 80);

                text_escape(&whole, text, n, SIZE_MAX / 2);
                check_safe(turn, &whole, 4 * n);
                CHECK_INT(turn, unescape(strbuf_text(&whole), back), n);
                CHECK(turn, memcmp(back, text, n) == 0);

                text_escape(&cut, text, n, max);
                check_safe(turn, &cut, max);
                if (whole.size <= max)
                        CHECK_STR(turn, strbuf_text(&cut), strbuf_text(&whole));
                else if (max >= 3)
                        CHECK_STR(turn, strbuf_text(&cut) + cut.size - 3, "…");

                text_clean(&clean, text, n, max);
                check_safe(turn, &clean, max);
                text_clean(&again, strbuf_text(&clean), clean.size, max);
                CHECK_STR(turn, strbuf_text(&again), strbuf_text(&clean));
        }
}

static void test_plain(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t max;
                const char *plain;
        } rows[] = {
                { "", 100, "" },
                { "SPF record is present", 100, "SPF record is present" },
                { "Policy is &quot;none&quot;", 100, "Policy is \"none\"" },
                { "it&#039;s &apos;so&apos; &amp; &lt; &gt; &#x41;&#X6a;", 100,
                  "it's 'so' & < > Aj" },
                { "a&nbsp;&nbsp;b", 100, "a b" },
                { "&amp;quot;twice&amp;quot; &amp;amp; &#38;#39;", 100, "\"twice\" & '" },
                { "&amp;amp;lt;", 100, "&lt;" }, /* thrice: not ours to guess */
                { "&eacute; &; &# &#; &#x; &#xg; &lt &#60 & &", 100,
                  "&eacute; &; &# &#; &#x; &#xg; &lt &#60 & &" },
                { "&#0;&#55296;&#1114112;&#99999999999;&#xffffffffff;", 100,
                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "&#233;&#8364;&#x1F600;", 100, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
                { "see <a href=\"https://x/\">the page</a>!", 100, "see the page!" },
                { "see &lt;a href=&quot;x&quot;&gt;this&lt;/a&gt;", 100, "see this" },
                { "&amp;lt;b&amp;gt;bold&amp;lt;/b&amp;gt;", 100, "bold" },
                { "one<br>two<BR/>three<p class=x>four</p>five", 100, "one two three four five" },
                { "<ul><li>a</li><li>b</li></ul><h2>c</h2>", 100, "a b c" },
                { "<!-- note -->x<!DOCTYPE html>y", 100, "xy" },
                { "a < b, 3<4, <> <1> </> <someone@example.com>", 100,
                  "a < b, 3<4, <> <1> </> <someone@example.com>" },
                { "cut <a href=", 100, "cut <a href=" },
                { "cut <b", 100, "cut <b" },
                { "cut <!", 100, "cut <!" },
                { "cut <", 100, "cut <" },
                { "  a \r\n\t b\xe2\x80\xa8\xc2\xa0 c \xe3\x80\x80", 100, "a b c" },
                { "a\x01\x1b[1m\x7f\xc2\x9b\xe2\x80\xae"
                  "b&#27;&#8238;",
                  100, "a[1mb" },
                { "a\xff"
                  "b\xe2\x82",
                  100,
                  "a\xef\xbf\xbd"
                  "b\xef\xbf\xbd\xef\xbf\xbd" },
                { "a\xc2\x85"
                  "b\xe1\x9a\x80"
                  "c\xe2\x80\x80"
                  "d\xe2\x80\x8a"
                  "e\xe2\x80\xa9"
                  "f\xe2\x80\xaf"
                  "g\xe2\x81\x9f"
                  "h\xe2\x80\x8b"
                  "i",
                  100,
                  "a b c d e f g h\xe2\x80\x8b"
                  "i" },
                { "back\\slash", 100, "back\\slash" },
                { "123456", 6, "123456" },
                { "1234567", 6, "123…" },
                { "12\xc3\xa9\xc3\xa9\xc3\xa9", 7, "12\xc3\xa9…" },
                { "123456   ", 6, "123456" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                text_plain(&b, rows[i].text, strlen(rows[i].text), rows[i].max);
                CHECK_STR(i, strbuf_text(&b), rows[i].plain);
        }
}

static void test_plain_random(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        char text[64];

        for (size_t turn = 0; turn < 50000; turn++) {
                _cleanup_strbuf_ StrBuf b = {};
                size_t n = random_text(&random, text, sizeof(text));
                size_t max = check_below(&random, 100);
                text_plain(&b, text, n, max);
                check_safe(turn, &b, max);
                CHECK(turn, b.size == 0 || b.data[0] != ' ');
                CHECK(turn, b.size == 0 || max < 3 || b.data[b.size - 1] != ' ');
                CHECK(turn, !strstr(strbuf_text(&b), "  "));
        }
}

/* A megabyte of opened tags or entities must not take a second per kilobyte. */
static void test_plain_is_linear(void **state) {
        (void)state;
        static const char *const parts[] = { "<a ", "&#1", "&amp;", "<a>", "<", "&", "\xff" };
        enum {
                SIZE = 1000000
        };
        char *text = malloc(SIZE);

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                size_t n = strlen(parts[i]);
                for (size_t j = 0; j < SIZE; j++)
                        text[j] = parts[i][j % n];
                clock_t begin = clock();
                text_plain(&b, text, SIZE, 2 * SIZE);
                CHECK(i, clock() - begin < 5 * CLOCKS_PER_SEC);
        }
        free(text);
}

static void test_plain_failure_shows(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = { .max = 4 };

        text_plain(&b, "12345", 5, 100);
        assert_int_equal(b.error, -E2BIG);
        text_plain(&b, "1", 1, 100);
        assert_int_equal(b.error, -E2BIG);
}

static void test_nearest(void **state) {
        (void)state;
        static const char *const keys[] = {
                "warning",
                "critical",
                "clear",
                "interval",
                "timeout",
                "vrfy",
                "expn",
                "up",
                "outbound_messages_of_all_the_queues_that_anyone_could_ever_think_of_here",
        };
        static const struct {
                const char *word, *nearest;
        } rows[] = {
                { "warning", "warning" },
                { "WARNING", "warning" },
                { "warnin", "warning" },
                { "wraning", "warning" },
                { "waring", "warning" },
                { "criticl", "critical" },
                { "crtiicl", "critical" },
                { "cirticla", "critical" },
                { "intervall", "interval" },
                { "itnerval", "interval" },
                { "inter", NULL },
                { "vrfi", "vrfy" },
                { "vfry", "vrfy" },
                { "vry", "vrfy" },
                { "exp", "expn" },
                { "us", "up" },
                { "u", "up" },
                { "cleat", "clear" },
                { "claer", "clear" },
                { "colour", NULL },
                { "x", NULL },
                { "", NULL },
                { "outbound_messages_of_all_the_queues_that_anyone_could_ever_think_of", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *nearest = text_nearest(rows[i].word, keys, ELEMENTSOF(keys));
                if (rows[i].nearest)
                        CHECK_STR(i, nearest, rows[i].nearest);
                else
                        CHECK(i, !nearest);
        }
        assert_null(text_nearest("word", NULL, 0));
        static const char *const equal[] = { "cat", "bat", "hat" };
        assert_string_equal(text_nearest("rat", equal, 3), "cat");
}

static void test_compare(void **state) {
        (void)state;
        static const struct {
                const char *a, *b;
                bool equal, equal_nocase, starts;
        } rows[] = {
                { "", "", true, true, true },
                { "a", "", false, false, true },
                { "", "a", false, false, false },
                { "abc", "abc", true, true, true },
                { "abc", "aBC", false, true, false },
                { "abc", "ab", false, false, true },
                { "ab", "abc", false, false, false },
                { "[", "{", false, false, false }, /* neighbours of the letters */
                { "@", "`", false, false, false },
                { "\xc3\x89", "\xc3\xa9", false, false, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CHECK_INT(i, streq(rows[i].a, rows[i].b), rows[i].equal);
                CHECK_INT(i, streq_nocase(rows[i].a, rows[i].b), rows[i].equal_nocase);
                CHECK_INT(i, startswith(rows[i].a, rows[i].b), rows[i].starts);
        }
}

static void test_contains(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t size;
                const char *needle;
                bool found;
        } rows[] = {
                { "Test LIMIT exceeded", 19, "limit", true },
                { "Test LIMIT exceeded", 9, "limit", false },
                { "Test LIMIT exceeded", 10, "limit", true },
                { "limit", 5, "limit", true },
                { "limi", 4, "limit", false },
                { "lilimit", 7, "limit", true },
                { "", 0, "x", false },
                { "", 0, "", true },
                { "a\0limit", 7, "limit", true },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, text_contains(rows[i].text, rows[i].size, rows[i].needle),
                          rows[i].found);
}

static void test_form(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = {};

        text_add_form(&b, "domain", "example.com");
        assert_string_equal(strbuf_text(&b), "domain=example.com");
        text_add_form(&b, "api key", "a+b&c=d%~/\xc3\xa9*-_.");
        assert_string_equal(strbuf_text(&b),
                            "domain=example.com&api+key=a%2Bb%26c%3Dd%25%7E%2F%C3%A9*-_.");
        text_add_form(&b, "empty", "");
        assert_non_null(strstr(strbuf_text(&b), "&empty="));
}

/* Places in the interval hang on it: the reference values of FNV-1a, 64 bits. */
static void test_hash(void **state) {
        (void)state;

        assert_true(text_hash("", 0) == 0xcbf29ce484222325u);
        assert_true(text_hash("a", 1) == 0xaf63dc4c8601ec8cu);
        assert_true(text_hash("foobar", 6) == 0x85944171f73967e8u);
}

static void test_mask(void **state) {
        (void)state;
        static const struct {
                const char *text, *secret, *masked;
        } rows[] = {
                { "key hunter22 is wrong: hunter22", "hunter22",
                  "key ******** is wrong: ********" },
                { "hunter2", "hunter22", "hunter2" },
                { "aaaaaaaaa", "aaaa", "********a" },
                { "abc abc", "abc", "abc abc" }, /* too short to tell from chance */
                { "", "secret", "" },
                { "anything", "", "anything" },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[64];
                snprintf(text, sizeof(text), "%s", rows[i].text);
                text_mask(text, strlen(text), rows[i].secret, strlen(rows[i].secret));
                if (strcmp(text, rows[i].masked) != 0)
                        fail_msg("row %zu: '%s'", i, text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mask),
                cmocka_unit_test(test_is_utf8),
                cmocka_unit_test(test_escape),
                cmocka_unit_test(test_escape_random),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_plain_random),
                cmocka_unit_test(test_plain_is_linear),
                cmocka_unit_test(test_plain_failure_shows),
                cmocka_unit_test(test_nearest),
                cmocka_unit_test(test_compare),
                cmocka_unit_test(test_contains),
                cmocka_unit_test(test_form),
                cmocka_unit_test(test_hash),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
