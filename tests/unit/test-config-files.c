/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

/* tests/data/config/NAME.conf with NAME.expect: every line that --check-config says about it,
 * without the folder. An empty one: it loads and nothing is said. */

static char *read_all(const char *path) {
        FILE *f = fopen(path, "r");
        if (!f)
                fail_msg("%s: %s", path, strerror(errno));
        StrBuf b = { 0 };
        char piece[4096];
        for (size_t n; (n = fread(piece, 1, sizeof(piece), f)) > 0;)
                strbuf_add(&b, piece, n);
        fclose(f);
        strbuf_adds(&b, "");
        return strbuf_take(&b);
}

static int is_conf(const struct dirent *entry) {
        const char *dot = strrchr(entry->d_name, '.');
        return dot && strcmp(dot, ".conf") == 0;
}

static void check_case(const char *name) {
        Problems problems = { 0 };
        Config *config = NULL;
        char path[512], expect[512];

        snprintf(path, sizeof(path), DATA "/%s", name);
        snprintf(expect, sizeof(expect), "%.*s.expect", (int)(strlen(path) - strlen(".conf")),
                 path);
        char *expected = read_all(expect);

        int r = config_load(path, &no_environment, &problems, &config);
        char *said = problems_text(&problems, DATA);
        if (strcmp(said, expected) != 0)
                fail_msg("%s: said is\n%sbut expected was\n%s", name, said, expected);
        assert_int_equal(r, problems.errors > 0 ? -EINVAL : 0);
        assert_true((config != NULL) == (r == 0));

        config_free(config);
        problems_done(&problems);
        free(said);
        free(expected);
}

static void test_cases(void **state) {
        struct dirent **entries;
        (void)state;

        int n = scandir(DATA, &entries, is_conf, alphasort);
        assert_true(n > 50);
        for (int i = 0; i < n; i++) {
                check_case(entries[i]->d_name);
                free(entries[i]);
        }
        free(entries);
}

/* The same again beside the first, into the same list of problems: nothing is kept anywhere. */
static void test_twice(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        (void)state;

        assert_int_equal(config_load(DATA "/no-source.conf", &no_environment, &problems, &config),
                         -EINVAL);
        assert_int_equal(config_load(DATA "/good.conf", &no_environment, &problems, &config), 0);
        assert_int_equal(problems.errors, 1);
        config_free(config);
        problems_done(&problems);
}

static void test_missing(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        (void)state;

        assert_int_equal(config_load(DATA "/nowhere.conf", &no_environment, &problems, &config),
                         -EINVAL);
        assert_int_equal(config_load("nowhere.conf", &no_environment, &problems, &config), -EINVAL);
        assert_int_equal(config_load("tests", &no_environment, &problems, &config), -EINVAL);
        assert_int_equal(config_load("/", &no_environment, &problems, &config), -EINVAL);
        char *said = problems_text(&problems, DATA);
        assert_non_null(strstr(said, "nowhere.conf: cannot be read: No such file or directory\n"));
        assert_non_null(strstr(said, "tests: is not a regular file\n"));
        assert_null(config);
        free(said);
        problems_done(&problems);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cases),
                cmocka_unit_test(test_twice),
                cmocka_unit_test(test_missing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
