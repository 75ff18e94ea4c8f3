/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "source/json-read.h"

#include <errno.h>
#include <math.h>

/* Every value of a table is wrapped, so that scalars can stand in it. */
static struct json_object *parse(size_t row, const char *text) {
        struct json_object *value = NULL;
        CHECK_INT(row, json_read_document(text, strlen(text), &value), 0);
        return value;
}

typedef struct NumberRow {
        const char *json;
        double number;
        bool odd;
} NumberRow;

static void check_numbers(const NumberRow *rows, size_t n,
                          double (*read)(struct json_object *, bool *)) {
        for (size_t i = 0; i < n; i++) {
                struct json_object *value = parse(i, rows[i].json);
                bool odd = false;
                double number = read(value, &odd);
                if (isnan(rows[i].number))
                        CHECK(i, isnan(number));
                else
                        CHECK(i, number == rows[i].number && !signbit(number));
                CHECK_INT(i, odd, rows[i].odd);
                number = read(value, NULL); /* nobody asks */
                CHECK(i, isnan(number) == isnan(rows[i].number));
                json_object_put(value);
        }
}

static void apis_3_row_2_numbers(void **state) {
        (void)state;
        static const NumberRow rows[] = {
                { "0", 0, false },
                { "-0", 0, false },
                { "-0.0", 0, false },
                { "12", 12, false },
                { "12.75", 12.75, false },
                { "2e3", 2000, false },
                { "9007199254740992", 9007199254740992.0, false },
                { "9007199254740993", NAN, true },
                { "9223372036854775807", NAN, true },
                { "18446744073709551615", NAN, true },
                { "99999999999999999999999999", NAN, true },
                { "9007199254740994.0", NAN, true },
                { "-1", NAN, true },
                { "-0.5", NAN, true },
                { "1e400", NAN, true },
                { "-1e400", NAN, true },
                { "null", NAN, false },
                { "true", NAN, true },
                { "false", NAN, true },
                { "{}", NAN, true },
                { "[3]", NAN, true },
                { "\"12\"", 12, false },
                { "\"12.5\"", 12.5, false },
                { "\"1E2\"", 100, false },
                { "\"-0\"", 0, false },
                { "\"-4\"", NAN, true },
                { "\"1e400\"", NAN, true },
                { "\"\"", NAN, true },
                { "\" 12\"", NAN, true },
                { "\"12 \"", NAN, true },
                { "\"12abc\"", NAN, true },
                { "\"12\\u00003\"", NAN, true },
                { "\"0x10\"", NAN, true },
                { "\"+3\"", NAN, true },
                { "\".5\"", NAN, true },
                { "\"1-2\"", NAN, true },
                { "\"1,5\"", NAN, true },
                { "\"e\"", NAN, true },
                { "\"nan\"", NAN, true },
                { "\"inf\"", NAN, true },
                { "\"Infinity\"", NAN, true },
        };
        check_numbers(rows, ELEMENTSOF(rows), json_read_number);
}

static void apis_3_row_16_bools(void **state) {
        (void)state;
        static const NumberRow rows[] = {
                { "true", 1, false },      { "false", 0, false }, { "1", 1, false },
                { "0", 0, false },         { "1.0", 1, false },   { "\"true\"", 1, false },
                { "\"False\"", 0, false }, { "\"1\"", 1, false }, { "\"0\"", 0, false },
                { "null", NAN, false },    { "2", NAN, true },    { "-1", NAN, true },
                { "\"yes\"", NAN, true },  { "\"\"", NAN, true }, { "[]", NAN, true },
                { "{}", NAN, true },
        };
        check_numbers(rows, ELEMENTSOF(rows), json_read_bool);
}

static void apis_3_row_12_counts(void **state) {
        (void)state;
        static const NumberRow rows[] = {
                { "4", 4, false },
                { "\"4\"", 4, false },
                { "\"four\"", NAN, true },
                { "-4", NAN, true },
                { "null", NAN, false },
                { "true", NAN, true },
                { "[]", 0, false },
                { "[1, 2.5, 3]", 6.5, false },
                { "[1, -2]", NAN, true },
                { "[9007199254740992, 2]", NAN, true },
                { "[\"1\", \"2\"]", 2, false },
                { "[1, \"a\", null]", 3, false },
                { "[null]", 1, false },
                { "[[1, 2], [3]]", 2, false },
                { "[{}]", 1, false },
                { "{}", 0, false },
                { "{\"a\": 5, \"b\": null}", 2, false },
        };
        check_numbers(rows, ELEMENTSOF(rows), json_read_count);
}

