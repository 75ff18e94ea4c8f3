/* SPDX-License-Identifier: MIT */
#include "unit/check.h"
#include "unit/notice-sample.h"

#include "base/text.h"
#include "engine/alertmanager-internal.h"
#include "engine/alertmanager-json.h"

#include <errno.h>
#include <json-c/json.h>

/* What an alert is in Alertmanager's JSON, and which ends are kept how long. */

static void test_names(void **state) {
        static const char *const rows[][2] = {
                { "up", "MailsecUp" },
                { "inbound_oldest", "MailsecInboundOldest" },
                { "receive_inbound_messages", "MailsecReceiveInboundMessages" },
                { "spf", "MailsecSpf" },
                { "dnssec_failures", "MailsecDnssecFailures" },
                { "", "Mailsec" },
                { "_a__b_", "MailsecAB" },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                alertmanager_name(&b, rows[i][0]);
                CHECK_STR(i, strbuf_text(&b), rows[i][1]);
        }
}

/* Every metric has a name that is a label value of its own. */
static void test_names_differ(void **state) {
        _cleanup_strbuf_ StrBuf all = {};
        (void)state;

        for (SourceId source = 0; source < _SOURCE_MAX; source++) {
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++) {
                        const MetricSet *set = metric_set(source, scope);
                        strbuf_reset(&all);
                        strbuf_addc(&all, '\n');
                        for (size_t i = 0; set && i < set->n; i++) {
                                _cleanup_strbuf_ StrBuf one = {};
                                strbuf_addc(&one, '\n');
                                alertmanager_name(&one, set->metrics[i].name);
                                strbuf_addc(&one, '\n');
                                CHECK(i, !strstr(strbuf_text(&all), strbuf_text(&one)));
                                strbuf_adds(&all, strbuf_text(&one) + 1);
                        }
                }
        }
}

/* The text at "OBJECT.MEMBER" or at "MEMBER" of the alert, or NULL. */
static const char *text_at(struct json_object *alert, const char *object, const char *member) {
        struct json_object *o = object ? json_object_object_get(alert, object) : alert;
        struct json_object *value = json_object_object_get(o, member);

        return value && json_object_is_type(value, json_type_string) ? json_object_get_string(value)
                                                                     : NULL;
}

static struct json_object *parse_alert(size_t row, const AlertmanagerAlert *alert) {
        _cleanup_strbuf_ StrBuf b = {};

        strbuf_adds(&b, "[");
        CHECK_INT(row, alertmanager_json(&b, alert), 0);
        CHECK(row, b.data[0] == '[' && b.data[1] == '{');
        CHECK(row, text_is_utf8(b.data, b.size));
        for (size_t i = 0; i < b.size; i++)
                CHECK(row, (unsigned char)b.data[i] >= ' ');
        struct json_object *parsed = json_tokener_parse(b.data + 1);
        CHECK(row, json_object_is_type(parsed, json_type_object));
        return parsed;
}

static Record *record_of(const Notice *notice) {
        Record *record = NULL;
        assert_int_equal(notice_record(notice, &record), 0);
        return record;
}

