/* SPDX-License-Identifier: MIT */
#include "unit/check.h"
#include "unit/notice-sample.h"

#include "base/text.h"

typedef struct Row {
        SourceId source;
        Scope scope;
        const char *metric;
        Event event;
        Level previous, level;
        double value, limit;
        const char *message;
} Row;

static void check_message(size_t row, const Notice *notice, const char *message) {
        _cleanup_(record_freep) Record *record = NULL;

        CHECK_INT(row, notice_record(notice, &record), 0);
        CHECK_STR(row, record_get(record, "MESSAGE"), message);
}

/* clang-format off */
static const Row messages[] = {
        /* the example of spec section 5, to the letter */
        { QUEUE, "inbound_oldest", EVENT_RAISED, OK, C, 4320, 3600,
          "example.com: oldest inbound message waits 1h 12min (limit 1h) since 03:12, critical" },
        { QUEUE, "inbound_oldest", EVENT_RAISED, OK, W, 930.4, 900,
          "example.com: oldest inbound message waits 15min 30s (limit 15min) since 03:12, warning" },
        { QUEUE, "inbound_oldest", EVENT_WORSENED, W, C, 4320, 3600,
          "example.com: oldest inbound message waits 1h 12min (limit 1h) since 03:12, critical (was warning)" },
        { QUEUE, "inbound_oldest", EVENT_EASED, C, W, 1200, 900,
          "example.com: oldest inbound message waits 20min (limit 15min) since 03:12, warning (was critical)" },
        { QUEUE, "inbound_oldest", EVENT_REMINDER, C, C, 4320, 3600,
          "example.com: oldest inbound message waits 1h 12min (limit 1h) since 03:12, still critical" },
        { QUEUE, "inbound_oldest", EVENT_CLEARED, C, OK, 120, 900,
          "example.com: oldest inbound message waits 2min, ok again after 1h 12min (was critical)" },
        /* other units */
        { QUEUE, "inbound_messages", EVENT_RAISED, OK, W, 1234567, 1000000,
          "example.com: inbound messages in queue: 1234567 (limit 1000000) since 03:12, warning" },
        { TEST, "spf", EVENT_RAISED, OK, W, 2, 2,
          "example.com: SPF check: weakness (limit weakness) since 03:12, warning" },
        { TEST, "dmarc", EVENT_CLEARED, W, OK, 1, 2,
          "example.com: DMARC check: information, ok again after 1h 12min (was warning)" },
        { TEST, "server_color", EVENT_RAISED, OK, C, 3, 2,
          "example.com: the mail servers are rated red (limit orange) since 03:12, critical" },
        { TEST, "server_color", EVENT_CLEARED, C, OK, 0, 2,
          "example.com: the mail servers are rated green, ok again after 1h 12min (was critical)" },
        { TEST, "open_relay", EVENT_RAISED, OK, C, 1, 1,
          "example.com: MX hosts that are open relays: 1 (limit 1) since 03:12, critical" },
        { TEST, "result_age", EVENT_RAISED, OK, W, 183600, 172800,
          "example.com: the vendor ran the test 2d 3h ago (limit 2d) since 03:12, warning" },
        { SERVICE, "tests_left", EVENT_RAISED, OK, W, 3, 5,
          "immuniweb account default: tests left of daily_tests: 3 (limit 5) since 03:12, warning" },
        { ACCOUNT, "domains_missing", EVENT_RAISED, OK, W, 2, 1,
          "symantec account default: configured domains absent from the answer: 2 (limit 1) since 03:12, warning" },
        /* yes or no: a limit says nothing */
        { ACCOUNT, "up", EVENT_RAISED, OK, C, 0, 0,
          "symantec account default: queue statistics cannot be fetched since 03:12, critical" },
        { ACCOUNT, "up", EVENT_CLEARED, C, OK, 1, 0,
          "symantec account default: ok again after 1h 12min (was critical)" },
        { SERVICE, "up", EVENT_CLEARED, C, OK, NAN, NAN,
          "immuniweb account default: ok again after 1h 12min (was critical)" },
        { TEST, "up", EVENT_RAISED, OK, C, 0, 0,
          "example.com: email security test gave no result since 03:12, critical" },
        { TEST, "up", EVENT_CLEARED, C, OK, 1, 0,
          "example.com: email security test gave a result, ok again after 1h 12min (was critical)" },
        /* where the phrase with a good value would mislead */
        { QUEUE, "data_age", EVENT_RAISED, OK, W, 960, 900,
          "example.com: no queue statistics for 16min (limit 15min) since 03:12, warning" },
        { QUEUE, "data_age", EVENT_CLEARED, W, OK, 0, 900,
          "example.com: queue statistics arrive, ok again after 1h 12min (was warning)" },
        { QUEUE, "inbound_stuck", EVENT_CLEARED, W, OK, 0, 1800,
          "example.com: inbound queue moves, ok again after 1h 12min (was warning)" },
        /* the value or limit is not known */
        { QUEUE, "inbound_oldest", EVENT_REMINDER, C, C, NAN, 3600,
          "example.com: inbound_oldest is past its limit (1h) since 03:12, still critical" },
        { QUEUE, "inbound_oldest", EVENT_REMINDER, C, C, NAN, NAN,
          "example.com: inbound_oldest is past its limit since 03:12, still critical" },
        { QUEUE, "inbound_oldest", EVENT_RAISED, OK, C, 4320, NAN,
          "example.com: oldest inbound message waits 1h 12min since 03:12, critical" },
        { QUEUE, "inbound_oldest", EVENT_CLEARED, C, OK, NAN, NAN,
          "example.com: inbound_oldest ok again after 1h 12min (was critical)" },
};

