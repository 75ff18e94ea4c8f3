/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-result.h"

#include "source/immuniweb-finding.h"

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
                cmocka_unit_test(apis_3_row_15_record_alerts),
                cmocka_unit_test(apis_3_row_15_highlights_and_results),
                cmocka_unit_test(test_dnssec),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
