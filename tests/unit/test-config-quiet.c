/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"

#include <math.h>

/* Quiet windows, flapping, grouping, history, the control socket, and the rules for the daemon
 * itself. */

#define D "domains = ( \"a.b\" );\n"

/* A window with some of its keys written. */
#define W(keys)       "quiet = ( { " keys " } );"
#define NAME_         "name = \"w\"; "
#define MATCH_        "match = \"*\"; "
#define TIMES         "from = \"22:00\"; to = \"23:30\"; "
#define WHOLE(keys)   W(NAME_ MATCH_ TIMES keys)
#define BETWEEN(f, t) W(NAME_ MATCH_ "from = \"" f "\"; to = \"" t "\"; ")

static const struct {
        const char *text, *said;
} rows[] = {
        { WHOLE(""), "" },
        { "quiet = ( );", "" },
        { W("name = \"a\"; " MATCH_ TIMES "}, { name = \"b\"; " MATCH_ TIMES), "" },
        /* what has to be there */
        { W(MATCH_ TIMES), "test.conf:1: the quiet window has no name\n" },
        { W(NAME_ TIMES), "test.conf:1: the quiet window has no match\n" },
        { W(NAME_ MATCH_ "to = \"1:00\";"), "test.conf:1: the quiet window has no from\n" },
        { W(NAME_ MATCH_ "from = \"1:00\";"), "test.conf:1: the quiet window has no to\n" },
        { W(""), "test.conf:1: the quiet window has no name\n"
                 "test.conf:1: the quiet window has no match\n"
                 "test.conf:1: the quiet window has no from\n"
                 "test.conf:1: the quiet window has no to\n" },
        /* names */
        { W(NAME_ MATCH_ TIMES "},\n{ " NAME_ MATCH_ TIMES),
          "test.conf:2: a second quiet window is named \"w\", the first is at test.conf:1\n" },
        { W("name = \"Backup 1\"; " MATCH_ TIMES),
          "test.conf:1: name must be a name of a-z, 0-9 and -, at most 64 characters, not \"Backup "
          "1\"\n" },
        { W("name = \"\"; " MATCH_ TIMES),
          "test.conf:1: name must be a name of a-z, 0-9 and -, at most 64 characters, not \"\" (it "
          "is empty)\n" },
        /* globs */
        { W(NAME_ "match = \"a[b\"; " TIMES),
          "test.conf:1: match must be a glob such as \"symantec/*\", not \"a[b\" (a bracket has no "
          "end)\n" },
        { W(NAME_ "match = \"*********\"; " TIMES),
          "test.conf:1: match must be a glob such as \"symantec/*\", not \"*********\" (it has too "
          "many stars)\n" },
        { W(NAME_ "match = 5; " TIMES),
          "test.conf:1: match must be a glob such as \"symantec/*\", not 5\n" },
        /* days */
        { WHOLE("days = \"monday\";"), "test.conf:1: days must be days such as \"daily\", "
                                       "\"mon-fri\" or \"sat,sun\", not \"monday\"\n" },
        { WHOLE("days = [ \"mon\" ];"), "test.conf:1: days must be days such as \"daily\", "
                                        "\"mon-fri\" or \"sat,sun\", not a list\n" },
        /* times */
        { BETWEEN("00:00", "24:00"), "" },
        { BETWEEN("22:00", "00:00"), "" },
        { BETWEEN("25:00", "1:00"),
          "test.conf:1: from must be a time of day such as \"22:00\", not \"25:00\"\n" },
        { BETWEEN("1:00", "noon"),
          "test.conf:1: to must be a time of day such as \"22:00\", not \"noon\"\n" },
        { BETWEEN("24:00", "1:00"), "test.conf:1: from cannot be \"24:00\"; a window that begins "
                                    "at midnight is from \"00:00\"\n" },
        { BETWEEN("7:30", "07:30"), "test.conf:1: from and to are equal; the whole day is from "
                                    "\"00:00\" to \"24:00\"\n" },
        { BETWEEN("00:00", "00:00"), "test.conf:1: from and to are equal; the whole day is from "
                                     "\"00:00\" to \"24:00\"\n" },
        /* zones */
        { WHOLE("timezone = \"\";"), "" },
        { WHOLE("timezone = \"America/New_York\";"), "" },
        { WHOLE("timezone = \"Mars/Olympus\";"),
          "test.conf:1: timezone must be a time zone such as \"Europe/Berlin\", not "
          "\"Mars/Olympus\" (this machine knows none of that name)\n" },
        { WHOLE("timezone = \"/etc/localtime\";"),
          "test.conf:1: timezone must be a time zone such as \"Europe/Berlin\", not "
          "\"/etc/localtime\" (this machine knows none of that name)\n" },
        /* shapes */
        { "quiet = { };", "test.conf:1: quiet must be a list of groups, not a group\n" },
        { "quiet = ( \"night\" );", "test.conf:1: quiet must be a group, not \"night\"\n" },
        { WHOLE("zone = \"UTC\";"), "test.conf:1: unknown key 'zone'; known here are name, match, "
                                    "days, from, to, timezone\n" },
        { WHOLE("time_zone = \"UTC\";"),
          "test.conf:1: unknown key 'time_zone', did you mean 'timezone'?\n" },
        /* history */
        { "history = { full = \"1h\"; hourly = \"1d\"; };", "" },
        { "history = { full = \"30d\"; hourly = \"2y\"; };", "" },
        { "history = { full = \"30d\"; hourly = \"never\"; };", "" },
        { "history = { full = \"59min\"; };",
          "test.conf:1: full must be a duration from 1h to 30d, not \"59min\"\n" },
        { "history = { full = \"never\"; };",
          "test.conf:1: full must be a duration from 1h to 30d, not \"never\"\n" },
        { "history = { hourly = \"732d\"; };",
          "test.conf:1: hourly must be a duration from 1d to 731d, or \"never\", not \"732d\"\n" },
        { "history = { hourly = \"1d\"; };", "test.conf:1: hourly is shorter than full\n" },
        { "history = {\nfull = \"10d\";\nhourly = \"9d\"; };",
          "test.conf:3: hourly is shorter than full\n" },
        { "history = ( );", "test.conf:1: history must be a group, not a list\n" },
        /* who may control it */
        { "control = { group = \"mail-ops\"; };", "" },
        { "control = { group = \"Domain_Admins$\"; };", "" },
        { "control = { group = \"ops@example.com\"; };", "" },
        { "control = { group = \"\"; };", "" },
        { "control = { group = \"1000\"; };",
          "test.conf:1: group must be the name of a group of this machine, at most 64 characters, "
          "not \"1000\"\n" },
        { "control = { group = \"-ops\"; };",
          "test.conf:1: group must be the name of a group of this machine, at most 64 characters, "
          "not \"-ops\"\n" },
        { "control = { group = \"a:b\"; };",
          "test.conf:1: group must be the name of a group of this machine, at most 64 characters, "
          "not \"a:b\"\n" },
        { "control = { group = \"a b\"; };",
          "test.conf:1: group must be the name of a group of this machine, at most 64 characters, "
          "not \"a b\"\n" },
        /* policy */
        { "policy = { flap_limit = 50; flap_window = \"7d\"; group_over = 1000000; };", "" },
        { "policy = { flap_limit = 51; };",
          "test.conf:1: flap_limit must be a whole number from 0 to 50, not 51\n" },
        { "policy = { flap_window = \"59s\"; };",
          "test.conf:1: flap_window must be a duration from 1min to 7d, not \"59s\"\n" },
        { "policy = { group_over = 1000001; };",
          "test.conf:1: group_over must be a whole number from 0 to 1000000, not 1000001\n" },
        { "immuniweb = { policy = { group_over = 5; }; };", "" },
        { "groups = { g = { policy = {\ngroup_over = 5; flap_limit = 1; }; }; };",
          "test.conf:2: warning: group_over has no effect here: it is about all domains of an "
          "account and belongs in the policy of a source or the top level\n" },
        { "domains = ( { name = \"c.d\"; policy = { group_over = 5; }; } );\n",
          "test.conf:1: warning: group_over has no effect here: it is about all domains of an "
          "account and belongs in the policy of a source or the top level\n" },
        /* limits of the daemon itself: at the top only, and never without effect */
        { "limits = { store_up = \"never\"; config_ok = { critical = 0; }; records_lost = { "
          "warning = 50; }; };",
          "" },
        { "groups = { g = { limits = { records_lost = { warning = 1; }; }; }; };",
          "test.conf:1: 'records_lost' is a metric of mailsecd itself: its limit belongs in the "
          "limits of all domains\n" },
        { "groups = { g = { limits = { running = { warning = 1; }; }; }; };",
          "test.conf:1: 'running' is a metric of an account: its limit belongs in the limits of "
          "all domains\n" },
        /* the daemon is no source that could watch a domain */
        { "domains = ( { name = \"c.d\"; sources = [ \"mailsecd\" ]; } );\n",
          "test.conf:1: \"mailsecd\" is not a source; there are \"symantec\" and \"immuniweb\"\n" },
};

