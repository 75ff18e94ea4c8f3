/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"
#include "config/scan.h"
#include "config/tree.h"

/* The first look at a text, alone and held against libconfig itself. */

static const struct {
        const char *text, *types; /* a letter per token */
} tokens[] = {
        { "", "" },
        { "a = 1;", "n=1;" },
        { "a-b_c* : \"x\\\"y\\\\\" ,", "n=s," },
        { "a = { b = ( 1, [ 2 ] ); }", "n=on=o1,o1cc;c" },
        { "# all of it\n// and this\na /* and \n this */ = true", "n=n" },
        { "-1 +2 0x1F 10L .5 1e5 1.5E-3", "1111111" },
        { "a = \"x\n# no comment\";", "n=s;" },
        { "\"\" \"\\\\\"", "ss" },
        { "@include \"x\"\na", "in" },
        { "@foo", "?n" },
        { "a = $;", "n=?;" },
        { "\"cut", "S" },
        { "a /* cut *", "nC" },
        { "/ /", "??" },
};

static void test_tokens(void **state) {
        static const char letters[] = {
                [TOKEN_NAME] = 'n',      [TOKEN_NUMBER] = '1',     [TOKEN_STRING] = 's',
                [TOKEN_OPEN] = 'o',      [TOKEN_CLOSE] = 'c',      [TOKEN_COMMA] = ',',
                [TOKEN_SEMICOLON] = ';', [TOKEN_EQUALS] = '=',     [TOKEN_INCLUDE] = 'i',
                [TOKEN_OTHER] = '?',     [TOKEN_CUT_STRING] = 'S', [TOKEN_CUT_COMMENT] = 'C',
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(tokens); i++) {
                Scanner scanner = { .text = tokens[i].text, .line = 1 };
                char types[64];
                size_t n = 0;
                for (Token token; (token = scan_next(&scanner)).type != TOKEN_END;) {
                        types[n++] = letters[token.type];
                        if (token.type == TOKEN_CUT_STRING || token.type == TOKEN_CUT_COMMENT)
                                break;
                }
                types[n] = '\0';
                CHECK_STR(i, types, tokens[i].types);
        }
}

static void test_lines(void **state) {
        Scanner scanner = { .text = "a\n= \"x\ny\" /*\n\n*/ ;\n#\nb", .line = 1 };
        static const unsigned lines[] = { 1, 2, 2, 5, 7 };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                CHECK_INT(i, scan_next(&scanner).line, lines[i]);
        CHECK_INT(0, scan_next(&scanner).type, TOKEN_END);
        CHECK_INT(0, scan_next(&scanner).type, TOKEN_END);
}

static void count_problem(void *userdata, unsigned line, const char *problem) {
        assert_true(line >= 1 && *problem);
        ++*(size_t *)userdata;
}

