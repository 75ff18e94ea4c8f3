/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "ctl/spark.h"

#include <float.h>
#include <math.h>

static void test_spark(void **state) {
        (void)state;
        static const struct {
                double values[10];
                size_t n, width;
                bool low_is_bad, utf8;
                const char *expected;
        } rows[] = {
                { {}, 0, 8, false, true, "" },
                { { NAN, NAN }, 2, 8, false, true, "" },
                { { 5 }, 1, 8, false, true, "▁" },
                { { 5, 5, 5 }, 3, 8, false, true, "▁▁▁" },
                { { 0, 1, 2, 3, 4, 5, 6, 7 }, 8, 8, false, true, "▁▂▃▄▅▆▇█" },
                { { 0, 1, 2, 3, 4, 5, 6, 7 }, 8, 8, false, false, "_.-~=+*#" },
                { { -4, 4 }, 2, 8, false, true, "▁█" },
                { { 0, NAN, 7, NAN }, 4, 8, false, true, "▁ █ " },
                /* Joined: the worst counts. */
                { { 0, 7, 1, 0, NAN, 3, NAN, NAN }, 8, 4, false, true, "█▂▄ " },
                { { 0, 7, 1, 7, NAN, 3, NAN, NAN }, 8, 4, true, true, "▁▂▄ " },
                { { 0, 1, 2 }, 3, 2, false, true, "▁█" },
                { { 0, 1, 2 }, 3, 0, false, true, "" },
                { { -DBL_MAX, DBL_MAX, 0 }, 3, 8, false, true, "▁█▅" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                spark_add(&b, rows[i].values, rows[i].n, rows[i].width, rows[i].low_is_bad,
                          rows[i].utf8);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_spark) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
