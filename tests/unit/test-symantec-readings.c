/* SPDX-License-Identifier: MIT */
#include "unit/symantec-poll.h"

static int setup(void **state) {
        SymantecTable *table = NULL;
        assert_int_equal(symantec_table_new(two_names, 2, &table), 0);
        *state = table;
        return 0;
}

static int teardown(void **state) {
        *state = symantec_table_free(*state);
        return 0;
}

typedef struct ValueRow {
        const char *body;
        uint32_t target; /* 0 = the account */
        const char *metric;
        double value;
        bool at_least;
} ValueRow;

static void check_values(void **state, const ValueRow *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                void *run = poll_body(*state, rows[i].body, START);
                CHECK_VALUE(i, run, rows[i].target, rows[i].metric, rows[i].value);
                CHECK_INT(i, at_least_of(run, rows[i].target, rows[i].metric), rows[i].at_least);
                source_symantec.run_free(run);
        }
}

#define DOMAIN(members)     "{\"Domains\":[{\"Name\":\"example.com\"" members "}]}"
#define RECEIVE(value)      ",\"ReceiveQueueCountInbound\":" value
#define DELIVERY(value)     ",\"DeliveryQueueCountInbound\":" value
#define RECEIVE_AGE(value)  ",\"LongestTimeInReceiveQueueInbound\":" value
#define DELIVERY_AGE(value) ",\"LongestTimeInDeliveryQueueInbound\":" value

static void test_derived_metrics(void **state) {
        static const ValueRow rows[] = {
                { DOMAIN(RECEIVE("3") DELIVERY("4")), 1, "inbound_messages", 7, false },
                { DOMAIN(RECEIVE("3") DELIVERY("null")), 1, "inbound_messages", 3, true },
                { DOMAIN(DELIVERY("4")), 1, "inbound_messages", 4, true },
                { DOMAIN(RECEIVE_AGE("4")), 1, "inbound_messages", NAN, false },
                { DOMAIN(RECEIVE_AGE("3") DELIVERY_AGE("4")), 1, "inbound_oldest", 4, false },
                { DOMAIN(RECEIVE_AGE("5") DELIVERY_AGE("4")), 1, "inbound_oldest", 5, false },
                { DOMAIN(RECEIVE_AGE("5") DELIVERY_AGE("-4")), 1, "inbound_oldest", 5, true },
                { DOMAIN(DELIVERY_AGE("4")), 1, "inbound_oldest", 4, true },
                { DOMAIN(RECEIVE("3")), 1, "inbound_oldest", NAN, false },
                { DOMAIN(DELIVERY_AGE("4")), 1, "inbound_stuck", 0, true },
                { DOMAIN(RECEIVE("3")), 1, "inbound_stuck", NAN, false },
                { DOMAIN(RECEIVE("3")), 1, "outbound_oldest", NAN, false },
                { DOMAIN(RECEIVE("3") DELIVERY("4")), 0, "total_inbound_messages", 7, true },
                { DOMAIN(RECEIVE("3") DELIVERY("4") RECEIVE_AGE("1") DELIVERY_AGE("2")), 0,
                  "total_inbound_messages", 7, false },
        };
        check_values(state, rows, ELEMENTSOF(rows));
}

static void apis_2_1_missing_or_null_is_unknown(void **state) {
        static const char *const bodies[] = {
                "{\"Domains\":[{\"Name\":\"example.com\",\"ReceiveQueueCountInbound\":null}]}",
                "{\"Domains\":[{\"Name\":\"example.com\"}]}",
        };
        for (size_t i = 0; i < ELEMENTSOF(bodies); i++) {
                void *run = poll_body(*state, bodies[i], START);
                Reading reading;
                assert_true(source_symantec.read(run, 1, &reading));
                CHECK(i, !reading.present);
                for (size_t m = 0; m < reading.set->n; m++)
                        CHECK(m, isnan(reading.values[m]));
                /* It was in the answer all the same. */
                CHECK_VALUE(i, run, 0, "domains_missing", 1);
                CHECK_VALUE(i, run, 0, "total_inbound_messages", NAN);
                source_symantec.run_free(run);
        }
}

