/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"

#include <math.h>

/* What limits, policies and intervals of the layers come to. */

#define UP     "immuniweb = { daily_tests = 0; }; "
#define DOMAIN "domains = ( \"example.com\" ); "

static const RuleSet *rules_of(const Config *config, uint32_t domain) {
        assert_true(domain < config->n_domains);
        const RuleSet *rules = config->domains[domain].rules[SOURCE_IMMUNIWEB];
        assert_non_null(rules);
        return rules;
}

static bool same(double a, double b) {
        return a == b || (isnan(a) && isnan(b));
}

static const struct {
        const char *text; /* behind UP; the first domain is looked at */
        const char *metric;
        double warning, critical, clear;
} limits[] = {
        /* built in */
        { DOMAIN, "blacklist_count", 1, 3, NAN },
        { DOMAIN, "up", NAN, 0, NAN },
        { DOMAIN, "spf", 2, 3, NAN },
        { DOMAIN, "server_issues", NAN, NAN, NAN },
        { DOMAIN, "result_age", 2 * 86400, NAN, NAN },
        { DOMAIN, "data_age", 3 * 86400, NAN, NAN },
        /* multiples follow the domain's own interval and policy */
        { "domains = ( { name = \"a.b\"; test_interval = \"12h\"; } );", "result_age", 86400, NAN,
          NAN },
        { "domains = ( { name = \"a.b\"; test_interval = \"12h\"; policy = { stale_after = 5; }; } "
          ");",
          "data_age", 5 * 43200, NAN, NAN },
        { "policy = { stale_after = 1; }; " DOMAIN, "data_age", 86400, NAN, NAN },
        { "groups = { g = { test_interval = \"1h\"; }; }; domains = ( { name = \"a.b\"; group = "
          "\"g\"; } );",
          "result_age", 7200, NAN, NAN },
        { "groups = { g = { test_interval = \"1h\"; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; test_interval = \"2h\"; } );",
          "result_age", 14400, NAN, NAN },
        /* what is written is absolute, and only the part that is written */
        { "limits = { result_age = { critical = \"10d\"; }; }; " DOMAIN, "result_age", 2 * 86400,
          10 * 86400, NAN },
        { "limits = { result_age = { warning = \"1h\"; }; }; " DOMAIN, "result_age", 3600, NAN,
          NAN },
        { "limits = { blacklist_count = { critical = 10; }; }; " DOMAIN, "blacklist_count", 1, 10,
          NAN },
        { "limits = { blacklist_count = { warning = 2; clear = 0; }; }; " DOMAIN, "blacklist_count",
          2, 3, 0 },
        { "limits = { server_issues = { warning = 2.5; }; }; " DOMAIN, "server_issues", 2.5, NAN,
          NAN },
        { "limits = { dmarc = { warning = \"failure\"; }; }; " DOMAIN, "dmarc", 3, 3, NAN },
        { "limits = { dns_color = { warning = \"orange\"; critical = \"red\"; clear = \"green\"; "
          "}; }; " DOMAIN,
          "dns_color", 2, 3, 0 },
        { "limits = { result_age = { warning = 90; }; }; " DOMAIN, "result_age", 90, NAN, NAN },
        { "limits = { result_age = { warning = \"1h 30min\"; }; }; " DOMAIN, "result_age", 5400,
          NAN, NAN },
        { "limits = { up = \"never\"; }; " DOMAIN, "up", NAN, NAN, NAN },
        { "limits = { up = { critical = true; }; }; " DOMAIN, "up", NAN, 1, NAN },
        /* the nearest wins, part by part; never forgets what is farther */
        { "limits = { blacklist_count = { warning = 2; critical = 20; }; };"
          "groups = { g = { limits = { blacklist_count = { warning = 3; }; }; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; limits = { blacklist_count = { clear = 1; "
          "}; }; } );",
          "blacklist_count", 3, 20, 1 },
        { "limits = { blacklist_count = \"never\"; };"
          "domains = ( { name = \"a.b\"; limits = { blacklist_count = { critical = 9; }; }; } );",
          "blacklist_count", NAN, 9, NAN },
        { "groups = { g = { limits = { blacklist_count = { warning = 2; }; }; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; limits = { blacklist_count = \"Never\"; }; "
          "} );",
          "blacklist_count", NAN, NAN, NAN },
        { "groups = { g = { limits = { blacklist_count = \"never\"; }; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; limits = { blacklist_count = { warning = "
          "2; }; }; } );",
          "blacklist_count", 2, NAN, NAN },
        { "groups = { g = { limits = { blacklist_count = \"never\"; }; }; }; " DOMAIN,
          "blacklist_count", 1, 3, NAN },
};

