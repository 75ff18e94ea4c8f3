/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "config/url.h"

/* The keys of Alertmanagers: servers on this machine and elsewhere, several of them, passwords. */

#define D "domains = ( \"example.com\" );\n"

static const struct {
        const char *url;
        bool plain, loopback;
} servers[] = {
        { "http://127.0.0.1:9093", true, true },
        { "https://127.0.0.1", false, true },
        { "HTTP://LocalHost:1/x", true, true },
        { "http://[::1]:9093/x", true, true },
        { "http://[0::1]", true, true },
        { "http://127.255.0.1", true, true },
        { "http://128.0.0.1", true, false },
        { "http://[::ffff:127.0.0.1]", true, false },
        { "http://[::2]", true, false },
        { "http://localhost.example.com", true, false },
        { "http://127.0.0.1.example.com", true, false },
        { "http://127.1", true, false }, /* whatever the resolver makes of it */
        { "https://example.com", false, false },
        { "socks5h://[::1]:1080", false, true },
        { "http://localhostlocalhostlocalhostlocalhostlocalhostlocalhostlocalhostlocalhost", true,
          false },
        { "example.com", false, false },
};

static const struct {
        const char *a, *b;
        bool same;
} pairs[] = {
        { "http://a", "http://a", true },      { "http://a.B:1/c", "HTTP://A.b:1/c", true },
        { "http://a/c", "http://a/C", false }, { "http://a", "https://a", false },
        { "http://a", "http://a:80", false },  { "http://a", "http://a/b", false },
        { "http://a", "http://ab", false },    { "a", "a", false },
};

static void test_servers(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(servers); i++) {
                CHECK_INT(i, url_is_plain(servers[i].url), servers[i].plain);
                CHECK_INT(i, url_is_loopback(servers[i].url), servers[i].loopback);
        }
        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                CHECK_INT(i, url_equal(pairs[i].a, pairs[i].b), pairs[i].same);
                CHECK_INT(i, url_equal(pairs[i].b, pairs[i].a), pairs[i].same);
        }
}

#define CLEAR                                                                                      \
        "alerts go over the network in the clear: names of domains, measured values, owners and "  \
        "runbooks can be read and changed on the way; https would prevent that\n"
#define PASSWORD                                                                                   \
        "the password would go over the network in the clear: give the url of an https server, "   \
        "or no username\n"
#define LOGIN " username = \"ops\"; password_file = \"pw\";"

