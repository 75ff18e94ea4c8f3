/* SPDX-License-Identifier: MIT */
#include "unit/check.h"
#include "unit/notice-sample.h"

#include <errno.h>

#define OWN SOURCE_MAILSECD, SCOPE_ACCOUNT

static void check_fields(const Record *record, const char *const *expected) {
        struct iovec iov[RECORD_FIELDS_MAX];
        size_t n = record_iovec(record, iov), i = 0;

        for (; expected[i]; i++) {
                CHECK(i, i < n);
                CHECK_STR(i, (const char *)iov[i].iov_base, expected[i]);
                CHECK_INT(i, iov[i].iov_len, strlen(expected[i]));
        }
        CHECK_INT(i, n, i);
}

static void test_all_fields(void **state) {
        (void)state;
        static const char *const extra[] = { "MAILSEC_A=1", "MAILSEC_B=", NULL };
        static const char *const expected[] = {
                "MESSAGE=example.com: oldest inbound message waits 1h 12min (limit 1h) since "
                "03:12, "
                "critical (was warning); owner mail-team; see https://wiki.example.org/mail",
                "MESSAGE_ID=76b99b4d6b2543d3bf7653658afb604a",
                "PRIORITY=2",
                "SYSLOG_IDENTIFIER=mailsecd",
                "SYSLOG_FACILITY=3",
                "DOCUMENTATION=man:mailsecd-alerts(7)",
                "MAILSEC_EVENT=worsened",
                "MAILSEC_ALERT=symantec/example.com/inbound_oldest",
                "MAILSEC_SOURCE=symantec",
                "MAILSEC_DOMAIN=example.com",
                "MAILSEC_METRIC=inbound_oldest",
                "MAILSEC_LEVEL=critical",
                "MAILSEC_PREVIOUS_LEVEL=warning",
                "MAILSEC_VALUE=4320.5",
                "MAILSEC_LIMIT=3600",
                "MAILSEC_UNIT=seconds",
                "MAILSEC_SINCE=2025-11-22T03:12:05Z",
                "MAILSEC_MEASURED_AT=2025-11-22T04:24:05Z",
                "MAILSEC_REASON=limit",
                "MAILSEC_DETAIL=delivery queue",
                "MAILSEC_SEQUENCE=18446744073709551615",
                "MAILSEC_OWNER=mail-team",
                "MAILSEC_RUNBOOK=https://wiki.example.org/mail",
                "MAILSEC_GROUP=parked",
                "MAILSEC_EVIDENCE=/var/lib/mailsecd/evidence/example.com/20251122T031205Z/"
                "report.pdf",
                "MAILSEC_EVIDENCE_SHA256=ba7816bf",
                "MAILSEC_A=1",
                "MAILSEC_B=",
                NULL,
        };
        Notice notice = notice_of(QUEUE, "inbound_oldest");
        _cleanup_(record_freep) Record *record = NULL;

        notice.event = EVENT_WORSENED;
        notice.previous = W;
        notice.level = C;
        notice.value = 4320.5;
        notice.limit = 3600;
        notice.measured_at = NOW;
        notice.reason = "limit";
        notice.detail = "delivery queue";
        notice.sequence = UINT64_MAX;
        notice.owner = "mail-team";
        notice.runbook = "https://wiki.example.org/mail";
        notice.group = "parked";
        notice.evidence = "/var/lib/mailsecd/evidence/example.com/20251122T031205Z/report.pdf";
        notice.evidence_sha256 = "ba7816bf";
        notice.extra = extra;
        assert_int_equal(notice_record(&notice, &record), 0);
        check_fields(record, expected);
        assert_int_equal(record->priority, 2);
        assert_true(record->sequence == UINT64_MAX);
}