static void test_limits(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                char text[1024];
                snprintf(text, sizeof(text), UP "%s", limits[i].text);
                Config *config = must_load(text);
                const RuleSet *rules = rules_of(config, 0);
                size_t metric = metric_find(rules->set, limits[i].metric);
                CHECK(i, metric != SIZE_MAX);
                const Limit *limit = &rules->limits[metric];
                CHECK(i, same(limit->warning, limits[i].warning));
                CHECK(i, same(limit->critical, limits[i].critical));
                CHECK(i, same(limit->clear, limits[i].clear));

                bool judged = false;
                for (size_t j = 0; j < rules->n_judged; j++) {
                        CHECK(i, j == 0 || rules->judged[j - 1] < rules->judged[j]);
                        CHECK(i, limit_is_set(&rules->limits[rules->judged[j]]));
                        judged |= rules->judged[j] == metric;
                }
                CHECK_INT(i, judged, limit_is_set(limit));
                config_free(config);
        }
}

static const struct {
        const char *text; /* behind UP; the first domain is looked at */
        unsigned raise_after, clear_after, stale_after;
        usec_t remind_first, remind_max;
} policies[] = {
        { DOMAIN, 1, 1, 3, 4 * USEC_PER_HOUR, USEC_PER_DAY },
        { "policy = { raise_after = 4; remind_first = \"never\"; remind_max = \"1h\"; }; " DOMAIN,
          4, 1, 3, USEC_INFINITY, USEC_PER_HOUR },
        { "policy = { raise_after = 4; stale_after = 1000; }; "
          "groups = { g = { policy = { raise_after = 6; clear_after = 7; }; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; policy = { clear_after = 8; }; } );",
          6, 8, 1000, 4 * USEC_PER_HOUR, USEC_PER_DAY },
        { "policy = { remind_max = \"1w\"; }; groups = { g = { policy = { remind_first = \"2d\"; "
          "}; }; };"
          "domains = ( { name = \"a.b\"; group = \"g\"; } );",
          1, 1, 3, 2 * USEC_PER_DAY, 7 * USEC_PER_DAY },
};

static void test_policies(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(policies); i++) {
                char text[1024];
                snprintf(text, sizeof(text), UP "%s", policies[i].text);
                Config *config = must_load(text);
                const Policy *policy = &rules_of(config, 0)->policy;
                CHECK_INT(i, policy->raise_after, policies[i].raise_after);
                CHECK_INT(i, policy->clear_after, policies[i].clear_after);
                CHECK_INT(i, policy->stale_after, policies[i].stale_after);
                CHECK_INT(i, policy->remind_first, policies[i].remind_first);
                CHECK_INT(i, policy->remind_max, policies[i].remind_max);
                config_free(config);
        }
}

/* A source's policy is nearer than the top's and farther than a group's. Only its own source asks
 * it. */
static void test_source_policy(void **state) {
        Config *config =
                must_load("policy = { raise_after = 4; clear_after = 4; stale_after = 4; };\n"
                          "immuniweb = { daily_tests = 0; policy = { raise_after = 5; clear_after "
                          "= 5; }; };\n"
                          "symantec = { policy = { raise_after = 9; }; };\n"
                          "groups = { g = { policy = { raise_after = 6; }; }; };\n"
                          "domains = ( { name = \"a.b\"; group = \"g\"; }, \"c.d\" );\n");
        (void)state;

        assert_int_equal(rules_of(config, 0)->policy.raise_after, 6);
        assert_int_equal(rules_of(config, 0)->policy.clear_after, 5);
        assert_int_equal(rules_of(config, 0)->policy.stale_after, 4);
        assert_int_equal(rules_of(config, 1)->policy.raise_after, 5);
        assert_int_equal(config->immuniweb_rules->policy.raise_after, 5);
        assert_int_equal(config->immuniweb_rules->policy.stale_after, 4);
        assert_ptr_equal(config->immuniweb_rules->set, metric_set(SOURCE_IMMUNIWEB, SCOPE_ACCOUNT));
        config_free(config);
}