static void apis_2_1_domain_absent(void **state) {
        void *run = poll_body(*state, DOMAIN(RECEIVE("3")), START);
        Reading reading;

        CHECK_VALUE(0, run, 0, "domains_seen", 1);
        CHECK_VALUE(0, run, 0, "domains_missing", 1);
        CHECK_VALUE(0, run, 1, "receive_inbound_messages", 3);
        CHECK_VALUE(0, run, 2, "receive_inbound_messages", NAN);
        assert_true(source_symantec.read(run, 2, &reading));
        assert_false(reading.present);
        _cleanup_free_ char *missing = detail_of(run, 0, "domains_missing");
        assert_string_equal(missing, "example.net");
        _cleanup_free_ char *none = detail_of(run, 2, "inbound_oldest");
        assert_string_equal(none, "");
        source_symantec.run_free(run);

        /* Known once, absent now: the old numbers are not told again. */
        run = poll_body(*state, "{\"Domains\":[]}", START + USEC_PER_MIN);
        CHECK_VALUE(1, run, 1, "receive_inbound_messages", NAN);
        CHECK_VALUE(1, run, 0, "domains_missing", 2);
        source_symantec.run_free(run);
}

static void apis_3_row_4_domains_missing_flag(void **state) {
        char *body = read_data("no-domains.json", NULL);
        void *run = poll_body(*state, body, START);
        const char *const *odd;

        CHECK_VALUE(0, run, 0, "domains_seen", 0);
        CHECK_VALUE(0, run, 0, "domains_missing", 2);
        CHECK_VALUE(0, run, 0, "total_inbound_messages", 3);
        assert_int_equal(symantec_run_oddities(run, &odd), 1);
        assert_string_equal(odd[0], "Domains: missing, or no list");
        _cleanup_free_ char *detail = detail_of(run, 0, "domains_missing");
        assert_string_equal(detail, "no list of domains in the answer: example.com, example.net");
        source_symantec.run_free(run);
        free(body);

        body = read_data("one-object.json", NULL);
        run = poll_body(*state, body, START);
        CHECK_VALUE(1, run, 0, "domains_seen", 1);
        CHECK_VALUE(1, run, 1, "receive_inbound_messages", 3);
        assert_int_equal(symantec_run_oddities(run, &odd), 0);
        source_symantec.run_free(run);
        free(body);
}

static void apis_3_row_5_answers_combined(void **state) {
        static const struct {
                const char *bodies[2]; /* totals only: inbound messages, mean, oldest */
                double messages, mean, oldest;
                bool at_least;
        } rows[] = {
#define TOTALS(messages, mean, oldest)                                                             \
        "{\"TotalMessagesInbound\":" messages ",\"MeanTimeInQueueInbound\":" mean                  \
        ",\"LongestTimeInInbound\":" oldest ",\"Domains\":[]}"
                { { TOTALS("1", "10", "5"), TOTALS("3", "20", "4") }, 4, 17.5, 5, false },
                { { TOTALS("0", "0", "0"), TOTALS("3", "20", "4") }, 3, 20, 4, false },
                { { TOTALS("0", "0", "0"), TOTALS("0", "0", "0") }, 0, 0, 0, false },
                { { TOTALS("0", "2", "0"), TOTALS("0", "1", "0") }, 0, 2, 0, false },
                { { TOTALS("null", "2", "1"), TOTALS("1", "1", "7") }, NAN, NAN, 7, false },
                { { TOTALS("1", "2", "1"), TOTALS("1", "null", "null") }, 2, NAN, NAN, false },
                { { TOTALS("5", "2", "9"), DOMAIN(RECEIVE("3") RECEIVE_AGE("1")) },
                  8,
                  NAN,
                  9,
                  true },
                { { TOTALS("null", "2", "9"), DOMAIN(RECEIVE("3")) }, NAN, NAN, NAN, false },
        };
        char url[4200] = "https://";
        SymantecSettings settings = settings_of(true);

        memset(url + 8, 'x', 4100); /* no room: one domain a request */
        url[4108] = '\0';
        settings.endpoint.url = url;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const Canned replies[] = {
                        { .status = 200, .body = rows[i].bodies[0] },
                        { .status = 200, .body = rows[i].bodies[1] },
                };
                Step step;
                void *run = poll_with(&settings, *state, replies, 2, START, &step);
                CHECK_INT(i, step.outcome, OUTCOME_OK);
                CHECK_VALUE(i, run, 0, "total_inbound_messages", rows[i].messages);
                CHECK_VALUE(i, run, 0, "total_inbound_mean", rows[i].mean);
                CHECK_VALUE(i, run, 0, "total_inbound_oldest", rows[i].oldest);
                CHECK_INT(i, at_least_of(run, 0, "total_inbound_messages"), rows[i].at_least);
                source_symantec.run_free(run);
        }
}

/* Stands in for the configuration's: knows one name. */
static const char *to_ascii(const char *name, char ret[static SYMANTEC_NAME_BYTES]) {
        if (strcmp(name, "Bücher.example") != 0)
                return "is not known to the test";
        strcpy(ret, "xn--bcher-kva.example");
        return NULL;
}

