/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"
#include "config/schema.h"
#include "core/metric.h"

#include <ctype.h>

/* --print-config, the table of keys and the sample: what is printed loads again and means the same.
 */

static char *print_of(const Config *config) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        assert_int_equal(config_print(config, f), 0);
        fclose(f);
        return text;
}

/* Cuts the comments off: origins differ, values must not. No value of these tests holds " #". */
static void drop_comments(char *text) {
        char *out = text;

        for (const char *p = text; *p;) {
                size_t size = strcspn(p, "\n");
                char line[8192];
                assert_true(size < sizeof(line));
                memcpy(line, p, size);
                line[size] = '\0';
                char *comment = strstr(line, " # ");
                if (comment)
                        *comment = '\0';
                size_t left = strlen(line);
                memcpy(out, line, left);
                out += left;
                *out++ = '\n';
                p += size + (p[size] == '\n');
        }
        *out = '\0';
}

static bool same_text(const char *a, const char *b) {
        return a == b || (a && b && streq(a, b));
}

static bool same_secret(const Secret *a, const Secret *b) {
        return a == b || (a && b && streq(a->text, b->text));
}

static bool same_endpoint(const Endpoint *a, const Endpoint *b) {
        return same_text(a->url, b->url) && same_text(a->ca_file, b->ca_file) &&
               same_text(a->proxy, b->proxy) && a->timeout == b->timeout;
}

/* All but the origins. */
static bool same_rules(const RuleSet *a, const RuleSet *b) {
        if (!a || !b)
                return a == b;
        return a->set == b->set && memcmp(&a->policy, &b->policy, sizeof(a->policy)) == 0 &&
               a->interval == b->interval && a->n_judged == b->n_judged &&
               memcmp(a->judged, b->judged, sizeof(a->judged)) == 0 &&
               memcmp(a->limits, b->limits, sizeof(a->limits)) == 0;
}

static void check_same(const char *name, const Config *a, const Config *b) {
#define SAME(condition)                                                                            \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        fail_msg("%s: not the same: %s", name, #condition);                        \
        } while (0)
        SAME(a->n_symantec == b->n_symantec);
        for (uint32_t i = 0; i < a->n_symantec; i++) {
                const SymantecSettings *x = &a->symantec[i].settings, *y = &b->symantec[i].settings;
                SAME(streq(x->name, y->name) && same_endpoint(&x->endpoint, &y->endpoint));
                SAME(streq(x->username, y->username) && same_secret(x->password, y->password));
                SAME(x->interval == y->interval && x->filter_configured == y->filter_configured);
                SAME(same_rules(a->symantec[i].rules, b->symantec[i].rules));
        }
        const ImmuniwebSettings *x = &a->immuniweb, *y = &b->immuniweb;
        SAME(x->enabled == y->enabled && same_endpoint(&x->endpoint, &y->endpoint));
        SAME(same_secret(x->api_key, y->api_key) && x->interval == y->interval);
        SAME(x->recheck == y->recheck && x->publish == y->publish &&
             x->daily_tests == y->daily_tests);
        SAME(x->concurrency == y->concurrency && x->poll_min == y->poll_min &&
             x->poll_max == y->poll_max);
        SAME(x->deadline == y->deadline && same_rules(a->immuniweb_rules, b->immuniweb_rules));
        SAME(a->n_domains == b->n_domains);
        for (uint32_t i = 0; i < a->n_domains; i++) {
                const Domain *d = &a->domains[i], *e = &b->domains[i];
                SAME(streq(d->name, e->name) && same_text(d->owner, e->owner) &&
                     same_text(d->runbook, e->runbook));
                SAME(same_text(d->group, e->group) && d->account == e->account);
                for (size_t j = 0; j < SOURCE_VENDORS; j++)
                        SAME(same_rules(d->rules[j], e->rules[j]));
        }
        SAME(a->output == b->output && a->syslog_facility == b->syslog_facility);
        SAME(streq(a->identifier, b->identifier) && a->heartbeat == b->heartbeat);
        SAME(streq(a->state_dir, b->state_dir));
        SAME(same_rules(a->self_rules, b->self_rules));
        SAME(a->history_full == b->history_full && a->history_hourly == b->history_hourly);
        SAME(same_text(a->control_group, b->control_group) && a->n_quiet == b->n_quiet);
        for (uint32_t i = 0; i < a->n_quiet; i++) {
                const QuietWindow *v = &a->quiet[i], *w = &b->quiet[i];
                SAME(streq(v->name, w->name) && streq(v->match, w->match));
                SAME(same_text(v->timezone, w->timezone) && v->days == w->days);
                SAME(v->from == w->from && v->to == w->to);
        }
        SAME(x->evidence == y->evidence && x->evidence_max == y->evidence_max);
        SAME(a->n_alertmanagers == b->n_alertmanagers);
        for (uint32_t i = 0; i < a->n_alertmanagers; i++) {
                const AlertmanagerSettings *v = &a->alertmanagers[i], *w = &b->alertmanagers[i];
                SAME(same_endpoint(&v->endpoint, &w->endpoint) && v->resend == w->resend);
                SAME(same_text(v->username, w->username) && same_secret(v->password, w->password));
                SAME(v->severity_label == w->severity_label);
        }
        SAME(same_text(a->web.listen, b->web.listen) && same_text(a->web.url, b->web.url));
        SAME(a->web.remote == b->web.remote && streq(a->web.username, b->web.username));
        SAME(same_secret(a->web.certificate, b->web.certificate));
        SAME(same_secret(a->web.key, b->web.key) && same_secret(a->web.password, b->web.password));
        SAME(same_secret(a->web.client_ca, b->web.client_ca));
