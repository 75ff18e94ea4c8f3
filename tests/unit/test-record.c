/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/record.h"

#include <errno.h>

#define DATA(s) s, sizeof(s)

static void test_new(void **state) {
        (void)state;
        static const struct {
                const char *data;
                size_t size;
                int result;
                unsigned fields;
        } rows[] = {
                { DATA("MESSAGE=text"), 0, 1 },
                { DATA("MESSAGE="), 0, 1 },
                { DATA("MESSAGE=text\0A=1\0B="), 0, 3 },
                { DATA("MESSAGE=a=b"), 0, 1 },
                { "MESSAGE=text", 12, -EINVAL, 0 }, /* without its NUL */
                { "", 0, -EINVAL, 0 },
                { DATA(""), -EINVAL, 0 },
                { DATA("A=1\0MESSAGE=text"), -EINVAL, 0 },
                { DATA("MESSAGE_ID=1"), -EINVAL, 0 },
                { DATA("MESSAGE=text\0A"), -EINVAL, 0 },
                { DATA("MESSAGE=text\0=1"), -EINVAL, 0 },
                { DATA("MESSAGE=text\0\0A=1"), -EINVAL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                CHECK_INT(i, record_new(7, 4, rows[i].data, rows[i].size, &record), rows[i].result);
                CHECK_INT(i, record != NULL, rows[i].result == 0);
                if (!record)
                        continue;
                CHECK_INT(i, record->sequence, 7);
                CHECK_INT(i, record->priority, 4);
                CHECK_INT(i, record->n, rows[i].fields);
                CHECK_INT(i, record->size, rows[i].size);
                CHECK(i, memcmp(record->data, rows[i].data, rows[i].size) == 0);
                CHECK(i, !record->next);
        }
        assert_null(record_free(NULL));
}

static void test_most_fields(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf b = {};
        struct iovec iov[RECORD_FIELDS_MAX];

        strbuf_add(&b, DATA("MESSAGE=text"));
        for (size_t i = 1; i < RECORD_FIELDS_MAX; i++) {
                strbuf_addf(&b, "FIELD_%zu=%zu", i, i);
                strbuf_addc(&b, '\0');
        }
        _cleanup_(record_freep) Record *record = NULL, *more = NULL;
        assert_int_equal(record_new(1, 6, b.data, b.size, &record), 0);
        assert_int_equal(record_iovec(record, iov), RECORD_FIELDS_MAX);
        assert_int_equal(iov[31].iov_len, strlen("FIELD_31=31"));
        assert_memory_equal(iov[31].iov_base, "FIELD_31=31", iov[31].iov_len);
        assert_memory_equal(iov[0].iov_base, "MESSAGE=text", iov[0].iov_len);

        strbuf_add(&b, DATA("X=1"));
        assert_int_equal(record_new(1, 6, b.data, b.size, &more), -EINVAL);
        assert_null(more);
}

static void test_get(void **state) {
        (void)state;
        _cleanup_(record_freep) Record *record = NULL;

        assert_int_equal(record_new(1, 6, DATA("MESSAGE=a=b\0MAILSEC_X=\0MAILSEC_XY=2"), &record),
                         0);
        assert_string_equal(record_get(record, "MESSAGE"), "a=b");
        assert_string_equal(record_get(record, "MAILSEC_X"), "");
        assert_string_equal(record_get(record, "MAILSEC_XY"), "2");
        assert_null(record_get(record, "MAILSEC"));
        assert_null(record_get(record, "a"));
        assert_null(record_get(record, ""));
}

static void test_syslog(void **state) {
        (void)state;
        static const struct {
                const char *data;
                size_t size;
                const char *line;
        } rows[] = {
                { DATA("MESSAGE=all is well"), "all is well" },
                { DATA("MESSAGE="), "" },
                { DATA("MESSAGE=m\0PRIORITY=2\0SYSLOG_IDENTIFIER=mailsecd\0SYSLOG_FACILITY=3\0A=1"),
                  "m A=1" },
                { DATA("MESSAGE=m\0PRIORITY_X=2\0MESSAGE_ID=ab\0DOCUMENTATION=man:x(8)"),
                  "m PRIORITY_X=2 MESSAGE_ID=ab DOCUMENTATION=man:x(8)" },
                { DATA("MESSAGE=m \"x\" \\\0A="), "m \"x\" \\ A=\"\"" },
                { DATA("MESSAGE=m\0A=two words"), "m A=\"two words\"" },
                { DATA("MESSAGE=m\0A=a\"b"), "m A=\"a\\\"b\"" },
                { DATA("MESSAGE=m\0A=it's"), "m A=\"it's\"" },
                { DATA("MESSAGE=m\0A=back\\x0a"), "m A=\"back\\\\x0a\"" },
                { DATA("MESSAGE=m\0A=x=y"), "m A=\"x=y\"" },
                { DATA("MESSAGE=m\0A=x\ty\0B=\x7f"), "m A=\"x\\x09y\" B=\"\\x7f\"" },
                { DATA("MESSAGE=m\0A=caf\xc3\xa9\0B=https://x/?q"),
                  "m A=caf\xc3\xa9 B=https://x/?q" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL;
                _cleanup_strbuf_ StrBuf b = {};
                CHECK_INT(i, record_new(1, 2, rows[i].data, rows[i].size, &record), 0);
                record_format_syslog(record, &b);
                CHECK_STR(i, strbuf_text(&b), rows[i].line);
        }
}

/* A copy that differs in its number only, wherever the field stands and however long it gets. */
static void test_renumber(void **state) {
        (void)state;
        static const struct {
                const char *data;
                size_t size;
                uint64_t sequence;
                const char *expected;
                size_t expected_size; /* 0 = -EINVAL */
        } rows[] = {
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE=7"), 8, DATA("MESSAGE=m\0MAILSEC_SEQUENCE=8") },
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE=7\0A="), UINT64_MAX,
                  DATA("MESSAGE=m\0MAILSEC_SEQUENCE=18446744073709551615\0A=") },
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE=123456\0A=1"), 1,
                  DATA("MESSAGE=m\0MAILSEC_SEQUENCE=1\0A=1") },
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE="), 0, DATA("MESSAGE=m\0MAILSEC_SEQUENCE=0") },
                /* what only looks like it */
                { DATA("MESSAGE=MAILSEC_SEQUENCE=7\0MAILSEC_SEQUENCE=7\0A=MAILSEC_SEQUENCE=7"), 9,
                  DATA("MESSAGE=MAILSEC_SEQUENCE=7\0MAILSEC_SEQUENCE=9\0A=MAILSEC_SEQUENCE=7") },
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE_X=7\0MAILSEC_SEQUENCE=7"), 9,
                  DATA("MESSAGE=m\0MAILSEC_SEQUENCE_X=7\0MAILSEC_SEQUENCE=9") },
                { DATA("MESSAGE=MAILSEC_SEQUENCE=7"), 9, NULL, 0 },
                { DATA("MESSAGE=m\0MAILSEC_SEQUENCE_X=7"), 9, NULL, 0 },
                { DATA("MESSAGE=m"), 9, NULL, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = NULL, *copy = NULL;
                size_t size = rows[i].expected_size;
                CHECK_INT(i, record_new(7, 4, rows[i].data, rows[i].size, &record), 0);
                CHECK_INT(i, record_renumber(record, rows[i].sequence, &copy),
                          size > 0 ? 0 : -EINVAL);
                CHECK(i, (copy != NULL) == (size > 0));
                /* The one it was made from stays. */
                CHECK_INT(i, record->sequence, 7);
                CHECK_INT(i, record->size, rows[i].size);
                CHECK(i, memcmp(record->data, rows[i].data, rows[i].size) == 0);
                if (!copy)
                        continue;
                CHECK(i, copy != record && !copy->next);
                CHECK(i, copy->sequence == rows[i].sequence);
                CHECK_INT(i, copy->priority, 4);
                CHECK_INT(i, copy->n, record->n);
                CHECK_INT(i, copy->size, size);
                CHECK(i, memcmp(copy->data, rows[i].expected, size) == 0);
        }
}

/* The queue behind the old one is not the copy's. */
static void test_renumber_of_a_queue(void **state) {
        (void)state;
        _cleanup_(record_freep) Record *first = NULL, *second = NULL, *copy = NULL;

        assert_int_equal(record_new(1, 4, DATA("MESSAGE=a\0MAILSEC_SEQUENCE=1"), &first), 0);
        assert_int_equal(record_new(2, 6, DATA("MESSAGE=b\0MAILSEC_SEQUENCE=2"), &second), 0);
        first->next = second;
        assert_int_equal(record_renumber(first, 41, &copy), 0);
        assert_null(copy->next);
        assert_ptr_equal(first->next, second);
        assert_string_equal(record_get(copy, "MAILSEC_SEQUENCE"), "41");
        assert_string_equal(record_get(first, "MAILSEC_SEQUENCE"), "1");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_new),      cmocka_unit_test(test_most_fields),
                cmocka_unit_test(test_get),      cmocka_unit_test(test_syslog),
                cmocka_unit_test(test_renumber), cmocka_unit_test(test_renumber_of_a_queue),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
