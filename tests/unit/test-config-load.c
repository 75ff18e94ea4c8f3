/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "config/secret-file.h"

#include <math.h>

/* What a configuration takes from files around it: include_dir, secrets, credentials, certificates.
 */

static Folder folder;

static int make_folder(void **state) {
        (void)state;
        folder_make(&folder);
        return 0;
}

static int remove_folder(void **state) {
        (void)state;
        folder_remove(&folder);
        return 0;
}

/* Loads main.conf of the folder; *ret_said is what is said, without the folder. */
static Config *load_main(const ConfigEnvironment *environment, char **ret_said) {
        Problems problems = { 0 };
        Config *config = NULL;

        int r = config_load(folder_at(&folder, "main.conf"), environment, &problems, &config);
        assert_int_equal(r, problems.errors > 0 ? -EINVAL : 0);
        *ret_said = problems_text(&problems, folder.path);
        problems_done(&problems);
        return config;
}

/* Loads main.conf, which is to say exactly this. */
static Config *load_saying(const ConfigEnvironment *environment, const char *expected) {
        char *said;
        Config *config = load_main(environment, &said);
        assert_string_equal(said, expected);
        free(said);
        return config;
}

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

static const struct {
        const char *text;
        mode_t mode;
        const char *secret, *said; /* one of the two is NULL */
} secrets[] = {
        { "secret", 0600, "secret", NULL },
        { "secret\n", 0400, "secret", NULL },
        { "secret\r\n", 0600, "secret", NULL },
        { "with blank and \xc3\xa9", 0600, "with blank and \xc3\xa9", NULL },
        { "secret\n\n", 0600, NULL,
          "holds a control character; one line with the secret is wanted" },
        { "two\nlines\n", 0600, NULL,
          "holds a control character; one line with the secret is wanted" },
        { "tab\t", 0600, NULL, "holds a control character; one line with the secret is wanted" },
        { "", 0600, NULL, "is empty" },
        { "\n", 0600, NULL, "is empty" },
        { "\r\n", 0600, NULL, "is empty" },
        { "secret", 0644, NULL, "can be read or written by others (mode 0644); chmod 600 it" },
        { "secret", 0640, NULL, "can be read or written by others (mode 0640); chmod 600 it" },
        { "secret", 0620, NULL, "can be read or written by others (mode 0620); chmod 600 it" },
        { "secret", 0604, NULL, "can be read or written by others (mode 0604); chmod 600 it" },
};

static void test_secrets(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(secrets); i++) {
                _cleanup_strbuf_ StrBuf problem = { 0 };
                Secret *secret = NULL;
                char expected[512];
                const char *path = folder_at(&folder, "secret");

                folder_write(&folder, "secret", secrets[i].text, secrets[i].mode);
                int r = secret_file_read(path, NULL, &problem, &secret);
                CHECK_INT(i, r, secrets[i].secret ? 0 : -EINVAL);
                CHECK(i, !secret == !secrets[i].secret);
                snprintf(expected, sizeof(expected), "%s %s", path, secrets[i].said);
                CHECK_STR(i, strbuf_text(&problem), secrets[i].said ? expected : "");
                if (secret) {
                        CHECK_STR(i, secret->text, secrets[i].secret);
                        CHECK_INT(i, secret->size, strlen(secrets[i].secret));
                }
                secret_free(secret);
        }
}

static void test_secret_files(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        Secret *secret = NULL;
        char large[4200];
        const char *path = folder_at(&folder, "secret");
        (void)state;

        /* 4 KiB fit, one byte more does not. */
        memset(large, 'x', sizeof(large));
        large[4096] = '\0';
        folder_write(&folder, "secret", large, 0600);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), 0);
        assert_int_equal(secret->size, 4096);
        secret = secret_free(secret);
        large[4096] = 'x';
        large[4097] = '\0';
        folder_write(&folder, "secret", large, 0600);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "is larger than 4 KiB"));

        /* A symbolic link to a regular file, a FIFO, a folder, nothing. */
        folder_write(&folder, "target", "secret", 0600);
        unlink(path);
        assert_int_equal(symlink("target", path), 0);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), 0);
        secret = secret_free(secret);
        unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        strbuf_reset(&problem);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "is not a regular file"));
        assert_int_equal(secret_file_read(folder.path, NULL, &problem, &secret), -EINVAL);
        unlink(path);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -ENOENT);
        assert_int_equal(
                secret_file_read(folder_at(&folder, "target/below"), NULL, &problem, &secret),
                -EINVAL);

        /* Under the credentials' folder owner and mode are systemd's; a way out of it is none of
         * it. */
        folder_write(&folder, "target", "secret", 0444);
        assert_int_equal(
                secret_file_read(folder_at(&folder, "target"), folder.path, &problem, &secret), 0);
        secret = secret_free(secret);
        char slashes[128];
        snprintf(slashes, sizeof(slashes), "%s//", folder.path);
        assert_int_equal(secret_file_read(folder_at(&folder, "target"), slashes, &problem, &secret),
                         0);
        secret = secret_free(secret);
        mkdir(folder_at(&folder, "below"), 0755);
        assert_int_equal(secret_file_read(folder_at(&folder, "below/../target"),
                                          folder_at(&folder, "below"), &problem, &secret),
                         -EINVAL);
        assert_int_equal(secret_file_read(folder_at(&folder, "target"), "/", &problem, &secret),
                         -EINVAL);
        assert_null(secret);
}

