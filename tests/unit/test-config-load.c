/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

/* What a configuration takes from files around it, and what it comes to. */

#define D "domains = ( \"example.com\" );\n"

static void test_include_order(void **state) {
        (void)state;

        folder_write(&folder, "main.conf",
                     "include_dir = \"more\";\ndomains = ( \"main.example\" );\n", 0644);
        mkdir(folder_at(&folder, "more"), 0755);
        folder_write(&folder, "more/b.conf", "domains = ( \"b.example\" );", 0644);
        folder_write(&folder, "more/a.conf",
                     "domains = ( \"a1.example\", \"a2.example\" ); # without a newline", 0644);
        folder_write(&folder, "more/B.conf", "domains = ( \"upper.example\" );\n", 0644);
        folder_write(&folder, "more/.a.conf", "nonsense", 0644);
        folder_write(&folder, "more/.conf", "nonsense", 0644);
        folder_write(&folder, "more/c.conf~", "nonsense", 0644);
        folder_write(&folder, "more/empty.conf", "", 0644);
        assert_int_equal(symlink("b.conf.target", folder_at(&folder, "more/z.conf")), 0);
        folder_write(&folder, "more/b.conf.target", "domains = ( \"z.example\" );\n", 0644);

        static const char *const names[] = { "main.example", "upper.example", "a1.example",
                                             "a2.example",   "b.example",     "z.example" };
        Config *config = load_saying(&no_environment, "");
        assert_int_equal(config->n_domains, ELEMENTSOF(names));
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                CHECK_STR(i, config->domains[i].name, names[i]);
        assert_int_equal(config->n_files, 7);
        assert_string_equal(config->files[config->domains[4].origin.file],
                            folder_at(&folder, "more/b.conf"));
        config_free(config);
}

static void test_include_dir(void **state) {
        (void)state;

        /* The default need not be there, written or not; another has to be. */
        folder_write(&folder, "main.conf", D, 0644);
        config_free(load_saying(&no_environment, ""));
        folder_write(&folder, "main.conf", "include_dir = \"conf.d\";\n" D, 0644);
        config_free(load_saying(&no_environment, ""));
        folder_write(&folder, "main.conf", "include_dir = \"nowhere\";\n" D, 0644);
        assert_null(load_saying(
                &no_environment,
                "main.conf:1: include_dir nowhere cannot be read: No such file or directory\n"));
        folder_write(&folder, "main.conf", "include_dir = \"main.conf\";\n" D, 0644);
        assert_null(load_saying(
                &no_environment,
                "main.conf:1: include_dir main.conf cannot be read: Not a directory\n"));
        folder_write(&folder, "main.conf", "include_dir = \"\";\n" D, 0644);
        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(&folder, "conf.d/x.conf", "nonsense", 0644);
        config_free(load_saying(&no_environment, ""));

        folder_write(&folder, "main.conf", D, 0644);
        char *said;
        assert_null(load_main(&no_environment, &said));
        assert_non_null(
                strstr(said, "conf.d/x.conf:1: unknown key 'nonsense'; known here are symantec,"));
        assert_non_null(
                strstr(said, "conf.d/x.conf:1: the file ends in the middle of a setting\n"));
        free(said);
        unlink(folder_at(&folder, "conf.d/x.conf"));
        assert_int_equal(mkfifo(folder_at(&folder, "conf.d/x.conf"), 0600), 0);
        assert_null(load_saying(&no_environment, "conf.d/x.conf: is not a regular file\n"));
        unlink(folder_at(&folder, "conf.d/x.conf"));
        assert_int_equal(symlink("nowhere", folder_at(&folder, "conf.d/x.conf")), 0);
        assert_null(load_saying(&no_environment,
                                "conf.d/x.conf: cannot be read: No such file or directory\n"));

        /* An absolute one. */
        char text[256];
        unlink(folder_at(&folder, "conf.d/x.conf"));
        folder_write(&folder, "conf.d/y.conf", "domains = ( \"y.example\" );\n", 0644);
        snprintf(text, sizeof(text), "include_dir = \"%s\";\n" D, folder_at(&folder, "conf.d"));
        folder_write(&folder, "main.conf", text, 0644);
        Config *config = load_saying(&no_environment, "");
        assert_int_equal(config->n_domains, 2);
        config_free(config);
        folder_remove_path(folder_at(&folder, "conf.d"));
}

/* A path without a slash, seen from the folder itself: relative files are found, and made absolute.
 */
static void test_relative(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        char before[4096];
        (void)state;

        assert_non_null(getcwd(before, sizeof(before)));
        folder_write(&folder, "main.conf",
                     "symantec = { username = \"joe\"; password_file = \"pw\"; };\n"
                     "state_dir = \"state\";\n" D,
                     0644);
        folder_write(&folder, "pw", "secret\n", 0600);
        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(&folder, "conf.d/y.conf", "domains = ( \"y.example\" );\n", 0644);
        assert_int_equal(chdir(folder.path), 0);
        assert_int_equal(config_load("main.conf", &no_environment, &problems, &config), 0);
        assert_int_equal(chdir(before), 0);
        assert_int_equal(config->n_domains, 2);
        assert_string_equal(config->files[2], "conf.d/y.conf");
        assert_true(config->state_dir[0] == '/');
        assert_string_equal(strrchr(config->state_dir, '/'), "/state");
        config_free(config);
        problems_done(&problems);
        folder_remove_path(folder_at(&folder, "conf.d"));
}

