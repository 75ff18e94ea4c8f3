/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-result.h"

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

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_3_row_11_mx),
                cmocka_unit_test(apis_3_row_12_ioc_cnt),
                cmocka_unit_test(apis_3_row_13_bl_cnt),
                cmocka_unit_test(apis_3_row_14_open_ports),
                cmocka_unit_test(apis_3_row_15_mx_alerts),
                cmocka_unit_test(apis_3_row_16_is_firewalled),
                cmocka_unit_test(test_ptr_missing),
                cmocka_unit_test(apis_3_row_23_location),
                cmocka_unit_test(test_many_mx_entries),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