static void apis_3_row_6_names(void **state) {
        (void)state;
        static const char *const names[] = { "example.com", "xn--bcher-kva.example" };
        static const struct {
                const char *sent;
                bool hook;
                uint32_t target; /* 0 = not ours */
        } rows[] = {
                { "example.com", false, 1 },
                { "EXAMPLE.Com", false, 1 },
                { "example.com.", false, 1 },
                { "example.com..", false, 0 },
                { ".", false, 0 },
                { "example.com\\u0000", false, 0 },
                { "exam\\u0070le.com", false, 1 },
                { "XN--BCHER-kva.example", false, 2 },
                { "Bücher.example", false, 0 },
                { "Bücher.example", true, 2 },
                { "Bücher.example\\u0000", true, 0 },
                { "B\\u00fccher.example", true, 2 },
                { "Bäcker.example", true, 0 },
                { "\xff\xfe", true, 0 },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                SymantecTable *table;
                char body[200];
                assert_int_equal(symantec_table_new(names, 2, &table), 0);
                symantec_table_set_to_ascii(table, rows[i].hook ? to_ascii : NULL);
                snprintf(body, sizeof(body), "{\"Domains\":[{\"Name\":\"%s\"" RECEIVE("1") "}]}",
                         rows[i].sent);
                void *run = poll_body(table, body, START);
                for (uint32_t t = 1; t <= 2; t++)
                        CHECK_VALUE(i, run, t, "receive_inbound_messages",
                                    t == rows[i].target ? 1 : NAN);
                CHECK_VALUE(i, run, 0, "domains_unconfigured", rows[i].target == 0);
                source_symantec.run_free(run);
                symantec_table_free(table);
        }

        /* Longer than a name can be. */
        char body[1400] = "{\"Domains\":[{\"Name\":\"\xc3\xbc";
        SymantecTable *table;
        assert_int_equal(symantec_table_new(names, 2, &table), 0);
        symantec_table_set_to_ascii(table, to_ascii);
        size_t n = strlen(body);
        for (size_t longer = 250; longer < 1300; longer += 1000) {
                for (size_t skip = 0; skip <= 2; skip += 2) { /* with and without the umlaut */
                        memset(body + n - skip, 'a', longer + skip);
                        strcpy(body + n + longer, "aaaa\"}]}");
                        void *run = poll_body(table, body, START);
                        CHECK_VALUE(longer, run, 0, "domains_unconfigured", 1);
                        source_symantec.run_free(run);
                        memcpy(body + n - 2, "\xc3\xbc", 2);
                }
        }
        symantec_table_free(table);
}

static void apis_3_row_7_duplicate_keys_and_names(void **state) {
        char *body = read_data("duplicate-keys.json", NULL);
        void *run = poll_body(*state, body, START);

        CHECK_VALUE(0, run, 0, "total_inbound_messages", 2);
        CHECK_VALUE(0, run, 1, "receive_inbound_messages", NAN); /* of the first list */
        CHECK_VALUE(0, run, 2, "receive_inbound_messages", 3);
        CHECK_VALUE(0, run, 0, "domains_seen", 1); /* named twice, there once */
        CHECK_VALUE(0, run, 0, "domains_missing", 1);
        CHECK_VALUE(0, run, 0, "domains_unconfigured", 0);
        _cleanup_free_ char *detail = detail_of(run, 0, "domains_unconfigured");
        assert_string_equal(detail, "");
        source_symantec.run_free(run);
        free(body);
}

static void apis_3_row_2_oddities_are_told(void **state) {
        char *body = read_data("odd-values.json", NULL);
        void *run = poll_body(*state, body, START);
        static const char *const expected[] = {
                "Domains[].DeliveryQueueCountInbound: neither a number from 0 to 2^53 nor null",
                "Domains[].LongestTimeInReceiveQueueOutbound: neither a number from 0 to 2^53 nor "
                "null",
                "Domains[].LongestTimeInDeliveryQueueInbound: neither a number from 0 to 2^53 nor "
                "null",
                "TotalMessagesOutbound: neither a number from 0 to 2^53 nor null",
                "LongestTimeInInbound: neither a number from 0 to 2^53 nor null",
                "LongestTimeInOutbound: neither a number from 0 to 2^53 nor null",
                "Domains[].Name: missing, empty or no text",
                "Domains[]: no object",
        };
        const char *const *odd;
        size_t n = symantec_run_oddities(run, &odd);

        for (size_t i = 0; i < MIN(n, ELEMENTSOF(expected)); i++)
                CHECK_STR(i, odd[i], expected[i]);
        assert_int_equal(n, ELEMENTSOF(expected));
        CHECK_VALUE(0, run, 0, "total_inbound_messages", 15);
        CHECK_VALUE(0, run, 0, "total_inbound_mean", 37.5);
        CHECK_VALUE(0, run, 1, "receive_inbound_messages", 3);
        CHECK_VALUE(0, run, 1, "receive_inbound_oldest", 2);
        CHECK_VALUE(0, run, 1, "delivery_inbound_messages", NAN);
        source_symantec.run_free(run);
        free(body);
}

