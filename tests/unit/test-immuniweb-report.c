/* SPDX-License-Identifier: MIT */
#include "unit/immuniweb-result.h"

#include "source/immuniweb-mx.h"
#include "source/immuniweb-report.h"

static void read_file(const char *name, ImmuniwebReport *ret) {
        char path[256], text[16384];
        snprintf(path, sizeof(path), TEST_DATA "/immuniweb/%s", name);
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("cannot open %s", path);
        size_t size = fread(text, 1, sizeof(text), f);
        fclose(f);
        if (immuniweb_report_read(text, size, ret) != 0)
                fail_msg("%s is not read", name);
}

/* A document written with ' for ". */
static int read_text(const char *json, ImmuniwebReport *ret) {
        _cleanup_free_ char *copy = strdup(json);
        assert_non_null(copy);
        for (char *at = copy; (at = strchr(at, '\'')); at++)
                *at = '"';
        return immuniweb_report_read(copy, strlen(copy), ret);
}

/* A part as lines: "+" where nested, the grade, name and text. */
static char *part_text(const ReportSection *part) {
        StrBuf b = { 0 };
        for (size_t i = 0; i < part->n; i++) {
                const ReportItem *item = &part->items[i];
                strbuf_addf(&b, "%s%d %s%s%s\n", item->nested ? "+" : "", item->grade, item->name,
                            *item->text ? " = " : "", item->text);
        }
        if (part->cut)
                strbuf_adds(&b, "...\n");
        char *text = b.size > 0 ? strbuf_take(&b) : strdup("");
        assert_non_null(text);
        return text;
}

static void check_part(size_t row, const ImmuniwebReport *report, ReportPart part,
                       const char *expected) {
        _cleanup_free_ char *text = part_text(&report->parts[part]);
        CHECK_STR(row, text, expected);
}

static void apis_4_2_sample(void **state) {
        static const struct {
                double issues, color;
                const char *text;
                const char *items;
        } parts[_REPORT_PART_MAX] = {
                [REPORT_SERVER] = { 1, 2, "1 issue found",
                                    "2 mx1.example.com = 192.0.2.25; priority 10; Amsterdam, "
                                    "Netherlands\n"
                                    "+-1 Open ports = 25, 465, 587\n"
                                    "+0 Reverse name = mx1.example.com\n"
                                    "+0 Open relay = Not an open relay\n"
                                    "+2 VRFY = VRFY is enabled\n"
                                    "+0 EXPN = EXPN is disabled\n"
                                    "+0 RCPT = RCPT does not reveal users\n"
                                    "+0 Login before TLS = No plain-text login before TLS\n"
                                    "-1 mx2.example.com = 198.51.100.25; priority 20; a firewall "
                                    "kept it from being tested\n" },
                [REPORT_SSL] = { 0, 0, "No issues found",
                                 "-1 mx1.example.com:25 = a separate test of the vendor, id "
                                 "a3c1e5f70918273645546372819a0b1c2d3e4f5061728394a5b6c7d8e9f0a1b2"
                                 "\n" },
                [REPORT_DNS] = { 2, 2, "2 issues found",
                                 "0 SPF = v=spf1 mx -all\n"
                                 "+-1 valid = yes\n"
                                 "+0 Ends with a hard fail\n"
                                 "+0 SPF record is present\n"
                                 "1 DKIM\n"
                                 "+1 No record found\n"
                                 "+1 No DKIM key on common selectors\n"
                                 "2 DMARC = v=DMARC1; p=none\n"
                                 "+-1 policy = none\n"
                                 "+2 Policy does not protect\n"
                                 "+2 Policy is \"none\"\n"
                                 "2 DNSSEC\n"
                                 "+0 MX = signed\n"
                                 "+2 TXT = not signed\n" },
                [REPORT_BLACKLISTS] = { 0, 0, "Not listed",
                                        "0 mx1.example.com = 192.0.2.25; blacklists: 0; "
                                        "indicator-of-compromise feeds: 0\n"
                                        "0 mx2.example.com = 198.51.100.25; blacklists: 0; "
                                        "indicator-of-compromise feeds: 0\n" },
                [REPORT_DARKWEB] = { 14, 2, "14 compromised credentials",
                                     "-1 id = a separate test of the vendor, id "
                                     "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddee"
                                     "ff0\n" },
                [REPORT_PHISHING] = { 3, 1, "3 similar domains", "" },
        };
        ImmuniwebReport report;
        (void)state;

        read_file("result.json", &report);
        assert_true(report.ts == 1763800000);
        for (size_t i = 0; i < _REPORT_PART_MAX; i++) {
                const ReportSection *part = &report.parts[i];
                CHECK(i, part->issues == parts[i].issues);
                CHECK(i, part->color == parts[i].color);
                CHECK_STR(i, part->text, parts[i].text);
                check_part(i, &report, (ReportPart)i, parts[i].items);
                CHECK(i, report_part_title((ReportPart)i)[0] != '\0');
        }
        immuniweb_report_done(&report);
        immuniweb_report_done(&report);
}