static void test_whole_alert(void **state) {
        static const char *const expected[][3] = {
                { "labels", "alertname", "MailsecInboundOldest" },
                { "labels", "source", "symantec" },
                { "labels", "domain", "example.com" },
                { "labels", "metric", "inbound_oldest" },
                { "labels", "account", NULL },
                { "labels", "severity", NULL },
                { "annotations", "summary",
                  "example.com: oldest inbound message waits 1h 12min (limit 1h) since 03:12, "
                  "critical; owner mail-team; see https://wiki.example.org/mail" },
                { "annotations", "level", "critical" },
                { "annotations", "value", "4320.5" },
                { "annotations", "limit", "3600" },
                { "annotations", "unit", "seconds" },
                { "annotations", "since", "2025-11-22T03:12:05Z" },
                { "annotations", "reason", "limit" },
                { "annotations", "detail", "delivery queue" },
                { "annotations", "owner", "mail-team" },
                { "annotations", "group", "parked" },
                { "annotations", "evidence", "/var/lib/mailsecd/evidence/x/report.pdf" },
                { "annotations", "evidence_sha256", "00ff" },
                { "annotations", "identity", "symantec/example.com/inbound_oldest" },
                { "annotations", "runbook_url", "https://wiki.example.org/mail" },
                { "annotations", "page", "https://m.example/s/domain/example.com" },
                { NULL, "generatorURL", "https://m.example/s/domain/example.com" },
                { NULL, "startsAt", "2025-11-22T03:12:05.123Z" },
                { NULL, "endsAt", "2025-11-22T04:24:05.000Z" },
        };
        Notice notice = notice_of(QUEUE, "inbound_oldest");
        (void)state;

        notice.event = EVENT_RAISED;
        notice.level = C;
        notice.value = 4320.5;
        notice.limit = 3600;
        notice.reason = "limit";
        notice.detail = "delivery queue";
        notice.owner = "mail-team";
        notice.runbook = "https://wiki.example.org/mail";
        notice.group = "parked";
        notice.evidence = "/var/lib/mailsecd/evidence/x/report.pdf";
        notice.evidence_sha256 = "00ff";
        _cleanup_(record_freep) Record *record = record_of(&notice);
        AlertmanagerAlert alert = {
                .record = record,
                .since = SINCE + 123 * USEC_PER_MSEC + 999,
                .until = NOW,
                .site = "https://m.example/s",
        };
        struct json_object *parsed = parse_alert(0, &alert);
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                const char *text = text_at(parsed, expected[i][0], expected[i][1]);
                if (expected[i][2])
                        CHECK_STR(i, text, expected[i][2]);
                else
                        CHECK(i, !text);
        }
        assert_int_equal(json_object_object_length(parsed), 5);
        assert_int_equal(json_object_object_length(json_object_object_get(parsed, "labels")), 4);
        assert_int_equal(json_object_object_length(json_object_object_get(parsed, "annotations")),
                         15);
        json_object_put(parsed);
}

/* What else decides labels, links and times. */
static void test_variants(void **state) {
        static const struct {
                SourceId source;
                Scope scope;
                const char *metric, *severity, *site;
                usec_t since, until;
                const char *labels, *page, *ends;
        } rows[] = {
                { TEST, "spf", NULL, NULL, SINCE, NOW,
                  "{\"alertname\":\"MailsecSpf\",\"source\":\"immuniweb\",\"domain\":\"example."
                  "com\","
                  "\"metric\":\"spf\"}",
                  NULL, "2025-11-22T04:24:05.000Z" },
                { ACCOUNT, "up", NULL, "http://[::1]:9797", SINCE, NOW,
                  "{\"alertname\":\"MailsecUp\",\"source\":\"symantec\",\"account\":\"default\","
                  "\"metric\":\"up\"}",
                  "http://[::1]:9797/", "2025-11-22T04:24:05.000Z" },
                { QUEUE, "inbound_oldest", "warning", NULL, SINCE, NOW,
                  "{\"alertname\":\"MailsecInboundOldest\",\"source\":\"symantec\","
                  "\"domain\":\"example.com\",\"metric\":\"inbound_oldest\","
                  "\"severity\":\"warning\"}",
                  NULL, "2025-11-22T04:24:05.000Z" },
                /* A clock that was set back: no end before the beginning. */
                { SERVICE, "up", "critical", NULL, SINCE, SINCE - 5,
                  "{\"alertname\":\"MailsecUp\",\"source\":\"immuniweb\",\"account\":\"default\","
                  "\"metric\":\"up\",\"severity\":\"critical\"}",
                  NULL, "2025-11-22T03:12:05.000Z" },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Notice notice = notice_of(rows[i].source, rows[i].scope, rows[i].metric);
                notice.event = EVENT_RAISED;
                notice.level = W;
                _cleanup_(record_freep) Record *record = record_of(&notice);
                AlertmanagerAlert alert = {
                        .record = record,
                        .since = rows[i].since,
                        .until = rows[i].until,
                        .severity = rows[i].severity,
                        .site = rows[i].site,
                };
                struct json_object *parsed = parse_alert(i, &alert);
                CHECK_STR(i,
                          json_object_to_json_string_ext(json_object_object_get(parsed, "labels"),
                                                         JSON_C_TO_STRING_PLAIN |
                                                                 JSON_C_TO_STRING_NOSLASHESCAPE),
                          rows[i].labels);
                if (rows[i].page) {
                        CHECK_STR(i, text_at(parsed, "annotations", "page"), rows[i].page);
                        CHECK_STR(i, text_at(parsed, NULL, "generatorURL"), rows[i].page);
                } else {
                        CHECK(i, !text_at(parsed, "annotations", "page"));
                        CHECK(i, !text_at(parsed, NULL, "generatorURL"));
                }
                CHECK_STR(i, text_at(parsed, NULL, "endsAt"), rows[i].ends);
                json_object_put(parsed);
        }
}