static void test_complaints(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char text[2048];
                snprintf(text, sizeof(text), "%s\n%s", rows[i].text,
                         startswith(rows[i].text, "domains") ? "" : D);
                char *said = complaints(text);
                CHECK_STR(i, said, rows[i].said);
                free(said);
        }
}

static void test_windows(void **state) {
        Config *config = must_load(
                "quiet = (\n"
                "  { name = \"backup\"; match = \"symantec/*\"; days = \"mon-fri\"; from = "
                "\"22:00\"; to = \"23:30\"; timezone = \"Europe/Berlin\"; },\n"
                "  { name = \"night\"; match = \"*/spf\"; from = \"23:00\"; to = \"6:30\"; },\n"
                "  { name = \"day\"; match = \"*\"; days = \"SUN\"; from = \"0:00\"; to = "
                "\"24:00\"; "
                "},\n"
                "  { name = \"late\"; match = \"*\"; from = \"23:00\"; to = \"00:00\"; } );\n" D);
        (void)state;

        static const QuietWindow expected[] = {
                { "backup", "symantec/*", "Europe/Berlin", 1320, 1410, 0x3e },
                { "night", "*/spf", NULL, 1380, 390, 0x7f },
                { "day", "*", NULL, 0, 1440, 0x01 },
                { "late", "*", NULL, 1380, 1440, 0x7f },
        };
        assert_int_equal(config->n_quiet, ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                const QuietWindow *window = &config->quiet[i];
                CHECK_STR(i, window->name, expected[i].name);
                CHECK_STR(i, window->match, expected[i].match);
                if (expected[i].timezone)
                        CHECK_STR(i, window->timezone, expected[i].timezone);
                else
                        CHECK(i, !window->timezone);
                CHECK_INT(i, window->from, expected[i].from);
                CHECK_INT(i, window->to, expected[i].to);
                CHECK_INT(i, window->days, expected[i].days);
        }
        config_free(config);
}

