/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-result.h"

/* The sample of apis.md 4.2, every metric. */
static void apis_4_2_sample(void **state) {
        (void)state;
        static const Row rows[] = {
                { "", "up", NAN, .evidence = "" },
                { "", "server_issues", 1, .evidence = "summary.server: 1 issue found" },
                { "", "ssl_issues", 0, .evidence = "" },
                { "", "dns_issues", 2 },
                { "", "blacklists_issues", 0 },
                { "", "darkweb_issues", 14 },
                { "", "phishing_issues", 3 },
                { "", "server_color", 2, .evidence = "summary.server: 1 issue found" },
                { "", "ssl_color", 0 },
                { "", "dns_color", 2 },
                { "", "blacklists_color", 0 },
                { "", "darkweb_color", 2 },
                { "", "phishing_color", 1 },
                { "", "spf", 0,
                  .evidence = "dns.spf: Ends with a hard fail; main: SPF record is present" },
                { "", "dkim", 1,
                  .evidence = "dns.dkim: No record found; main: No DKIM key on common selectors" },
                { "", "dmarc", 2,
                  .evidence = "dns.dmarc: Policy does not protect; main: Policy is \"none\"" },
                { "", "mx_hosts", 2,
                  .evidence = "mx1.example.com (192.0.2.25); mx2.example.com (198.51.100.25)" },
                { "", "mx_firewalled", 1, .evidence = "mx2.example.com (198.51.100.25)" },
                { "", "blacklist_count", 0, .evidence = "" },
                { "", "ioc_count", 0, .evidence = "" },
                { "", "open_relay", NAN, .evidence = "" },
                { "", "vrfy", 1, true,
                  "mx1.example.com (192.0.2.25): VRFY is enabled; the others are not known" },
                { "", "expn", NAN },
                { "", "rcpt", NAN },
                { "", "plaintext_auth", NAN },
                { "", "ptr_missing", NAN },
                { "", "open_ports", 3, true,
                  "mx1.example.com (192.0.2.25): 25, 465, 587; the others are not known" },
                { "", "dnssec_failures", 1, .evidence = "TXT: not signed" },
                { "", "result_age", 600, .evidence = "" },
                { "", "data_age", NAN },
        };
        struct json_object *document = load("result.json");
        ImmuniwebResult result = { 0 };

        assert_int_equal(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN)->n, ELEMENTSOF(rows));
        assert_int_equal(immuniweb_result_decode(&result, document, NOW), 0);
        json_object_put(document);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CHECK_INT(i, metric_at(rows[i].metric), i);
                check_metric(i, &result, &rows[i]);
        }
        assert_int_equal(result.n_oddities, 0);
        immuniweb_result_done(&result);
}

