/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/secret.h"

static void test_copy(void **state) {
        (void)state;
        static const size_t sizes[] = { 0, 1, 20, 4000, 4079, 4080, 4096, 10000 };

        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                char *text = malloc(sizes[i] + 1);
                memset(text, 'p', sizes[i]);
                _cleanup_(secret_freep) Secret *secret = secret_new(text, sizes[i]);
                CHECK(i, secret != NULL);
                CHECK_INT(i, secret->size, sizes[i]);
                CHECK(i, memcmp(secret->text, text, sizes[i]) == 0);
                CHECK_INT(i, secret->text[sizes[i]], '\0');
                CHECK(i, secret->mapped >= sizeof(Secret) + sizes[i] + 1);
                free(text);
        }
}

/* The kernel's own word on the pages: VmFlags "dd" is MADV_DONTDUMP (proc(5)). */
static void test_not_dumped(void **state) {
        (void)state;
        FILE *file = fopen("/proc/self/smaps", "re");
        if (!file)
                skip();
        _cleanup_(secret_freep) Secret *secret = secret_new("key", 3);
        char line[512];
        uintptr_t from, to, at = (uintptr_t)secret;
        bool here = false, found = false;

        rewind(file);
        while (fgets(line, sizeof(line), file)) {
                if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
                        here = at >= from && at < to;
                else if (here && strncmp(line, "VmFlags:", 8) == 0)
                        found = strstr(line, " dd") != NULL;
        }
        fclose(file);
        assert_true(found);
}

static void test_freeing(void **state) {
        (void)state;

        assert_null(secret_free(NULL));
        assert_null(secret_free(secret_new("key", 3)));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_copy),
                cmocka_unit_test(test_not_dumped),
                cmocka_unit_test(test_freeing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