typedef struct PartRow {
        const char *json;
        ReportPart part;
        const char *items;
} PartRow;

static void check_parts(const PartRow *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                ImmuniwebReport report;
                CHECK_INT(i, read_text(rows[i].json, &report), 0);
                check_part(i, &report, rows[i].part, rows[i].items);
                immuniweb_report_done(&report);
        }
}

static void servers(void **state) {
        static const PartRow rows[] = {
                { MX("{'hostname': 'a', 'priority': '5'}"), REPORT_SERVER, "-1 a = priority 5\n" },
                { MX("{'a.example': {'ip': '::1'}, 'b.example': null, 'c.example': 7}"),
                  REPORT_SERVER, "-1 a.example = ::1\n-1 b.example\n-1 c.example\n" },
                { MX("[{}, {'ip': '192.0.2.1'}, 'x']"), REPORT_SERVER,
                  "-1 MX entry 1\n-1 192.0.2.1\n-1 x\n" },
                { HOST("'software': 'Postfix 3.7', 'banner': {'value': '220 mx ESMTP'}"),
                  REPORT_SERVER,
                  "-1 a\n+-1 Software = Postfix 3.7\n+-1 Software = 220 mx ESMTP\n" },
                { HOST("'software': ['Exim', {'x': 1}, '4.96'], 'version': {}"), REPORT_SERVER,
                  "-1 a\n+-1 Software = Exim\n+-1 Software = 4.96\n" },
                { HOST("'open_ports': []"), REPORT_SERVER, "-1 a\n+-1 Open ports = none\n" },
                { HOST("'open_ports': [25, {'port': 587}, 'submissions', 70000]"), REPORT_SERVER,
                  "-1 a\n+-1 Open ports = 25, 587, submissions\n" },
                { HOST("'PTR': null"), REPORT_SERVER,
                  "2 a\n+2 Reverse name = no good reverse name\n" },
                { HOST("'PTR': {'value': 'host.example', 'tag': 3, 'text': 'Generic'}"),
                  REPORT_SERVER, "2 a\n+2 Reverse name = Generic\n" },
                { HOST("'PTR': ['host.example']"), REPORT_SERVER,
                  "0 a\n+0 Reverse name = host.example\n" },
                { ALERTS("[{'name': 'VRFY', 'tag': 3, 'text': 'on'}, {'name': 'STARTTLS', 'class': "
                         "'critical', 'text': 'missing'}, 'Old software']"),
                  REPORT_SERVER, "3 a\n+2 VRFY = on\n+3 STARTTLS = missing\n+1 Old software\n" },
                { ALERTS("{'open_relay': true, 'dane': {'valid': false}}"), REPORT_SERVER,
                  "3 a\n+2 Open relay\n+3 dane\n" },
                { ALERTS("'none'"), REPORT_SERVER, "-1 a\n" },
                { MX("7"), REPORT_SERVER, "" },
                { "{}", REPORT_SERVER, "" },
        };
        (void)state;
        check_parts(rows, ELEMENTSOF(rows));
}