/* In a folder with the file pw: what is said of output.alertmanager. */
static const struct {
        const char *value, *said;
} rows[] = {
        { "{ }", "" },
        { "( )", "" },
        { "{ url = \"\"; username = \"x\"; password_file = \"nowhere\"; }", "" },
        { "{ url = \"http://127.0.0.1:9093\"; }", "" },
        { "{ url = \"http://localhost:9093/prefix/\";" LOGIN " }", "" },
        { "{ url = \"http://[::1]:9093\";" LOGIN " }", "" },
        { "{ url = \"https://am.example.com\";" LOGIN " }", "" },
        { "{ url = \"https://am.example.com\"; timeout = \"1s\"; resend = \"10s\"; }", "" },
        { "{ url = \"https://am.example.com\"; timeout = \"1min\"; resend = \"1min\"; }", "" },
        /* over the network */
        { "{ url = \"http://am.example.com\"; }", "main.conf:1: warning: " CLEAR },
        { "({ url = \"http://127.0.0.1\"; },\n{ url = \"http://10.0.0.1\"; })",
          "main.conf:2: warning: " CLEAR },
        { "{\nurl = \"http://am.example.com\";" LOGIN " }",
          "main.conf:2: " PASSWORD "main.conf:2: warning: " CLEAR },
        { "{ url = \"http://127.0.0.1.example.com\";" LOGIN " }",
          "main.conf:1: " PASSWORD "main.conf:1: warning: " CLEAR },
        { "{ url = \"http://127.0.0.1\"; proxy = \"http://proxy.example.com:3128\";" LOGIN " }",
          "main.conf:1: " PASSWORD },
        { "{ url = \"http://127.0.0.1\"; proxy = \"http://[::1]:3128\";" LOGIN " }", "" },
        { "{ url = \"https://am.example\"; proxy = \"http://proxy.example.com:3128\";" LOGIN " }",
          "" },
        /* passwords */
        { "{ url = \"https://am.example.com\";\nusername = \"ops\"; }",
          "main.conf:2: there is a username, but no password: there is no password_file, and no "
          "credential alertmanager.password (LoadCredential= of the unit)\n" },
        { "{ url = \"https://am.example.com\";\npassword_file = \"pw\"; }",
          "main.conf:2: there is a password_file, but no username\n" },
        { "{ url = \"https://am.example.com\"; username = \"o:ps\"; password_file = \"pw\"; }",
          "main.conf:1: username holds a colon\n" },
        { "{ url = \"https://am.example.com\"; username = \"ops\"; password_file = \"none\"; }",
          "main.conf:1: password_file none cannot be read: No such file or directory\n" },
        { "{ url = \"https://ops:hunter2@am.example.com\"; }",
          "main.conf:1: url must be an http or https URL, not this one (holds a login; put no "
          "credentials in a URL)\n" },
        /* twice */
        { "(\n{ url = \"https://am.example.com\"; },\n{ url = \"HTTPS://AM.example.com/\"; })",
          "main.conf:3: a second Alertmanager has this url, the first is at main.conf:2\n" },
        { "({ url = \"https://am.example.com/a\"; }, { url = \"https://am.example.com/A\"; }, { }, "
          "{ })",
          "" },
        /* times */
        { "{ url = \"https://am.example.com\"; resend = \"9s\"; }",
          "main.conf:1: resend must be a duration from 10s to 1h, not \"9s\"\n" },
        { "{ url = \"https://am.example.com\"; resend = \"never\"; }",
          "main.conf:1: resend must be a duration from 10s to 1h, not \"never\"\n" },
        { "{ url = \"https://am.example.com\"; timeout = \"500ms\"; }",
          "main.conf:1: timeout must be a duration from 1s to 10min, not \"500ms\"\n" },
        { "{ url = \"https://am.example.com\";\ntimeout = \"61s\"; }",
          "main.conf:2: warning: the timeout (1min 1s) is longer than resend (1min): a request "
          "that "
          "hangs holds up the next\n" },
        { "{ url = \"https://am.example.com\";\n\nresend = \"9.5s\"; }",
          "main.conf:3: resend must be a duration from 10s to 1h, not \"9.5s\"\n" },
        /* shapes */
        { "\"http://127.0.0.1:9093\"",
          "main.conf:1: alertmanager must be a group or a list of groups, not "
          "\"http://127.0.0.1:9093\"\n" },
        { "( { }, 5 )", "main.conf:1: alertmanager must be a group or a list of groups, not 5\n" },
        { "{ uri = \"\"; }", "main.conf:1: unknown key 'uri', did you mean 'url'?\n" },
        { "{ severity_label = 1; }", "main.conf:1: severity_label must be true or false, not 1\n" },
};

static void test_rows(void **state) {
        (void)state;

        folder_write(&folder, "pw", "hunter2", 0600);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[1024], *said;
                snprintf(text, sizeof(text), "output = { alertmanager = %s; };\n" D, rows[i].value);
                folder_write(&folder, "main.conf", text, 0644);
                config_free(load_main(&no_environment, &said));
                CHECK_STR(i, said, rows[i].said);
                free(said);
        }
}

