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
                { EVENT_CHANGED, "changed", 6, 6, 6, true },
                { EVENT_STARTED, "started", 6, 6, 6, false },
                { EVENT_RELOADED, "reloaded", 6, 6, 6, false },
                { EVENT_RELOAD_REFUSED, "reload-refused", 3, 3, 3, false },
                { EVENT_HEARTBEAT, "heartbeat", 6, 6, 6, false },
                { EVENT_STOPPED, "stopped", 6, 6, 6, false },
                { EVENT_RECORDS_LOST, "records-lost", 3, 3, 3, false },
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

        assert_string_equal(event_message_id(EVENT_RAISED), "cbcd078881f04054b09d74fd997ec5ad");
        assert_string_equal(event_message_id(EVENT_RECORDS_LOST),
                            "a9e2339cc9cb43b782fa9173f3f8468f");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_message_ids),
                cmocka_unit_test(test_message_ids_stay),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