/* A peer's text is what it is in a record: escaped, and no longer than a field. */
static void test_hostile_text(void **state) {
        static const char *const texts[] = {
                "\"]},{\\u0000",
                "<script>\x1b[31m\n\r\t\x7f",
                "\xff\xfe\xe2\x80\xae",
                "\\\\\"\\",
        };
        (void)state;

        for (size_t i = 0; i <= ELEMENTSOF(texts); i++) {
                _cleanup_free_ char *longest = calloc(1, 100000);
                memset(longest, '"', 99999);
                Notice notice = notice_of(QUEUE, "inbound_oldest");
                notice.event = EVENT_RAISED;
                notice.level = W;
                notice.words = notice.detail = i < ELEMENTSOF(texts) ? texts[i] : longest;
                _cleanup_(record_freep) Record *record = record_of(&notice);
                AlertmanagerAlert alert = { .record = record, .since = SINCE, .until = NOW };
                struct json_object *parsed = parse_alert(i, &alert);
                const char *detail = text_at(parsed, "annotations", "detail");
                CHECK_STR(i, detail, record_get(record, "MAILSEC_DETAIL"));
                CHECK(i, strlen(detail) <= ALERTMANAGER_TEXT_MAX);
                CHECK_STR(i, text_at(parsed, "annotations", "summary"),
                          record_get(record, "MESSAGE"));
                json_object_put(parsed);
        }
}

/* A record of no alert is none. */
static void test_no_alert(void **state) {
#define ROW(text)                                                                                  \
        { text, sizeof(text) - 1 }
        static const struct {
                const char *data;
                size_t size;
        } rows[] = {
                ROW("MESSAGE=x\0MAILSEC_METRIC=up\0MAILSEC_DOMAIN=a\0"),
                ROW("MESSAGE=x\0MAILSEC_SOURCE=symantec\0MAILSEC_DOMAIN=a\0"),
                ROW("MESSAGE=x\0MAILSEC_SOURCE=symantec\0MAILSEC_METRIC=up\0"),
        };
#undef ROW
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                _cleanup_strbuf_ StrBuf b = {};
                CHECK_INT(i, record_new(1, 6, rows[i].data, rows[i].size, &record), 0);
                AlertmanagerAlert alert = { .record = record, .since = SINCE, .until = NOW };
                CHECK_INT(i, alertmanager_json(&b, &alert), -EINVAL);
                CHECK_INT(i, b.size, 0);
        }
}

/* --- ends ------------------------------------------------------------------------------------- */

typedef struct Fixture {
        Monitor monitor; /* without a store */
        Alertmanagers all;
        AlertmanagerServer servers[2];
        AlertmanagerServer *list[2];
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        if (!f)
                return -1;
        f->all.monitor = &f->monitor;
        f->all.servers = f->list;
        f->all.n = 2;
        for (size_t i = 0; i < 2; i++)
                f->list[i] = &f->servers[i];
        f->servers[1].severity_label = true;
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        ends_done(&f->all.ends);
        assert_int_equal(f->all.ends.n, 0);
        free(f);
        return 0;
}

static void add_end(Fixture *f, uint64_t id, bool of_level) {
        Notice notice = notice_of(QUEUE, "inbound_oldest");
        End end = { .since = SINCE, .at = NOW, .level = W, .of_level = of_level };

        notice.event = EVENT_CLEARED;
        ends_note(&f->all, id, &end, &notice);
}

/* The ids that are kept, as digits. */
static uint64_t ids_of(const Ends *ends) {
        uint64_t ids = 0;
        size_t n = 0;

        for (const End *end = ends->first; end; end = end->next, n++)
                ids = ids * 10 + end->id;
        assert_int_equal(n, ends->n);
        return ids;
}

/* It stays until every server took it. */
static void test_ends_are_kept(void **state) {
        Fixture *f = *state;

        for (uint64_t id = 1; id <= 6; id++)
                add_end(f, id, id == 2 || id == 5);
        ends_trim(&f->all);
        assert_int_equal(ids_of(&f->all.ends), 123456);
        f->servers[0].taken = 4;
        ends_trim(&f->all);
        assert_int_equal(ids_of(&f->all.ends), 123456);
        f->servers[1].taken = 3;
        ends_trim(&f->all);
        assert_int_equal(ids_of(&f->all.ends), 456);
        const End *of_level = f->all.ends.first->next;
        assert_true(of_level->of_level);
        assert_false(end_concerns(of_level, &f->servers[0]));
        assert_true(end_concerns(of_level, &f->servers[1]));
        assert_false(end_concerns(f->all.ends.first, &f->servers[0]));
        assert_true(end_concerns(f->all.ends.first, &f->servers[1]));
        f->servers[0].taken = f->servers[1].taken = 6;
        ends_trim(&f->all);
        assert_int_equal(ids_of(&f->all.ends), 0);
        add_end(f, 7, false);
        assert_int_equal(ids_of(&f->all.ends), 7);
}

