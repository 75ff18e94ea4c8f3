/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "ctl/cells.h"
#include "ctl/table.h"

#include <locale.h>

static const Column columns[] = {
        { "LEVEL" },
        { "SINCE", .drop = 1 },
        { "VALUE", .right = true },
        { "NOTE", .flex = true, .drop = 2 },
};

static int setup(void **state) {
        (void)state;
        return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static void fill(Table *table, const Screen *screen, bool with_note) {
        table_init(table, columns, ELEMENTSOF(columns), screen);
        table_add(table, PAINT_CRITICAL, "critical");
        table_add(table, PAINT_PLAIN, "Nov 21 03:12");
        table_addf(table, PAINT_PLAIN, "%d", 3);
        table_add(table, PAINT_PLAIN, with_note ? "the delivery queue waits" : NULL);
        table_add(table, PAINT_OK, "ok");
        table_add(table, PAINT_PLAIN, "");
        table_addf(table, PAINT_PLAIN, "%d", 1234567);
        table_add(table, PAINT_PLAIN, NULL);
}

static void test_fitting(void **state) {
        (void)state;
        static const struct {
                size_t width;
                bool note;
                size_t indent;
                const char *expected;
        } rows[] = {
                { 0, true, 0,
                  "LEVEL     SINCE           VALUE  NOTE\n"
                  "critical  Nov 21 03:12        3  the delivery queue waits\n"
                  "ok        -             1234567  -\n" },
                { 57, true, 0,
                  "LEVEL     SINCE           VALUE  NOTE\n"
                  "critical  Nov 21 03:12        3  the delivery queue waits\n"
                  "ok        -             1234567  -\n" },
                { 50, true, 2, /* the free text is cut */
                  "  LEVEL     SINCE           VALUE  NOTE\n"
                  "  critical  Nov 21 03:12        3  the delivery q…\n"
                  "  ok        -             1234567  -\n" },
                { 40, true, 0, /* then columns are left out */
                  "LEVEL     SINCE           VALUE\n"
                  "critical  Nov 21 03:12        3\n"
                  "ok        -             1234567\n" },
                { 25, true, 0,
                  "LEVEL       VALUE\n"
                  "critical        3\n"
                  "ok        1234567\n" },
                { 12, true, 0, /* then all are cut */
                  "LEVEL  VALUE\n"
                  "crit…      3\n"
                  "ok     1234…\n" },
                { 0, false, 0, /* an empty column is left out */
                  "LEVEL     SINCE           VALUE\n"
                  "critical  Nov 21 03:12        3\n"
                  "ok        -             1234567\n" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Screen screen = { .terminal = rows[i].width > 0,
                                        .utf8 = true,
                                        .width = rows[i].width };
                _cleanup_strbuf_ StrBuf b = {};
                _cleanup_table_ Table table = {};
                fill(&table, &screen, rows[i].note);
                table_print(&table, &screen, rows[i].indent, &b);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected);
                CHECK_INT(i, table_width(&table, &screen), rows[i].note ? 57 : 31);
        }
}

static void test_colors(void **state) {
        (void)state;
        const Screen screen = { .terminal = true, .color = true, .utf8 = true, .width = 25 };
        _cleanup_strbuf_ StrBuf b = {};
        _cleanup_table_ Table table = {};

        fill(&table, &screen, true);
        table_print(&table, &screen, 0, &b);
        CHECK_STR(0, strbuf_text(&b),
                  "\033[1mLEVEL\033[0m       \033[1mVALUE\033[0m\n"
                  "\033[1;31mcritical\033[0m        3\n"
                  "\033[32mok\033[0m        1234567\n");
}

static void test_hostile(void **state) {
        (void)state;
        static const Column one[] = { { "A" }, { "B" } };
        const Screen pipe = { .utf8 = true };
        _cleanup_strbuf_ StrBuf b = {}, endless = {};
        _cleanup_table_ Table table = {};

        cells_pad(&endless, 100000);
        strbuf_adds(&endless, "x");
        table_init(&table, one, ELEMENTSOF(one), &pipe);
        table_add(&table, PAINT_PLAIN, strbuf_text(&endless));
        table_add(&table, PAINT_PLAIN, "\033[2J\n");
        for (size_t i = 0; i < 200; i++)
                table_add(&table, PAINT_PLAIN, "short");
        table_print(&table, &pipe, 0, &b);
        /* Whole in its own row, without blowing up the others. */
        CHECK(0, b.size > 100000 && b.size < 150000);
        CHECK(0, strstr(strbuf_text(&b), "x  \\x1b[2J\\x0a\n"));
}

/* Whatever is in it and however narrow it is (from 20 cells on): no line is wider. */
static void test_any_width(void **state) {
        (void)state;
        uint64_t random = check_seed("test_any_width");

        for (size_t turn = 0; turn < 500; turn++) {
                const Screen screen = { .terminal = true,
                                        .utf8 = true,
                                        .width = 20 + check_below(&random, 100) };
                _cleanup_strbuf_ StrBuf b = {};
                _cleanup_table_ Table table = {};
                table_init(&table, columns, ELEMENTSOF(columns), &screen);
                for (size_t n = ELEMENTSOF(columns) * check_below(&random, 5); n > 0; n--) {
                        _cleanup_strbuf_ StrBuf cell = {};
                        for (size_t c = check_below(&random, 40); c > 0; c--)
                                strbuf_adds(&cell,
                                            check_below(&random, 4) == 0 ? "\xe6\x97\xa5" : "x");
                        table_add(&table, PAINT_PLAIN, strbuf_text(&cell));
                }
                table_print(&table, &screen, 0, &b);
                for (char *line = strtok(b.data, "\n"); line; line = strtok(NULL, "\n"))
                        CHECK(turn, cells_count(line, true) <= screen.width);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fitting),
                cmocka_unit_test(test_colors),
                cmocka_unit_test(test_hostile),
                cmocka_unit_test(test_any_width),
        };
        return cmocka_run_group_tests(tests, setup, NULL);
}
