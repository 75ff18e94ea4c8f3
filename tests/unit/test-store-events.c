/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>

/* Records, numbers, and the log that they are written to. */

static void numbers_come_back(void **state) {
        static const uint64_t values[] = { 0, 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX };
        Fixture *f = *state;

        fixture_open(f);
        assert_int_equal(store_number(f->store, "none"), 0);
        assert_int_equal(store_last_sequence(f->store), 0);
        assert_int_equal(store_sent(f->store), 0);
        for (size_t i = 0; i < ELEMENTSOF(values); i++) {
                store_begin(f->store);
                store_put_number(f->store, HOSTILE, values[i]);
                fixture_commit(f);
                fixture_reopen(f);
                CHECK(i, store_number(f->store, HOSTILE) == values[i]);
        }
}

/* All of a prefix, whatever else it could mean, and no others. */
static void numbers_are_dropped(void **state) {
        static const struct {
                const char *prefix;
                unsigned left; /* a bit for each name */
        } rows[] = {
                { "server-0", 0x3d }, { "server-", 0x38 }, { "ser*", 0x30 },
                { "s%", 0x30 },       { "S", 0x30 },       { "\xc3\xa9", 0x10 },
        };
        static const char *const names[] = {
                "server-1", "server-0", "server-", "ser*", "server", "\xc3\xa9x",
        };
        Fixture *f = *state;

        fixture_open(f);
        store_begin(f->store);
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                store_put_number(f->store, names[i], i + 1);
        fixture_commit(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned left = 0;
                store_begin(f->store);
                store_drop_numbers(f->store, rows[i].prefix);
                fixture_commit(f);
                fixture_reopen(f);
                for (unsigned k = 0; k < ELEMENTSOF(names); k++)
                        left |= (unsigned)(store_number(f->store, names[k]) == k + 1) << k;
                CHECK_INT(i, left, rows[i].left);
        }
        store_begin(f->store);
        store_drop_numbers(f->store, "");
        assert_int_equal(store_commit(f->store, false), -EINVAL);
}

static int see_end(void *userdata, const EndRow *row) {
        uint64_t *ids = userdata;

        CHECK_INT(row->id, row->since, T0 + row->id);
        CHECK_INT(row->id, row->at, T0 + 2 * row->id);
        CHECK_INT(row->id, row->of_level, row->id % 2);
        CHECK_INT(row->id, row->level, row->id % 2 ? LEVEL_WARNING : LEVEL_CRITICAL);
        CHECK_INT(row->id, row->size, row->id % 3 == 0 ? 0 : 5);
        assert_memory_equal(row->data, "M=\xff\0x", row->size);
        *ids = *ids * 10 + row->id;
        return 0;
}

static void check_ends(Fixture *f, uint64_t expected) {
        uint64_t ids = 0;

        assert_int_equal(store_read(f->store, &(StoreReader){ .end = see_end }, &ids), 0);
        assert_int_equal(ids, expected);
}

/* In their order, whatever the order of writing; dropped up to one; a damaged one is left out. */
static void ends_come_back(void **state) {
        static const uint64_t ids[] = { 5, 2, 9, 3 };
        Fixture *f = *state;

        fixture_open(f);
        store_begin(f->store);
        for (size_t i = 0; i < ELEMENTSOF(ids); i++)
                store_put_end(f->store,
                              &(EndRow){
                                      .id = ids[i],
                                      .of_level = ids[i] % 2,
                                      .level = ids[i] % 2 ? LEVEL_WARNING : LEVEL_CRITICAL,
                                      .since = T0 + ids[i],
                                      .at = T0 + 2 * ids[i],
                                      .data = "M=\xff\0x",
                                      .size = ids[i] % 3 == 0 ? 0 : 5,
                              });
        check_ends(f, 2359);
        fixture_commit(f);
        fixture_reopen(f);
        check_ends(f, 2359);
        store_begin(f->store);
        store_clear_state(f->store);
        store_drop_ends(f->store, 3);
        fixture_commit(f);
        check_ends(f, 59);
        fixture_close(f);
        fixture_sql(f, "INSERT INTO ends VALUES (6, 0, 'bad', 1, 2, x'4D'), (7, 2, 'ok', 1, 2, ''),"
                       " (8, 0, 'warning', 'x', 2, x''), (10, 0, 'warning', 1, 2, 'text')");
        fixture_open(f);
        check_ends(f, 59);
        assert_int_equal(store_skipped(f->store), 4);
        store_begin(f->store);
        store_drop_ends(f->store, UINT64_MAX);
        fixture_commit(f);
        check_ends(f, 0);
}

