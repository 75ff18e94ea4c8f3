/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/strbuf.h"

#include <errno.h>

static void test_empty(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = {};

        assert_string_equal(strbuf_text(&b), "");
        assert_null(strbuf_take(&b));
        strbuf_reset(&b);
        strbuf_wipe(&b);
        strbuf_done(&b);
        assert_int_equal(strbuf_adds(&b, ""), 0);
        assert_non_null(b.data);
        assert_string_equal(b.data, "");
}

static void test_additions(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = {};

        assert_int_equal(strbuf_adds(&b, "one"), 0);
        assert_int_equal(strbuf_addc(&b, ' '), 0);
        assert_int_equal(strbuf_add(&b, "twoX", 3), 0);
        assert_int_equal(strbuf_addf(&b, " %d %s", 3, "four"), 0);
        assert_string_equal(strbuf_text(&b), "one two 3 four");
        assert_int_equal(b.size, strlen("one two 3 four"));

        assert_int_equal(strbuf_add(&b, "\0x", 2), 0);
        assert_memory_equal(b.data, "one two 3 four\0x", 17);
}

/* Every size around the steps in which it grows, with the NUL always in place. */
static void test_growth(void **state) {
        (void)state;

        for (size_t n = 0; n < 300; n++) {
                _cleanup_strbuf_ StrBuf b = {}, f = {};
                for (size_t i = 0; i < n; i++)
                        CHECK_INT(n, strbuf_addc(&b, (char)('a' + i % 26)), 0);
                CHECK_INT(n, strlen(strbuf_text(&b)), n);
                CHECK(n, n == 0 || b.size < b.allocated);
                CHECK_INT(n, strbuf_addf(&f, "%s%s", strbuf_text(&b), strbuf_text(&b)), 0);
                CHECK_INT(n, f.size, 2 * n);
                CHECK(n, memcmp(f.data, strbuf_text(&b), n) == 0);
        }
}

static void test_ceiling(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = { .max = 5 };

        assert_int_equal(strbuf_adds(&b, "12345"), 0);
        assert_int_equal(strbuf_addc(&b, '6'), -E2BIG);
        assert_string_equal(strbuf_text(&b), "12345");
        /* The error stays, even for what would fit. */
        assert_int_equal(strbuf_adds(&b, ""), -E2BIG);
        assert_int_equal(strbuf_addf(&b, "%s", ""), -E2BIG);
        assert_int_equal(b.error, -E2BIG);
        assert_null(strbuf_take(&b));

        strbuf_reset(&b);
        assert_int_equal(b.error, 0);
        assert_string_equal(strbuf_text(&b), "");
        assert_int_equal(strbuf_addf(&b, "%d", 123456), -E2BIG);
        assert_string_equal(strbuf_text(&b), "");
}

static void test_failures(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = {};
        volatile size_t enormous = SIZE_MAX / 2;

        assert_int_equal(strbuf_adds(&b, "kept"), 0);
        assert_int_equal(strbuf_add(&b, "", enormous), -ENOMEM);
        assert_string_equal(strbuf_text(&b), "kept");
        strbuf_reset(&b);
        /* No such character in the C locale. */
        assert_int_equal(strbuf_addf(&b, "%ls", L"\x20ac"), -EINVAL);
        assert_int_equal(strbuf_addc(&b, 'x'), -EINVAL);
}

static void test_take(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = { .max = 100 };

        strbuf_adds(&b, "mine");
        char *text = strbuf_take(&b);
        assert_string_equal(text, "mine");
        free(text);
        assert_null(b.data);
        assert_int_equal(b.max, 100);
        strbuf_adds(&b, "next");
        assert_string_equal(strbuf_text(&b), "next");
}

static void test_wipe(void **state) {
        (void)state;
        StrBuf b = {};

        strbuf_adds(&b, "secret");
        strbuf_wipe(&b);
        assert_null(b.data);
        assert_int_equal(b.size, 0);
        assert_int_equal(b.allocated, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_empty),    cmocka_unit_test(test_additions),
                cmocka_unit_test(test_growth),   cmocka_unit_test(test_ceiling),
                cmocka_unit_test(test_failures), cmocka_unit_test(test_take),
                cmocka_unit_test(test_wipe),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