/* A name in several sets means all of them; limits of a group do not reach the account. */
static void test_shared_names(void **state) {
        Config *config = must_load(
                UP "limits = { up = \"never\"; tests_left = { warning = 5; critical = 1; }; };"
                   "groups = { g = { limits = { up = { critical = 0; }; }; }; };"
                   "domains = ( \"a.b\", { name = \"c.d\"; group = \"g\"; } );");
        const RuleSet *account = config->immuniweb_rules;
        size_t up = metric_find(account->set, "up"), left = metric_find(account->set, "tests_left");
        (void)state;

        assert_false(limit_is_set(&account->limits[up]));
        assert_true(account->limits[left].warning == 5 && account->limits[left].critical == 1);
        up = metric_find(rules_of(config, 0)->set, "up");
        assert_false(limit_is_set(&rules_of(config, 0)->limits[up]));
        assert_true(rules_of(config, 1)->limits[up].critical == 0);
        config_free(config);
}

/* Origins: the nearest line that has a say; file 0 for what is built in. */
static void test_origins(void **state) {
        Config *config = must_load("immuniweb = { daily_tests = 0; };\n"
                                   "limits = {\n"
                                   "  vrfy = { warning = 2; };\n"
                                   "  expn = \"never\"; };\n"
                                   "groups = { g = { limits = {\n"
                                   "  vrfy = { critical = 5; }; }; }; };\n"
                                   "domains = (\n"
                                   "  \"a.b\"\n"
                                   ",\n"
                                   "  { name = \"c.d\"; group = \"g\"; }\n"
                                   "  ,\n"
                                   "  \"e.f\"\n"
                                   ");\n");
        const RuleSet *plain = rules_of(config, 0), *grouped = rules_of(config, 1);
        size_t vrfy = metric_find(plain->set, "vrfy"), expn = metric_find(plain->set, "expn");
        (void)state;

        assert_int_equal(plain->origins[vrfy].line, 3);
        assert_int_equal(plain->origins[vrfy].file, 1);
        assert_int_equal(plain->origins[expn].line, 4);
        assert_int_equal(plain->origins[metric_find(plain->set, "rcpt")].file, 0);
        assert_int_equal(grouped->origins[vrfy].line, 6);
        assert_int_equal(config->domains[0].origin.line, 8);
        assert_int_equal(config->domains[1].origin.line, 10);
        assert_int_equal(config->domains[2].origin.line, 12);
        assert_string_equal(config->files[0], "default");
        assert_string_equal(config->files[1], "test.conf");
        config_free(config);
}

/* Domains that resolve alike share one RuleSet. */
static void test_interned(void **state) {
        Config *config = must_load(
                UP
                "limits = { vrfy = { warning = 2; }; };"
                "groups = { g = { owner = \"x\"; }; h = { test_interval = \"1d\"; }; i = { "
                "test_interval = \"2d\"; }; };"
                "domains = ( \"a.b\", \"c.d\", { name = \"e.f\"; group = \"g\"; owner = \"y\"; },"
                "{ name = \"g.h\"; group = \"h\"; }, { name = \"i.j\"; group = \"i\"; },"
                "{ name = \"k.l\"; test_interval = \"2d\"; }, { name = \"m.n\"; limits = { rcpt = "
                "\"never\"; }; } );");
        (void)state;

        assert_int_equal(config->n_domains, 7);
        for (uint32_t i = 1; i < 4; i++)
                assert_ptr_equal(rules_of(config, 0), rules_of(config, i));
        assert_ptr_not_equal(rules_of(config, 0), rules_of(config, 4));
        assert_ptr_equal(rules_of(config, 4), rules_of(config, 5));
        assert_ptr_not_equal(rules_of(config, 0), rules_of(config, 6));
        assert_string_equal(config->domains[2].owner, "y");
        assert_string_equal(config->domains[2].group, "g");
        assert_null(config->domains[0].owner);
        config_free(config);
}

