/* SPDX-License-Identifier: MIT */
#include "unit/symantec-trace.h"

typedef struct Row {
        const char *text;
        const char *expected;
} Row;

static void check_rows(void **state, const Row *rows, size_t n) {
        for (size_t i = 0; i < n; i++)
                check_text(*state, i, rows[i].text, strlen(rows[i].text), rows[i].expected);
}

#define TWO_DOMAINS                                                                                \
        "[example.com 3 1 12 4 2 1 184 37 1 1 46 12;example.net 0 0 0 2 0 0 0 9 0 0 0 5;"          \
        " = 15 7 37 8 184 37 n2 odd0"

static void test_files(void **state) {
        static const struct {
                const char *file;
                const char *expected;
        } rows[] = {
                { "guide-sample.json",
                  "[domain1.com 16 17 18 19 20 21 22 23 24 25 26 27;"
                  "domain2.com 28 29 30 31 32 33 34 35 36 37 38 39; = 10 11 12 13 14 15 n2 odd0" },
                { "two-domains.json", TWO_DOMAINS },
                { "table-4-spelling.json", TWO_DOMAINS },
                { "string.json", TWO_DOMAINS },
                { "cut-off.json", "[ error -74 is cut off" },
                { "login-page.html", " error -74 is not a JSON object" },
                { "error.json", "[ error -74 holds no queue statistics" },
                { "no-domains.json", "[ = 3 ? ? ? ? ? n0 odd100000" },
                { "one-object.json",
                  "[example.com 3 ? ? ? 2 ? ? ? ? ? ? ?; = 3~ ? ? ? 2~ ? n1 odd0" },
                { "not-a-number.json", "[ error -74 is not JSON" },
                { "odd-values.json",
                  "[EXAMPLE.com. 3 1 ? ? 2 ? ? ? ? ? ? ?; = 15 1~ 37.5 ? 2~ ? n6 odd"
                  "f2064" },
                { "duplicate-keys.json",
                  "[example.com 1"
                  " ? ? ? ? ? ? ? ? ? ? ?;stranger.example" UNKNOWN12
                  "[example.net 2 ? ? ? ? ? ? ? ? ? ? ?;example.net 3 ? ? ? ? ? ? ? ? ? ? ?;"
                  " = 2 ? ? ? ? ? n2 odd0" },
        };
        assert_int_equal(EBADMSG, 74);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char path[128];
                size_t size;
                snprintf(path, sizeof(path), DATA "%s", rows[i].file);
                char *text = slurp(path, &size);
                check_text(*state, i, text, size, rows[i].expected);
                free(text);
        }
}

