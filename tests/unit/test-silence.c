/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/silence.h"

#include <errno.h>

static volatile size_t fail_in; /* the allocation from now on that fails; 0 = none */

static bool fails(void) {
        return fail_in > 0 && --fail_in == 0;
}

void *reallocarray(void *memory, size_t n, size_t size) {
        return fails() ? NULL : realloc(memory, n * size);
}

char *strdup(const char *text) {
        size_t size = strlen(text) + 1;
        char *copy = fails() ? NULL : malloc(size);
        return copy ? memcpy(copy, text, size) : NULL;
}

static const struct {
        const char *match;
        const char *identity;
        bool covered;
} globs[] = {
        { "symantec/example.com/inbound_oldest", "symantec/example.com/inbound_oldest", true },
        { "symantec/example.com/inbound_oldest", "symantec/example.com/inbound_olders", false },
        { "symantec/example.com/inbound", "symantec/example.com/inbound_oldest",
          false }, /* whole */
        { "example.com/up", "immuniweb/example.com/up", false },
        { "*", "symantec/example.com/inbound_oldest", true },
        { "***", "symantec/example.com/inbound_oldest", true },
        { "*", "", true },
        { "?", "", false },
        { "", "", true },
        /* a star stands for slashes, too */
        { "symantec/*", "symantec/example.com/inbound_oldest", true },
        { "symantec/*", "immuniweb/example.com/spf", false },
        { "symantec/*", "symantec", false },
        { "symantec/*", "symantec/", true },
        { "*/up", "immuniweb/example.com/up", true },
        { "*/up", "immuniweb/example.com/store_up", false },
        { "symantec/*.example.com/inbound_*", "symantec/a.example.com/inbound_oldest", true },
        { "symantec/*.example.com/inbound_*", "symantec/a.b.example.com/inbound_stuck", true },
        { "symantec/*.example.com/inbound_*", "symantec/example.com/inbound_stuck", false },
        { "symantec/*.example.com/inbound_*", "symantec/a.example.com/outbound_stuck", false },
        { "symantec/*.example.com/inbound_*", "symantec/a.example.com.evil.org/inbound_x", false },
        { "*.example.*/inbound_*", "symantec/a.example.a.example.com/inbound_oldest", true },
        { "*ab", "aaab", true },
        { "*ab", "abab", true },
        { "*ab*ab", "ab", false },
        { "a*b?d*", "axxbbcd", true },
        { "a*b?d*", "axxbbc", false },
        /* case */
        { "SYMANTEC/Example.COM/*", "symantec/example.com/up", true },
        { "symantec/*", "Symantec/x/up", true },
        { "[A-C]", "b", true },
        /* question marks */
        { "a?c", "abc", true },
        { "a?c", "a/c", true },
        { "a?c", "ac", false },
        { "???", "ab", false },
        /* brackets */
        { "m[xy]", "mx", true },
        { "m[xy]", "mz", false },
        { "m[!xy]", "mz", true },
        { "m[!xy]", "my", false },
        { "m[^xy]", "mx", false },
        { "m[^xy]", "m", false },
        { "host[0-9]", "host7", true },
        { "host[0-9]", "hostx", false },
        { "host[9-0]", "host5", false },
        { "[]]", "]", true },
        { "[!]]", "]", false },
        { "[!]]", "a", true },
        { "[a-]", "-", true },
        { "[a-]", "b", false },
        { "[-a]", "-", true },
        { "[--0]", ".", true },
        { "[*]", "*", true },
        { "[*]", "a", false },
        { "[?]", "a", false },
        { "a[/]b", "a/b", true },
        { "*[0-9]/up", "immuniweb/host7/up", true },
        { "*[0-9]/up", "immuniweb/host/up", false },
        { "\\*", "*", false }, /* nothing escapes */
        { "\\*", "\\x", true },
        /* what glob_problem() refuses does no harm */
        { "[", "[", false },
        { "[", "a", false },
        { "a[!", "ab", false },
        { "*[a", "xa", false },
};

static void test_globs(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(globs); i++)
                CHECK_INT(i, glob_matches(globs[i].match, globs[i].identity), globs[i].covered);
}