static void test_documents(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t size; /* 0 = all of it */
                int expected;
                const char *printed;
        } rows[] = {
                { "{\"a\":1}", 0, 0, "{\"a\":1}" },
                { " \t\r\n{\"a\":1}\n ", 0, 0, "{\"a\":1}" },
                { "\xEF\xBB\xBF {\"a\":1}", 0, 0, "{\"a\":1}" },
                { "{\"a\":1}garbage", 7, 0, "{\"a\":1}" }, /* the size counts */
                { "{\"a\":1}garbage", 0, -EBADMSG, NULL },
                { "{\"a\":1}{}", 0, -EBADMSG, NULL },
                { "{\"a\":1}\0", 8, -EBADMSG, NULL },
                { "\0{}", 3, -EBADMSG, NULL },
                { "{\"a\":1", 0, -EBADMSG, NULL },
                { "{\"a\":", 0, -EBADMSG, NULL },
                { "\"abc", 0, -EBADMSG, NULL },
                { "123", 0, 0, "123" },
                { "1234", 3, 0, "123" },
                { "12.5 ", 0, 0, "12.5" },
                { "-", 0, -EBADMSG, NULL },
                { "tru", 0, -EBADMSG, NULL },
                { "true", 0, 0, "true" },
                { "nul", 0, -EBADMSG, NULL },
                { "null", 0, 0, NULL },
                { "", 0, -ENODATA, NULL },
                { " \n", 0, -ENODATA, NULL },
                { "\xEF\xBB\xBF", 0, -ENODATA, NULL },
                { "\xEF\xBB", 0, -EBADMSG, NULL },
                { "<html>", 0, -EBADMSG, NULL },
                { "{'a':1}x", 0, -EBADMSG, NULL },
                { "{\"a\":'x'}", 0, -EBADMSG, NULL },
                { "[1,]", 0, -EBADMSG, NULL },
                { "{\"a\":1,}", 0, -EBADMSG, NULL },
                { "[012]", 0, -EBADMSG, NULL },
                { "/* c */ {}", 0, -EBADMSG, NULL },
                { "NaN", 0, -EBADMSG, NULL },
                { "[NaN]", 0, -EBADMSG, NULL },
                { "{\"a\":[{\"b\":-Infinity}]}", 0, -EBADMSG, NULL },
                { "Infinity", 0, -EBADMSG, NULL },
                { "[\"NaN\", true, null, 3, 2.5]", 0, 0, "[\"NaN\",true,null,3,2.5]" },
                { "[1e400]", 0, 0, "[1e400]" }, /* JSON, though no number of ours */
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct json_object *value = (struct json_object *)(void *)&rows;
                size_t size = rows[i].size > 0 ? rows[i].size : strlen(rows[i].text);
                /* Exactly so many bytes, so that a look past them shows. */
                char *text = malloc(MAX(size, (size_t)1));
                assert_non_null(text);
                memcpy(text, rows[i].text, size);
                CHECK_INT(i, json_read_document(text, size, &value), rows[i].expected);
                free(text);
                if (rows[i].expected < 0) {
                        CHECK(i, (void *)value == (void *)&rows); /* untouched */
                        continue;
                }
                if (!rows[i].printed)
                        CHECK(i, !value);
                else
                        CHECK_STR(i, json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
                                  rows[i].printed);
                json_object_put(value);
        }
}

static void test_size_beyond_an_int(void **state) {
        (void)state;
        struct json_object *value = NULL;
        /* Refused by the size alone: nothing past the first byte is looked at. */
        assert_int_equal(json_read_document("{}", (size_t)INT32_MAX + 10, &value), -EFBIG);
        assert_null(value);
}

/* apis.md section 3 row 7: depth has a ceiling. */
static void apis_3_row_7_depth(void **state) {
        (void)state;
        static const struct {
                size_t levels;
                int expected;
        } rows[] = {
                { 1, 0 },
                { JSON_READ_DEPTH - 1, 0 },
                { JSON_READ_DEPTH + 1, -EBADMSG },
                { 5000, -EBADMSG },
        };
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t n = rows[i].levels;
                char *text = malloc(2 * n);
                struct json_object *value = NULL;
                assert_non_null(text);
                memset(text, '[', n);
                memset(text + n, ']', n);
                CHECK_INT(i, json_read_document(text, 2 * n, &value), rows[i].expected);
                json_object_put(value);
                free(text);
        }
}

static void apis_3_row_25_whole_keys(void **state) {
        (void)state;
        struct json_object *o = parse(0, "{\"supports_tlsv1.1\": \"yes\", \"a\": {\"b\": 1}, "
                                         "\"a.b\": \"dotted\", \"a/b\": \"slashed\", \"n\": null, "
                                         "\"z\": \"x\\u0000y\"}");
        size_t size = 0;

        assert_string_equal(json_read_text(json_read_member(o, "supports_tlsv1.1"), NULL), "yes");
        assert_string_equal(json_read_text(json_read_member(o, "a.b"), NULL), "dotted");
        assert_string_equal(json_read_text(json_read_member(o, "a/b"), NULL), "slashed");
        assert_null(json_read_member(o, "b"));
        assert_null(json_read_member(o, "n"));
        assert_null(json_read_member(NULL, "n"));
        assert_null(json_read_member(json_read_member(o, "a.b"), "n"));

        assert_true(json_read_number(json_read_at(o, "/a/b"), NULL) == 1);
        assert_string_equal(json_read_text(json_read_at(o, "/a~1b"), NULL), "slashed");
        assert_string_equal(json_read_text(json_read_at(o, "/a.b"), NULL), "dotted");
        assert_null(json_read_at(o, "/a/c"));
        assert_null(json_read_at(o, "/n"));
        assert_null(json_read_at(NULL, "/a"));

        assert_non_null(json_read_text(json_read_member(o, "z"), &size));
        assert_int_equal(size, 3);
        assert_null(json_read_text(json_read_member(o, "a"), &size));
        assert_null(json_read_text(NULL, NULL));
        json_object_put(o);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(apis_3_row_2_numbers),     cmocka_unit_test(apis_3_row_16_bools),
                cmocka_unit_test(apis_3_row_12_counts),     cmocka_unit_test(test_documents),
                cmocka_unit_test(test_size_beyond_an_int),  cmocka_unit_test(apis_3_row_7_depth),
                cmocka_unit_test(apis_3_row_25_whole_keys),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
