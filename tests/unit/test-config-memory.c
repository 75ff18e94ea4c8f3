/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

/* Loading without memory: whichever of our own allocations fails, the load says -ENOMEM (or did not
 * need it), and nothing is lost or used. libconfig's allocations are let alone: it does not look at
 * what it gets. */

#if defined(__SANITIZE_ADDRESS__)
#define INTERPOSE 0 /* the sanitizer has its own malloc() */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INTERPOSE 0
#endif
#endif
#ifndef INTERPOSE
#define INTERPOSE 1
#endif

#if INTERPOSE

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern char __executable_start, etext;

static volatile bool failing; /* the compiler thinks it knows what malloc() looks at */
static volatile size_t fail_at, allocations;

/* Whether this allocation, asked for by code of this program, is the one to fail. */
static bool fails(const void *caller) {
        const char *place = caller;

        if (!failing || place < &__executable_start || place >= &etext)
                return false;
        return ++allocations == fail_at;
}

void *malloc(size_t size) {
        return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
        return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *reallocarray(void *memory, size_t n, size_t size) {
        size_t bytes;
        if (fails(__builtin_return_address(0)) || __builtin_mul_overflow(n, size, &bytes))
                return NULL;
        return __libc_realloc(memory, bytes);
}

char *strdup(const char *text) {
        size_t size = strlen(text) + 1;
        char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
        return copy ? memcpy(copy, text, size) : NULL;
}

char *strndup(const char *text, size_t n) {
        size_t size = strnlen(text, n);
        char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size + 1);
        if (!copy)
                return NULL;
        copy[size] = '\0';
        return memcpy(copy, text, size);
}

/* Not under valgrind, whose malloc() comes before ours. */
static void skip_unless_failing(void) {
        void *(*volatile allocate)(size_t) = malloc; /* or the compiler would do without it */

        fail_at = 1;
        allocations = 0;
        failing = true;
        void *memory = allocate(1);
        failing = false;
        free(memory);
        if (memory)
                skip();
}

/* Loads with the allocation `at` failing. */
static int load_failing(const char *path, const ConfigEnvironment *environment, size_t at,
                        Config **ret) {
        Problems problems = { 0 };

        fail_at = at;
        allocations = 0;
        failing = true;
        int r = config_load(path, environment, &problems, ret);
        failing = false;
        problems_done(&problems);
        return r;
}

static void check_path(const char *path, const ConfigEnvironment *environment, int expected) {
        Config *config = NULL;
        size_t at = 0, failed = 0;

        do {
                int r = load_failing(path, environment, ++at, &config);
                if (allocations >= at) {
                        if (r != -ENOMEM && r != expected)
                                fail_msg("%s: allocation %zu fails: the load says %d", path, at, r);
                        failed += r == -ENOMEM;
                        assert_true((config != NULL) == (r == 0));
                } else
                        assert_int_equal(r, expected);
                config = config_free(config);
        } while (allocations >= at && at < 5000);
        assert_true(failed > 0);
}

static void test_load(void **state) {
        (void)state;

        skip_unless_failing();
        check_path(DATA "/good.conf", &no_environment, 0);
        check_path(DATA "/two-files.conf", &no_environment, -EINVAL);
        check_path(DATA "/accounts.conf", &no_environment, -EINVAL);
        check_path(DATA "/limit-order.conf", &no_environment, -EINVAL);
        check_path(DATA "/duplicate-key.conf", &no_environment, -EINVAL);
        check_path(DATA "/group.conf", &no_environment, -EINVAL);
        check_path(DATA "/warn-quota.conf", &no_environment, 0);
        check_path(DATA "/alertmanagers.conf", &no_environment, -EINVAL);
        check_path(DATA "/web.conf", &no_environment, -EINVAL);
}

static void test_secrets(void **state) {
        char credentials[128];
        (void)state;

        skip_unless_failing();
        folder_make(&folder);
        snprintf(credentials, sizeof(credentials), "%s", folder.path);
        const ConfigEnvironment environment = { credentials, NULL };
        folder_write(
                &folder, "main.conf",
                "symantec = { username = \"joe\"; };\ndomains = ( \"example.com\" );\n"
                "web = { listen = \"localhost:9797\"; };\n"
                "output = { alertmanager = { url = \"https://a.b\"; username = \"joe\"; }; };\n",
                0644);
        folder_write(&folder, "web.cert", "-----BEGIN CERTIFICATE-----\n", 0600);
        folder_write(&folder, "web.key", "-----BEGIN PRIVATE KEY-----\n", 0600);
        folder_write(&folder, "web.password", "secret", 0600);
        folder_write(&folder, "alertmanager.password", "secret", 0600);
        folder_write(&folder, "symantec.password", "secret", 0600);
        folder_write(&folder, "immuniweb.key", "key", 0600);
        check_path(folder_at(&folder, "main.conf"), &environment, 0);
        folder_remove(&folder);
}

static void test_print(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        (void)state;

        skip_unless_failing();
        assert_int_equal(config_load(DATA "/good.conf", &no_environment, &problems, &config), 0);
        FILE *f = fopen("/dev/null", "w");
        for (size_t at = 1; at < 500; at++) {
                fail_at = at;
                allocations = 0;
                failing = true;
                int r = config_print(config, f);
                int q = config_print_keys(f);
                failing = false;
                if (allocations < at) {
                        assert_int_equal(r, 0);
                        assert_int_equal(q, 0);
                        break;
                }
                assert_true(r == -ENOMEM || q == -ENOMEM);
        }
        fclose(f);
        config_free(config);
        problems_done(&problems);
}

#else

static void test_load(void **state) {
        (void)state;
        skip();
}

#define test_secrets test_load
#define test_print   test_load

#endif

/* With all the memory there is. */
static void test_plain(void **state) {
        (void)state;
        config_free(must_load("domains = ( \"example.com\" );\n"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_load),
                cmocka_unit_test(test_secrets),
                cmocka_unit_test(test_print),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