static void test_messages(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(messages); i++) {
                Notice notice = notice_of(messages[i].source, messages[i].scope, messages[i].metric);
                notice.event = messages[i].event;
                notice.previous = messages[i].previous;
                notice.level = messages[i].level;
                notice.value = messages[i].value;
                notice.limit = messages[i].limit;
                check_message(i, &notice, messages[i].message);
        }
}

static void test_messages_with_more(void **state) {
        (void)state;
        Notice up = notice_of(ACCOUNT, "up");
        up.event = EVENT_RAISED;
        up.level = C;
        up.words = "the login or key is refused";
        up.advice = "check username and password_file";
        check_message(0, &up, "symantec account default: queue statistics cannot be fetched: the login or key "
                              "is refused since 03:12, critical; check username and password_file");
        up.owner = "mail-team";
        up.runbook = "https://wiki.example.org/mail";
        check_message(1, &up, "symantec account default: queue statistics cannot be fetched: the login or key "
                              "is refused since 03:12, critical; check username and password_file; "
                              "owner mail-team; see https://wiki.example.org/mail");
        up.advice = NULL;
        up.words = "";
        up.event = EVENT_REMINDER;
        check_message(2, &up, "symantec account default: queue statistics cannot be fetched since 03:12, "
                              "still critical; owner mail-team; see https://wiki.example.org/mail");
        up.runbook = "";
        up.event = EVENT_WORSENED;
        up.previous = W;
        check_message(3, &up, "symantec account default: queue statistics cannot be fetched since 03:12, "
                              "critical (was warning); owner mail-team");

        /* Good news names nobody. */
        up.event = EVENT_CLEARED;
        up.previous = C;
        up.level = OK;
        check_message(4, &up, "symantec account default: ok again after 1h 12min (was critical)");
        Notice queue = notice_of(QUEUE, "inbound_oldest");
        queue.event = EVENT_EASED;
        queue.previous = C;
        queue.level = W;
        queue.value = 1200;
        queue.limit = 900;
        queue.owner = "dns-team";
        check_message(5, &queue, "example.com: oldest inbound message waits 20min (limit 15min) since 03:12, "
                                 "warning (was critical)");
}

