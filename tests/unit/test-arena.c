/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/arena.h"

static void test_empty(void **state) {
        (void)state;
        Arena arena = {};

        arena_done(&arena);
        assert_null(arena.blocks);
}

static void test_alignment_and_zeros(void **state) {
        (void)state;
        Arena arena = {};
        static const unsigned char zeros[200];

        for (size_t size = 1; size < sizeof(zeros); size++) {
                CHECK_STR(size, arena_strdup(&arena, "x"), "x"); /* moves it off alignment */
                unsigned char *p = arena_alloc(&arena, size);
                CHECK(size, p != NULL);
                CHECK(size, (uintptr_t)p % _Alignof(max_align_t) == 0);
                CHECK(size, memcmp(p, zeros, size) == 0);
                memset(p, 0xff, size);
        }
        arena_done(&arena);
}

static void test_names_cost_their_length(void **state) {
        (void)state;
        Arena arena = {};

        const char *first = arena_strdup(&arena, "example.com");
        const char *second = arena_strndup(&arena, "example.net and more", 11);
        assert_string_equal(first, "example.com");
        assert_string_equal(second, "example.net");
        assert_ptr_equal(second, first + 12);
        assert_string_equal(arena_strndup(&arena, "", 0), "");
        arena_done(&arena);
}

/* What was given out stays whole while blocks are added, also by things larger than a block. */
static void test_blocks(void **state) {
        (void)state;
        enum {
                N = 5000
        };
        static char *texts[N];
        Arena arena = {};
        char text[32];

        for (size_t i = 0; i < N; i++) {
                snprintf(text, sizeof(text), "host-%zu.example.com", i);
                texts[i] = arena_strdup(&arena, text);
                CHECK(i, texts[i] != NULL);
                if (i % 1000 == 0) {
                        char *large = arena_alloc(&arena, 100000);
                        CHECK(i, large != NULL);
                        memset(large, 'x', 100000);
                }
        }
        for (size_t i = 0; i < N; i++) {
                snprintf(text, sizeof(text), "host-%zu.example.com", i);
                CHECK_STR(i, texts[i], text);
        }
        arena_done(&arena);
        assert_null(arena.blocks);
        assert_int_equal(arena.used, 0);
}

static void test_too_much(void **state) {
        (void)state;
        Arena arena = {};
        volatile size_t enormous = SIZE_MAX - 8;

        assert_non_null(arena_alloc(&arena, 100));
        assert_null(arena_alloc(&arena, enormous));
        assert_non_null(arena_alloc(&arena, 100));
        arena_done(&arena);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),
                cmocka_unit_test(test_alignment_and_zeros),
                cmocka_unit_test(test_names_cost_their_length),
                cmocka_unit_test(test_blocks),
                cmocka_unit_test(test_too_much),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