static void apis_3_row_2_numbers(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'summary': {'ssl': {'value': 7}}}", "ssl_issues", 7, .evidence = "" },
                { "{'summary': {'ssl': {'value': '7'}}}", "ssl_issues", 7 },
                { "{'summary': {'ssl': {'value': 7.5, 'text': ''}}}", "ssl_issues", 7.5 },
                { "{'summary': {'ssl': {'value': null}}}", "ssl_issues", NAN },
                { "{'summary': {'ssl': {'value': -1}}}", "ssl_issues", NAN },
                { "{'summary': {'ssl': {'value': 1e300}}}", "ssl_issues", NAN },
                { "{'summary': {'ssl': {'value': '7 issues'}}}", "ssl_issues", NAN },
                { "{'summary': {'ssl': {'value': true}}}", "ssl_issues", NAN },
                { "{'summary': {'ssl': {'value': []}}}", "ssl_issues", NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_17_color(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'summary': {'dns': {'color': 'green'}}}", "dns_color", 0 },
                { "{'summary': {'dns': {'color': 'Blue'}}}", "dns_color", 1 },
                { "{'summary': {'dns': {'color': 'ORANGE', 'text': 't'}}}", "dns_color", 2,
                  .evidence = "summary.dns: t" },
                { "{'summary': {'dns': {'color': 'red'}}}", "dns_color", 3 },
                { "{'summary': {'dns': {'color': ''}}}", "dns_color", NAN },
                { "{'summary': {'dns': {'color': 'teal'}}}", "dns_color", NAN },
                { "{'summary': {'dns': {'color': 2}}}", "dns_color", NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_18_section_missing(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'summary': {'dns': {'value': 0}}}", "phishing_issues", NAN },
                { "{'summary': {'dns': {'value': 0}}}", "phishing_color", NAN },
                { "{'summary': {'dns': {'value': 0}}}", "dns_issues", 0 },
                { "{'summary': []}", "dns_issues", NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_19_html(void **state) {
        (void)state;
        static const Row rows[] = {
                { MAIN("{'spf': {'tag': 3, 'text': 'Use &quot;-all&quot; &lt;b&gt;now&lt;/b&gt; <a "
                       "href=x>here</a>'}}"),
                  "spf", 2, .evidence = "main: Use \"-all\" now here" },
                { MAIN("{'spf': {'tag': 3, 'text': 'a\\u0007b\\r\\nc\\u001b[2Jd'}}"), "spf", 2,
                  .evidence = "main: ab c[2Jd" },
                { MX("[{'hostname': 'a<i>b</i>', 'ip': '1&amp;2', 'bl_cnt': 1}]"),
                  "blacklist_count", 1, .evidence = "ab (1&2): 1" },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_20_ts(void **state) {
        (void)state;
        static const Row rows[] = {
                { "{'internals': {'ts': 1763800000}}", "result_age", 600 },
                { "{'internals': {'ts': '1763800000'}}", "result_age", 600 },
                { "{'internals': {'ts': 1763800000.5}}", "result_age", 599.5 },
                { "{'internals': {'ts': 1763800000000}}", "result_age", 600 },
                { "{'internals': {'ts': '1763800000000'}}", "result_age", 600 },
                { "{'internals': {'ts': 0}}", "result_age", NAN },
                { "{'internals': {'ts': null}}", "result_age", NAN },
                { "{'internals': {'ts': 'yesterday'}}", "result_age", NAN },
                { "{'internals': {'ts': 1763800660}}", "result_age", 0 }, /* a minute ahead */
                { "{'internals': {'ts': 1763800900}}", "result_age", 0 },
                { "{'internals': {'ts': 1763800901}}", "result_age", NAN },
                { "{'internals': {'ts': 9763800000000}}", "result_age", NAN },
                { "{'internals': []}", "result_age", NAN },
        };
        CHECK_ROWS(rows);
}

#define HEX "a3c1e5f70918273645546372819a0b1c2d3e4f5061728394a5b6c7d8e9f0a1b2"

static void apis_3_row_21_ids(void **state) {
        (void)state;
        static const ImmuniwebId expected[] = {
                { "internals/id", HEX },
                { "internals/short_id", "Qm7xT2Ka" },
                { "test_ssl/mx1.example.com:25", HEX },
                { "test_ssl/a/0/b.c", HEX },
                { "test_darkweb", HEX },
        };
        struct json_object *document = parse(
                "{'internals': {'id': '" HEX "', 'short_id': 'Qm7xT2Ka'}, 'summary': {},"
                " 'test_ssl': {'mx1.example.com:25': '" HEX "', 'x': 'no id', 'y': '" HEX "0',"
                " 'a': [{'b.c': '" HEX "'}], 'n': null, 'i': 7}, 'test_darkweb': '" HEX "'}");
        ImmuniwebResult result = { 0 };

        assert_int_equal(immuniweb_result_decode(&result, document, NOW), -ENODATA);
        json_object_put(document);
        assert_int_equal(result.n_ids, ELEMENTSOF(expected));
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                CHECK_STR(i, result.ids[i].label, expected[i].label);
                CHECK_STR(i, result.ids[i].id, expected[i].id);
        }
        immuniweb_result_done(&result);
}

static void test_ids_are_bounded(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = { 0 };
        strbuf_adds(&b, "{'internals': {'id': 'x', 'short_id': 'a/b'}, 'test_ssl': {");
        for (int i = 0; i < 200; i++)
                strbuf_addf(&b, "'k%d': '" HEX "', ", i);
        strbuf_adds(&b, "'z': '" HEX "'}, 'test_darkweb': {'");
        for (int i = 0; i < 50; i++)
                strbuf_adds(&b, "long key ");
        strbuf_adds(&b, "': {'inner': '" HEX "', 'and another with a key that is long as well, so "
                        "long that the label has no room for it': '" HEX "'}}}");
        struct json_object *document = parse(strbuf_text(&b));
        ImmuniwebResult result = { 0 };
        (void)immuniweb_result_decode(&result, document, NOW);
        assert_int_equal(result.n_ids, IMMUNIWEB_IDS_MAX);
        assert_true(has_oddity(&result, "internals.id: string"));
        assert_true(has_oddity(&result, "internals.short_id: string"));
        immuniweb_result_done(&result);

        json_object_object_del(document, "test_ssl");
        (void)immuniweb_result_decode(&result, document, NOW);
        assert_int_equal(result.n_ids, 2);
        assert_true(strlen(result.ids[0].label) < 160);
        assert_true(strlen(result.ids[1].label) <= 160);
        json_object_put(document);
        immuniweb_result_done(&result);
}

static void apis_3_row_22_other_host(void **state) {
        (void)state;
        static const struct {
                const char *json;
                const char *domain;
                const char *other; /* NULL = the result is taken */
                const char *oddity;
        } rows[] = {
                { "{'internals': {'hostname': 'example.com'}}", "example.com", NULL, NULL },
                { "{'internals': {'hostname': 'EXAMPLE.com.'}}", "example.com", NULL, NULL },
                { "{'internals': {'hostname': 'example.net'}}", "example.com", "example.net",
                  "/internals/hostname: another host than asked for" },
                { "{'internals': {'hostname': 'www.example.com'}}", "example.com",
                  "www.example.com", NULL },
                { "{'test_email': {'main': {'host': 'example.com'}}}", "example.com", NULL, NULL },
                { "{'test_email': {'main': {'host': 'example.net'}}}", "example.com", "example.net",
                  NULL },
                { "{'internals': {'hostname': 'example.net'}, 'test_email': {'main': {'host': "
                  "'example.com'}}}",
                  "example.com", "example.net", NULL },
                { "{'internals': {'hostname': ''}, 'test_email': {'main': {'host': "
                  "'example.com'}}}",
                  "example.com", NULL, NULL },
                { "{'internals': {'hostname': 7}}", "example.com", NULL,
                  "/internals/hostname: int" },
                { "{}", "example.com", NULL, "/internals/hostname: the result names no host" },
                { "{'internals': {'hostname': 'b\\u00fccher.example'}}", "xn--bcher-kva.example",
                  NULL, "/internals/hostname: not in A-label form" },
                { "{'internals': {'hostname': 'b\\u00fccher.example'}, 'test_email': {'main': "
                  "{'host': 'other.example'}}}",
                  "xn--bcher-kva.example", "other.example", NULL },
                { "{'internals': {'hostname': 'b\\u00fccher.example'}}", "example.com",
                  "b\u00fccher.example", NULL },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct json_object *document = parse(rows[i].json);
                ImmuniwebResult result = { 0 };
                const char *other = NULL;
                bool is_for = immuniweb_result_is_for(&result, document, rows[i].domain, &other);
                CHECK_INT(i, is_for, !rows[i].other);
                if (rows[i].other)
                        CHECK_STR(i, other, rows[i].other);
                if (rows[i].oddity)
                        CHECK(i, has_oddity(&result, rows[i].oddity));
                else if (is_for)
                        CHECK_INT(i, result.n_oddities, 0);
                json_object_put(document);
                immuniweb_result_done(&result);
        }
}

static void apis_3_row_25_odd_keys(void **state) {
        (void)state;
        static const Row rows[] = {
                { MX("{'mx1.example.com': {'bl_cnt': 1}, 'a/b~c': {'bl_cnt': 2}}"),
                  "blacklist_count", 3, .evidence = "mx1.example.com: 1; a/b~c: 2" },
                { "{'summary.ssl.value': 4, 'summary': {'ssl.value': 4}}", "ssl_issues", NAN },
                { DNSSEC("{'a.b/c': false}"), "dnssec_failures", 1, .evidence = "a.b/c" },
        };
        CHECK_ROWS(rows);
}

/* mx as an array, map and object: the same values from the same host. */
static void test_data_files(void **state) {
        (void)state;
        static const struct {
                const char *file;
                Row row;
        } rows[] = {
                { "result-mx-map.json", { .metric = "mx_hosts", .value = 2 } },
                { "result-mx-map.json",
                  { .metric = "vrfy",
                    .value = 1,
                    .at_least = true,
                    .evidence = "mx1.example.com (192.0.2.25): VRFY is enabled; the others are not "
                                "known" } },
                { "result-mx-object.json", { .metric = "mx_hosts", .value = 1 } },
                { "result-mx-object.json", { .metric = "vrfy", .value = 1 } },
                { "result-mx-object.json", { .metric = "open_relay", .value = 0 } },
                { "result-mx-object.json", { .metric = "ptr_missing", .value = 0 } },
                { "result-lists.json", { .metric = "spf", .value = 1 } },
                { "result-lists.json", { .metric = "dkim", .value = 3 } },
                { "result-lists.json",
                  { .metric = "dmarc",
                    .value = 3,
                    .evidence = "main: DMARC record is missing; dns.dmarc: no record" } },
                { "result-lists.json",
                  { .metric = "plaintext_auth", .value = 1, .at_least = true } },
                { "result-lists.json", { .metric = "dnssec_failures", .value = 1 } },
                { "result-lists.json", { .metric = "result_age", .value = 600 } },
                { "result-empty-lists.json", { .metric = "server_issues", .value = 0 } },
                { "result-empty-lists.json", { .metric = "mx_hosts", .value = 0 } },
                { "result-empty-lists.json", { .metric = "vrfy", .value = NAN } },
                { "result-empty-lists.json", { .metric = "spf", .value = NAN } },
                { "result-empty-lists.json", { .metric = "dnssec_failures", .value = NAN } },
                { "result-wrong-types.json", { .metric = "mx_hosts", .value = 2 } },
                { "result-wrong-types.json", { .metric = "open_ports", .value = NAN } },
                { "result-wrong-types.json", { .metric = "dkim", .value = 2 } },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct json_object *document = load(rows[i].file);
                ImmuniwebResult result = { 0 };
                CHECK_INT(i, immuniweb_result_decode(&result, document, NOW), 0);
                check_metric(i, &result, &rows[i].row);
                json_object_put(document);
                immuniweb_result_done(&result);
        }
}

/* Each shape once, at most so many, and never in a peer's words. */
static void test_oddities(void **state) {
        (void)state;
        struct json_object *document = load("result-wrong-types.json");
        ImmuniwebResult result = { 0 };
        (void)immuniweb_result_decode(&result, document, NOW);
        assert_true(result.n_oddities > 8);
        for (size_t i = 0; i < result.n_oddities; i++) {
                CHECK(i, strlen(result.oddities[i]) < 80);
                for (size_t j = 0; j < i; j++)
                        CHECK(i, !streq(result.oddities[i], result.oddities[j]));
        }
        json_object_put(document);
        immuniweb_result_done(&result);

        static const struct {
                const char *json;
                const char *oddity;
        } rows[] = {
                { ALERTS("{'vrfy': {'x': 1}}"), "test_email.mx[].alerts.vrfy: object" },
                { ALERTS("true"), "test_email.mx[].alerts: boolean" },
                { MX("[[]]"), "test_email.mx[]: array" },
                { MX("8"), "test_email.mx: int" },
                { COUNT("bl_cnt", "'many'"), "test_email.mx[].bl_cnt: string" },
                { COUNT("is_firewalled", "{}"), "test_email.mx[].is_firewalled: object" },
                { COUNT("open_ports", "8"), "test_email.mx[].open_ports: int" },
                { COUNT("open_ports", "[null]"), "test_email.mx[].open_ports[]: null" },
                { COUNT("PTR", "{'x': 1}"), "test_email.mx[].PTR: object" },
                { MAIN("7"), "test_email.main.alerts: int" },
                { MAIN("{'spf': {'x': 1}}"), "test_email.main.alerts.spf: object" },
                { DNS("{'spf': {'highlights': -3}}"), "test_email.dns.spf.highlights: int" },
                { DNS("{'spf': {'results': 3}}"), "test_email.dns.spf.results: int" },
                { DNSSEC("7"), "test_email.dnssec.results: int" },
                { DNSSEC("{'MX': []}"), "test_email.dnssec.results[]: array" },
                { "{'summary': {'ssl': {'value': 'x'}}}", "/summary/ssl/value: string" },
                { "{'summary': {'ssl': {'color': 'x'}}}", "/summary/ssl/color: string" },
                { "{'internals': {'ts': 'x'}}", "/internals/ts: string" },
                { "{'internals': {'ts': 4102444800}}", "/internals/ts: in the future" },
        };
        document = parse(
                "{'summary': {'server': {'value': [], 'color': 0}, 'ssl': {'value': [], 'color': "
                "0},"
                " 'dns': {'value': [], 'color': 0}, 'blacklists': {'value': [], 'color': 0},"
                " 'darkweb': {'value': [], 'color': 0}, 'phishing': {'value': [], 'color': 0}},"
                " 'internals': {'ts': {}, 'id': 7, 'short_id': 7},"
                " 'test_email': {'mx': 7, 'main': {'alerts': 7}, 'dnssec': {'results': 7}}}");
        (void)immuniweb_result_decode(&result, document, NOW);
        assert_int_equal(result.n_oddities, IMMUNIWEB_ODDITIES_MAX);
        json_object_put(document);
        immuniweb_result_done(&result);

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                document = parse(rows[i].json);
                (void)immuniweb_result_decode(&result, document, NOW);
                if (!has_oddity(&result, rows[i].oddity))
                        fail_msg("row %zu: no \"%s\", but \"%s\"", i, rows[i].oddity,
                                 result.n_oddities > 0 ? result.oddities[0] : "");
                json_object_put(document);
                immuniweb_result_done(&result);
        }
}

static void test_nothing_readable(void **state) {
        (void)state;
        static const char *const rows[] = {
                "{}",
                "{'internals': {'ts': 1763800000}}",
                "{'summary': {}, 'test_email': {}}",
                "{'summary': {'ssl': {'value': null, 'color': null}}}",
                "[]",
                "null",
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct json_object *document = parse(rows[i]);
                ImmuniwebResult result = { 0 };
                CHECK_INT(i, immuniweb_result_decode(&result, document, NOW), -ENODATA);
                json_object_put(document);
                immuniweb_result_done(&result);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_4_2_sample),
                cmocka_unit_test(apis_3_row_2_numbers),
                cmocka_unit_test(apis_3_row_17_color),
                cmocka_unit_test(apis_3_row_18_section_missing),
                cmocka_unit_test(apis_3_row_19_html),
                cmocka_unit_test(apis_3_row_20_ts),
                cmocka_unit_test(apis_3_row_21_ids),
                cmocka_unit_test(test_ids_are_bounded),
                cmocka_unit_test(apis_3_row_22_other_host),
                cmocka_unit_test(apis_3_row_25_odd_keys),
                cmocka_unit_test(test_data_files),
                cmocka_unit_test(test_oddities),
                cmocka_unit_test(test_nothing_readable),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