/* What a store brings back takes its place, whenever it comes, and only once. */
static void test_ends_are_restored(void **state) {
        static const uint64_t ids[] = { 2, 4, 9, 3, 4, 1, 8, 9 };
        Fixture *f = *state;

        add_end(f, 7, false);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                EndRow row = { .id = ids[i], .level = C, .data = "MESSAGE=x", .size = 10 };
                CHECK_INT(i, ends_restore(&f->all.ends, &row), 0);
        }
        assert_int_equal(ids_of(&f->all.ends), 1234789);
        assert_int_equal(f->all.ends.last, 9);
        assert_int_equal(f->all.ends.first->level, C);
        /* No record: it is left out. */
        assert_int_equal(ends_restore(&f->all.ends, &(EndRow){ .id = 5, .data = "x", .size = 1 }),
                         0);
        add_end(f, 10, false);
        f->servers[0].taken = f->servers[1].taken = 8;
        ends_trim(&f->all);
        assert_int_equal(ids_of(&f->all.ends), 9 * 10 + 10);
}

/* Not more than a bound; the oldest go. */
static void test_ends_are_bounded(void **state) {
        Fixture *f = *state;

        for (uint64_t id = 1; id <= ALERTMANAGER_ENDS_MAX + 5; id++)
                add_end(f, id, false);
        assert_int_equal(f->all.ends.n, ALERTMANAGER_ENDS_MAX);
        assert_int_equal(f->all.ends.first->id, 6);
        assert_true(f->all.ends.overflow);
        f->servers[0].taken = f->servers[1].taken = ALERTMANAGER_ENDS_MAX + 5;
        ends_trim(&f->all);
        assert_int_equal(f->all.ends.n, 0);
        assert_false(f->all.ends.overflow);
}

/* As which an alert stands there. */
static void test_level(void **state) {
        static const struct {
                Level told;
                bool flapping, removed;
                Level expected;
        } rows[] = {
                { OK, false, false, OK }, { W, false, false, W },  { C, false, false, C },
                { OK, true, false, W },   { W, true, false, W },   { C, true, false, C },
                { OK, true, true, OK },   { OK, false, true, OK },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Standing s = {
                        .voice = { .told = rows[i].told, .flapping = rows[i].flapping },
                        .removed = rows[i].removed,
                        .alert = { .level = C },
                };
                CHECK_INT(i, alertmanager_level(&s), rows[i].expected);
        }
}