static const struct {
        const char *text;
        bool cut; /* the text was cut off */
        size_t problems;
} checks[] = {
        { "", false, 0 },
        { "a = 1; b = \"x\", c = true d = false;", false, 0 },
        { "a = TRUE; b = False;", false, 0 },
        { "a = ( ); b = [ ]; c = { };", false, 0 },
        { "a = ( 1, \"x\", ( 2 ), { b = 1; }, [ 3, 4 ] );", false, 0 },
        { "a = \"x\" \"y\";", false, 0 },
        { "a = 2147483647; b = -2147483648; c = 0x7fffffff; d = 3000000000L; e = 10LL;", false, 0 },
        { "a = 2147483648;", false, 1 },
        { "a = -2147483649;", false, 1 },
        { "a = 0xffffffff;", false, 1 },
        { "a = 0xffffffffffffffffffL;", false, 1 },
        { "a = 9223372036854775808L;", false, 1 },
        { "a = 1e10; b = 99999999999.5; c = .5; d = 5.;", false, 0 },
        { "a = 5min;", true, 1 },
        { "a = 1.2.3;", true, 1 },
        { "a = 0x;", true, 1 },
        { "a = -;", true, 1 },
        { "a = +e5;", true, 1 },
        { "a = 0000000000000000000000000000000000000000000000000000000000000000000000001;", true,
          1 },
        { "a = inf;", true, 1 },
        { "a = yes;", true, 1 },
        { "a 1;", true, 1 },
        { "a b = 1;", true, 1 },
        { "a = = 1;", true, 1 },
        { "a = ;", true, 1 },
        { "= 1;", true, 1 },
        { "true = 1;", true, 1 },
        { "a = 1 false = 1;", true, 1 },
        { "1 = 1;", true, 1 },
        { "a = 1;;", true, 1 },
        { "a = 1,;", true, 1 },
        { "a = ( 1; 2 );", true, 1 },
        { "a = ( , 1 );", true, 1 },
        { "a = ( 1,, 2 );", true, 1 },
        { "a = ( 1, );", false, 1 },
        { "a = [ 1, ];", false, 1 },
        { "a = ( 1 2 );", false, 1 },
        { "a = ( \"x\" \"y\" { b = 1; } );", false, 2 },
        { "a = ( \"x\"\"y\" );", true, 1 },
        { "a = ( \"x\"\n\"y\" );", true, 1 },
        { "a = [ ( ) ];", true, 1 },
        { "a = [ { } ];", true, 1 },
        { "a = [ [ ] ];", true, 1 },
        { "a = ( 1 ];", true, 1 },
        { "a = { b = ( 1 } ;", true, 1 },
        { "a = 1; }", true, 1 },
        { "a = { b = ; };", true, 1 },
        { "a = { b };", true, 1 },
        { "a = { \"x\" };", true, 1 },
        { "a = \"x\" 5;", true, 1 },
        { "a = 5 \"x\";", true, 1 },
        { "a = ( b = 1 );", true, 1 },
        { "a = {", true, 1 },
        { "a = (", true, 1 },
        { "a =", true, 1 },
        { "a", true, 1 },
        { "a = \"x", true, 1 },
        { "a = 1; /* x", true, 1 },
        { "a = \"\\x00\";", false, 1 },
        { "a = \"\\\\x00\";", false, 0 },
        { "a = \"\\x0\";", false, 0 },
        { "@include \"x\"\n@include", false, 2 },
        { "a = 1; @include \"x\" \"", false, 1 },
        { "a = %;", true, 1 },
};

static void test_checks(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
                size_t size = strlen(checks[i].text), problems = 0;
                char text[256];
                ScanLines lines = { 0 };
                Tree *tree = NULL;
                unsigned line;
                const char *error = "";

                strcpy(text, checks[i].text);
                strcpy(text + size++, "\n");
                int r = scan_check(text, &size, &lines, count_problem, &problems);
                CHECK_INT(i, r, checks[i].cut ? -EINVAL : 0);
                CHECK_INT(i, problems, checks[i].problems);
                CHECK_INT(i, strlen(text), size);

                /* What the scanner lets pass or has mended libconfig takes, too. */
                r = tree_parse(text, size, &lines, &tree, &line, &error);
                if (!checks[i].cut && r < 0)
                        fail_msg("row %zu: libconfig says %s", i, error);
                tree_free(tree);
                scan_lines_done(&lines);
        }
}

static void count_strings(const Node *node, size_t *n, uint32_t *sum) {
        for (uint32_t i = 0; i < node_n(node); i++) {
                const Node *child = node_child(node, i);
                if (!node_name(child) && node_value(child).type == VALUE_STRING) {
                        ++*n;
                        *sum += node_line(child);
                }
                count_strings(child, n, sum);
        }
}

/* Random texts of tokens: whatever the scanner does not cut off, libconfig parses (or calls a
 * duplicate or a mismatch), and the strings in lists are as many, on the lines that the scanner
 * says. */