static int see_record(void *userdata, const EventRow *row) {
        static const char data[] = "MESSAGE=\xff'\n\0LONG=";
        const char *rest = row->data + sizeof(data) - 1;

        (void)userdata;
        assert_int_equal(row->sequence, INT64_MAX);
        assert_int_equal(row->at, T0);
        assert_string_equal(row->event, "worsened");
        assert_string_equal(row->identity, "");
        assert_string_equal(row->level, "");
        assert_int_equal(row->priority, 7);
        assert_int_equal(row->size, STORE_DATA_LONGEST);
        assert_memory_equal(row->data, data, sizeof(data) - 1);
        for (size_t i = 0; i < row->size - (sizeof(data) - 1); i++)
                assert_int_equal(rest[i], i % 7 ? 'x' : '\0');
        return 17;
}

static void record_comes_back(void **state) {
        static const char data[] = "MESSAGE=\xff'\n\0LONG=";
        Fixture *f = *state;
        _cleanup_free_ char *whole = malloc(STORE_DATA_LONGEST);
        EventRow row = { .sequence = INT64_MAX,
                         .at = T0,
                         .event = "worsened",
                         .priority = 7,
                         .data = whole,
                         .size = STORE_DATA_LONGEST };

        assert_non_null(whole);
        for (size_t i = 0; i < STORE_DATA_LONGEST; i++)
                whole[i] = i < sizeof(data) - 1                ? data[i]
                           : (i - (sizeof(data) - 1)) % 7 == 0 ? '\0'
                                                               : 'x';
        fixture_open(f);
        store_begin(f->store);
        store_put_event(f->store, &row);
        fixture_commit(f);
        fixture_reopen(f);
        assert_int_equal(store_read_events(f->store, &(EventFilter){}, see_record, NULL), 17);
        assert_int_equal(store_last_sequence(f->store), INT64_MAX);
}

static void put_ten(Fixture *f) {
        static const char *const identities[] = { "symantec/a.example/queue_size", "",
                                                  "symantec/b.example/up", NULL,
                                                  "immuniweb/a.example/score" };
        store_begin(f->store);
        for (uint64_t i = 1; i <= 10; i++)
                put_event(f->store, i, T0 + i * USEC_PER_MIN, identities[i % 5]);
        fixture_commit(f);
}