/* What is not there makes no field; an account is an account. */
static void test_least_fields(void **state) {
        (void)state;
        static const char *const expected[] = {
                "MESSAGE=symantec account default: queue statistics cannot be fetched, critical",
                "MESSAGE_ID=cbcd078881f04054b09d74fd997ec5ad",
                "PRIORITY=2",
                "SYSLOG_FACILITY=3",
                "DOCUMENTATION=man:mailsecd-alerts(7)",
                "MAILSEC_EVENT=raised",
                "MAILSEC_ALERT=symantec/default/up",
                "MAILSEC_SOURCE=symantec",
                "MAILSEC_ACCOUNT=default",
                "MAILSEC_METRIC=up",
                "MAILSEC_LEVEL=critical",
                "MAILSEC_PREVIOUS_LEVEL=ok",
                "MAILSEC_UNIT=bool",
                "MAILSEC_SEQUENCE=42",
                NULL,
        };
        Notice notice = notice_of(ACCOUNT, "up");
        _cleanup_(record_freep) Record *record = NULL;

        notice.event = EVENT_RAISED;
        notice.level = C;
        notice.since = 0;
        notice.identifier = NULL;
        notice.detail = notice.owner = notice.group = "";
        assert_int_equal(notice_record(&notice, &record), 0);
        check_fields(record, expected);
}

