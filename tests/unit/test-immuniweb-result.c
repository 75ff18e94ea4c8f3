/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "source/immuniweb-finding.h"
#include "source/immuniweb-result.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

/* Ten minutes after internals.ts of the samples. */
#define NOW (UINT64_C(1763800600) * USEC_PER_SEC)

/* One document (written with ' for ") and what one metric is to read. */
typedef struct Row {
        const char *json;
        const char *metric;
        double value; /* NAN = unknown */
        bool at_least;
        const char *evidence; /* NULL = whatever; "" = none */
} Row;

#define MAIN(alerts)    "{'test_email': {'main': {'alerts': " alerts "}}}"
#define MX(mx)          "{'test_email': {'mx': " mx "}}"
#define DNS(dns)        "{'test_email': {'dns': " dns "}}"
#define DNSSEC(results) "{'test_email': {'dnssec': {'results': " results "}}}"
#define ALERTS(alerts)  MX("[{'hostname': 'a', 'alerts': " alerts "}]")

static struct json_object *parse(const char *text) {
        struct json_object *document = NULL;
        _cleanup_free_ char *copy = strdup(text);
        assert_non_null(copy);
        for (char *at = copy; (at = strchr(at, '\'')); at++)
                *at = '"';
        if (json_read_document(copy, strlen(copy), &document) < 0)
                fail_msg("not JSON: %s", copy);
        return document;
}

static struct json_object *load(const char *name) {
        char path[256], text[16384];
        struct json_object *document = NULL;
        snprintf(path, sizeof(path), TEST_DATA "/immuniweb/%s", name);
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("cannot open %s", path);
        size_t size = fread(text, 1, sizeof(text), f);
        fclose(f);
        assert_int_equal(json_read_document(text, size, &document), 0);
        return document;
}

static size_t metric_at(const char *name) {
        size_t i = metric_find(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN), name);
        if (i == SIZE_MAX)
                fail_msg("no metric %s", name);
        return i;
}

static void check_metric(size_t row, const ImmuniwebResult *result, const Row *expected) {
        size_t i = metric_at(expected->metric);
        double value = result->values[i];
        const char *evidence = result->evidence[i] ? result->evidence[i] : "";

        if (isnan(value) != isnan(expected->value) ||
            (!isnan(value) && fabs(value - expected->value) > 1e-3))
                fail_msg("row %zu: %s is %g, not %g", row, expected->metric, value,
                         expected->value);
        CHECK_INT(row, (result->at_least >> i) & 1, expected->at_least);
        if (expected->evidence)
                CHECK_STR(row, evidence, expected->evidence);
}

static void check_rows(const Row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct json_object *document = parse(rows[i].json);
                ImmuniwebResult result = { 0 };
                int r = immuniweb_result_decode(&result, document, NOW);
                CHECK(i, r == 0 || r == -ENODATA);
                json_object_put(document); /* nothing may be borrowed from it */
                check_metric(i, &result, &rows[i]);
                immuniweb_result_done(&result);
        }
}

#define CHECK_ROWS(rows) check_rows(rows, ELEMENTSOF(rows))

static bool has_oddity(const ImmuniwebResult *result, const char *text) {
        for (size_t i = 0; i < result->n_oddities; i++)
                if (streq(result->oddities[i], text))
                        return true;
        return false;
}