#undef SAME
}

static void check_round_trip(const char *name, const Config *config) {
        char *printed = print_of(config);
        Config *again = must_load(printed);
        check_same(name, config, again);
        char *printed_again = print_of(again);
        drop_comments(printed);
        drop_comments(printed_again);
        assert_string_equal(printed, printed_again);
        free(printed);
        free(printed_again);
        config_free(again);
}

static void test_round_trip_files(void **state) {
        static const char *const names[] = { "good", "warn-quota", "warn-quota-mixed",
                                             "warn-timeout", "warn-limits" };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                Problems problems = { 0 };
                Config *config = NULL;
                char path[256];
                snprintf(path, sizeof(path), DATA "/%s.conf", names[i]);
                assert_int_equal(config_load(path, &no_environment, &problems, &config), 0);
                check_round_trip(names[i], config);
                config_free(config);
                problems_done(&problems);
        }
}

#define D "domains = ( \"example.com\" );\n"

static const char *const texts[] = {
        D,
        "symantec = ( { name = \"a\"; }, { name = \"b\"; policy = { stale_after = 2; }; } );\n" D,
        "symantec = ( );\n" D,
        "policy = { raise_after = 5; };\n" D,
        "policy = { remind_first = \"never\"; };\n" D,
        "limits = { data_age = { warning = \"1d\"; }; };\n" D,
        "limits = { data_age = { critical = \"9d\"; clear = \"90ms\"; }; up = \"never\"; };\n" D,
        "limits = { tests_left = { warning = 3; }; running = { critical = 4; }; mx_hosts = { "
        "warning = 0.1; }; };\n" D,
        "limits = { spf = { warning = 1.5; }; server_color = { critical = 3; }; };\n" D,
        "groups = { a = { }; b = { policy = { }; limits = { }; }; };\n"
        "domains = ( { name = \"a.b\"; policy = { }; limits = { }; group = \"b\"; } );\n",
        "domains = ( { name = \"a.b\"; owner = \"\\\"\\\\ # \\\"\"; } );\n",
        "output = { heartbeat = \"never\"; journal = \"stderr\"; };\n" D,
        "policy = { clear_after = 3; flap_limit = 0; group_over = 0; };\n" D,
        "limits = { store_up = \"never\"; records_lost = { critical = 100; }; };\n" D,
        "history = { full = 7200; hourly = \"never\"; };\n" D,
        "control = { group = \"mail-ops\"; };\n" D,
        "quiet = ( );\n" D,
        "output = { alertmanager = ( ); };\n" D,
        "output = { alertmanager = { url = \"http://localhost/\"; resend = \"1h\"; }; };\n" D,
        "output = { alertmanager = ( { url = \"http://a\"; }, { }, { url = \"https://a\"; "
        "severity_label = true; } ); };\n" D,
        "web = { listen = \"localhost:0\"; allow_remote = true; url = \"http://a.b/c/\"; };\n" D,
        "immuniweb = { evidence = 0; evidence_size = 1; };\n" D,
        "quiet = ( { name = \"a\"; match = \"[a-z]*\"; from = \"0:00\"; to = \"24:00\"; },\n"
        "{ name = \"b\"; match = \"*\"; days = \"FRI-mon\"; from = \"23:00\"; to = \"00:00\";\n"
        "timezone = \"Europe/Berlin\"; } );\n" D,
};

static void test_round_trip_texts(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                Config *config = must_load(texts[i]);
                check_round_trip(texts[i], config);
                config_free(config);
        }
}

