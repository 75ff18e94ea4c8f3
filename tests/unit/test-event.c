/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/event.h"

static void test_table(void **state) {
        (void)state;
        static const struct {
                Event event;
                const char *name;
                int ok, warning, critical;
                bool alert;
        } rows[] = {
                { EVENT_NONE, "none", 6, 6, 6, false },
                { EVENT_RAISED, "raised", 6, 4, 2, true },
                { EVENT_WORSENED, "worsened", 6, 4, 2, true },
                { EVENT_EASED, "eased", 5, 5, 5, true },
                { EVENT_CLEARED, "cleared", 5, 5, 5, true },
                { EVENT_REMINDER, "reminder", 6, 4, 2, true },
                { EVENT_FLAPPING, "flapping", 4, 4, 2, true },
                { EVENT_SETTLED, "settled", 5, 5, 5, true },
                { EVENT_CHANGED, "changed", 6, 6, 6, true },
                { EVENT_STARTED, "started", 6, 6, 6, false },
                { EVENT_RELOADED, "reloaded", 6, 6, 6, false },
                { EVENT_RELOAD_REFUSED, "reload-refused", 3, 3, 3, false },
                { EVENT_HEARTBEAT, "heartbeat", 6, 6, 6, false },
                { EVENT_STOPPED, "stopped", 6, 6, 6, false },
                { EVENT_RECORDS_LOST, "records-lost", 3, 3, 3, false },
                { EVENT_TEST, "test", 6, 4, 2, false },
        };

        assert_int_equal(ELEMENTSOF(rows), _EVENT_MAX);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CHECK_INT(i, rows[i].event, i);
                CHECK_STR(i, event_name(rows[i].event), rows[i].name);
                CHECK_INT(i, event_priority(rows[i].event, LEVEL_OK), rows[i].ok);
                CHECK_INT(i, event_priority(rows[i].event, LEVEL_WARNING), rows[i].warning);
                CHECK_INT(i, event_priority(rows[i].event, LEVEL_CRITICAL), rows[i].critical);
                CHECK_INT(i, event_is_alert(rows[i].event), rows[i].alert);
        }
}

static void test_message_ids(void **state) {
        (void)state;

        assert_null(event_message_id(EVENT_NONE));
        for (Event i = EVENT_NONE + 1; i < _EVENT_MAX; i++) {
                const char *id = event_message_id(i);
                CHECK_INT(i, strlen(id), 32);
                CHECK_INT(i, strspn(id, "0123456789abcdef"), 32);
                CHECK_INT(i, id[12], '4'); /* random, as sd-id128(3) wants it */
                CHECK(i, strchr("89ab", id[16]));
                for (Event j = EVENT_NONE + 1; j < i; j++)
                        CHECK(i, strcmp(id, event_message_id(j)) != 0);
        }
}

/* Journals and catalogs of users are full of them: an id is never changed. */
static void test_message_ids_stay(void **state) {
        (void)state;
        static const struct {
                Event event;
                const char *id;
        } rows[] = {
                { EVENT_RAISED, "cbcd078881f04054b09d74fd997ec5ad" },
                { EVENT_WORSENED, "76b99b4d6b2543d3bf7653658afb604a" },
                { EVENT_EASED, "d3e643d78a004501a7c96f2f705987b3" },
                { EVENT_CLEARED, "59ad21a8cdb34f59aaa4741a9e3c2d82" },
                { EVENT_REMINDER, "06d875220e8742db9e7d85235ecc7a7a" },
                { EVENT_FLAPPING, "048247debfa1409e888304dd82bb87f0" },
                { EVENT_SETTLED, "bb75be5561484c0e8b62f7e78a21ec43" },
                { EVENT_CHANGED, "552c5fff0462434eb7754e4d4ed8fc5f" },
                { EVENT_STARTED, "764403d9b74548b7bfe6665d6a20e08c" },
                { EVENT_RELOADED, "6e2d8e9ea0cf43f2967c30a797f4745b" },
                { EVENT_RELOAD_REFUSED, "19b39f8b7e9842ed9c3543419c8d088c" },
                { EVENT_HEARTBEAT, "8056bef719044fbd9ab70d2179ef9b9c" },
                { EVENT_STOPPED, "6281f30012d94872b2e74966a93d08b2" },
                { EVENT_RECORDS_LOST, "a9e2339cc9cb43b782fa9173f3f8468f" },
                { EVENT_TEST, "4ffb3b732b3a466089a70912afbb4dfb" },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_STR(i, event_message_id(rows[i].event), rows[i].id);
        assert_int_equal(ELEMENTSOF(rows), _EVENT_MAX - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_message_ids),
                cmocka_unit_test(test_message_ids_stay),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