static void blacklists(void **state) {
        static const PartRow rows[] = {
                { COUNT("bl_cnt", "2"), REPORT_BLACKLISTS, "2 a = blacklists: 2\n" },
                { COUNT("bl_cnt", "['bl.example.org', 'x.example.net']"), REPORT_BLACKLISTS,
                  "2 a = blacklists: 2\n+2 bl.example.org\n+2 x.example.net\n" },
                { HOST("'bl_cnt': 1, 'blacklists': {'bl.example.org': true, 'ok.example': false, "
                       "'n.example': null, 'y.example': '127.0.0.2'}"),
                  REPORT_BLACKLISTS,
                  "2 a = blacklists: 1\n+2 bl.example.org\n+2 y.example = 127.0.0.2\n" },
                { HOST("'blacklist': [{'name': 'bl.example', 'listed': true, 'text': 'spam'}, "
                       "{'host': 'no.example', 'listed': false}, {'host': 'h.example'}, 7, {}]"),
                  REPORT_BLACKLISTS, "2 a\n+2 bl.example = spam\n+2 h.example\n" },
                { HOST("'bl_cnt': 0, 'ioc_cnt': [1, 2]"), REPORT_BLACKLISTS,
                  "2 a = blacklists: 0; indicator-of-compromise feeds: 3\n" },
                { HOST("'bl_cnt': 'many'"), REPORT_BLACKLISTS, "-1 a\n" },
        };
        (void)state;
        check_parts(rows, ELEMENTSOF(rows));
}

static void records(void **state) {
        static const PartRow rows[] = {
                { DNS("{'dkim': {'results': {'s1': {'record': 'v=DKIM1; p=AB', 'valid': true}, "
                      "'s2': "
                      "{'valid': false}}, 'highlights': []}}"),
                  REPORT_DNS, "3 DKIM\n+0 s1 = v=DKIM1; p=AB\n+3 s2\n" },
                { DNS("{'dkim': {'results': [{'selector': 's1', 'txt': 'k'}, 'v=DKIM1']}}"),
                  REPORT_DNS, "-1 DKIM\n+-1 s1 = k\n+-1 record = v=DKIM1\n" },
                { DNS("{'spf': {'results': 'v=spf1 -all'}}"), REPORT_DNS,
                  "-1 SPF = v=spf1 -all\n" },
                { DNS("{'spf': {'results': {'record': null, 'valid': false, 'lookups': 11, "
                      "'include': "
                      "['a.example', 'b.example', {'host': 'c', 'record': 'd'}]}}}"),
                  REPORT_DNS,
                  "3 SPF\n+-1 valid = no\n+-1 lookups = 11\n+-1 include = a.example\n"
                  "+-1 include = b.example\n+-1 c = d\n" },
                { MAIN("[{'record': 'SPF', 'class': 'warning', 'text': 'soft'}, {'text': 'Bad "
                       "DMARC "
                       "policy', 'tag': 2}, 'nothing']"),
                  REPORT_DNS, "2 SPF\n+2 soft\n2 DMARC\n+2 Bad DMARC policy\n" },
                { DNSSEC("['signed', {'type': 'MX', 'signed': false}, {'name': 'A', 'valid': "
                         "true}]"),
                  REPORT_DNS, "2 DNSSEC\n+0 record = signed\n+2 MX = not signed\n+0 A = signed\n" },
                { DNSSEC("{'MX': 'maybe'}"), REPORT_DNS, "-1 DNSSEC\n+-1 MX\n" },
                { DNSSEC("{'MX': true}"), REPORT_DNS, "0 DNSSEC\n+0 MX = signed\n" },
                { DNSSEC("[]"), REPORT_DNS, "" },
                { DNS("[]"), REPORT_DNS, "" },
        };
        (void)state;
        check_parts(rows, ELEMENTSOF(rows));
}

