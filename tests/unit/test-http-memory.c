/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include <malloc.h>

/* The module itself, with a free() that looks at what it is given: memory that is given back cannot
 * be looked at later. */
static size_t given_back, dirty;

static void free_and_look(void *p) {
        const unsigned char *bytes = p;
        size_t size = malloc_usable_size(p);

        given_back++;
        for (size_t i = 0; i < size; i++)
                dirty += bytes[i] != 0;
        free(p);
}

static bool memory_is_short;

static void *malloc_or_not(size_t size) {
        return memory_is_short ? NULL : malloc(size);
}

#define free   free_and_look
#define malloc malloc_or_not
#include "io/http-memory.c"
#undef free
#undef malloc

static void test_wiped(void **state) {
        (void)state;
        static const struct {
                size_t from, to; /* 0 = given back at once */
        } rows[] = {
                { 1, 0 },      { 8, 0 },        { 24, 0 },    { 25, 0 },      { 5000, 0 },
                { 200000, 0 }, { 1, 2 },        { 24, 25 },   { 24, 200000 }, { 25, 24 },
                { 5000, 1 },   { 200000, 100 }, { 100, 100 }, { 5000, 5001 }, { 200000, 400000 },
        };

        given_back = dirty = 0;
        memory_wipe_free(NULL);
        assert_int_equal(given_back, 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned char *p = memory_wipe_realloc(NULL, rows[i].from);
                CHECK(i, p);
                memset(p, 's', rows[i].from);
                if (rows[i].to > 0) {
                        given_back = 0;
                        p = memory_wipe_realloc(p, rows[i].to);
                        CHECK(i, p);
                        CHECK_INT(i, given_back, 1);
                        for (size_t j = 0; j < MIN(rows[i].from, rows[i].to); j++)
                                CHECK_INT(i, p[j], 's');
                        memset(p, 's', rows[i].to);
                }
                given_back = 0;
                if (i % 2 == 0)
                        memory_wipe_free(p);
                else
                        assert_null(memory_wipe_realloc(p, 0));
                CHECK_INT(i, given_back, 1);
                CHECK_INT(i, dirty, 0);
        }
}

/* Without memory the old place stays as it was. */
static void test_no_memory(void **state) {
        (void)state;
        char *p = memory_wipe_realloc(NULL, 6);

        assert_non_null(p);
        memcpy(p, "secret", 6);
        given_back = 0;
        memory_is_short = true;
        assert_null(memory_wipe_realloc(p, 100));
        memory_is_short = false;
        assert_int_equal(given_back, 0);
        assert_memory_equal(p, "secret", 6);
        memory_wipe_free(p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_wiped),
                cmocka_unit_test(test_no_memory),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