static void test_detail_of_queues(void **state) {
        char *body = read_data("two-domains.json", NULL);
        static const struct {
                uint32_t target;
                const char *metric;
                const char *detail;
        } rows[] = {
                { 1, "inbound_oldest",
                  "delivery queue: 12 messages, oldest 3min 4s, mean 46s; "
                  "receive queue: 3 messages, oldest 2s, mean 1s" },
                { 1, "receive_outbound_messages",
                  "delivery queue: 4 messages, oldest 37s, mean 12s; "
                  "receive queue: 1 message, oldest 1s, mean 1s" },
                { 2, "outbound_stuck",
                  "delivery queue: 2 messages, oldest 9s, mean 5s; receive queue: 0 messages" },
                { 1, "data_age", "" },
                { 0, "total_inbound_messages", "" },
                { 0, "domains_missing", "" },
                { 0, "domains_unconfigured", "" },
        };
        void *run = poll_body(*state, body, START);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char *detail = detail_of(run, rows[i].target, rows[i].metric);
                CHECK_STR(i, detail, rows[i].detail);
                free(detail);
        }
        source_symantec.run_free(run);
        free(body);

        run = poll_body(*state, DOMAIN(DELIVERY_AGE("9007199254740992")), START);
        _cleanup_free_ char *detail = detail_of(run, 1, "inbound_oldest");
        assert_non_null(strstr(detail, "delivery queue: messages unknown, oldest "));
        assert_non_null(strstr(detail, "; receive queue: messages unknown"));
        source_symantec.run_free(run);
}

static void test_detail_of_names(void **state) {
        (void)state;
        static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g",
                                             "h", "i", "j", "k", "l", "m" };
        StrBuf body = { 0 };
        SymantecTable *table;

        assert_int_equal(symantec_table_new(names, ELEMENTSOF(names), &table), 0);
        strbuf_adds(&body, "{\"Domains\":[{\"Name\":\"b\"}");
        for (int i = 0; i < 12; i++)
                strbuf_addf(&body, ",{\"Name\":\"foreign%d\"}", i);
        strbuf_adds(&body, "]}");
        void *run = poll_body(table, body.data, START);
        _cleanup_free_ char *missing = detail_of(run, 0, "domains_missing");
        assert_string_equal(missing, "a, c, d, e, f, g, h, i, j, k and 2 more");
        _cleanup_free_ char *foreign = detail_of(run, 0, "domains_unconfigured");
        assert_string_equal(foreign, "foreign0, foreign1, foreign2, foreign3, foreign4, foreign5, "
                                     "foreign6, foreign7, foreign8, foreign9 and 2 more");
        source_symantec.run_free(run);

        /* Long ones are cut, and few. */
        strbuf_reset(&body);
        strbuf_adds(&body, "{\"Domains\":[{\"Name\":\"b\"}");
        for (int i = 0; i < 12; i++)
                strbuf_addf(&body, ",{\"Name\":\"%01000d\"}", i);
        strbuf_adds(&body, "]}");
        run = poll_body(table, body.data, START);
        _cleanup_free_ char *cut = detail_of(run, 0, "domains_unconfigured");
        assert_true(strlen(cut) < 230);
        assert_string_equal(cut + strlen(cut) - 11, " and 9 more");
        CHECK_VALUE(0, run, 0, "domains_unconfigured", 12);
        source_symantec.run_free(run);
        strbuf_done(&body);
        symantec_table_free(table);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_derived_metrics),
                TEST(apis_2_1_missing_or_null_is_unknown),
                TEST(apis_2_1_domain_absent),
                TEST(apis_3_row_2_oddities_are_told),
                TEST(apis_3_row_4_domains_missing_flag),
                TEST(apis_3_row_5_answers_combined),
                TEST(apis_3_row_6_names),
                TEST(apis_3_row_7_duplicate_keys_and_names),
                TEST(test_detail_of_queues),
                TEST(test_detail_of_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