/* Over files, with secrets: the secret is not told, its file is, and is found again. */
static void test_secrets_masked(void **state) {
        static const char main_conf[] =
                "symantec = { username = \"joe\"; password_file = \"pw\"; };\n" D
                "output = { alertmanager = { url = \"https://a.b\"; username = \"joe\"; }; };\n"
                "web = { listen = \"127.0.0.1:9797\"; certificate_file = \"web.pem\"; };\n";
        Problems problems = { 0 };
        Config *config = NULL;
        char expected[256], credentials[128];
        (void)state;

        folder_make(&folder);
        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(&folder, "main.conf", main_conf, 0644);
        folder_write(&folder, "conf.d/a.conf", "immuniweb = {\n  timeout = \"20s\"; };\n", 0644);
        folder_write(&folder, "pw", "hunter2", 0600);
        folder_write(&folder, "immuniweb.key", "hunter3", 0600);
        folder_write(&folder, "alertmanager.password", "hunter4", 0600);
        folder_write(&folder, "web.password", "hunter5", 0600);
        folder_write(&folder, "web.pem", "-----BEGIN CERTIFICATE-----\nhunter6\n", 0644);
        folder_write(&folder, "web.key", "-----BEGIN PRIVATE KEY-----\nhunter7\n", 0600);
        folder_write(&folder, "web.client-ca", "-----BEGIN CERTIFICATE-----\nhunter8\n", 0644);
        snprintf(credentials, sizeof(credentials), "%s", folder.path);
        const ConfigEnvironment environment = { .credentials_directory = credentials };
        assert_int_equal(
                config_load(folder_at(&folder, "main.conf"), &environment, &problems, &config), 0);

        char *printed = print_of(config);
        assert_null(strstr(printed, "hunter"));
        snprintf(expected, sizeof(expected),
                 "password_file = \"%s/pw\"; # %s/main.conf:1, secret loaded\n", folder.path,
                 folder.path);
        assert_non_null(strstr(printed, expected));
        assert_non_null(strstr(
                printed, "api_key_file = \"\"; # default, secret loaded from a credential\n"));
        static const char *const credentials_of[] = { "password_file", "key_file",
                                                      "client_ca_file" };
        for (size_t i = 0; i < ELEMENTSOF(credentials_of); i++) {
                snprintf(expected, sizeof(expected),
                         "        %s = \"\"; # default, secret loaded from a credential\n",
                         credentials_of[i]);
                const char *web = strstr(printed, "web = {\n");
                CHECK(i, web && strstr(web, expected));
        }
        assert_non_null(strstr(printed, "                password_file = \"\"; # default, secret "
                                        "loaded from a credential\n"));
        snprintf(expected, sizeof(expected),
                 "certificate_file = \"%s/web.pem\"; # %s/main.conf:4, secret loaded\n",
                 folder.path, folder.path);
        assert_non_null(strstr(printed, expected));
        snprintf(expected, sizeof(expected), "timeout = \"20s\"; # %s/conf.d/a.conf:2\n",
                 folder.path);
        assert_non_null(strstr(printed, expected));
        assert_non_null(strstr(printed, "interval = \"1d\"; # default\n"));
        snprintf(expected, sizeof(expected), "\"example.com\" # %s/main.conf:2\n", folder.path);
        assert_non_null(strstr(printed, expected));

        folder_write(&folder, "printed.conf", printed, 0644);
        Config *again = NULL;
        assert_int_equal(
                config_load(folder_at(&folder, "printed.conf"), &environment, &problems, &again),
                0);
        check_same("printed", config, again);
        free(printed);
        config_free(again);
        config_free(config);
        problems_done(&problems);
        folder_remove(&folder);
}

/* Every value says where it comes from. */
static void test_every_origin(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        (void)state;

        assert_int_equal(config_load(DATA "/good.conf", &no_environment, &problems, &config), 0);
        char *printed = print_of(config);
        size_t n = 0;
        for (char *line = strtok(printed, "\n"); line; line = strtok(NULL, "\n")) {
                size_t size = strlen(line);
                if (strchr("{(", line[size - 1]) || !line[strspn(line, " });,")])
                        continue;
                if (!strstr(line, " # default") && !strstr(line, " # " DATA "/good.conf:"))
                        fail_msg("no origin in: %s", line);
                n++;
        }
        assert_true(n > 60);
        free(printed);
        config_free(config);
        problems_done(&problems);
}