static void test_problems(void **state) {
        (void)state;
        static const struct {
                const char *match;
                const char *problem;
        } rows[] = {
                { "*", NULL },
                { "symantec/*.example.com/inbound_*", NULL },
                { "[a]", NULL },
                { "[]]", NULL },
                { "[!]]", NULL },
                { "]", NULL },
                { "a]b", NULL },
                { "********", NULL },
                { "[********]*", NULL }, /* in brackets they are none */
                { "", "it is empty" },
                { "*********", "it has too many stars" },
                { "*a*a*a*a*a*a*a*a*", "it has too many stars" },
                { "[", "a bracket has no end" },
                { "[!", "a bracket has no end" },
                { "[]", "a bracket has no end" },
                { "[!]", "a bracket has no end" },
                { "[^]", "a bracket has no end" },
                { "a[b", "a bracket has no end" },
                { "[a][b", "a bracket has no end" },
                { "a b", "it holds a character that is in no alert's name" },
                { "a\n", "it holds a character that is in no alert's name" },
                { "a\033[2J]", "it holds a character that is in no alert's name" },
                { "b\xc3\xbc"
                  "cher.example",
                  "it holds a character that is in no alert's name" },
                { "\x7f", "it holds a character that is in no alert's name" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const char *problem = glob_problem(rows[i].match);
                if (rows[i].problem)
                        CHECK_STR(i, problem, rows[i].problem);
                else
                        CHECK(i, !problem);
        }
        char text[SILENCE_MATCH_LONGEST + 2];
        memset(text, 'a', sizeof(text));
        text[SILENCE_MATCH_LONGEST] = '\0';
        assert_null(glob_problem(text));
        text[SILENCE_MATCH_LONGEST] = 'a';
        text[SILENCE_MATCH_LONGEST + 1] = '\0';
        assert_string_equal(glob_problem(text), "it is too long");
}

/* The slowest there can be: as many stars as may be, and a text that each of them almost fits. */
static void test_time(void **state) {
        char match[SILENCE_MATCH_LONGEST + 1], identity[401];
        (void)state;

        memset(match, 'a', sizeof(match));
        for (size_t i = 0; i < SILENCE_STARS_MAX; i++)
                match[i * (SILENCE_MATCH_LONGEST / SILENCE_STARS_MAX)] = '*';
        match[SILENCE_MATCH_LONGEST - 1] = 'b';
        match[SILENCE_MATCH_LONGEST] = '\0';
        memset(identity, 'a', sizeof(identity));
        identity[sizeof(identity) - 1] = '\0';
        assert_null(glob_problem(match));

        clock_t begun = clock();
        for (size_t i = 0; i < 1000; i++)
                CHECK(i, !glob_matches(match, identity));
        /* 1000 silences against one alert. Without a bound one alone would take years. */
        assert_true(clock() - begun < 5 * CLOCKS_PER_SEC);
}

/* A matcher so plain that it is right to look at: every way of every star is tried. */
static bool plain_matches(const char *p, const char *text) {
        if (!*p)
                return !*text;
        if (*p == '*')
                return plain_matches(p + 1, text) || (*text && plain_matches(p, text + 1));
        return *text && (*p == '?' || *p == *text) && plain_matches(p + 1, text + 1);
}

static void test_random(void **state) {
        uint64_t seed = check_seed("test_random");
        size_t covered = 0;
        (void)state;

        for (size_t i = 0; i < 50000; i++) {
                char match[10] = "", text[12] = "";
                for (size_t j = 0, n = check_below(&seed, 9); j < n; j++)
                        match[j] = "ab*?*a/"[check_below(&seed, 7)];
                for (size_t j = 0, n = check_below(&seed, 11); j < n; j++)
                        text[j] = "ab/a"[check_below(&seed, 4)];
                bool expected = plain_matches(match, text);
                if (glob_matches(match, text) != expected)
                        fail_msg("turn %zu: \"%s\" and \"%s\": not %d", i, match, text, expected);
                covered += expected;
        }
        assert_in_range(covered, 1000, 45000);
}

/* Whatever bytes they are, nothing is read behind their end (with a sanitizer). */
static void test_hostile(void **state) {
        uint64_t seed = check_seed("test_hostile");
        (void)state;

        for (size_t i = 0; i < 50000; i++) {
                size_t n = check_below(&seed, 12);
                char *match = malloc(n + 1);
                assert_non_null(match);
                for (size_t j = 0; j < n; j++)
                        match[j] = "[]!^-*?a\\\xff\n]"[check_below(&seed, 12)];
                match[n] = '\0';
                (void)glob_problem(match);
                (void)glob_matches(match, "a]-a");
                free(match);
        }
}

static Silence silence_of(uint64_t id, const char *match, usec_t until) {
        return (Silence){ .id = id,
                          .match = (char *)match,
                          .comment = (char *)"why",
                          .by = NULL,
                          .created = 1,
                          .until = until };
}

static void test_list(void **state) {
        (void)state;
        Silences s = { 0 };
        static const uint64_t ids[] = { 5, 2, 9, 1, UINT64_MAX, 7 };

        assert_null(silences_find(&s, "a/b/c", 0));
        assert_false(silences_remove(&s, 1));
        assert_int_equal(silences_next_end(&s, 0), USEC_INFINITY);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                Silence silence = silence_of(ids[i], "a/*", 100 * (i + 1));
                CHECK_INT(i, silences_add(&s, &silence), 0);
                CHECK_INT(i, silences_add(&s, &silence), -EEXIST);
                CHECK_INT(i, s.n, i + 1);
        }
        for (size_t i = 0; i < s.n; i++) {
                CHECK(i, i == 0 || s.list[i - 1].id < s.list[i].id);
                CHECK_STR(i, s.list[i].comment, "why");
                CHECK_STR(i, s.list[i].by, ""); /* none */
                CHECK_INT(i, s.list[i].created, 1);
        }
        /* The first in force that covers it; at its end it is over. 5: until 100, 2: 200, 1: 400.
         */
        static const struct {
                usec_t now;
                uint64_t found;
                usec_t next;
        } rows[] = {
                { 0, 1, 100 },   { 99, 1, 100 },  { 100, 1, 200 },           { 399, 1, 400 },
                { 400, 7, 500 }, { 599, 7, 600 }, { 600, 0, USEC_INFINITY },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Silence *found = silences_find(&s, "A/b", rows[i].now);
                CHECK(i, found ? found->id == rows[i].found : rows[i].found == 0);
                CHECK_INT(i, silences_next_end(&s, rows[i].now), rows[i].next);
        }
        assert_null(silences_find(&s, "b/a", 0));

        assert_true(silences_remove(&s, 1));
        assert_false(silences_remove(&s, 1));
        assert_int_equal(silences_find(&s, "a/b", 0)->id, 2);
        assert_true(silences_remove(&s, UINT64_MAX));
        assert_int_equal(s.n, 4);
        silences_done(&s);
        assert_int_equal(s.n, 0);
        silences_done(&s);
}