static void events_are_filtered(void **state) {
        static const struct {
                EventFilter filter;
                const char *found;
        } rows[] = {
                { {}, "1 2 3 4 5 6 7 8 9 10" },
                { { .newest_first = true }, "10 9 8 7 6 5 4 3 2 1" },
                { { .after = 7 }, "8 9 10" },
                { { .before = 3 }, "1 2" },
                { { .before = 1 }, "" },
                { { .after = 3, .before = 6 }, "4 5" },
                { { .after = 6, .before = 6 }, "" },
                { { .after = UINT64_MAX }, "" },
                { { .before = UINT64_MAX, .most = 2 }, "1 2" },
                { { .most = 3 }, "1 2 3" },
                { { .most = 3, .newest_first = true }, "10 9 8" },
                { { .since = T0 + 9 * USEC_PER_MIN }, "9 10" },
                { { .since = T0 + 9 * USEC_PER_MIN + 1 }, "10" },
                { { .since = USEC_INFINITY }, "" },
                { { .match = "*" }, "2 4 5 7 9 10" },
                { { .match = "symantec/*" }, "2 5 7 10" },
                { { .match = "*/a.example/*" }, "4 5 9 10" },
                { { .match = "*/a.example/*", .most = 1, .newest_first = true }, "10" },
                { { .match = "symantec/*", .most = 2, .after = 2 }, "5 7" },
                { { .match = "symantec/*", .since = T0 + 6 * USEC_PER_MIN, .before = 10 }, "7" },
                { { .match = "nothing" }, "" },
        };
        Fixture *f = *state;

        fixture_open(f);
        check_events(99, f->store, &(EventFilter){}, "");
        put_ten(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                check_events(i, f->store, &rows[i].filter, rows[i].found);
        EventFilter wrong = { .match = "[" };
        assert_int_equal(store_read_events(f->store, &wrong, take_sequence, NULL), -EINVAL);
}

static void trim_never_forgets_unsent(void **state) {
        static const struct {
                uint64_t sent;
                usec_t before;
                uint32_t most;
                const char *left;
        } rows[] = {
                { 0, USEC_INFINITY, 0, "1 2 3 4 5 6 7 8 9 10" },
                { 4, USEC_INFINITY, 0, "5 6 7 8 9 10" },
                { 4, USEC_INFINITY, 100, "5 6 7 8 9 10" },
                { 4, T0 + 3 * USEC_PER_MIN, 100, "3 4 5 6 7 8 9 10" },
                { 10, T0 + 3 * USEC_PER_MIN, 100, "3 4 5 6 7 8 9 10" },
                { 10, T0 + 3 * USEC_PER_MIN, 8, "3 4 5 6 7 8 9 10" },
                { 10, T0 + 3 * USEC_PER_MIN, 7, "4 5 6 7 8 9 10" },
                { 10, 0, 3, "8 9 10" },
                { 9, 0, 3, "8 9 10" },
                { 6, 0, 3, "7 8 9 10" },
                { 10, 0, 0, "" },
                { UINT64_MAX, 0, 0, "" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                fixture_open(f);
                put_ten(f);
                store_begin(f->store);
                store_put_sent(f->store, rows[i].sent);
                store_put_sent(f->store, rows[i].sent / 2); /* never falls */
                store_trim_events(f->store, rows[i].before, rows[i].most);
                fixture_commit(f);
                fixture_reopen(f);
                check_events(i, f->store, &(EventFilter){}, rows[i].left);
                CHECK_INT(i, store_last_sequence(f->store), 10);
                CHECK_INT(i, store_sent(f->store), MIN(rows[i].sent, (uint64_t)INT64_MAX));
                fixture_close(f);
                fixture_delete(f, "state.db");
        }
}

/* --- the log --------------------------------------------------------------------------------- */

static char long_list[STORE_LIST_LONGEST + 1];

static void log_is_tidied(void **state) {
        Fixture *f = *state;
        StoreFigures figures;
        uint64_t highest = 0;
        int tidied = 0;

        memset(long_list, 'y', sizeof(long_list) - 1);
        fixture_open(f);
        for (int i = 0; i < 1000; i++) {
                TargetRow row = { .source = "immuniweb", .ids = long_list };
                char name[20];
                snprintf(name, sizeof(name), "t%d", i % 5);
                row.target = name;
                store_begin(f->store);
                assert_false(store_tidy(f->store)); /* not within a transaction */
                store_put_target(f->store, &row);
                fixture_commit(f);
                store_figures(f->store, &figures);
                uint64_t before = figures.file_bytes;
                assert_false(store_tidy(f->store));
                store_figures(f->store, &figures);
                tidied += figures.file_bytes != before;
                highest = MAX(highest, figures.file_bytes);
        }
        assert_int_equal(figures.commits, 1000);
        /* All that was written is some 70 MB, and the log never became much more than 4 MiB of it.
         */
        assert_true(figures.bytes_written > (50u << 20) && figures.bytes_written < (200u << 20));
        assert_true(highest < (6u << 20));
        assert_true(tidied > 0);
        assert_true(fixture_has(f, "state.db-wal"));
        fixture_close(f);
        assert_false(fixture_has(f, "state.db-wal"));
        assert_false(fixture_has(f, "state.db-shm"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(numbers_come_back),   STORE_TEST(record_comes_back),
                STORE_TEST(events_are_filtered), STORE_TEST(trim_never_forgets_unsent),
                STORE_TEST(log_is_tidied),       STORE_TEST(ends_come_back),
                STORE_TEST(numbers_are_dropped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