static void test_full_device(void **state) {
        Config *config = must_load(D);
        (void)state;

        FILE *f = fopen("/dev/full", "w");
        assert_non_null(f);
        assert_int_equal(config_print(config, f), -EIO);
        clearerr(f);
        assert_int_equal(config_print_keys(f), -EIO);
        fclose(f);
        config_free(config);
}

static void test_keys(void **state) {
        char *text = NULL;
        size_t size, lines = 0, keys = 4;
        FILE *f = open_memstream(&text, &size);
        (void)state;

        assert_int_equal(config_print_keys(f), 0);
        fclose(f);
        assert_non_null(
                strstr(text, "symantec.interval\tduration\t10s to 1d\t\"5min\"\thow often"));
        assert_non_null(strstr(text, "output.journal\tword\t\"auto\", \"journal\","));
        assert_non_null(strstr(text, "limits.METRIC.clear\t"));
        for (SectionId id = 0; id < _SECTION_MAX; id++)
                keys += config_sections[id].n;
        for (char *line = text; *line; line = strchr(line, '\n') + 1) {
                size_t tabs = 0;
                for (const char *p = line; *p != '\n'; p++)
                        tabs += *p == '\t';
                CHECK_INT(lines, tabs, 4);
                lines++;
        }
        assert_int_equal(lines, keys);
        free(text);
}

/* The sample has every key, at its default, and lacks nothing but a domain. */
static void test_sample(void **state) {
        Problems problems = { 0 };
        Config *config = NULL;
        (void)state;

        assert_int_equal(config_load("conf/mailsecd.conf", &no_environment, &problems, &config),
                         -EINVAL);
        char *said = problems_text(&problems, "conf");
        assert_string_equal(
                said,
                "mailsecd.conf:1: there is no domain to watch; one line adds one: domains = ( "
                "\"example.com\" );\n");
        free(said);
        problems_done(&problems);

        StrBuf b = { 0 };
        FILE *f = fopen("conf/mailsecd.conf", "r");
        assert_non_null(f);
        for (int c; (c = getc(f)) != EOF;)
                strbuf_addc(&b, (char)c);
        fclose(f);
        for (SectionId id = 0; id < _SECTION_MAX; id++)
                for (size_t i = 0; i < config_sections[id].n; i++) {
                        const char *name = config_sections[id].keys[i].name, *p = strbuf_text(&b);
                        bool found = false;
                        while (!found && (p = strstr(p, name))) {
                                p += strlen(name);
                                found = p[strspn(p, " ")] == '=' &&
                                        !isalnum((unsigned char)p[-(ptrdiff_t)strlen(name) - 1]);
                        }
                        if (!found)
                                fail_msg("the sample lacks %s.%s", config_sections[id].path, name);
                }

        Config *plain = must_load(D);
        strbuf_adds(&b, D);
        Config *sample = must_load(strbuf_text(&b));
        check_same("sample", plain, sample);
        config_free(sample);

        /* The built-in limits that it shows in comments are those that there are. */
        StrBuf shown = { 0 };
        const char *limits = strstr(strbuf_text(&b), "\nlimits = {\n");
        assert_non_null(limits);
        strbuf_adds(&shown, "limits = {\n");
        for (const char *line = limits + strlen("\nlimits = {\n"); !startswith(line, "};");
             line = strchr(line, '\n') + 1) {
                size_t sign = strcspn(line, "#\n"), size = strcspn(line, "\n");
                if (sign < size && memmem(line, size, "= {", 3) && !memmem(line, size, "{ }", 3)) {
                        strbuf_add(&shown, line + sign + 1, size - sign - 1);
                        strbuf_addc(&shown, '\n');
                }
        }
        strbuf_adds(&shown, "};\n" D);
        Config *explicit = must_load(strbuf_text(&shown));
        for (SourceId id = 0; id < _SOURCE_MAX; id++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++) {
                        const MetricSet *set = metric_set(id, scope);
                        for (size_t i = 0; i < set->n; i++)
                                if (limit_is_set(&set->metrics[i].limit) &&
                                    set->metrics[i].scale == SCALE_PLAIN &&
                                    !strstr(strbuf_text(&shown), set->metrics[i].name))
                                        fail_msg("the sample does not show the limit of %s",
                                                 set->metrics[i].name);
                }
        check_same("sample limits", plain, explicit);
        config_free(explicit);
        strbuf_done(&shown);
        config_free(plain);
        strbuf_done(&b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trip_files), cmocka_unit_test(test_round_trip_texts),
                cmocka_unit_test(test_secrets_masked),   cmocka_unit_test(test_every_origin),
                cmocka_unit_test(test_full_device),      cmocka_unit_test(test_keys),
                cmocka_unit_test(test_sample),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