static void apis_3_row_1_both_spellings(void **state) {
        static const Row rows[] = {
                { "{\"LongestTimeInInbound\":1,\"LongestTimeInQueueInbound\":2,"
                  "\"LongestTimeInQueueOutbound\":4,\"LongestTimeInOutbound\":3,\"Domains\":[]}",
                  "[ = ? ? ? ? 1 3 n0 odd0" },
                /* The preferred one says nothing: the other does. */
                { "{\"LongestTimeInInbound\":null,\"LongestTimeInQueueInbound\":2,"
                  "\"LongestTimeInOutbound\":-3,\"LongestTimeInQueueOutbound\":4,\"Domains\":[]}",
                  "[ = ? ? ? ? 2 4 n0 odd20000" },
                { "{\"LongestTimeInQueueInbound\":2,\"Domains\":[]}", "[ = ? ? ? ? 2 ? n0 odd0" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_3_row_2_numbers(void **state) {
        static const Row rows[] = {
                { "{\"TotalMessagesInbound\":\"7\",\"TotalMessagesOutbound\":7.5,"
                  "\"MeanTimeInQueueInbound\":\"x\",\"MeanTimeInQueueOutbound\":-1,\"Domains\":[]}",
                  "[ = 7 7.5 ? ? ? ? n0 oddc000" },
                { "{\"Domains\":[{\"Name\":\"a\",\"ReceiveQueueCountInbound\":\"7\","
                  "\"ReceiveQueueCountOutbound\":false,\"DeliveryQueueCountInbound\":{\"a\":1}}]}",
                  "[a 7 ? ? ? ? ? ? ? ? ? ? ?; = 7~ ? ? ? ? ? n1 odd6" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_3_row_3_string_holding_json(void **state) {
        static const Row rows[] = {
                { "\"{\\\"TotalMessagesInbound\\\":5,\\\"Domains\\\":[{\\\"Name\\\":\\\"a\\\"}]}"
                  "\"\n",
                  "[a" UNKNOWN12 " = 5 ? ? ? ? ? n1 odd0" },
                { "  \" {\\u0022Domains\\u0022:[]}\"", "[ = ? ? ? ? ? ? n0 odd0" },
                { "\"\\\"{\\\\\\\"Domains\\\\\\\":[]}\\\"\"", " error -74 is not a JSON object" },
                { "\"hello\"", " error -74 is not a JSON object" },
                { "\"\"", " error -61 is empty" },
                { "\"{", " error -74 is cut off" },
                { "\"{}\" {}", " error -74 goes on after its end" },
                { "\"{\\\"Domains\\\":[\"", "[ error -74 is cut off" },
                { "\"\\q\"", " error -74 is not JSON" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_3_row_4_domains_object_null_missing(void **state) {
        static const Row rows[] = {
                { "{\"Domains\":{\"Name\":\"a\",\"ReceiveQueueCountInbound\":1}}",
                  "[a 1 ? ? ? ? ? ? ? ? ? ? ?; = 1~ ? ? ? ? ? n1 odd0" },
                { "{\"Domains\":null}", "[ = ? ? ? ? ? ? n0 odd100000" },
                { "{\"TotalMessagesInbound\":4}", "[ = 4 ? ? ? ? ? n0 odd100000" },
                { "{\"Domains\":\"none\"}", "[ error -74 has Domains that are not a list" },
                { "{\"Domains\":[]}", "[ = ? ? ? ? ? ? n0 odd0" },
                { "{\"Domains\":{}}", "[ = ? ? ? ? ? ? n1 odd40000" },
                { "{\"Domains\":[[],3,{\"Name\":\"\"},{\"Name\":null}]}",
                  "[ = ? ? ? ? ? ? n4 oddc0000" },
                /* Spelt with an escape: found when the whole is parsed. */
                { "{\"Dom\\u0061ins\":[{\"Name\":\"a\"},4]}",
                  "[a" UNKNOWN12 " = ? ? ? ? ? ? n2 odd80000" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_3_row_7_duplicate_and_unknown_keys(void **state) {
        static const Row rows[] = {
                { "{\"Domains\":[{\"Name\":\"a\"}],\"Domains\":null}",
                  "[a" UNKNOWN12 "[ = ? ? ? ? ? ? n0 odd100000" },
                { "{\"Domains\":[{\"Name\":\"a\"}],\"Domains\":{\"Name\":\"b\"}}",
                  "[a" UNKNOWN12 "[b" UNKNOWN12 " = ? ? ? ? ? ? n1 odd0" },
                { "{\"Domains\":{\"Name\":\"b\"},\"Domains\":[{\"Name\":\"a\"}]}",
                  "[a" UNKNOWN12 " = ? ? ? ? ? ? n1 odd0" },
                { "{\"Domains\":[7],\"Domains\":[]}", "[[ = ? ? ? ? ? ? n0 odd0" },
                { "{\"Domains\":[{\"Name\":\"a\",\"Name\":\"b\"}]}",
                  "[b" UNKNOWN12 " = ? ? ? ? ? ? n1 odd0" },
                /* What looks like the list, but is not. */
                { "{\"x\":{\"Domains\":[1]},\"y\":[{\"Domains\":[2]}],\"z\":\"Domains\","
                  "\"a\\\"Domains\":[3],\"Domains \":[4],\"b\":\"\\\"Domains\\\":[\","
                  "\"Domains\":[{\"Name\":\"a\"}],\"c\":[[]],\"d\":\"]}\\\\\"}",
                  "[a" UNKNOWN12 " = ? ? ? ? ? ? n1 odd0" },
                /* In another order than the guide's. */
                { "{\"Domains\":[{\"DeliveryQueueCountInbound\":3,\"x\":0,\"Name\":\"a\"},"
                  "{\"DeliveryQueueCountInbound\":4,\"x\":[0],\"Name\":\"b\"}],"
                  "\"TotalMessagesInbound\":9}",
                  "[a ? ? 3 ? ? ? ? ? ? ? ? ?;b ? ? 4 ? ? ? ? ? ? ? ? ?; = 9 ? ? ? ? ? n2 odd0" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_2_1_missing_totals_are_derived(void **state) {
        static const Row rows[] = {
                { "{\"Domains\":[{\"Name\":\"a\",\"ReceiveQueueCountInbound\":1,"
                  "\"DeliveryQueueCountInbound\":2,\"LongestTimeInReceiveQueueInbound\":8,"
                  "\"LongestTimeInDeliveryQueueInbound\":5},"
                  "{\"Name\":\"b\",\"ReceiveQueueCountInbound\":10,"
                  "\"DeliveryQueueCountInbound\":20,\"LongestTimeInReceiveQueueInbound\":3,"
                  "\"LongestTimeInDeliveryQueueInbound\":9}]}",
                  "[a 1 ? 2 ? 8 ? 5 ? ? ? ? ?;b 10 ? 20 ? 3 ? 9 ? ? ? ? ?;"
                  " = 33 ? ? ? 9 ? n2 odd0" },
                { "{\"TotalMessagesInbound\":99,\"Domains\":[{\"Name\":\"a\","
                  "\"ReceiveQueueCountInbound\":1}]}",
                  "[a 1 ? ? ? ? ? ? ? ? ? ? ?; = 99 ? ? ? ? ? n1 odd0" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
}

static void apis_2_1_empty_html_cut_off_wrong_type(void **state) {
        static const Row rows[] = {
                { "", " error -61 is empty" },
                { " \r\n\t", " error -61 is empty" },
                { "\xEF\xBB\xBF", " error -61 is empty" },
                { "\xEF\xBB{}", " error -74 is not a JSON object" },
                { "\xEF\xBB\xBF{\"Domains\":[]} \n", "[ = ? ? ? ? ? ? n0 odd0" },
                { "\xEF\xBB\xBF {\"Domains\":[]}", "[ = ? ? ? ? ? ? n0 odd0" },
                { "[]", " error -74 is not a JSON object" },
                { "12", " error -74 is not a JSON object" },
                { "null", " error -74 is not a JSON object" },
                { "<html>", " error -74 is not a JSON object" },
                { "{}", "[ error -74 holds no queue statistics" },
                { "{\"error\":\"x\"}", "[ error -74 holds no queue statistics" },
                { "{\"Domains\":[{\"Name\":\"a\"", "[ error -74 is cut off" },
                { "{\"Domains\":[{\"Name\":\"a\"}", "[a" UNKNOWN12 " error -74 is cut off" },
                { "{\"Domains\":[{\"Name\":\"a\"},", "[a" UNKNOWN12 " error -74 is cut off" },
                { "{\"Domains\":[{\"Name\":\"a\"}]", "[a" UNKNOWN12 " error -74 is cut off" },
                { "{\"Domains\":[{\"Name\":\"a\"},]}", "[a" UNKNOWN12 " error -74 is not JSON" },
                { "{\"Domains\":[{\"Name\":\"a\"}{}]}", "[a" UNKNOWN12 " error -74 is not JSON" },
                { "{\"Domains\":[,]}", "[ error -74 is not JSON" },
                { "{\"Domains\":[nul]}", "[ error -74 is not JSON" },
                { "{\"Domains\":[12,3]}", "[ = ? ? ? ? ? ? n2 odd80000" },
                { "{\"Domains\":[Infinity]}", "[ error -74 is not JSON" },
                { "{\"Domains\":[{\"Name\":\"a\",\"x\":[NaN]}]}", "[ error -74 is not JSON" },
                { "{\"Dom\\u0061ins\":[{\"Name\":\"a\",\"x\":[NaN]}]}", " error -74 is not JSON" },
                { "{\"Domains\":5[{\"Name\":\"a\"}]}", "[a" UNKNOWN12 " error -74 is not JSON" },
                { "{\"Domains\"[]}", "[ error -74 is not JSON" },
                { "{\"Domains\":[][]}", "[[ error -74 is not JSON" },
                { "{\"Domains\":[]],", "[ error -74 goes on after its end" },
                { "{\"Domains\":[]]", "[ error -74 is not JSON" },
                { "{\"Domains\":[]}}", "[ error -74 goes on after its end" },
                { "{\"Domains\":[]} x", "[ error -74 goes on after its end" },
                { "{'Domains':[]}", " error -74 is not JSON" },
                { "{\"TotalMessagesInbound\":NaN,\"Domains\":[]}", "[ error -74 is not JSON" },
        };
        check_rows(state, rows, ELEMENTSOF(rows));
        assert_int_equal(ENODATA, 61);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_files),
                TEST(apis_3_row_1_both_spellings),
                TEST(apis_3_row_2_numbers),
                TEST(apis_3_row_3_string_holding_json),
                TEST(apis_3_row_4_domains_object_null_missing),
                TEST(apis_3_row_7_duplicate_and_unknown_keys),
                TEST(apis_2_1_missing_totals_are_derived),
                TEST(apis_2_1_empty_html_cut_off_wrong_type),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