static void chained_tests(void **state) {
        static const PartRow rows[] = {
                { "{'test_ssl': {'mx1:25': {'results': {'grade': 'A-', 'score': 90}, 'highlights': "
                  "[{'highlight': 'TLS 1.0', 'tag': 2}, {'text': 'fine', 'tag': 1}], 'internals': "
                  "{'scores': {'pci_dss': {'class': 'warning', 'description': 'No'}}}}}}",
                  REPORT_SSL,
                  "0 mx1:25 = grade A-; score 90\n+2 pci_dss = No\n+2 TLS 1.0\n+0 fine\n" },
                { "{'test_ssl': [{'hostname': 'h', 'id': 'abc'}, {'grade': 'F', 'hostname': 'b'}, "
                  "{'grade': 'C'}]}",
                  REPORT_SSL,
                  "-1 h = a separate test of the vendor, id abc\n3 b = grade F\n2 host = grade "
                  "C\n" },
                { "{'test_ssl': {'h': {'id': 'abc'}, 'i': ['x', 'y'], 'j': 7, 'k': null}}",
                  REPORT_SSL,
                  "-1 h = a separate test of the vendor, id abc\n-1 i = a separate test of the "
                  "vendor, id x\n-1 i = a separate test of the vendor, id y\n" },
                { "{'test_ssl': {'id': 'abc'}}", REPORT_SSL,
                  "-1 id = a separate test of the vendor, id abc\n" },
                { "{'test_ssl': {'supports_tlsv1.1': {'grade': 'B', 'server_info': {'hostname': "
                  "{'value': 'mx.example'}}}}}",
                  REPORT_SSL, "1 mx.example = grade B\n" },
                { "{'test_darkweb': {'id': 'abc', 'phishing_id': 'def'}}", REPORT_DARKWEB,
                  "-1 id = a separate test of the vendor, id abc\n" },
                { "{'test_darkweb': {'id': 'abc', 'phishing_id': 'def'}}", REPORT_PHISHING,
                  "-1 phishing_id = a separate test of the vendor, id def\n" },
                { "{'test_darkweb': 'abc'}", REPORT_DARKWEB,
                  "-1 id = a separate test of the vendor, id abc\n" },
                { "{'test_darkweb': {'internals': {'scores': {'dark_web': {'class': 'danger', "
                  "'description': '9 leaks'}, 'phishing': {'class': 'good', 'description': "
                  "'none'}}},"
                  " 'results': {'phishing_block4': [{'domain': 'examp1e.com', 'server_ip': "
                  "'192.0.2.9', 'fuzzer': 'homoglyph'}, 'exarnple.com', 7], 'leaks': [{'email': "
                  "'a@example.com'}]}}}",
                  REPORT_PHISHING,
                  "0 phishing = none\n-1 examp1e.com = 192.0.2.9; homoglyph\n-1 exarnple.com\n" },
                { "{'test_darkweb': {'internals': {'scores': {'dark_web': {'class': 'danger', "
                  "'description': '9 leaks'}}}, 'results': {'leaks': [{'email': "
                  "'a@example.com'}]}}}",
                  REPORT_DARKWEB, "3 dark_web = 9 leaks\n-1 a@example.com\n" },
        };
        (void)state;
        check_parts(rows, ELEMENTSOF(rows));
}

static void every_shape_of_the_samples(void **state) {
        static const char *const names[] = {
                "result-empty-lists.json", "result-lists.json",
                "result-mx-map.json",      "result-mx-object.json",
                "result-wrong-types.json", "check-cached.json",
                "error-0-with-data.json",  "../immuniweb-report/whole.json"
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                ImmuniwebReport report;
                read_file(names[i], &report);
                for (size_t p = 0; p < _REPORT_PART_MAX; p++) {
                        const ReportSection *part = &report.parts[p];
                        CHECK(i, part->text);
                        for (size_t j = 0; j < part->n; j++) {
                                CHECK(i, part->items[j].name && part->items[j].text);
                                CHECK(i, part->items[j].grade >= -1 && part->items[j].grade <= 3);
                                CHECK(i, j > 0 || !part->items[j].nested);
                        }
                }
                immuniweb_report_done(&report);
        }
}