static void test_many_windows(void **state) {
        (void)state;

        for (unsigned n = 100; n <= 101; n++) {
                StrBuf b = { 0 };
                strbuf_adds(&b, "quiet = ( ");
                for (unsigned i = 0; i < n; i++)
                        strbuf_addf(&b, "%s{ name = \"w%u\"; " MATCH_ TIMES "}", i ? ", " : "", i);
                strbuf_adds(&b, " );\n" D);
                char *said = complaints(strbuf_text(&b));
                assert_string_equal(
                        said,
                        n > 100 ? "test.conf:1: quiet has 101 windows, 100 are possible\n" : "");
                free(said);
                strbuf_done(&b);
        }
}

static void test_defaults(void **state) {
        Config *config = must_load(D);
        const Policy *policy = &config->self_rules->policy;
        (void)state;

        assert_int_equal(config->n_quiet, 0);
        assert_null(config->control_group);
        assert_int_equal(config->history_full, 2 * USEC_PER_DAY);
        assert_int_equal(config->history_hourly, 90 * USEC_PER_DAY);
        assert_ptr_equal(config->self_rules->set, metric_set(SOURCE_MAILSECD, SCOPE_ACCOUNT));
        assert_int_equal(config->self_rules->interval, USEC_PER_MIN);
        assert_int_equal(config->self_rules->n_judged, 3);
        assert_int_equal(policy->raise_after, 1);
        assert_int_equal(policy->clear_after, 1);
        assert_int_equal(policy->remind_first, 4 * USEC_PER_HOUR);
        assert_int_equal(config->immuniweb_rules->policy.clear_after, 1);
        assert_int_equal(config->immuniweb_rules->policy.flap_limit, 6);
        assert_int_equal(config->immuniweb_rules->policy.flap_window, USEC_PER_HOUR);
        assert_int_equal(config->immuniweb_rules->policy.group_over, 10);
        config_free(config);
}