static void test_settings(void **state) {
        Config *config;
        (void)state;

        folder_write(&folder, "ca.pem", "x", 0644);
        folder_write(&folder, "pw", "secret", 0600);
        folder_write(
                &folder, "main.conf",
                "symantec = { name = \"main\"; url = \"https://queue.example:8443/x/\"; username = "
                "\"joe\";\n"
                "  password_file = \"pw\"; interval = 60; timeout = 5.5; filter = \"configured\";\n"
                "  ca_file = \"ca.pem\"; proxy = \"http://proxy.example:3128\"; };\n"
                "immuniweb = { enabled = false; interval = \"2d\"; };\n"
                "output = { journal = \"both\"; syslog_facility = \"mail\"; identifier = \"x\"; "
                "heartbeat = \"1h\"; };\n"
                "domains = ( \"example.com\", { name = \"example.org\"; account = \"main\"; } );\n",
                0644);
        config = load_saying(&no_environment, "");
        const SymantecSettings *settings = &config->symantec[0].settings;
        assert_string_equal(settings->name, "main");
        assert_string_equal(settings->endpoint.url, "https://queue.example:8443/x");
        assert_string_equal(settings->endpoint.ca_file, folder_at(&folder, "ca.pem"));
        assert_string_equal(settings->endpoint.proxy, "http://proxy.example:3128");
        assert_int_equal(settings->endpoint.timeout, 5500000);
        assert_string_equal(settings->username, "joe");
        assert_string_equal(settings->password->text, "secret");
        assert_int_equal(settings->interval, USEC_PER_MIN);
        assert_true(settings->filter_configured);
        assert_int_equal(config->symantec[0].origin.line, 1);
        assert_int_equal(config->symantec[0].rules->policy.raise_after, 2);
        assert_int_equal(config->symantec[0].rules->interval, USEC_PER_MIN);
        assert_false(config->immuniweb.enabled);
        assert_null(config->immuniweb_rules);
        assert_int_equal(config->output, OUTPUT_BOTH);
        assert_int_equal(config->syslog_facility, 2);
        assert_string_equal(config->identifier, "x");
        assert_int_equal(config->heartbeat, USEC_PER_HOUR);
        for (size_t i = 0; i < 2; i++) {
                CHECK(i, !config->domains[i].rules[SOURCE_IMMUNIWEB]);
                CHECK(i, config->domains[i].rules[SOURCE_SYMANTEC]->policy.raise_after == 2);
        }
        config_free(config);

        /* All defaults. */
        folder_write(&folder, "main.conf", D, 0644);
        config = load_saying(&no_environment, "");
        const ImmuniwebSettings *immuniweb = &config->immuniweb;
        assert_int_equal(config->n_symantec, 0);
        assert_true(immuniweb->enabled && immuniweb->recheck && !immuniweb->publish);
        assert_string_equal(immuniweb->endpoint.url, "https://www.immuniweb.com/email/api/v1");
        assert_null(immuniweb->endpoint.ca_file);
        assert_null(immuniweb->endpoint.proxy);
        assert_int_equal(immuniweb->endpoint.timeout, 30 * USEC_PER_SEC);
        assert_int_equal(immuniweb->interval, USEC_PER_DAY);
        assert_int_equal(immuniweb->daily_tests, 50);
        assert_int_equal(immuniweb->concurrency, 4);
        assert_int_equal(immuniweb->poll_min, 10 * USEC_PER_SEC);
        assert_int_equal(immuniweb->poll_max, USEC_PER_MIN);
        assert_int_equal(immuniweb->deadline, 30 * USEC_PER_MIN);
        assert_int_equal(config->output, OUTPUT_AUTO);
        assert_int_equal(config->syslog_facility, 3);
        assert_string_equal(config->identifier, "mailsecd");
        assert_int_equal(config->heartbeat, USEC_PER_DAY);
        config_free(config);
}