/* Whichever allocation fails, the list is as it was, and nothing is lost (with valgrind). */
static void test_no_memory(void **state) {
        (void)state;
        Silences s = { 0 };
        Silence one = silence_of(1, "a", 9), two = silence_of(2, "b", 9);

        assert_int_equal(silences_add(&s, &two), 0);
        for (size_t i = 1; i <= 4; i++) {
                fail_in = i;
                CHECK_INT(i, silences_add(&s, &one), -ENOMEM);
                CHECK_INT(i, fail_in, 0);
                CHECK_INT(i, s.n, 1);
                CHECK_STR(i, silences_find(&s, "b", 0)->match, "b");
                CHECK(i, !silences_find(&s, "a", 0));
        }
        assert_int_equal(silences_add(&s, &one), 0);
        silences_done(&s);
}

static void test_ceiling(void **state) {
        (void)state;
        Silences s = { 0 };

        for (uint64_t id = 1; id <= SILENCES_MAX; id++) {
                Silence silence = silence_of(id, "x", 1);
                assert_int_equal(silences_add(&s, &silence), 0);
        }
        Silence one = silence_of(SILENCES_MAX + 1, "x", 1), known = silence_of(3, "x", 1);
        assert_int_equal(silences_add(&s, &one), -E2BIG);
        assert_int_equal(silences_add(&s, &known), -EEXIST);
        assert_true(silences_remove(&s, 3));
        assert_int_equal(silences_add(&s, &one), 0);
        silences_done(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_globs),     cmocka_unit_test(test_problems),
                cmocka_unit_test(test_time),      cmocka_unit_test(test_random),
                cmocka_unit_test(test_hostile),   cmocka_unit_test(test_list),
                cmocka_unit_test(test_no_memory), cmocka_unit_test(test_ceiling),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