static void test_messages_of_removed(void **state) {
        (void)state;
        Notice up = notice_of(ACCOUNT, "up"), queue = notice_of(QUEUE, "inbound_oldest");
        up.event = queue.event = EVENT_CLEARED;
        up.previous = queue.previous = C;
        up.reason = queue.reason = "removed";
        queue.value = 1200;
        queue.limit = 900;
        check_message(0, &queue, "example.com: inbound_oldest is no longer watched after 1h 12min, closed "
                                 "(was critical)");
        check_message(1, &up, "symantec account default: up is no longer watched after 1h 12min, closed "
                              "(was critical)");

        /* Without a beginning, or with one that a clock step put into the future. */
        queue.since = 0;
        check_message(2, &queue, "example.com: inbound_oldest is no longer watched, closed (was critical)");
        queue.since = NOW + 1;
        check_message(3, &queue, "example.com: inbound_oldest is no longer watched, closed (was critical)");
        queue.since = 0;
        queue.event = EVENT_RAISED;
        queue.level = W;
        check_message(4, &queue, "example.com: oldest inbound message waits 20min (limit 15min), warning");
        queue.since = SINCE - USEC_PER_DAY;
        check_message(5, &queue, "example.com: oldest inbound message waits 20min (limit 15min) "
                                  "since Nov 21 03:12, warning");
}
/* --- flapping, and many at once ------------------------------------------------------------ */