static void test_settings(void **state) {
        char credentials[128];
        (void)state;

        snprintf(credentials, sizeof(credentials), "%s", folder.path);
        const ConfigEnvironment environment = { .credentials_directory = credentials };
        folder_write(&folder, "alertmanager.password", "common\n", 0600);
        folder_write(&folder, "pw", "own", 0600);
        folder_write(&folder, "ca.pem", "x", 0644);
        folder_write(
                &folder, "main.conf",
                "output = { alertmanager = (\n"
                "{ url = \"https://a.example/base//\"; username = \"ops\"; ca_file = \"ca.pem\"; "
                "},\n"
                "{ url = \"\"; username = \"nobody\"; },\n"
                "{ url = \"https://b.example\"; username = \"it\"; password_file = \"pw\";\n"
                "  proxy = \"http://proxy.example:3128\"; timeout = \"3s\"; resend = \"5min\"; "
                "severity_label = true; },\n"
                "{ url = \"http://127.0.0.1:9093\"; } ); };\n" D,
                0644);
        Config *config = load_saying(&environment, "");
        assert_int_equal(config->n_alertmanagers, 3);
        const AlertmanagerSettings *a = &config->alertmanagers[0];
        assert_string_equal(a[0].endpoint.url, "https://a.example/base");
        assert_string_equal(a[0].endpoint.ca_file, folder_at(&folder, "ca.pem"));
        assert_null(a[0].endpoint.proxy);
        assert_int_equal(a[0].endpoint.timeout, 10 * USEC_PER_SEC);
        assert_int_equal(a[0].resend, USEC_PER_MIN);
        assert_false(a[0].severity_label);
        assert_string_equal(a[0].username, "ops");
        assert_string_equal(a[0].password->text, "common");
        assert_string_equal(a[1].username, "it");
        assert_string_equal(a[1].password->text, "own");
        assert_string_equal(a[1].endpoint.proxy, "http://proxy.example:3128");
        assert_int_equal(a[1].endpoint.timeout, 3 * USEC_PER_SEC);
        assert_int_equal(a[1].resend, 5 * USEC_PER_MIN);
        assert_true(a[1].severity_label);
        assert_null(a[2].username);
        assert_null(a[2].password); /* a credential alone is no reason to send it */
        config_free(config);
}

/* One server may be told of in several files, a list stands for all of them. */
static void test_files(void **state) {
        (void)state;

        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(&folder, "main.conf",
                     "output = { alertmanager = { url = \"http://127.0.0.1:9093\"; }; };\n" D,
                     0644);
        folder_write(&folder, "conf.d/a.conf",
                     "output = { alertmanager = { resend = \"2min\"; }; };\n", 0644);
        Config *config = load_saying(&no_environment, "");
        assert_int_equal(config->n_alertmanagers, 1);
        assert_int_equal(config->alertmanagers[0].resend, 2 * USEC_PER_MIN);
        config_free(config);

        folder_write(&folder, "conf.d/a.conf",
                     "output = {\nalertmanager = ( { url = \"http://[::1]:9093\"; } ); };\n", 0644);
        assert_null(load_saying(&no_environment, "conf.d/a.conf:2: alertmanager is set again, "
                                                 "first set at main.conf:1\n"));
        folder_write(&folder, "conf.d/a.conf",
                     "output = { alertmanager = { url = \"http://[::1]:9093\"; }; };\n", 0644);
        assert_null(load_saying(&no_environment,
                                "conf.d/a.conf:1: url is set again, first set at main.conf:1\n"));
}

static void test_many(void **state) {
        (void)state;

        for (unsigned n = 16; n <= 17; n++) {
                StrBuf b = { 0 };
                strbuf_adds(&b, "output = { alertmanager = ( ");
                for (unsigned i = 0; i < n; i++)
                        strbuf_addf(&b, "%s{ url = \"https://a%u.example\"; }", i ? ", " : "", i);
                strbuf_adds(&b, " ); };\n" D);
                char *said = complaints(strbuf_text(&b));
                assert_string_equal(said, n > 16 ? "test.conf:1: alertmanager has 17 servers, 16 "
                                                   "are possible\n"
                                                 : "");
                free(said);
                strbuf_done(&b);
        }
}

static void test_default(void **state) {
        Config *config = must_load(D);
        (void)state;

        assert_int_equal(config->n_alertmanagers, 0);
        config_free(config);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_servers), cmocka_unit_test(test_default),
                cmocka_unit_test(test_many),    IN_FOLDER(test_rows),
                IN_FOLDER(test_settings),       IN_FOLDER(test_files),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