/* How long a post waits that was not taken. */
static void test_wait(void **state) {
#define MIN_ USEC_PER_MIN
#define SEC_ USEC_PER_SEC
        static const struct {
                Outcome outcome;
                unsigned failures;
                usec_t resend, retry_after;
                double jitter;
                usec_t expected;
        } rows[] = {
                /* Whatever is wrong, a quarter of `resend`, a half, and all of it. */
                { OUTCOME_CONNECT, 1, MIN_, 0, 0, 15 * SEC_ },
                { OUTCOME_SERVER, 2, MIN_, 0, 0, 30 * SEC_ },
                { OUTCOME_TIMEOUT, 3, MIN_, 0, 0, MIN_ },
                { OUTCOME_NETWORK, 1000, MIN_, 0, 1, 66 * SEC_ },
                { OUTCOME_HTTP, 1, MIN_, 0, 0, 15 * SEC_ },
                { OUTCOME_HTTP, 1000, MIN_, 0, 1, 66 * SEC_ },
                { OUTCOME_NOT_FOUND, 1, MIN_, 0, 0, 15 * SEC_ },
                { OUTCOME_NOT_FOUND, 1000, MIN_, 0, 1, 66 * SEC_ },
                { OUTCOME_REDIRECT, 1, MIN_, 0, 1, 16500 * USEC_PER_MSEC },
                { OUTCOME_REDIRECT, 1000, MIN_, 0, 0, MIN_ },
                { OUTCOME_SERVER, 1000, 60 * MIN_, 0, 0, 60 * MIN_ },
                { OUTCOME_SERVER, 1, 10 * SEC_, 0, 0, 2500 * USEC_PER_MSEC },
                /* A login is tried less often. */
                { OUTCOME_AUTH, 1, MIN_, 0, 0, MIN_ },
                { OUTCOME_AUTH, 2, MIN_, 0, 0, 2 * MIN_ },
                { OUTCOME_FORBIDDEN, 3, MIN_, 0, 0, 4 * MIN_ },
                { OUTCOME_FORBIDDEN, 1000, MIN_, 0, 1, 264 * SEC_ },
                { OUTCOME_AUTH, 1000, 10 * SEC_, 0, 0, 40 * SEC_ },
                { OUTCOME_AUTH, 1000, 2 * MIN_, 0, 1, 5 * MIN_ },
                { OUTCOME_AUTH, 1, 60 * MIN_, 0, 0, 15 * MIN_ },
                /* What it asks for makes it longer, within bounds, and never shorter. */
                { OUTCOME_SERVER, 1, MIN_, 40 * SEC_, 0, 40 * SEC_ },
                { OUTCOME_SERVER, 1, MIN_, USEC_PER_DAY, 1, 2 * MIN_ },
                { OUTCOME_RATE_LIMITED, 1, 10 * MIN_, USEC_INFINITY, 0, 5 * MIN_ },
                { OUTCOME_NOT_FOUND, 1, MIN_, 30 * MIN_, 0, 2 * MIN_ },
                { OUTCOME_AUTH, 3, MIN_, 30 * MIN_, 0, 4 * MIN_ },
                { OUTCOME_SERVER, 1000, MIN_, SEC_, 0, MIN_ },
        };
#undef MIN_
#undef SEC_
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                AlertmanagerServer server = {
                        .resend = rows[i].resend,
                        .failures_in_row = rows[i].failures,
                };
                CHECK_INT(
                        i,
                        server_wait(&server, rows[i].outcome, rows[i].retry_after, rows[i].jitter),
                        rows[i].expected);
        }
}

/* The first server there is knows of what stands then, whatever one before it knew. */
static void test_adoption(void **state) {
        static const struct {
                Standing before;
                Level shown;
                usec_t since;
        } rows[] = {
                /* None knew of it. */
                { { .voice = { .told = W }, .alert = { .since = SINCE } }, W, SINCE },
                { { .voice = { .told = OK } }, OK, NOW },
                /* One did: it cleared and came back without it, */
                { { .voice = { .told = W },
                    .alert = { .since = SINCE },
                    .change = 7,
                    .shown = OK,
                    .shown_since = 1 },
                  W,
                  SINCE },
                /* or it cleared. */
                { { .voice = { .told = OK }, .change = 7, .shown = C, .shown_since = 1 }, OK, NOW },
        };
        AlertmanagerSettings settings[2] = {
                { .endpoint = { .url = "http://127.0.0.1:9093" }, .resend = USEC_PER_MIN },
                { .endpoint = { .url = "http://127.0.0.2:9093" }, .resend = USEC_PER_MIN },
        };
        Moment now = { .wall = NOW, .boot = 5 };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Config config = { .alertmanagers = settings, .n_alertmanagers = 1 };
                Standing s = rows[i].before;
                Account account = { .subject = { .standing = &s } };
                Monitor m = { .config = &config, .accounts = &account, .n_accounts = 1 };
                alertmanagers_configure(&m, now);
                CHECK_INT(i, s.shown, rows[i].shown);
                CHECK_INT(i, s.shown_since, rows[i].since);
                CHECK_INT(i, s.change, 0);
                /* A second server changes nothing of what the first one knows. */
                s.change = NOW + 1;
                s.shown = C;
                s.shown_since = 2;
                config.n_alertmanagers = 2;
                alertmanagers_configure(&m, now);
                CHECK_INT(i, s.change, NOW + 1);
                CHECK_INT(i, s.shown, C);
                CHECK_INT(i, s.shown_since, 2);
                m.alertmanagers = alertmanagers_free(m.alertmanagers);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_names_differ),
                cmocka_unit_test(test_whole_alert),
                cmocka_unit_test(test_variants),
                cmocka_unit_test(test_hostile_text),
                cmocka_unit_test(test_no_alert),
                cmocka_unit_test(test_level),
                cmocka_unit_test(test_wait),
                cmocka_unit_test(test_adoption),
                cmocka_unit_test_setup_teardown(test_ends_are_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ends_are_restored, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ends_are_bounded, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, set_zone, NULL);
}