/* The top level's policy and limits are the daemon's own, too; those of sources, groups and domains
 * are not. */
static void test_self_rules(void **state) {
        Config *config = must_load("policy = { clear_after = 3; flap_limit = 2; };\n"
                                   "immuniweb = { daily_tests = 0; policy = { raise_after = 7; "
                                   "clear_after = 7; }; };\n"
                                   "limits = { store_up = \"never\"; records_lost = { warning = "
                                   "10; critical = 100; }; "
                                   "};\n"
                                   "history = { hourly = \"never\"; };\n"
                                   "control = { group = \"ops\"; };\n" D);
        const RuleSet *rules = config->self_rules;
        (void)state;

        assert_int_equal(rules->policy.raise_after, 1);
        assert_int_equal(rules->policy.clear_after, 3);
        assert_int_equal(rules->policy.flap_limit, 2);
        assert_int_equal(rules->n_judged, 2);
        assert_true(isnan(rules->limits[metric_find(rules->set, "store_up")].critical));
        size_t lost = metric_find(rules->set, "records_lost");
        assert_true(rules->limits[lost].warning == 10 && rules->limits[lost].critical == 100);
        assert_int_equal(rules->origins[lost].line, 3);
        assert_int_equal(config->history_hourly, 0); /* none */
        assert_string_equal(config->control_group, "ops");
        config_free(config);
}

/* Flapping is each domain's own matter, grouping its account's. */
static void test_policy_layers(void **state) {
        Config *config =
                must_load("policy = { flap_limit = 20; flap_window = \"2h\"; group_over = 30; };\n"
                          "immuniweb = { daily_tests = 0; policy = { flap_limit = 21; group_over = "
                          "31; }; };\n"
                          "groups = { g = { policy = { flap_limit = 22; group_over = 32; }; }; };\n"
                          "domains = ( \"a.b\", { name = \"c.d\"; group = \"g\"; },\n"
                          "  { name = \"e.f\"; group = \"g\"; policy = { flap_limit = 0; "
                          "group_over = 0; }; } "
                          ");\n");
        static const uint16_t limits[] = { 21, 22, 0 };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                const Policy *policy = &config->domains[i].rules[SOURCE_IMMUNIWEB]->policy;
                CHECK_INT(i, policy->flap_limit, limits[i]);
                CHECK_INT(i, policy->flap_window, 2 * USEC_PER_HOUR);
                CHECK_INT(i, policy->group_over, 31);
        }
        assert_int_equal(config->immuniweb_rules->policy.group_over, 31);
        assert_int_equal(config->self_rules->policy.group_over, 30);
        config_free(config);
}

/* Set in one file only, like every key but domains and groups. */
static void test_files(void **state) {
        (void)state;

        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(&folder, "main.conf", WHOLE("") "\nhistory = { full = \"1d\"; };\n" D, 0644);
        folder_write(&folder, "conf.d/a.conf", "history = { hourly = \"30d\"; };\n", 0644);
        Config *config = load_saying(&no_environment, "");
        assert_int_equal(config->history_full, USEC_PER_DAY);
        assert_int_equal(config->history_hourly, 30 * USEC_PER_DAY);
        config_free(config);

        folder_write(&folder, "conf.d/a.conf", "history = { full = \"30d\"; };\n" WHOLE("") "\n",
                     0644);
        char *said;
        assert_null(load_main(&no_environment, &said));
        assert_string_equal(said,
                            "conf.d/a.conf:1: full is set again, first set at main.conf:2\n"
                            "conf.d/a.conf:2: quiet is set again, first set at main.conf:1\n");
        free(said);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_complaints),
                cmocka_unit_test(test_windows),
                cmocka_unit_test(test_many_windows),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_self_rules),
                cmocka_unit_test(test_policy_layers),
                IN_FOLDER(test_files),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
