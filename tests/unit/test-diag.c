/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/diag.h"

#include <unistd.h>

/* What one call writes to a stderr that is a file. */
static void capture(Diag level, const char *text, char *ret, size_t size) {
        int saved = dup(STDERR_FILENO);
        FILE *file = tmpfile();

        assert_non_null(file);
        assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
        diag(level, "%s", text);
        assert_true(dup2(saved, STDERR_FILENO) >= 0);
        close(saved);
        rewind(file);
        ret[fread(ret, 1, size - 1, file)] = '\0';
        fclose(file);
}

static void test_levels(void **state) {
        (void)state;
        static const struct {
                bool verbose;
                Diag level;
                const char *line;
        } rows[] = {
                { false, DIAG_ERROR, "<3>text\n" },  { false, DIAG_WARNING, "<4>text\n" },
                { false, DIAG_NOTICE, "<5>text\n" }, { false, DIAG_INFO, "<6>text\n" },
                { false, DIAG_DEBUG, "" },           { true, DIAG_DEBUG, "<7>text\n" },
                { true, DIAG_ERROR, "<3>text\n" },
        };
        char line[64];

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                diag_set_verbose(rows[i].verbose);
                capture(rows[i].level, "text", line, sizeof(line));
                CHECK_STR(i, line, rows[i].line);
        }
        diag_set_verbose(false);
}

/* Cut to one line of bounded length, with its end in place, around the size of the buffer. */
static void test_long(void **state) {
        (void)state;
        char text[2100], line[4096];

        for (size_t n = 2030; n < sizeof(text); n++) {
                memset(text, 'x', n);
                text[n] = '\0';
                capture(DIAG_ERROR, text, line, sizeof(line));
                size_t size = strlen(line);
                CHECK(n, size <= 2048 && line[size - 1] == '\n');
                CHECK_INT(n, strspn(line + 3, "x"), size - 4);
                CHECK(n, size == n + 4 || size >= 2040);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_levels),
                cmocka_unit_test(test_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