static void test_daemon_events(void **state) {
        (void)state;
        static const struct {
                Event event;
                const char *message, *expected;
                int priority;
        } rows[] = {
                { EVENT_STARTED, "mailsecd 0.1.0 watches 3 domains",
                  "mailsecd 0.1.0 watches 3 domains", 6 },
                { EVENT_RELOADED, "reloaded: 4 domains", "reloaded: 4 domains", 6 },
                { EVENT_RELOAD_REFUSED, "a\\x0ab\nc", "a\\x0ab\\x0ac", 3 }, /* escaped before */
                { EVENT_HEARTBEAT, "alive", "alive", 6 },
                { EVENT_STOPPED, NULL, "stopped", 6 },
                { EVENT_RECORDS_LOST, "", "records-lost", 3 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                Notice notice = { .event = rows[i].event,
                                  .message = rows[i].message,
                                  .value = NAN,
                                  .limit = NAN,
                                  .sequence = i };
                CHECK_INT(i, notice_record(&notice, &record), 0);
                CHECK_STR(i, record_get(record, "MESSAGE"), rows[i].expected);
                CHECK_STR(i, record_get(record, "MESSAGE_ID"), event_message_id(rows[i].event));
                CHECK_STR(i, record_get(record, "MAILSEC_EVENT"), event_name(rows[i].event));
                CHECK_STR(i, record_get(record, "DOCUMENTATION"), "man:mailsecd(8)");
                CHECK_INT(i, record->priority, rows[i].priority);
                CHECK_INT(i, atoi(record_get(record, "PRIORITY")), rows[i].priority);
                CHECK(i, !record_get(record, "MAILSEC_LEVEL"));
                CHECK(i, !record_get(record, "MAILSEC_ALERT"));
                CHECK(i, !record_get(record, "MAILSEC_VALUE"));
        }
}

static void test_changed(void **state) {
        (void)state;
        Notice notice = notice_of(TEST, "mx_hosts");
        _cleanup_(record_freep) Record *record = NULL, *bare = NULL;

        notice.event = EVENT_CHANGED;
        notice.message = "example.com: MX hosts found: 2 (was 3)";
        notice.value = 2;
        assert_int_equal(notice_record(&notice, &record), 0);
        assert_string_equal(record_get(record, "MESSAGE"), notice.message);
        assert_string_equal(record_get(record, "MAILSEC_ALERT"), "immuniweb/example.com/mx_hosts");
        assert_string_equal(record_get(record, "MAILSEC_VALUE"), "2");
        assert_string_equal(record_get(record, "DOCUMENTATION"), "man:mailsecd-alerts(7)");
        assert_int_equal(record->priority, 6);

        /* An alert's event without a metric still makes a record. */
        Notice odd = { .event = EVENT_RAISED, .message = "odd", .value = NAN, .limit = NAN };
        assert_int_equal(notice_record(&odd, &bare), 0);
        assert_string_equal(record_get(bare, "MESSAGE"), "odd");
}

static void test_foreign_text(void **state) {
        (void)state;
        Notice notice = notice_of(ACCOUNT, "up");
        _cleanup_(record_freep) Record *record = NULL, *cut = NULL;
        char large[3 * RECORD_VALUE_MAX];

        notice.event = EVENT_RAISED;
        notice.level = C;
        notice.words = "no\nMAILSEC_LEVEL=ok\x1b[2J\\";
        notice.detail = "mx1\r\n\xff\\ \xe2\x80\xae"
                        "caf\xc3\xa9";
        assert_int_equal(notice_record(&notice, &record), 0);
        assert_string_equal(record_get(record, "MESSAGE"),
                            "symantec account default: queue statistics cannot be fetched: "
                            "no\\x0aMAILSEC_LEVEL=ok\\x1b[2J\\\\ since 03:12, critical");
        assert_string_equal(record_get(record, "MAILSEC_DETAIL"),
                            "mx1\\x0d\\x0a\\xff\\\\ \\xe2\\x80\\xaecaf\xc3\xa9");

        /* Long words are cut, not what stands after them; everything has its ceiling. */
        memset(large, 'x', sizeof(large) - 1);
        large[sizeof(large) - 1] = '\0';
        notice.words = notice.detail = notice.reason = notice.runbook = large;
        assert_int_equal(notice_record(&notice, &cut), 0);
        const char *message = record_get(cut, "MESSAGE");
        assert_int_equal(strlen(message), RECORD_VALUE_MAX);
        assert_non_null(strstr(message, "xxx… since 03:12, critical; see xxx"));
        assert_int_equal(strlen(record_get(cut, "MAILSEC_DETAIL")), RECORD_VALUE_MAX);
        assert_int_equal(strlen(record_get(cut, "MAILSEC_REASON")), RECORD_VALUE_MAX);
        assert_int_equal(strlen(record_get(cut, "MAILSEC_RUNBOOK")), RECORD_VALUE_MAX);
}

static void test_extra(void **state) {
        (void)state;
        static const char *const no_equals[] = { "MAILSEC_A", NULL };
        static const char *const no_name[] = { "=1", NULL };
        static const char *const lines[] = { "MAILSEC_A=1\n2", NULL };
        const char *many[RECORD_FIELDS_MAX + 1] = {};
        Notice notice = {
                .event = EVENT_HEARTBEAT, .message = "alive", .value = NAN, .limit = NAN
        };
        _cleanup_(record_freep) Record *record = NULL;

        notice.extra = no_equals;
        assert_int_equal(notice_record(&notice, &record), -EINVAL);
        notice.extra = no_name;
        assert_int_equal(notice_record(&notice, &record), -EINVAL);
        for (size_t i = 0; i < RECORD_FIELDS_MAX; i++)
                many[i] = "MAILSEC_A=1";
        notice.extra = many;
        assert_int_equal(notice_record(&notice, &record), -EINVAL);
        assert_null(record);
        notice.extra = lines;
        assert_int_equal(notice_record(&notice, &record), 0);
        assert_string_equal(record_get(record, "MAILSEC_A"), "1\\x0a2");
}

/* One record of many domains: of their account, without what only one of them can have. */
static void test_fields_of_many(void **state) {
        (void)state;
        static const char *const extra[] = { "MAILSEC_COUNT=12",
                                             "MAILSEC_DOMAINS=a.example b.example", NULL };
        static const char *const expected[] = {
                "MESSAGE=12 domains of symantec account default: inbound_oldest is bad (limit 1h) "
                "since 03:12, critical: a.example, b.example and 10 more; mailsecctl alerts lists "
                "them",
                "MESSAGE_ID=cbcd078881f04054b09d74fd997ec5ad",
                "PRIORITY=2",
                "SYSLOG_IDENTIFIER=mailsecd",
                "SYSLOG_FACILITY=3",
                "DOCUMENTATION=man:mailsecd-alerts(7)",
                "MAILSEC_EVENT=raised",
                "MAILSEC_SOURCE=symantec",
                "MAILSEC_ACCOUNT=default",
                "MAILSEC_METRIC=inbound_oldest",
                "MAILSEC_LEVEL=critical",
                "MAILSEC_PREVIOUS_LEVEL=ok",
                "MAILSEC_LIMIT=3600",
                "MAILSEC_UNIT=seconds",
                "MAILSEC_SINCE=2025-11-22T03:12:05Z",
                "MAILSEC_MEASURED_AT=2025-11-22T04:24:05Z",
                "MAILSEC_REASON=limit",
                "MAILSEC_SEQUENCE=42",
                "MAILSEC_COUNT=12",
                "MAILSEC_DOMAINS=a.example b.example",
                NULL,
        };
        Notice notice = notice_of(QUEUE, "inbound_oldest");
        _cleanup_(record_freep) Record *record = NULL;

        notice.event = EVENT_RAISED;
        notice.level = C;
        notice.limit = 3600;
        notice.target = "default";
        notice.count = 12;
        notice.names = "a.example, b.example and 10 more";
        notice.measured_at = NOW;
        notice.reason = "limit";
        notice.extra = extra;
        assert_int_equal(notice_record(&notice, &record), 0);
        check_fields(record, expected);
}

/* Priorities of what flapping tells: by the level just now, but never less than a warning. */
static void test_priorities(void **state) {
        (void)state;
        static const struct {
                SourceId source;
                Scope scope;
                const char *metric;
                Event event;
                Level level;
                int priority;
        } rows[] = {
                { QUEUE, "inbound_oldest", EVENT_FLAPPING, C, 2 },
                { QUEUE, "inbound_oldest", EVENT_FLAPPING, W, 4 },
                { QUEUE, "inbound_oldest", EVENT_FLAPPING, OK, 4 },
                { QUEUE, "inbound_oldest", EVENT_SETTLED, C, 5 },
                { QUEUE, "inbound_oldest", EVENT_SETTLED, OK, 5 },
                /* the daemon's own failures are errors, whatever their level */
                { OWN, "store_up", EVENT_RAISED, C, 3 },
                { OWN, "config_ok", EVENT_RAISED, W, 3 },
                { OWN, "records_lost", EVENT_WORSENED, C, 3 },
                { OWN, "records_lost", EVENT_REMINDER, W, 3 },
                { OWN, "records_lost", EVENT_FLAPPING, W, 3 },
                /* and what is no failure (any more) is none */
                { OWN, "store_up", EVENT_CLEARED, OK, 5 },
                { OWN, "records_lost", EVENT_SETTLED, OK, 5 },
                { OWN, "records_lost", EVENT_FLAPPING, OK, 4 },
                /* others are not the daemon's */
                { ACCOUNT, "up", EVENT_RAISED, C, 2 },
                { SERVICE, "up", EVENT_REMINDER, W, 4 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                Notice notice = notice_of(rows[i].source, rows[i].scope, rows[i].metric);
                notice.event = rows[i].event;
                notice.level = rows[i].level;
                CHECK_INT(i, notice_record(&notice, &record), 0);
                CHECK_INT(i, record->priority, rows[i].priority);
                CHECK_INT(i, atoi(record_get(record, "PRIORITY")), rows[i].priority);
                CHECK_STR(i, record_get(record, "MESSAGE_ID"), event_message_id(rows[i].event));
                CHECK_STR(i, record_get(record, "MAILSEC_EVENT"), event_name(rows[i].event));
                CHECK_STR(i, record_get(record, "DOCUMENTATION"), "man:mailsecd-alerts(7)");
        }
}

/* A record that somebody asked for is of the severity asked for, and no alert. */
static void test_test(void **state) {
        (void)state;
        static const struct {
                Level level;
                int priority;
        } rows[] = { { C, 2 }, { W, 4 }, { OK, 6 } };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                Notice notice = { .event = EVENT_TEST,
                                  .level = rows[i].level,
                                  .message = "TEST: nothing is wrong",
                                  .value = NAN,
                                  .limit = NAN };
                CHECK_INT(i, notice_record(&notice, &record), 0);
                CHECK_INT(i, record->priority, rows[i].priority);
                CHECK_STR(i, record_get(record, "MESSAGE"), "TEST: nothing is wrong");
                CHECK_STR(i, record_get(record, "MESSAGE_ID"), "4ffb3b732b3a466089a70912afbb4dfb");
                CHECK_STR(i, record_get(record, "MAILSEC_EVENT"), "test");
                CHECK_STR(i, record_get(record, "DOCUMENTATION"), "man:mailsecd(8)");
                CHECK(i, !record_get(record, "MAILSEC_ALERT"));
                CHECK(i, !record_get(record, "MAILSEC_SOURCE"));
                CHECK(i, !record_get(record, "MAILSEC_LEVEL"));
        }
}

/* Names of many are ours, and still kept to one safe line of a size that a record may have. */
static void test_names_of_many(void **state) {
        (void)state;
        _cleanup_(record_freep) Record *record = NULL;
        char large[3 * RECORD_VALUE_MAX];
        Notice notice = notice_of(QUEUE, "inbound_oldest");

        memset(large, 'x', sizeof(large) - 1);
        large[sizeof(large) - 1] = '\0';
        notice.event = EVENT_CLEARED;
        notice.previous = C;
        notice.target = "default";
        notice.count = SIZE_MAX;
        notice.names = large;
        assert_int_equal(notice_record(&notice, &record), 0);
        const char *message = record_get(record, "MESSAGE");
        assert_int_equal(strlen(message), RECORD_VALUE_MAX);
        assert_non_null(
                strstr(message, "18446744073709551615 domains of symantec account default: "));
        assert_null(record_get(record, "MAILSEC_ALERT"));
        assert_null(record_get(record, "MAILSEC_DOMAIN"));
}

static void test_format_number(void **state) {
        (void)state;
        static const struct {
                double value;
                const char *text;
        } rows[] = {
                { 0, "0" },
                { -0.0, "0" },
                { 1, "1" },
                { -5, "-5" },
                { 100, "100" },
                { 1000000, "1000000" },
                { 9007199254740992, "9007199254740992" },
                { 1e17, "100000000000000000" },
                { 0.5, "0.5" },
                { 4320.25, "4320.25" },
                { 0.1, "0.1" },
                { 1.0 / 3, "0.333333" },
                { 1e-9, "0" },
                { -1e-9, "0" },
                { 1e20, "1e+20" },
                { INFINITY, "inf" },
                { -INFINITY, "-inf" },
                { NAN, "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                notice_format_number(&b, rows[i].value);
                CHECK_STR(i, strbuf_text(&b), rows[i].text);
        }
}

static void test_format_value(void **state) {
        (void)state;
        static const struct {
                Unit unit;
                double value;
                const char *text;
        } rows[] = {
                { UNIT_COUNT, 3, "3" },
                { UNIT_COUNT, 0, "0" },
                { UNIT_COUNT, 2.5, "2.5" },
                { UNIT_COUNT, NAN, "" },
                { UNIT_SECONDS, 4320, "1h 12min" },
                { UNIT_SECONDS, 0, "0s" },
                { UNIT_SECONDS, 0.25, "250ms" },
                { UNIT_SECONDS, 0.9996, "1s" },
                { UNIT_SECONDS, 59.6, "1min" },
                { UNIT_SECONDS, 72.3, "1min 12s" },
                { UNIT_SECONDS, -60, "-1min" },
                { UNIT_SECONDS, INFINITY, "infs" },
                { UNIT_SECONDS, 1e12, "1000000000000s" },
                { UNIT_SECONDS, NAN, "" },
                { UNIT_GRADE, 0, "good" },
                { UNIT_GRADE, 1, "information" },
                { UNIT_GRADE, 2, "weakness" },
                { UNIT_GRADE, 3, "failure" },
                { UNIT_GRADE, 4, "4" },
                { UNIT_GRADE, 1.5, "1.5" },
                { UNIT_GRADE, -1, "-1" },
                { UNIT_COLOR, 0, "green" },
                { UNIT_COLOR, 1, "blue" },
                { UNIT_COLOR, 2, "orange" },
                { UNIT_COLOR, 3, "red" },
                { UNIT_BOOL, 0, "no" },
                { UNIT_BOOL, 1, "yes" },
                { UNIT_BOOL, 2, "2" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                Metric metric = { .unit = rows[i].unit };
                notice_format_value(&b, &metric, rows[i].value);
                CHECK_STR(i, strbuf_text(&b), rows[i].text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_fields),     cmocka_unit_test(test_least_fields),
                cmocka_unit_test(test_daemon_events),  cmocka_unit_test(test_changed),
                cmocka_unit_test(test_foreign_text),   cmocka_unit_test(test_extra),
                cmocka_unit_test(test_fields_of_many), cmocka_unit_test(test_priorities),
                cmocka_unit_test(test_test),           cmocka_unit_test(test_names_of_many),
                cmocka_unit_test(test_format_number),  cmocka_unit_test(test_format_value),
        };
        return cmocka_run_group_tests(tests, set_zone, NULL);
}