static void test_against_libconfig(void **state) {
        static const char *const pieces[] = {
                "a",          "b",       "c1",          " = ",
                ":",          "1",       "\"x\"",       "\"y\"",
                "( ",         " )",      "[",           " ]",
                "{",          " }",      ", ",          "; ",
                "\n",         "true",    "-5",          "1.5",
                "# c\n",      "/* d */", " ",           "a = ",
                "b = \"z\";", "\"q\", ", "(\n\"r\"\n)", "@include \"nowhere\"\n",
                "12L",        ".5"
        };
        uint64_t seed = check_seed("test_against_libconfig");
        size_t whole = 0;
        (void)state;

        for (size_t i = 0; i < 60000; i++) {
                char text[512] = "a = ";
                ScanLines lines = { 0 };
                Tree *tree = NULL;
                unsigned line = 0;
                const char *error = "";
                size_t problems = 0;

                if (i % 2)
                        strcpy(text, "a = ( ");
                for (size_t j = check_below(&seed, 12); j > 0; j--)
                        strcat(text, pieces[check_below(&seed, ELEMENTSOF(pieces))]);
                strcat(text, i % 2 ? " );\n" : "\n");
                char original[512];
                strcpy(original, text);

                size_t size = strlen(text);
                int r = scan_check(text, &size, &lines, count_problem, &problems);
                int q = tree_parse(text, size, &lines, &tree, &line, &error);
                if (r == 0 && q < 0 && !strstr(error, "duplicate") && !strstr(error, "mismatch"))
                        fail_msg("turn %zu: libconfig says %s of\n%s", i, error, original);
                if (r < 0)
                        assert_true(problems > 0);
                if (r == 0 && q == 0) {
                        size_t n = 0;
                        uint32_t sum = 0, expected = 0;
                        count_strings(tree_root(tree), &n, &sum);
                        for (size_t j = 0; j < lines.n; j++)
                                expected += lines.lines[j];
                        if (n != lines.n || sum != expected)
                                fail_msg("turn %zu: %zu strings in lists, not %zu, of\n%s", i, n,
                                         lines.n, original);
                        whole++;
                }
                tree_free(tree);
                scan_lines_done(&lines);
        }
        assert_true(whole > 1000);
}

static void test_depth(void **state) {
        (void)state;

        for (int depth = 1; depth < 100; depth++) {
                char text[300] = "a = ";
                ScanLines lines = { 0 };
                size_t problems = 0;
                for (int i = 0; i < depth; i++)
                        strcat(text, "(");
                for (int i = 0; i < depth; i++)
                        strcat(text, ")");
                strcat(text, "\n");
                size_t size = strlen(text);
                CHECK_INT(depth, scan_check(text, &size, &lines, count_problem, &problems),
                          depth <= 32 ? 0 : -EINVAL);
                scan_lines_done(&lines);
        }
}

static const struct {
        const char *text;
        unsigned at, second, first; /* second = 0: none */
} duplicates[] = {
        { "a = 1;\nb = 1;\na = 2;\n", 3, 3, 1 },
        { "a = {\n a = 1; };\nb = (\n{ a = 1; },\n{ a = 1;\na = 2; } );\n", 6, 6, 5 },
        { "a = { b = 1; };\nb = 1;\nb = { a = 1;\nc = 1; };\n", 3, 3, 2 },
        { "a = 1;\nA = 1;\nab = 1;\n", 1, 0, 0 },
        { "a = \"a = \"; b = ( \"a\" );\n# a = 1\n", 1, 0, 0 },
        { "a = 1; a = 2; a = 3;", 1, 1, 1 },
        { "a = 1; b = \"cut", 1, 0, 0 },
        { "a = 1; /* cut", 1, 0, 0 },
        { ")))) a = 1;", 1, 0, 0 },
};

static void test_duplicates(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(duplicates); i++) {
                Token second;
                unsigned first;
                bool found = scan_duplicate(duplicates[i].text, duplicates[i].at, &second, &first);
                CHECK_INT(i, found, duplicates[i].second > 0);
                if (found) {
                        CHECK_INT(i, second.line, duplicates[i].second);
                        CHECK_INT(i, first, duplicates[i].first);
                }
        }
}

/* Lines beyond 16 bits: libconfig's own macro cuts them. */
static void test_many_lines(void **state) {
        StrBuf b = { 0 };
        (void)state;

        for (int i = 0; i < 70000; i++)
                strbuf_addc(&b, '\n');
        strbuf_adds(&b, "domains = ( \"example.com\",\n\"a_b.example\"\n);\nimmuniweb = "
                        "{\n\ninterval = 1; };\n");
        char *said = complaints(strbuf_text(&b));
        assert_non_null(strstr(said, "test.conf:70002: \"a_b.example\" is not"));
        assert_non_null(strstr(said, "test.conf:70006: interval must"));
        free(said);
        strbuf_done(&b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_tokens),     cmocka_unit_test(test_lines),
                cmocka_unit_test(test_checks),     cmocka_unit_test(test_against_libconfig),
                cmocka_unit_test(test_depth),      cmocka_unit_test(test_duplicates),
                cmocka_unit_test(test_many_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