static const struct {
        const char *text, *said;
} orders[] = {
        { "limits = { vrfy = { critical = 1; }; };", "" }, /* equal is in order */
        { "limits = { vrfy = { critical = 0; }; };",
          "test.conf:1: the limit of vrfy does not work: critical is below warning (warning = 1 "
          "built in, critical = 0)\n" },
        { "limits = { result_age = { critical = \"1d\"; }; };",
          "test.conf:1: the limit of result_age does not work: critical is below warning"
          " (warning = \"2d\" built in, critical = \"1d\")\n" },
        /* a part that was refused spoils no other */
        { "limits = { vrfy = { warning = \"x\"; critical = 0; }; };",
          "test.conf:1: warning of vrfy must be a number, 0 or more, not \"x\"\n" },
        { "policy = { remind_first = 1; };",
          "test.conf:1: remind_first must be a duration from 1min to 365d, or \"never\", not 1\n" },
        { "policy = { remind_max = 0; remind_first = \"1d\"; };",
          "test.conf:1: remind_max must be a duration from 1min to 365d, not 0\n" },
        { "policy = { remind_max = \"1h\"; };",
          "test.conf:1: remind_max (1h) is shorter than remind_first (4h)\n" },
        { "immuniweb = { poll_max = 1; };", "test.conf:1: poll_max is shorter than poll_min\n" },
};

static void test_orders(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(orders); i++) {
                char text[1024];
                snprintf(text, sizeof(text), "%s\ndomains = ( \"a.b\", \"c.d\" );\n",
                         orders[i].text);
                char *said = complaints(text);
                CHECK_STR(i, said, orders[i].said);
                free(said);
        }
}

/* Many domains, each with limits of its own, and many that share them. */
static void test_many(void **state) {
        StrBuf b = { 0 };
        const uint32_t n = 20000;
        (void)state;

        strbuf_adds(&b, UP "groups = { g = { limits = { vrfy = { warning = 2; }; }; }; }; domains "
                           "= ( \"first.example\"");
        for (uint32_t i = 0; i < n; i++) {
                strbuf_addf(&b, ",\n\"d%u.example\"", i);
                strbuf_addf(&b, ",\n{ name = \"g%u.example\"; group = \"g\"; }", i);
                strbuf_addf(
                        &b,
                        ",\n{ name = \"o%u.example\"; limits = { vrfy = { warning = %u; }; }; }", i,
                        i + 1);
        }
        strbuf_adds(&b, " );\n");
        Config *config = must_load(strbuf_text(&b));
        assert_int_equal(config->n_domains, 3 * n + 1);
        size_t vrfy = metric_find(rules_of(config, 0)->set, "vrfy");
        for (uint32_t i = 0; i < n; i++) {
                assert_ptr_equal(rules_of(config, 1 + 3 * i), rules_of(config, 0));
                assert_ptr_equal(rules_of(config, 2 + 3 * i), rules_of(config, 2));
                assert_true(rules_of(config, 3 + 3 * i)->limits[vrfy].warning == i + 1);
                assert_int_equal(config->domains[3 + 3 * i].origin.line, 4 + 3 * i);
        }
        assert_int_equal(names_find(&config->names, "o7.example", 10), 24);
        assert_int_equal(names_find(&config->names, "p7.example", 10), NAMES_NONE);
        config_free(config);
        strbuf_done(&b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_limits),        cmocka_unit_test(test_policies),
                cmocka_unit_test(test_source_policy), cmocka_unit_test(test_shared_names),
                cmocka_unit_test(test_origins),       cmocka_unit_test(test_interned),
                cmocka_unit_test(test_orders),        cmocka_unit_test(test_many),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