static void test_messages_of_flapping(void **state) {
        (void)state;
        static const struct {
                Row row;
                unsigned changes;
                usec_t window;
        } rows[] = {
                { { QUEUE, "inbound_oldest", EVENT_FLAPPING, OK, W, 1200, 900,
                    "example.com: inbound_oldest flaps: its level changed 7 times within 1h, now warning at "
                    "20min; nothing more is told until it is steady for 1h" }, 7, USEC_PER_HOUR },
                { { QUEUE, "inbound_oldest", EVENT_FLAPPING, C, OK, NAN, NAN,
                    "example.com: inbound_oldest flaps: its level changed 2 times within 1d 12h, now ok; "
                    "nothing more is told until it is steady for 1d 12h" }, 2, 36 * USEC_PER_HOUR },
                { { ACCOUNT, "up", EVENT_FLAPPING, OK, C, 0, 0,
                    "symantec account default: up flaps: its level changed 51 times within 1min, now critical at "
                    "no; nothing more is told until it is steady for 1min" }, 51, USEC_PER_MIN },
                { { QUEUE, "inbound_oldest", EVENT_SETTLED, OK, OK, 120, 900,
                    "example.com: inbound_oldest flaps no more: oldest inbound message waits 2min, ok" }, 0, 0 },
                { { QUEUE, "inbound_oldest", EVENT_SETTLED, OK, OK, NAN, NAN,
                    "example.com: inbound_oldest flaps no more: ok" }, 0, 0 },
                { { QUEUE, "inbound_oldest", EVENT_SETTLED, W, W, 1200, 900,
                    "example.com: inbound_oldest flaps no more: oldest inbound message waits 20min (limit "
                    "15min) since 03:12, warning" }, 0, 0 },
                { { ACCOUNT, "up", EVENT_SETTLED, OK, OK, 1, 0,
                    "symantec account default: up flaps no more: ok" }, 0, 0 },
                { { ACCOUNT, "up", EVENT_SETTLED, C, C, 0, 0,
                    "symantec account default: up flaps no more: queue statistics cannot be fetched since "
                    "03:12, critical" }, 0, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Notice notice = notice_of(rows[i].row.source, rows[i].row.scope, rows[i].row.metric);
                notice.event = rows[i].row.event;
                notice.previous = rows[i].row.previous;
                notice.level = rows[i].row.level;
                notice.value = rows[i].row.value;
                notice.limit = rows[i].row.limit;
                notice.changes = rows[i].changes;
                notice.flap_window = rows[i].window;
                check_message(i, &notice, rows[i].row.message);
        }
        Notice notice = notice_of(QUEUE, "inbound_oldest");
        notice.event = EVENT_FLAPPING;
        notice.level = C;
        notice.changes = 7;
        notice.flap_window = USEC_PER_HOUR;
        notice.owner = "mail-team";
        notice.runbook = "https://wiki.example.org/mail";
        check_message(99, &notice, "example.com: inbound_oldest flaps: its level changed 7 times within 1h, now "
                                   "critical; nothing more is told until it is steady for 1h; owner mail-team; "
                                   "see https://wiki.example.org/mail");
}

/* What was held back was over before it is told: for how long it was bad is not known then. */
static void test_messages_of_held_back(void **state) {
        (void)state;
        static const struct {
                Event event;
                const char *reason, *message;
        } rows[] = {
                { EVENT_CLEARED, "limit",
                  "example.com: oldest inbound message waits 2min, ok again after 1h 12min (was critical)" },
                { EVENT_CLEARED, "unmuted",
                  "example.com: oldest inbound message waits 2min, ok again (was critical)" },
                { EVENT_CLEARED, "settled",
                  "example.com: oldest inbound message waits 2min, ok again (was critical)" },
                { EVENT_RAISED, "unmuted",
                  "example.com: oldest inbound message waits 2min (limit 1min) since 03:12, warning" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Notice notice = notice_of(QUEUE, "inbound_oldest");
                notice.event = rows[i].event;
                notice.previous = rows[i].event == EVENT_CLEARED ? C : OK;
                notice.level = rows[i].event == EVENT_CLEARED ? OK : W;
                notice.value = 120;
                notice.limit = 60;
                notice.reason = rows[i].reason;
                check_message(i, &notice, rows[i].message);
        }
}

#define MANY "312 domains of symantec account default: "
#define TESTS "312 domains of immuniweb account default: "
#define WHICH ": a.example, b.example and 310 more"
#define LISTED "; mailsecctl alerts lists them"

static void test_messages_of_many(void **state) {
        (void)state;
        static const struct {
                Row row;
                const char *reason;
        } rows[] = {
                { { QUEUE, "inbound_oldest", EVENT_RAISED, OK, W, NAN, 900,
                    MANY "inbound_oldest is bad (limit 15min) since 03:12, warning" WHICH LISTED }, "limit" },
                { { QUEUE, "inbound_oldest", EVENT_RAISED, OK, W, NAN, NAN,
                    MANY "inbound_oldest is bad since 03:12, warning" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_WORSENED, W, C, NAN, 3600,
                    MANY "inbound_oldest is bad (limit 1h) since 03:12, critical (was warning)" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_EASED, C, W, NAN, 900,
                    MANY "inbound_oldest has eased (limit 15min), warning (was critical)" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_REMINDER, W, W, NAN, 900,
                    MANY "inbound_oldest is bad (limit 15min) since 03:12, still warning" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_CLEARED, C, OK, NAN, 900,
                    MANY "inbound_oldest is ok again (was critical)" WHICH }, "unmuted" },
                { { QUEUE, "inbound_oldest", EVENT_CLEARED, W, OK, NAN, NAN,
                    MANY "inbound_oldest is not watched any more (was warning)" WHICH }, "removed" },
                { { QUEUE, "inbound_oldest", EVENT_FLAPPING, OK, C, NAN, 3600,
                    MANY "inbound_oldest flaps, now critical, and is held until it is steady" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_FLAPPING, W, OK, NAN, 900,
                    MANY "inbound_oldest flaps, now ok, and is held until it is steady" WHICH LISTED }, NULL },
                { { QUEUE, "inbound_oldest", EVENT_SETTLED, OK, OK, NAN, 900,
                    MANY "inbound_oldest flaps no more, ok" WHICH }, "settled" },
                { { QUEUE, "inbound_oldest", EVENT_SETTLED, C, C, NAN, 3600,
                    MANY "inbound_oldest flaps no more, critical" WHICH LISTED }, "settled" },
                { { TEST, "up", EVENT_RAISED, OK, C, NAN, 0,
                    TESTS "up is bad since 03:12, critical" WHICH LISTED }, "protocol" },
                { { TEST, "spf", EVENT_RAISED, OK, W, NAN, 2,
                    TESTS "spf is bad (limit weakness) since 03:12, warning" WHICH LISTED }, NULL },
                { { TEST, "mx_hosts", EVENT_EASED, C, W, NAN, 0,
                    TESTS "mx_hosts has eased (limit 0), warning (was critical)" WHICH LISTED }, NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Notice notice = notice_of(rows[i].row.source, rows[i].row.scope, rows[i].row.metric);
                notice.event = rows[i].row.event;
                notice.target = "default";
                notice.count = 312;
                notice.names = "a.example, b.example and 310 more";
                notice.previous = rows[i].row.previous;
                notice.level = rows[i].row.level;
                notice.value = rows[i].row.value;
                notice.limit = rows[i].row.limit;
                notice.reason = rows[i].reason;
                check_message(i, &notice, rows[i].row.message);
        }
}

/* The daemon's own alerts name no target: it is the daemon. */
static void test_messages_of_the_daemon(void **state) {
        (void)state;
        Notice store = notice_of(SOURCE_MAILSECD, SCOPE_ACCOUNT, "store_up");
        store.event = EVENT_RAISED;
        store.level = C;
        store.target = "self";
        store.value = 0;
        store.words = "/var/lib/mailsecd/state.db: disk is full";
        check_message(0, &store, "mailsecd: state cannot be kept: /var/lib/mailsecd/state.db: disk is full "
                                 "since 03:12, critical");
        store.event = EVENT_CLEARED;
        store.previous = C;
        store.level = OK;
        store.value = 1;
        store.words = NULL;
        check_message(1, &store, "mailsecd: state is kept, ok again after 1h 12min (was critical)");
}
/* clang-format on */

/* Every metric in every event reads as one line and has the fields of spec section 5. */
static void test_every_metric(void **state) {
        (void)state;
        static const Event events[] = { EVENT_RAISED,   EVENT_WORSENED, EVENT_EASED,  EVENT_CLEARED,
                                        EVENT_REMINDER, EVENT_FLAPPING, EVENT_SETTLED };
        size_t row = 0;

        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++)
                        for (size_t i = 0; i < metric_set(source, scope)->n; i++)
                                for (size_t j = 0; j < 2 * ELEMENTSOF(events); j++, row++) {
                                        const MetricSet *set = metric_set(source, scope);
                                        Notice notice =
                                                notice_of(source, scope, set->metrics[i].name);
                                        _cleanup_(record_freep) Record *record = NULL;
                                        notice.event = events[j / 2];
                                        notice.value = j % 2 ? 1 : NAN;
                                        CHECK_INT(row, notice_record(&notice, &record), 0);
                                        const char *message = record_get(record, "MESSAGE");
                                        CHECK(row, text_is_utf8(message, strlen(message)));
                                        CHECK(row,
                                              !strstr(message, "{}") && !strstr(message, "  "));
                                        CHECK(row, strstr(message, source == SOURCE_MAILSECD
                                                                           ? "mailsecd: "
                                                                           : notice.target));
                                        CHECK(row, record_get(record, "MAILSEC_UNIT"));
                                }
        assert_int_equal(row, 910);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_messages),
                cmocka_unit_test(test_messages_with_more),
                cmocka_unit_test(test_messages_of_removed),
                cmocka_unit_test(test_messages_of_flapping),
                cmocka_unit_test(test_messages_of_held_back),
                cmocka_unit_test(test_messages_of_many),
                cmocka_unit_test(test_messages_of_the_daemon),
                cmocka_unit_test(test_every_metric),
        };
        return cmocka_run_group_tests(tests, set_zone, NULL);
}