/* Somebody else's secret is not ours to use. Only root can make such a file. */
static void test_secret_owner(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        Secret *secret = NULL;
        (void)state;

        folder_write(&folder, "secret", "secret", 0600);
        if (chown(folder_at(&folder, "secret"), 12345, (gid_t)-1) < 0)
                skip();
        assert_int_equal(secret_file_read(folder_at(&folder, "secret"), NULL, &problem, &secret),
                         -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "belongs to user 12345"));
}

static void test_credentials(void **state) {
        char directory[128];
        (void)state;

        mkdir(folder_at(&folder, "cred"), 0755);
        snprintf(directory, sizeof(directory), "%s", folder_at(&folder, "cred"));
        const ConfigEnvironment environment = { .credentials_directory = directory };
        folder_write(&folder, "main.conf",
                     "symantec = ( { name = \"one\"; username = \"joe\"; },\n"
                     "{ name = \"two\"; username = \"jim\"; } );\n" D,
                     0644);

        assert_null(load_saying(&environment, "main.conf:1: the symantec account \"one\" has no "
                                              "password: there is no password_file, and "
                                              "no credential symantec.one.password or "
                                              "symantec.password (LoadCredential= of the unit)\n"
                                              "main.conf:2: the symantec account \"two\" has no "
                                              "password: there is no password_file, and "
                                              "no credential symantec.two.password or "
                                              "symantec.password (LoadCredential= of the unit)\n"));

        /* An account's own credential comes before the common one. */
        folder_write(&folder, "cred/symantec.password", "common\n", 0440);
        folder_write(&folder, "cred/symantec.two.password", "own\n", 0440);
        Config *config = load_saying(&environment, "");
        assert_int_equal(config->n_symantec, 2);
        assert_string_equal(config->symantec[0].settings.password->text, "common");
        assert_string_equal(config->symantec[1].settings.password->text, "own");
        assert_null(config->immuniweb.api_key);
        config_free(config);

        folder_write(&folder, "cred/immuniweb.key", "key", 0440);
        config = load_saying(&environment, "");
        assert_string_equal(config->immuniweb.api_key->text, "key");
        config_free(config);

        /* A broken credential is told, and no other is taken instead. */
        folder_write(&folder, "cred/symantec.two.password", "", 0440);
        folder_write(&folder, "cred/immuniweb.key", "a\nb", 0440);
        assert_null(load_saying(&environment,
                                "main.conf: credential cred/immuniweb.key holds a control "
                                "character; one line with the "
                                "secret is wanted\n"
                                "main.conf:2: credential cred/symantec.two.password is empty\n"));

        /* password_file and api_key_file come before credentials; here of the same folder, by an
         * absolute path. */
        char text[512];
        snprintf(text, sizeof(text),
                 "symantec = { username = \"joe\"; password_file = \"%s/symantec.password\"; };\n"
                 "immuniweb = { api_key_file = \"key\"; };\n" D,
                 directory);
        folder_write(&folder, "main.conf", text, 0644);
        folder_write(&folder, "key", "named", 0600);
        config = load_saying(&environment, "");
        assert_string_equal(config->symantec[0].settings.password->text, "common");
        assert_string_equal(config->immuniweb.api_key->text, "named");
        config_free(config);

        /* What is off needs no secret. */
        folder_write(&folder, "main.conf",
                     "symantec = { username = \"\"; password_file = \"nowhere\"; };\n" D, 0644);
        config = load_saying(&no_environment, "");
        assert_int_equal(config->n_symantec, 0);
        config_free(config);
}

/* No secret is in anything that is said, whatever is wrong with it. */
static void test_secret_never_told(void **state) {
        char *said;
        (void)state;

        folder_write(&folder, "main.conf",
                     "symantec = { username = \"joe\"; password_file = \"pw\"; };\n" D, 0644);
        folder_write(&folder, "pw", "hunter2\nhunter2", 0600);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
        folder_write(&folder, "pw", "hunter2", 0644);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
        folder_write(&folder, "main.conf", "symantec = { password \"hunter2\"; }", 0644);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
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
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
                IN_FOLDER(test_include_order),   IN_FOLDER(test_include_dir),
                IN_FOLDER(test_relative),        IN_FOLDER(test_secrets),
                IN_FOLDER(test_secret_files),    IN_FOLDER(test_secret_owner),
                IN_FOLDER(test_credentials),     IN_FOLDER(test_secret_never_told),
                IN_FOLDER(test_settings),        IN_FOLDER(test_accounts),
                IN_FOLDER(test_state_dir),       IN_FOLDER(test_too_large),
                cmocka_unit_test(test_problems),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
