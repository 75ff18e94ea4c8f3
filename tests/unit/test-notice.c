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
/* clang-format on */

/* Every metric in every event reads as one line and has the fields of spec section 5. */
static void test_every_metric(void **state) {
        (void)state;
        static const Event events[] = { EVENT_RAISED, EVENT_WORSENED, EVENT_EASED, EVENT_CLEARED,
                                        EVENT_REMINDER };
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
                                        CHECK(row, strstr(message, notice.target));
                                        CHECK(row, record_get(record, "MAILSEC_UNIT"));
                                }
        assert_int_equal(row, 650);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_messages),
                cmocka_unit_test(test_messages_with_more),
                cmocka_unit_test(test_messages_of_removed),
                cmocka_unit_test(test_every_metric),
        };
        return cmocka_run_group_tests(tests, set_zone, NULL);
}