static void markup_and_controls_are_taken_out(void **state) {
        static const PartRow rows[] = {
                { "{'test_email': {'mx': [{'hostname': "
                  "'<b>mx</b>&lt;script&gt;alert(1)&lt;/script&gt;', "
                  "'ip': 'a\\u0000b', 'banner': '\\u001b[31mred\\u0007'}]}}",
                  REPORT_SERVER, "-1 mxalert(1) = a\n+-1 Software = [31mred\n" },
                { DNS("{'spf': {'results': {'record': 'a\\u202eb\\r\\nc', '<i>k</i>': 'v'}}}"),
                  REPORT_DNS, "-1 SPF = ab c\n+-1 k = v\n" },
        };
        (void)state;
        check_parts(rows, ELEMENTSOF(rows));
}

static void what_is_no_object(void **state) {
        static const char *const texts[] = { "",    " ", "null",    "[]",   "7",
                                             "'x'", "{", "{'a': }", "{} x", "<html>" };
        ImmuniwebReport report = { .ts = 42 };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                CHECK_INT(i, read_text(texts[i], &report), -EBADMSG);
        assert_true(report.ts == 42);
        assert_int_equal(read_text("{}", &report), 0);
        assert_true(isnan(report.ts));
        for (size_t i = 0; i < _REPORT_PART_MAX; i++) {
                CHECK(i, isnan(report.parts[i].issues) && isnan(report.parts[i].color));
                CHECK_STR(i, report.parts[i].text, "");
                CHECK_INT(i, report.parts[i].n, 0);
                CHECK(i, !report.parts[i].cut);
        }
        immuniweb_report_done(&report);
}

/* Documents that are larger than anything real: bounded in number and length, and said so. */
static void bounds(void **state) {
        StrBuf b = { 0 };
        ImmuniwebReport report;
        (void)state;

        strbuf_adds(&b, "{\"test_email\": {\"dns\": {\"spf\": {\"results\": {\"record\": \"");
        for (int i = 0; i < 50000; i++)
                strbuf_adds(&b, "xy");
        strbuf_adds(&b, "\"}, \"highlights\": [");
        for (int i = 0; i < 5000; i++)
                strbuf_addf(&b, "%s\"finding %d\"", i > 0 ? "," : "", i);
        strbuf_adds(&b, "]}}, \"mx\": [");
        for (int i = 0; i < 5000; i++)
                strbuf_addf(&b, "%s{\"hostname\": \"mx%d\", \"alerts\": {\"a\": true}}",
                            i > 0 ? "," : "", i);
        strbuf_adds(&b, "]}}");
        assert_int_equal(immuniweb_report_read(b.data, b.size, &report), 0);
        strbuf_done(&b);

        const ReportSection *dns = &report.parts[REPORT_DNS], *mx = &report.parts[REPORT_SERVER];
        assert_int_equal(dns->n, REPORT_ITEMS_MAX);
        assert_true(dns->cut);
        assert_true(strlen(dns->items[0].text) <= 1000);
        assert_string_equal(dns->items[199].name, "finding 198");
        assert_int_equal(mx->n, REPORT_ITEMS_MAX);
        assert_true(mx->cut);
        assert_true(report.parts[REPORT_BLACKLISTS].cut); /* more hosts than are read */
        assert_int_equal(report.parts[REPORT_BLACKLISTS].n, MX_ENTRIES_MAX);
        immuniweb_report_done(&report);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_4_2_sample),
                cmocka_unit_test(servers),
                cmocka_unit_test(blacklists),
                cmocka_unit_test(records),
                cmocka_unit_test(chained_tests),
                cmocka_unit_test(every_shape_of_the_samples),
                cmocka_unit_test(markup_and_controls_are_taken_out),
                cmocka_unit_test(what_is_no_object),
                cmocka_unit_test(bounds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