/* The sample of apis.md 4.2, every metric. */
static void apis_4_2_sample(void **state) {
        (void)state;
        static const Row rows[] = {
                { "", "up", NAN, .evidence = "" },
                { "", "server_issues", 1, .evidence = "summary.server: 1 issue found" },
                { "", "ssl_issues", 0, .evidence = "summary.ssl: No issues found" },
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

static void apis_3_row_11_mx(void **state) {
        (void)state;
        static const Row rows[] = {
                { MX("[{'hostname': 'a'}, {'hostname': 'b'}]"), "mx_hosts", 2, .evidence = "a; b" },
                { MX("{'hostname': 'a', 'ip': '192.0.2.1'}"), "mx_hosts", 1,
                  .evidence = "a (192.0.2.1)" },
                { MX("{'priority': 10}"), "mx_hosts", 1, .evidence = "MX entry 1" },
                { MX("{'a.example': {'ip': '192.0.2.1'}, 'b.example': {}}"), "mx_hosts", 2,
                  .evidence = "a.example (192.0.2.1); b.example" },
                { MX("{'10': {'hostname': 'a'}, '20': {'hostname': 'b'}}"), "mx_hosts", 2,
                  .evidence = "a; b" },
                { MX("{'ip': {'bl_cnt': 3}}"), "blacklist_count", 3, .evidence = "ip: 3" },
                /* Several addresses of a host: one host, but two entries for what is counted. */
                { MX("[{'hostname': 'A', 'ip': '192.0.2.1'}, {'hostname': 'a', 'ip': "
                     "'192.0.2.2'}]"),
                  "mx_hosts", 1 },
                { MX("[{'hostname': 'a', 'is_firewalled': 1}, {'hostname': 'a', "
                     "'is_firewalled': 1}]"),
                  "mx_firewalled", 2 },
                /* Without a name each counts. */
                { MX("[{'ip': '192.0.2.1'}, {'ip': '192.0.2.1'}]"), "mx_hosts", 2,
                  .evidence = "192.0.2.1; 192.0.2.1" },
                { MX("['a', null, 4, '', {'hostname': ''}]"), "mx_hosts", 2 },
                { MX("[]"), "mx_hosts", 0, .evidence = "" },
                { MX("{}"), "mx_hosts", 0 },
                { MX("[]"), "blacklist_count", NAN },
                { MX("[]"), "vrfy", NAN },
                { MX("null"), "mx_hosts", NAN },
                { MX("'a'"), "mx_hosts", NAN },
                { "{'test_email': {}}", "mx_hosts", NAN },
                { "{'test_email': {}}", "open_ports", NAN },
        };
        CHECK_ROWS(rows);
}

#define COUNT(key, value) MX("[{'hostname': 'a', '" key "': " value "}]")

static void apis_3_row_12_ioc_cnt(void **state) {
        (void)state;
        static const Row rows[] = {
                { COUNT("ioc_cnt", "3"), "ioc_count", 3, .evidence = "a: 3" },
                { COUNT("ioc_cnt", "'3'"), "ioc_count", 3 },
                { COUNT("ioc_cnt", "[1, 2]"), "ioc_count", 3 },
                { COUNT("ioc_cnt", "['x', 'y']"), "ioc_count", 2 },
                { COUNT("ioc_cnt", "[{}, 5]"), "ioc_count", 2 },
                { COUNT("ioc_cnt", "[]"), "ioc_count", 0, .evidence = "" },
                { COUNT("ioc_cnt", "{'feed': 1, 'other': 0}"), "ioc_count", 2 },
                { COUNT("ioc_cnt", "null"), "ioc_count", NAN },
                { COUNT("ioc_cnt", "-1"), "ioc_count", NAN },
                { COUNT("ioc_cnt", "true"), "ioc_count", NAN },
                { COUNT("other", "1"), "ioc_count", NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_13_bl_cnt(void **state) {
        (void)state;
        static const Row rows[] = {
                { COUNT("bl_cnt", "2"), "blacklist_count", 2 },
                { COUNT("bl_cnt", "'2'"), "blacklist_count", 2 },
                { COUNT("bl_cnt", "[1, 1]"), "blacklist_count", 2 },
                { COUNT("bl_cnt", "['list']"), "blacklist_count", 1 },
                { COUNT("bl_cnt", "{'list': true}"), "blacklist_count", 1 },
                { COUNT("bl_cnt", "null"), "blacklist_count", NAN },
                { MX("[{'hostname': 'mx1', 'ip': '192.0.2.25', 'bl_cnt': 2}, {'hostname': 'mx2', "
                     "'bl_cnt': 1}, {'hostname': 'mx3', 'bl_cnt': 0}]"),
                  "blacklist_count", 3, .evidence = "mx1 (192.0.2.25): 2; mx2: 1" },
                /* A part unknown: a lower bound, or nothing where the bound is 0. */
                { MX("[{'hostname': 'a', 'bl_cnt': 2}, {'hostname': 'b'}]"), "blacklist_count", 2,
                  true, "a: 2; the others are not known" },
                { MX("[{'hostname': 'a', 'bl_cnt': 0}, {'hostname': 'b'}]"), "blacklist_count", NAN,
                  .evidence = "" },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_14_open_ports(void **state) {
        (void)state;
        static const Row rows[] = {
                { COUNT("open_ports", "[25, 465]"), "open_ports", 2, .evidence = "a: 25, 465" },
                { COUNT("open_ports", "['25', 'smtps']"), "open_ports", 2,
                  .evidence = "a: 25, smtps" },
                { COUNT("open_ports", "[{'port': 25}, {'port': '587', 'name': 'submission'}]"),
                  "open_ports", 2, .evidence = "a: 25, 587" },
                { COUNT("open_ports", "[25, null, {}, 0, 70000, '', true]"), "open_ports", 1 },
                { COUNT("open_ports", "[]"), "open_ports", 0, .evidence = "" },
                { COUNT("open_ports", "25"), "open_ports", NAN },
                { COUNT("open_ports", "null"), "open_ports", NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_15_record_alerts(void **state) {
        (void)state;
        static const Row rows[] = {
                /* by tag, class, color, title, in this order */
                { MAIN("{'spf': {'tag': 0}}"), "spf", 0 },
                { MAIN("{'spf': {'tag': 1}}"), "spf", 0 },
                { MAIN("{'spf': {'tag': 7}}"), "spf", 0 },
                { MAIN("{'spf': {'tag': '8'}}"), "spf", 0 },
                { MAIN("{'spf': {'tag': 4}}"), "spf", 1 },
                { MAIN("{'spf': {'tag': 2}}"), "spf", 2 },
                { MAIN("{'spf': {'tag': 13}}"), "spf", 2 },
                { MAIN("{'spf': {'tag': 'good', 'class': 'danger'}}"), "spf", 0 },
                { MAIN("{'spf': {'tag': 1, 'class': 'danger', 'color': 'red'}}"), "spf", 0 },
                { MAIN("{'spf': {'class': 'danger', 'color': 'green'}}"), "spf", 3 },
                { MAIN("{'spf': {'class': '', 'color': 'Red'}}"), "spf", 3 },
                { MAIN("{'spf': {'class': 'alert alert-warning'}}"), "spf", 2 },
                { MAIN("{'spf': {'class': 'not-ok', 'color': 'orange'}}"), "spf", 2 },
                { MAIN("{'spf': {'color': 'green'}}"), "spf", 0 },
                { MAIN("{'spf': {'color': 'blue'}}"), "spf", 1 },
                { MAIN("{'spf': {'color': 'mauve', 'title': 'Good configuration'}}"), "spf", 0 },
                { MAIN("{'spf': {'title': 'Information'}}"), "spf", 1 },
                { MAIN("{'spf': {'title': 'Misconfiguration or weakness'}}"), "spf", 2 },
                { MAIN("{'spf': {'title': 'Critical problem'}}"), "spf", 3 },
                { MAIN("{'spf': {'title': 'Ends with a hard fail'}}"), "spf", NAN },
                { MAIN("{'spf': {'title': 'No weakness'}}"), "spf", NAN },
                { MAIN("{'spf': {'text': 'Present'}}"), "spf", NAN },
                { MAIN("{'spf': {'valid': false}}"), "spf", 3 },
                { MAIN("{'spf': {'valid': true}}"), "spf", 0 },
                { MAIN("{'spf': {'vulnerable': true}}"), "spf", 2 },
                { MAIN("{'spf': {'vulnerable': 0}}"), "spf", 0 },
                /* bool, number, text */
                { MAIN("{'dmarc': true}"), "dmarc", 2, .evidence = "main" },
                { MAIN("{'dmarc': false}"), "dmarc", 0 },
                { MAIN("{'dmarc': 3}"), "dmarc", 2 },
                { MAIN("{'dmarc': 0.0}"), "dmarc", 0 },
                { MAIN("{'dmarc': -1}"), "dmarc", NAN },
                { MAIN("{'dmarc': 'true'}"), "dmarc", 2 },
                { MAIN("{'dmarc': '0'}"), "dmarc", 0 },
                { MAIN("{'dmarc': '7'}"), "dmarc", 2 },
                { MAIN("{'dmarc': 'Policy is none [3]'}"), "dmarc", 1,
                  .evidence = "main: Policy is none [3]" },
                /* containers and nothing */
                { MAIN("{'dkim': [{'tag': 1}, 'text', {'tag': 3, 'message': 'm'}, true]}"), "dkim",
                  2, .evidence = "main: m; main" },
                { MAIN("{'dkim': {'0': {'tag': 1}, '1': {'color': 'red', 'highlight': 'h'}}}"),
                  "dkim", 3, .evidence = "main: h" },
                { MAIN("{'dkim': {}}"), "dkim", NAN },
                { MAIN("{'dkim': []}"), "dkim", NAN },
                { MAIN("{'dkim': ''}"), "dkim", NAN },
                { MAIN("{'dkim': null}"), "dkim", NAN },
                { MAIN("[]"), "dkim", NAN },
                { MAIN("'x'"), "dkim", NAN },
                { MAIN("{'DKIM-Record': {'tag': 3}}"), "dkim", 2 },
                /* a list whose entries name the record */
                { MAIN("[{'record': 'SPF', 'tag': 3}, {'record': 'DKIM', 'tag': 1}]"), "spf", 2 },
                { MAIN("[{'record': 'SPF', 'tag': 3}, {'record': 'DKIM', 'tag': 1}]"), "dkim", 0 },
                { MAIN("[{'record': 'SPF', 'tag': 3}, {'record': 'DKIM', 'tag': 1}]"), "dmarc",
                  NAN },
                { MAIN("[{'type': 'spf', 'tag': 3, 'text': 'needed for DMARC'}]"), "dmarc", NAN },
                { MAIN("[{'tag': 3, 'text': 'No DMARC policy'}]"), "dmarc", 2,
                  .evidence = "main: No DMARC policy" },
                { MAIN("{'0': {'tag': 3, 'description': 'DMARC is missing'}}"), "dmarc", 2 },
                { MAIN("['SPF is present', 'x']"), "spf", 1 },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_15_highlights_and_results(void **state) {
        (void)state;
        static const Row rows[] = {
                { DNS("{'spf': {'highlights': [{'tag': 1}, {'tag': 3, 'text': 'w'}]}}"), "spf", 2,
                  .evidence = "dns.spf: w" },
                { DNS("{'spf': {'highlights': {'a': {'tag': 4}}}}"), "spf", 1 },
                { DNS("{'spf': {'highlights': 'Ends with ~all [4]'}}"), "spf", 1 },
                { DNS("{'spf': {'highlights': [{'location': 'x', 'highlight': 'h'}]}}"), "spf",
                  NAN },
                { DNS("{'spf': []}"), "spf", NAN },
                { DNS("{'spf': {'results': {'valid': false}}}"), "spf", 3,
                  .evidence = "dns.spf: the record is not valid" },
                { DNS("{'spf': {'results': {'valid': 'false'}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {'valid': true}}}"), "spf", 0 },
                { DNS("{'spf': {'results': {'valid': null}}}"), "spf", NAN },
                { DNS("{'spf': {'results': {'record': null}}}"), "spf", 3,
                  .evidence = "dns.spf: no record" },
                { DNS("{'spf': {'results': {'record': ''}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {'record': false}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {'record': 'v=spf1 -all'}}}"), "spf", NAN },
                { DNS("{'spf': {'results': {'found': false}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {'exists': 0}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {'present': false, 'valid': true}}}"), "spf", 3 },
                { DNS("{'spf': {'results': {}}}"), "spf", NAN },
                { DNS("{'spf': {'results': 'x'}}"), "spf", NAN },
                { DNS("{'spf': {'results': {'valid': false}, 'highlights': [{'tag': 1}]}}"), "spf",
                  3 },
                /* Selectors: one invalid key is a failure, a missing one only if all are missing.
                 */
                { DNS("{'dkim': {'results': [{'valid': true}, {'valid': false}]}}"), "dkim", 3 },
                { DNS("{'dkim': {'results': {'a': {'record': null}, 'b': {'valid': true}}}}"),
                  "dkim", 0 },
                { DNS("{'dkim': {'results': [{'record': null}, {'record': ''}, {}, 4]}}"), "dkim",
                  3 },
                { DNS("{'dkim': {'results': [{'record': null}, {'record': 'v=DKIM1'}]}}"), "dkim",
                  NAN },
        };
        CHECK_ROWS(rows);
}

static void apis_3_row_15_mx_alerts(void **state) {
        (void)state;
        static const Row rows[] = {
                { ALERTS("{'vrfy': {'tag': 3, 'text': 'VRFY is enabled'}}"), "vrfy", 1,
                  .evidence = "a: VRFY is enabled" },
                { ALERTS("{'vrfy': {'tag': 1}}"), "vrfy", 0, .evidence = "" },
                { ALERTS("{'vrfy': {'tag': 4}}"), "vrfy", 0 },
                { ALERTS("{'VRFY': true}"), "vrfy", 1, .evidence = "a" },
                { ALERTS("{'vrfy': 0}"), "vrfy", 0 },
                { ALERTS("{'vrfy': 'disabled'}"), "vrfy", 0 },
                { ALERTS("{'vrfy': null}"), "vrfy", NAN },
                { ALERTS("{'vrfy': []}"), "vrfy", NAN },
                { ALERTS("{'vrfy': {'highlight': 'h'}}"), "vrfy", NAN },
                { ALERTS("{'expn': true}"), "vrfy", NAN },
                { ALERTS("{'Open Relay': {'color': 'red'}}"), "open_relay", 1 },
                { ALERTS("{'openrelay': true}"), "open_relay", 1 },
                { ALERTS("{'open-relay': true}"), "open_relay", 1 },
                { ALERTS("{'relay': true}"), "open_relay", 1 },
                { ALERTS("{'EXPN command': true}"), "expn", 1 },
                { ALERTS("{'RCPT_TO': true}"), "rcpt", 1 },
                { ALERTS("{'plain_text_auth': true}"), "plaintext_auth", 1 },
                { ALERTS("{'plaintext': true}"), "plaintext_auth", 1 },
                { ALERTS("{'auth_plain': true}"), "plaintext_auth", 1 },
                { ALERTS("{'Plain-Text Authentication': true}"), "plaintext_auth", 1 },
                { ALERTS("[{'name': 'VRFY', 'tag': 3}]"), "vrfy", 1 },
                { ALERTS("[{'tag': 3, 'text': 'VRFY and EXPN answer'}]"), "expn", 1 },
                { ALERTS("[{'name': 'vrfy', 'tag': 3, 'text': 'as does EXPN'}]"), "expn", NAN },
                { ALERTS("{'0': {'tag': 3, 'title': 'Open relay'}}"), "open_relay", 1 },
                { ALERTS("{'vrfy': {'tag': 3, 'text': 'as does RCPT'}}"), "rcpt", NAN },
                { ALERTS("['EXPN is disabled']"), "expn", 0 },
                { ALERTS("[]"), "vrfy", NAN },
                { ALERTS("7"), "vrfy", NAN },
                { MX("[{'alerts': {'vrfy': true}}, {'alerts': {'vrfy': {'tag': 3}}}, {'alerts': "
                     "{'vrfy': 0}}]"),
                  "vrfy", 2 },
                { MX("[{'alerts': {'vrfy': true}}, {}]"), "vrfy", 1, true },
                { MX("[{'alerts': {'vrfy': false}}, {}]"), "vrfy", NAN },
        };
        CHECK_ROWS(rows);
}

#define HOST(members) MX("[{'hostname': 'a', " members "}]")

static void apis_3_row_16_is_firewalled(void **state) {
        (void)state;
        static const Row rows[] = {
                { COUNT("is_firewalled", "true"), "mx_firewalled", 1, .evidence = "a" },
                { COUNT("is_firewalled", "1"), "mx_firewalled", 1 },
                { COUNT("is_firewalled", "'True'"), "mx_firewalled", 1 },
                { COUNT("is_firewalled", "false"), "mx_firewalled", 0, .evidence = "" },
                { COUNT("is_firewalled", "0"), "mx_firewalled", 0 },
                { COUNT("is_firewalled", "'false'"), "mx_firewalled", 0 },
                { COUNT("is_firewalled", "null"), "mx_firewalled", NAN },
                { COUNT("is_firewalled", "'maybe'"), "mx_firewalled", NAN },
                { COUNT("x", "1"), "mx_firewalled", NAN },
                /* What needs a connection is unknown; what others say of the address is not. */
                { HOST("'is_firewalled': true, 'alerts': {'vrfy': true}"), "vrfy", NAN },
                { HOST("'is_firewalled': true, 'alerts': {'vrfy': false}"), "vrfy", NAN },
                { HOST("'is_firewalled': true, 'open_ports': []"), "open_ports", NAN },
                { HOST("'is_firewalled': true, 'PTR': null"), "ptr_missing", NAN },
                { HOST("'is_firewalled': true, 'PTR': {'tag': 3}"), "ptr_missing", 1 },
                { HOST("'is_firewalled': true, 'bl_cnt': 2"), "blacklist_count", 2 },
                { HOST("'is_firewalled': true, 'ioc_cnt': 0"), "ioc_count", 0 },
                { MX("[{'is_firewalled': true}, {'alerts': {'expn': true}}]"), "expn", 1, true },
                { MX("[{'is_firewalled': true}, {'alerts': {'expn': false}}]"), "expn", NAN },
        };
        CHECK_ROWS(rows);
}

static void test_ptr_missing(void **state) {
        (void)state;
        static const Row rows[] = {
                { COUNT("PTR", "null"), "ptr_missing", 1, .evidence = "a: no good reverse name" },
                { COUNT("PTR", "''"), "ptr_missing", 1 },
                { COUNT("PTR", "[]"), "ptr_missing", 1 },
                { COUNT("PTR", "{}"), "ptr_missing", 1 },
                { COUNT("PTR", "false"), "ptr_missing", 1 },
                { COUNT("PTR", "true"), "ptr_missing", 0 },
                { COUNT("PTR", "'a.example'"), "ptr_missing", 0 },
                { COUNT("PTR", "{'value': 'a.example', 'tag': 1}"), "ptr_missing", 0 },
                { COUNT("PTR", "{'value': 'a.example'}"), "ptr_missing", 0 },
                { COUNT("PTR", "{'value': null, 'tag': 1}"), "ptr_missing", 1 },
                { COUNT("PTR", "{'hostname': ''}"), "ptr_missing", 1 },
                { COUNT("PTR", "{'value': 'a.example', 'tag': 3, 'text': 'Generic name'}"),
                  "ptr_missing", 1, .evidence = "a: Generic name" },
                { COUNT("PTR", "{'valid': false}"), "ptr_missing", 1 },
                { COUNT("PTR", "{'valid': true}"), "ptr_missing", 0 },
                { COUNT("PTR", "{'color': 'green'}"), "ptr_missing", 0 },
                { COUNT("PTR", "['a.example']"), "ptr_missing", 0 },
                { COUNT("PTR", "[{'tag': 3}]"), "ptr_missing", 1 },
                { COUNT("PTR", "{'ttl': 5}"), "ptr_missing", NAN },
                { COUNT("PTR", "[[]]"), "ptr_missing", NAN },
                { COUNT("other", "null"), "ptr_missing", NAN },
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

/* lat and lng, strings or numbers, take part in nothing. */
static void apis_3_row_23_location(void **state) {
        (void)state;
        static const Row rows[] = {
                { HOST("'bl_cnt': 1, 'location': {'lat': '52.37', 'lng': '4.90'}"),
                  "blacklist_count", 1 },
                { HOST("'bl_cnt': 1, 'location': {'lat': 52.37, 'lng': 4.9}"), "blacklist_count",
                  1 },
                { HOST("'bl_cnt': 1, 'location': []"), "blacklist_count", 1 },
        };
        CHECK_ROWS(rows);
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

static void test_dnssec(void **state) {
        (void)state;
        static const Row rows[] = {
                { DNSSEC("{'MX': {'signed': true, 'valid': true}}"), "dnssec_failures", 0 },
                { DNSSEC("{'MX': {'signed': true, 'valid': false}}"), "dnssec_failures", 1,
                  .evidence = "MX: signature not valid" },
                { DNSSEC("{'MX': {'signed': false, 'valid': null}}"), "dnssec_failures", 1,
                  .evidence = "MX: not signed" },
                { DNSSEC("{'MX': {'valid': null}}"), "dnssec_failures", 1 },
                { DNSSEC("{'MX': {'signed': true}}"), "dnssec_failures", 0 },
                { DNSSEC("{'MX': {'signed': 'false'}}"), "dnssec_failures", 1 },
                { DNSSEC("{'MX': {'tag': 3}}"), "dnssec_failures", 1, .evidence = "MX" },
                { DNSSEC("{'MX': {'color': 'green'}}"), "dnssec_failures", 0 },
                { DNSSEC("{'MX': {'x': 3}}"), "dnssec_failures", NAN },
                { DNSSEC("{'MX': true, 'A': false, 'TXT': 0}"), "dnssec_failures", 2 },
                { DNSSEC("{'MX': 'Signed', 'A': 'not signed', 'TXT': 'bogus'}"), "dnssec_failures",
                  2, .evidence = "A; TXT" },
                { DNSSEC("{'MX': 'perhaps', 'A': false}"), "dnssec_failures", 1, true },
                { DNSSEC("{'MX': null, 'A': true}"), "dnssec_failures", NAN },
                { DNSSEC("[{'type': 'MX', 'valid': false}, {'valid': false}, {'valid': true}]"),
                  "dnssec_failures", 2,
                  .evidence = "MX: signature not valid; record: signature not valid" },
                { DNSSEC("{}"), "dnssec_failures", NAN },
                { DNSSEC("[]"), "dnssec_failures", NAN },
                { DNSSEC("null"), "dnssec_failures", NAN },
                { DNSSEC("false"), "dnssec_failures", NAN },
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

/* More entries than are read: what is counted is a lower bound, and nothing grows with them. */
static void test_many_mx_entries(void **state) {
        (void)state;
        static const Row rows[] = {
                { "", "mx_hosts", 128, true },
                { "", "blacklist_count", 128, true },
                { "", "mx_firewalled", NAN },
                { "", "ptr_missing", 128, true },
        };
        for (int map = 0; map < 2; map++) {
                _cleanup_strbuf_ StrBuf b = { 0 };
                strbuf_adds(&b, map ? "{'test_email': {'mx': {" : "{'test_email': {'mx': [");
                for (int i = 0; i < 300; i++) {
                        strbuf_addf(&b, i > 0 ? ", " : " ");
                        if (map)
                                strbuf_addf(&b, "'h%d': ", i);
                        strbuf_addf(&b,
                                    "{'hostname': 'host-%d.example', 'bl_cnt': 1, "
                                    "'is_firewalled': false, 'PTR': null}",
                                    i);
                }
                strbuf_adds(&b, map ? "}}}" : "]}}");
                struct json_object *document = parse(strbuf_text(&b));
                ImmuniwebResult result = { 0 };
                assert_int_equal(immuniweb_result_decode(&result, document, NOW), 0);
                json_object_put(document);
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        check_metric(i, &result, &rows[i]);
                        const char *evidence = result.evidence[metric_at(rows[i].metric)];
                        CHECK(i, !evidence || strlen(evidence) <= 410);
                }
                assert_true(has_oddity(&result, "test_email.mx: more entries than are read"));
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

static void test_names(void **state) {
        (void)state;
        assert_true(finding_same_name("Open Relay", "open_relay"));
        assert_true(finding_same_name("", " -_"));
        assert_false(finding_same_name("open", "open_relay"));
        assert_false(finding_same_name("open_relay", "open"));
        assert_int_equal(finding_color(NULL), -1);
        assert_int_equal(finding_flag(NULL), -1);
        assert_null(finding_name(NULL));
        assert_false(finding_mentions(NULL, "spf"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_4_2_sample),
                cmocka_unit_test(apis_3_row_2_numbers),
                cmocka_unit_test(apis_3_row_11_mx),
                cmocka_unit_test(apis_3_row_12_ioc_cnt),
                cmocka_unit_test(apis_3_row_13_bl_cnt),
                cmocka_unit_test(apis_3_row_14_open_ports),
                cmocka_unit_test(apis_3_row_15_record_alerts),
                cmocka_unit_test(apis_3_row_15_highlights_and_results),
                cmocka_unit_test(apis_3_row_15_mx_alerts),
                cmocka_unit_test(apis_3_row_16_is_firewalled),
                cmocka_unit_test(test_ptr_missing),
                cmocka_unit_test(apis_3_row_17_color),
                cmocka_unit_test(apis_3_row_18_section_missing),
                cmocka_unit_test(apis_3_row_19_html),
                cmocka_unit_test(apis_3_row_20_ts),
                cmocka_unit_test(apis_3_row_21_ids),
                cmocka_unit_test(test_ids_are_bounded),
                cmocka_unit_test(apis_3_row_22_other_host),
                cmocka_unit_test(apis_3_row_23_location),
                cmocka_unit_test(apis_3_row_25_odd_keys),
                cmocka_unit_test(test_dnssec),
                cmocka_unit_test(test_data_files),
                cmocka_unit_test(test_oddities),
                cmocka_unit_test(test_many_mx_entries),
                cmocka_unit_test(test_nothing_readable),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