/* Domains of several accounts: settings, policies and rules of each. */
static void test_accounts(void **state) {
        (void)state;

        folder_write(&folder, "pw", "secret", 0600);
        folder_write(&folder, "main.conf",
                     "symantec = (\n"
                     "  { name = \"off\"; },\n"
                     "  { name = \"one\"; username = \"a\"; password_file = \"pw\"; interval = "
                     "\"1min\"; },\n"
                     "  { name = \"two\"; username = \"b\"; password_file = \"pw\"; interval = "
                     "\"2min\";\n"
                     "    policy = { raise_after = 7; }; }\n"
                     ");\n"
                     "groups = { g = { }; };\n"
                     "domains = ( \"a.b\", { name = \"c.d\"; account = \"two\"; }, { name = "
                     "\"e.f\"; account = \"one\"; },\n"
                     "  { name = \"g.h\"; account = \"two\"; group = \"g\"; }, { name = \"i.j\"; "
                     "group = \"g\"; },\n"
                     "  { name = \"k.l\"; account = \"two\"; sources = [ \"immuniweb\" ]; },\n"
                     "  { name = \"m.n\"; sources = [ \"symantec\", \"immuniweb\" ]; } );\n",
                     0644);
        static const uint16_t accounts[] = { 0, 1, 0, 1, 0, 1, 0 };
        Config *config = load_saying(&no_environment, "");
        assert_int_equal(config->n_symantec, 2);
        assert_int_equal(config->symantec[1].rules->policy.raise_after, 7);
        for (size_t i = 0; i < ELEMENTSOF(accounts); i++) {
                const RuleSet *rules = config->domains[i].rules[SOURCE_SYMANTEC];
                CHECK_INT(i, config->domains[i].account, accounts[i]);
                CHECK(i, config->domains[i].rules[SOURCE_IMMUNIWEB]);
                CHECK_INT(i, !rules, i == 5);
                if (rules) {
                        CHECK_INT(i, rules->policy.raise_after, accounts[i] == 1 ? 7 : 2);
                        CHECK_INT(i, rules->interval, (accounts[i] + 1) * USEC_PER_MIN);
                        size_t age = metric_find(rules->set, "data_age");
                        CHECK(i, rules->limits[age].warning == 180 * (accounts[i] + 1));
                }
        }
        assert_ptr_equal(config->domains[1].rules[SOURCE_SYMANTEC],
                         config->domains[3].rules[SOURCE_SYMANTEC]);
        config_free(config);
}

static const struct {
        const char *written, *given, *result;
} state_dirs[] = {
        { "", NULL, "/var/lib/mailsecd" },
        { "state_dir = \"\";", NULL, "/var/lib/mailsecd" },
        { "", "/srv/state", "/srv/state" },
        { "", "/srv/a:/srv/b", "/srv/a" },
        { "", "", "/var/lib/mailsecd" },
        { "", ":/srv/b", "/var/lib/mailsecd" },
        { "state_dir = \"/srv/own\";", "/srv/state", "/srv/own" },
};

static void test_state_dir(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(state_dirs); i++) {
                const ConfigEnvironment environment = { .state_directory = state_dirs[i].given };
                char text[256];
                snprintf(text, sizeof(text), "%s\n" D, state_dirs[i].written);
                folder_write(&folder, "main.conf", text, 0644);
                Config *config = load_saying(&environment, "");
                CHECK_STR(i, config->state_dir, state_dirs[i].result);
                config_free(config);
        }
}

/* A file of 64 MiB and a byte. Sparse: it takes no room. */
static void test_too_large(void **state) {
        (void)state;

        folder_write(&folder, "main.conf", D, 0644);
        assert_int_equal(truncate(folder_at(&folder, "main.conf"), 64 * 1024 * 1024 + 1), 0);
        assert_null(load_saying(&no_environment, "main.conf: is larger than 64 MiB\n"));
}

static void test_problems(void **state) {
        Problems problems = { 0 };
        (void)state;

        assert_int_equal(problems_add(&problems, "b", 2, 1, SEVERITY_ERROR, "last"), 0);
        assert_int_equal(problems_add(&problems, "a", 1, 9, SEVERITY_WARNING, "third"), 0);
        assert_int_equal(problems_add(&problems, "a", 1, 9, SEVERITY_ERROR, "fourth"), 0);
        assert_int_equal(problems_add(&problems, "a", 1, 0, SEVERITY_ERROR, "first"), 0);
        assert_int_equal(problems_add(&problems, "a", 1, 3, SEVERITY_ERROR, "second"), 0);
        assert_int_equal(problems_add(&problems, "a", 1, 3, SEVERITY_ERROR, "second"), 0);
        assert_int_equal(problems.errors, 5);
        problems_sort(&problems);
        assert_int_equal(problems.errors, 4);
        char *said = problems_text(&problems, "");
        assert_string_equal(said,
                            "a: first\na:3: second\na:9: warning: third\na:9: fourth\nb:1: last\n");
        free(said);
        problems_done(&problems);
        assert_int_equal(problems.n, 0);

        assert_int_equal(problems_add(&problems, "a\n\x1b", 1, 1, SEVERITY_ERROR, "odd name"), 0);
        problems_sort(&problems);
        said = problems_text(&problems, "");
        assert_string_equal(said, "a\\x0a\\x1b:1: odd name\n");
        free(said);
        problems_done(&problems);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                IN_FOLDER(test_include_order), IN_FOLDER(test_include_dir),
                IN_FOLDER(test_relative),      IN_FOLDER(test_settings),
                IN_FOLDER(test_accounts),      IN_FOLDER(test_state_dir),
                IN_FOLDER(test_too_large),     cmocka_unit_test(test_problems),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
