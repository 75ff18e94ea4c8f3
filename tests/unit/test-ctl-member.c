/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "ctl/body.h"
#include "ctl/member.h"

#include <errno.h>
#include <math.h>

static void test_read(void **state) {
        (void)state;
        static const struct {
                const char *text;
                size_t size; /* 0 = strlen() */
                int r;
        } rows[] = {
                { "{}", 0, 0 },
                { " {\"a\": [1, null, true, \"x\"]}\n", 0, 0 },
                { "12", 0, 0 },
                { "", 0, -EBADMSG },
                { "{", 0, -EBADMSG },
                { "{} x", 0, -EBADMSG },
                { "{}{}", 0, -EBADMSG },
                { "{}\0", 3, -EBADMSG },
                { "{\"a\": 1,}", 0, -EBADMSG },
                { "{\"a\": \"\xff\"}", 0, -EBADMSG },
                { "{\"a\": \"\xc0\x80\"}", 0, -EBADMSG },
                { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                  "]",
                  0, -EBADMSG },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_json_ struct json_object *document = NULL;
                size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);
                CHECK_INT(i, document_read(rows[i].text, size, &document), rows[i].r);
                CHECK(i, rows[i].r == 0 || !document);
        }
}

static void test_add(void **state) {
        (void)state;
        static const struct {
                const char *text, *expected; /* NULL: the same */
        } rows[] = {
                { "{\"a\":[1,-2.50,null,true,\"x/y\"],\"b\":{}}", NULL },
                { "{ \"a\" : 1 }", "{\"a\":1}" },
                { "[18446744073709551615,1e400,0.1]", NULL },
                { "[\"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80 \xe2\x80\xa6\"]", NULL },
                { "[\"\\u001b[2J\\n\\u0000\"]", NULL },
                { "[\"\x7f\xc2\x9bm\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8\xd8\x9c\"]",
                  "[\"\\u007f\\u009bm\\u202e\\u2066\\u2028\\u061c\"]" },
                { "[\"back\\\\slash\"]", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_json_ struct json_object *document = NULL;
                _cleanup_strbuf_ StrBuf b = {};
                CHECK_INT(i, document_read(rows[i].text, strlen(rows[i].text), &document), 0);
                document_add(&b, document);
                CHECK_STR(i, strbuf_text(&b), rows[i].expected ? rows[i].expected : rows[i].text);
        }
}

static void test_members(void **state) {
        (void)state;
        static const char text[] =
                "{\"t\": \"x\", \"n\": 2.5, \"i\": 7, \"y\": true, \"no\": false, \"z\": null,"
                " \"big\": 1e999, \"nan\": NaN, \"w\": \"2025-11-22T03:12:05Z\", \"o\": {}, \"l\": "
                "[1]}";
        static const char *const keys[] = { "t",   "n",   "i", "y", "no", "z",
                                            "big", "nan", "w", "o", "l",  "none" };
        static const struct {
                const char *text;
                double number;
                bool is_true, is_false;
                usec_t when;
                bool object, list;
        } rows[ELEMENTSOF(keys)] = {
                { "x", NAN },
                { NULL, 2.5 },
                { NULL, 7 },
                { NULL, NAN, true },
                { NULL, NAN, false, true },
                { NULL, NAN },
                { NULL, NAN },
                { NULL, NAN },
                { "2025-11-22T03:12:05Z", NAN, .when = 1763781125 * USEC_PER_SEC },
                { NULL, NAN, .object = true },
                { NULL, NAN, .list = true },
                { NULL, NAN },
        };
        _cleanup_json_ struct json_object *document = NULL;

        assert_int_equal(document_read(text, strlen(text), &document), 0);
        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *got = member_text(document, keys[i]);
                double number = member_number(document, keys[i]);
                CHECK(i, (!got && !rows[i].text) ||
                                 (got && rows[i].text && strcmp(got, rows[i].text) == 0));
                CHECK(i, isnan(rows[i].number) ? isnan(number) : number == rows[i].number);
                CHECK_INT(i, member_is_true(document, keys[i]), rows[i].is_true);
                CHECK_INT(i, member_is_false(document, keys[i]), rows[i].is_false);
                CHECK_INT(i, member_when(document, keys[i]), rows[i].when);
                CHECK_INT(i, member_object(document, keys[i]) != NULL, rows[i].object);
                CHECK_INT(i, member_list(document, keys[i]) != NULL, rows[i].list);
        }
        struct json_object *list = member_list(document, "l");
        CHECK_INT(0, list_count(list), 1);
        CHECK(0, number_of(list_get(list, 0)) == 1 && !list_get(list, 1));
        /* Of what is no object, or nothing at all, nothing is known. */
        CHECK(0,
              !member_text(list, "t") && isnan(member_number(NULL, "n")) && list_count(NULL) == 0);
        CHECK(0, !member_is_true(list, "y") && !member_is_false(NULL, "y") &&
                         list_count(document) == 0);
}

static void test_body(void **state) {
        (void)state;
        _cleanup_body_ Body body = {};
        _cleanup_strbuf_ StrBuf b = {};

        setenv("SUDO_USER", "al\nice", 1);
        body_add_text(&body, "absent", NULL);
        body_add_span(&body, "none", 0);
        assert_null(body.object);
        body_add_text(&body, "match", "a\"b");
        body_add_span(&body, "for", 90 * USEC_PER_SEC + 1);
        body_add_number(&body, "half", 0.5);
        body_add_number(&body, "minus", -7);
        body_add_who(&body);
        assert_false(body.failed);
        document_add(&b, body.object);
        CHECK_STR(0, strbuf_text(&b),
                  "{\"match\":\"a\\\"b\",\"for\":90,\"half\":0.5,\"minus\":-7,\"by\":"
                  "\"al\\\\x0aice\"}");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_add),
                cmocka_unit_test(test_members),
                cmocka_unit_test(test_body),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
