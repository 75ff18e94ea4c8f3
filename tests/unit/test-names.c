/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/names.h"

static const char *name_at(const void *list, uint32_t i) {
        return ((const char *const *)list)[i];
}

static uint32_t find(const Names *names, const char *name) {
        return names_find(names, name, strlen(name));
}

static void test_empty(void **state) {
        (void)state;
        Names names = {};
        uint32_t duplicate = 5;

        assert_int_equal(find(&names, "example.com"), NAMES_NONE);
        names_done(&names);
        assert_int_equal(names_init(&names, NULL, 0, name_at, &duplicate), 0);
        assert_int_equal(duplicate, NAMES_NONE);
        assert_int_equal(find(&names, "example.com"), NAMES_NONE);
        assert_int_equal(find(&names, ""), NAMES_NONE);
        names_done(&names);
}

static void test_lookup(void **state) {
        (void)state;
        static const char *const list[] = { "example.com", "example.net", "b", "", "example.co" };
        static const struct {
                const char *name;
                size_t size;
                uint32_t place;
        } rows[] = {
                { "example.com", 11, 0 },
                { "example.com", 10, 4 }, /* by size, not by NUL */
                { "example.com", 9, NAMES_NONE },
                { "example.community", 11, 0 },
                { "example.community", 17, NAMES_NONE },
                { "example.net", 11, 1 },
                { "EXAMPLE.net", 11, NAMES_NONE }, /* as it stands */
                { "b", 1, 2 },
                { "", 0, 3 },
                { "c", 1, NAMES_NONE },
                { "b\0c", 3, NAMES_NONE },
                { "b\0", 2, NAMES_NONE },
                { "example.com\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 31, NAMES_NONE },
        };
        Names names;

        assert_int_equal(names_init(&names, list, ELEMENTSOF(list), name_at, NULL), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, names_find(&names, rows[i].name, rows[i].size), rows[i].place);
        names_done(&names);
        assert_int_equal(find(&names, "b"), NAMES_NONE);
}

static void test_duplicates(void **state) {
        (void)state;
        static const char *const list[] = { "a", "b", "c", "b", "a", "b" };
        Names names;
        uint32_t duplicate = 0;

        assert_int_equal(names_init(&names, list, ELEMENTSOF(list), name_at, &duplicate), 0);
        assert_int_equal(duplicate, 3);
        assert_int_equal(find(&names, "a"), 0);
        assert_int_equal(find(&names, "b"), 1);
        assert_int_equal(find(&names, "c"), 2);
        names_done(&names);
}

static void test_too_many(void **state) {
        (void)state;
        Names names;

        assert_int_not_equal(names_init(&names, NULL, UINT32_MAX, name_at, NULL), 0);
        assert_null(names.slots);
}

/* As many as mailsecd is made for; also names that differ in a digit only must not cluster. */
static void test_many(void **state) {
        (void)state;
        enum {
                N = 100000,
                SIZE = 32
        };
        char(*texts)[SIZE] = calloc(N, SIZE);
        const char **list = calloc(N, sizeof(*list));
        Names names;
        uint32_t duplicate;

        for (uint32_t i = 0; i < N; i++) {
                snprintf(texts[i], SIZE, "d%05u.example.com", i);
                list[i] = texts[i];
        }
        clock_t begin = clock();
        assert_int_equal(names_init(&names, list, N, name_at, &duplicate), 0);
        assert_int_equal(duplicate, NAMES_NONE);
        assert_true(names.mask + 1u >= 2u * N);
        for (uint32_t i = 0; i < N; i++) {
                CHECK_INT(i, find(&names, texts[i]), i);
                texts[i][0] = 'e';
                CHECK_INT(i, find(&names, texts[i]), NAMES_NONE);
                texts[i][0] = 'd';
        }
        double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        if (seconds > 2) /* 0.03 s as built for use; a clustering hash takes minutes */
                fail_msg("%g s for %d names", seconds, N);
        names_done(&names);
        free(list);
        free(texts);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),      cmocka_unit_test(test_lookup),
                cmocka_unit_test(test_duplicates), cmocka_unit_test(test_too_many),
                cmocka_unit_test(test_many),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
