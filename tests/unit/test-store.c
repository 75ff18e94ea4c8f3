/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>
#include <math.h>

#include "core/voice.h"

/* Rows of every kind as they come back, and transactions. */

static char long_text[8193], long_list[64 * 1024 + 1], too_long[64 * 1024 + 2];

static void make_long(void) {
        memset(long_text, 'x', sizeof(long_text) - 1);
        memset(long_list, 'y', sizeof(long_list) - 1);
        memset(too_long, 'z', sizeof(too_long) - 1);
}

static const usec_t some_changes[] = { T0 - 3, T0 - 2, T0 - 2, T0 };

/* clang-format off */
static const AlertRow alerts[] = {
        { .source = "symantec", .target = "a.example", .metric = "queue_size", .value = NAN,
          .ack_ceiling = NAN },
        { .source = "symantec", .target = "b.example", .metric = "queue_size",
          .level = LEVEL_CRITICAL, .streak = { 1, 2, UINT16_MAX }, .since = T0,
          .remind_at = USEC_INFINITY, .remind_wait = USEC_PER_HOUR, .value = -0.1,
          .measured_at = T0 + 1, .outcome = "timeout", .detail = HOSTILE, .told = LEVEL_WARNING,
          .muted = true, .flapping = true, .changes = some_changes,
          .n_changes = ELEMENTSOF(some_changes), .ack_by = HOSTILE, .ack_comment = long_text,
          .ack_at = T0, .ack_until = USEC_INFINITY, .ack_ceiling = 1e308 },
        { .source = HOSTILE, .target = HOSTILE, .metric = HOSTILE, .level = LEVEL_WARNING,
          .value = INFINITY, .since = INT64_MAX, .ack_ceiling = NAN },
        { .source = "immuniweb", .target = "c.example", .metric = "up", .value = -INFINITY,
          .ack_by = "root", .ack_at = 1, .ack_until = 2, .ack_ceiling = -5 },
};

static const TargetRow targets[] = {
        { .source = "immuniweb", .target = "a.example" },
        { .source = "immuniweb", .target = HOSTILE, .last_start = 1, .last_result = 2,
          .next_run = USEC_INFINITY, .failures = UINT32_MAX, .job_id = HOSTILE,
          .job_started = 3, .ids = long_list, .result_at = 4, .good_at = INT64_MAX,
          .values = "score=3 grade=NaN" },
};

static const AccountRow accounts[] = {
        { .source = "symantec", .name = "main" },
        { .source = "symantec", .name = HOSTILE, .failures = 7, .outcome = "auth",
          .retry_at = T0, .failed_at = T0 + 1, .good_at = T0 + 2 },
};

static const MissingRow missing[] = { { "a.example", 0 }, { HOSTILE, T0 } };

static const Silence silences[] = {
        { .id = 1, .match = (char *)"*", .created = T0, .until = T0 + 1 },
        { .id = INT64_MAX, .match = (char *)HOSTILE, .comment = long_text,
          .by = (char *)HOSTILE, .created = T0, .until = USEC_INFINITY },
};
/* clang-format on */

static const usec_t tests[] = { T0 - 5, T0, T0, T0 + 1 };

typedef struct Seen {
        size_t alerts, targets, accounts, missing, tests, silences;
} Seen;

static const char *plain(const char *text) {
        return text ? text : "";
}

static bool same(double a, double b) {
        return a == b || (isnan(a) && isnan(b));
}

static int see_alert(void *userdata, const AlertRow *row) {
        Seen *seen = userdata;
        size_t i = 0;

        while (i < ELEMENTSOF(alerts) && (strcmp(alerts[i].target, row->target) != 0 ||
                                          strcmp(alerts[i].source, row->source) != 0))
                i++;
        CHECK(i, i < ELEMENTSOF(alerts));
        const AlertRow *a = &alerts[i];
        CHECK_STR(i, row->metric, a->metric);
        CHECK_INT(i, row->level, a->level);
        for (int k = 0; k < _LEVEL_MAX; k++)
                CHECK_INT(i, row->streak[k], a->streak[k]);
        CHECK_INT(i, row->since, a->since);
        CHECK_INT(i, row->remind_at, a->remind_at);
        CHECK_INT(i, row->remind_wait, a->remind_wait);
        CHECK(i, same(row->value, a->value));
        CHECK_INT(i, row->measured_at, a->measured_at);
        CHECK_STR(i, plain(row->outcome), plain(a->outcome));
        CHECK_STR(i, plain(row->detail), plain(a->detail));
        CHECK_INT(i, row->told, a->told);
        CHECK_INT(i, row->muted, a->muted);
        CHECK_INT(i, row->flapping, a->flapping);
        CHECK_INT(i, row->n_changes, a->n_changes);
        for (size_t k = 0; k < a->n_changes; k++)
                CHECK_INT(i, row->changes[k], a->changes[k]);
        CHECK_STR(i, plain(row->ack_by), plain(a->ack_by));
        CHECK(i, !row->ack_by == !a->ack_by);
        CHECK_STR(i, plain(row->ack_comment), plain(a->ack_comment));
        CHECK_INT(i, row->ack_at, a->ack_at);
        CHECK_INT(i, row->ack_until, a->ack_until);
        CHECK(i, same(row->ack_ceiling, a->ack_ceiling));
        seen->alerts |= (size_t)1 << i;
        return 0;
}

static int see_target(void *userdata, const TargetRow *row) {
        Seen *seen = userdata;
        size_t i = strcmp(row->target, HOSTILE) == 0;
        const TargetRow *t = &targets[i];

        CHECK_STR(i, row->source, t->source);
        CHECK_STR(i, row->target, t->target);
        CHECK_INT(i, row->last_start, t->last_start);
        CHECK_INT(i, row->last_result, t->last_result);
        CHECK_INT(i, row->next_run, t->next_run);
        CHECK_INT(i, row->failures, t->failures);
        CHECK_STR(i, plain(row->job_id), plain(t->job_id));
        CHECK_INT(i, row->job_started, t->job_started);
        CHECK_STR(i, plain(row->ids), plain(t->ids));
        CHECK_INT(i, row->result_at, t->result_at);
        CHECK_INT(i, row->good_at, t->good_at);
        CHECK_STR(i, plain(row->values), plain(t->values));
        seen->targets |= (size_t)1 << i;
        return 0;
}

static int see_account(void *userdata, const AccountRow *row) {
        Seen *seen = userdata;
        size_t i = strcmp(row->name, HOSTILE) == 0;
        const AccountRow *a = &accounts[i];

        CHECK_STR(i, row->source, a->source);
        CHECK_STR(i, row->name, a->name);
        CHECK_INT(i, row->failures, a->failures);
        CHECK_STR(i, plain(row->outcome), plain(a->outcome));
        CHECK_INT(i, row->retry_at, a->retry_at);
        CHECK_INT(i, row->failed_at, a->failed_at);
        CHECK_INT(i, row->good_at, a->good_at);
        seen->accounts |= (size_t)1 << i;
        return 0;
}

static int see_missing(void *userdata, const MissingRow *row) {
        Seen *seen = userdata;
        size_t i = strcmp(row->target, HOSTILE) == 0;

        CHECK_STR(i, row->target, missing[i].target);
        CHECK_INT(i, row->good_at, missing[i].good_at);
        seen->missing |= (size_t)1 << i;
        return 0;
}

static int see_test(void *userdata, usec_t started) {
        Seen *seen = userdata;
        size_t i = seen->tests++;

        CHECK(i, i < ELEMENTSOF(tests));
        CHECK_INT(i, started, tests[i]);
        return 0;
}

static int see_silence(void *userdata, const Silence *silence) {
        Seen *seen = userdata;
        size_t i = silence->id != 1;
        const Silence *s = &silences[i];

        CHECK_INT(i, silence->id, s->id);
        CHECK_STR(i, silence->match, s->match);
        CHECK_STR(i, plain(silence->comment), plain(s->comment));
        CHECK_STR(i, plain(silence->by), plain(s->by));
        CHECK_INT(i, silence->created, s->created);
        CHECK_INT(i, silence->until, s->until);
        seen->silences |= (size_t)1 << i;
        return 0;
}

static const StoreReader see_all = { see_alert,   see_target, see_account,
                                     see_missing, see_test,   see_silence };

static void put_all(Store *store) {
        for (size_t i = 0; i < ELEMENTSOF(alerts); i++)
                store_put_alert(store, &alerts[i]);
        for (size_t i = 0; i < ELEMENTSOF(targets); i++)
                store_put_target(store, &targets[i]);
        for (size_t i = 0; i < ELEMENTSOF(accounts); i++)
                store_put_account(store, &accounts[i]);
        for (size_t i = 0; i < ELEMENTSOF(missing); i++)
                store_put_missing(store, &missing[i]);
        for (size_t i = ELEMENTSOF(tests); i-- > 0;)
                store_put_test(store, tests[i], T0);
        for (size_t i = 0; i < ELEMENTSOF(silences); i++)
                store_put_silence(store, &silences[i]);
}

static void check_seen(size_t row, Store *store, Seen expected) {
        Seen seen = {};

        CHECK_INT(row, store_read(store, &see_all, &seen), 0);
        CHECK_INT(row, store_skipped(store), 0);
        CHECK_INT(row, seen.alerts, expected.alerts);
        CHECK_INT(row, seen.targets, expected.targets);
        CHECK_INT(row, seen.accounts, expected.accounts);
        CHECK_INT(row, seen.missing, expected.missing);
        CHECK_INT(row, seen.tests, expected.tests);
        CHECK_INT(row, seen.silences, expected.silences);
}

static const Seen everything = { 15, 3, 3, 3, 4, 3 }, nothing = {};

static void rows_come_back(void **state) {
        Fixture *f = *state;
        Store *reader = NULL;

        fixture_open(f);
        check_seen(0, f->store, nothing);
        store_begin(f->store);
        put_all(f->store);
        check_seen(1, f->store, everything); /* within the transaction, too */
        fixture_commit(f);
        check_seen(2, f->store, everything);
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), 0);
        check_seen(3, reader, everything);
        store_close(reader);
        fixture_reopen(f);
        check_seen(4, f->store, everything);
        assert_int_equal(f->problem.size, 0);

        /* Once more: each row replaces its own (a test is another one). */
        store_begin(f->store);
        put_all(f->store);
        store_put_test(f->store, T0, T0 + 2 * USEC_PER_DAY); /* and this one goes at once */
        for (size_t i = 0; i < ELEMENTSOF(tests); i++)
                store_put_test(f->store, tests[i], 0);
        fixture_commit(f);
        check_seen(5, f->store, everything);
}

static void rows_are_dropped(void **state) {
        Fixture *f = *state;

        fixture_open(f);
        store_begin(f->store);
        put_all(f->store);
        fixture_commit(f);
        store_begin(f->store);
        store_drop_alert(f->store, HOSTILE, HOSTILE, HOSTILE);
        store_drop_alert(f->store, "symantec", "a.example", "another");
        store_drop_target(f->store, "immuniweb", HOSTILE);
        store_drop_target(f->store, "symantec", "a.example");
        store_drop_account(f->store, "symantec", "main");
        store_drop_missing(f->store, HOSTILE);
        store_drop_missing(f->store, "unknown");
        store_drop_silence(f->store, 1);
        store_drop_silence(f->store, 99);
        fixture_commit(f);
        check_seen(0, f->store, (Seen){ 15 - 4, 1, 2, 1, 4, 2 });

        store_begin(f->store);
        put_event(f->store, 5, T0, "x");
        store_put_number(f->store, "n", 8);
        store_clear_state(f->store);
        fixture_commit(f);
        check_seen(1, f->store, (Seen){ .tests = 4 });
        assert_int_equal(store_number(f->store, "n"), 8);
        check_events(0, f->store, &(EventFilter){}, "5");
}

static int stop_at_second(void *userdata, const AccountRow *row) {
        int *calls = userdata;
        (void)row;
        return ++*calls == 2 ? -ECANCELED : 0;
}

static void reader_can_stop(void **state) {
        Fixture *f = *state;
        int calls = 0;

        fixture_open(f);
        store_begin(f->store);
        put_all(f->store);
        fixture_commit(f);
        StoreReader reader = { .account = stop_at_second };
        assert_int_equal(store_read(f->store, &reader, &calls), -ECANCELED);
        assert_int_equal(calls, 2);
        /* Nothing is left open: a transaction and another reading go on. */
        store_begin(f->store);
        store_drop_missing(f->store, HOSTILE);
        fixture_commit(f);
        calls = 2;
        assert_int_equal(store_read(f->store, &reader, &calls), 0);
        assert_int_equal(calls, 4);
}

/* --- transactions ---------------------------------------------------------------------------- */

static void transaction_without_change_costs_nothing(void **state) {
        Fixture *f = *state;
        StoreFigures before, after;

        fixture_open(f);
        store_figures(f->store, &before);
        for (int i = 0; i < 10; i++) {
                store_begin(f->store);
                if (i % 2)
                        store_trim_events(f->store, T0, 0);
                assert_int_equal(store_commit(f->store, i % 3 == 0), 0);
        }
        store_figures(f->store, &after);
        assert_memory_equal(&before, &after, sizeof(after));

        store_begin(f->store);
        store_put_number(f->store, "n", 1);
        assert_int_equal(store_commit(f->store, true), 0);
        store_figures(f->store, &after);
        assert_int_equal(after.commits, 1);
        /* A page or two. */
        assert_true(after.bytes_written >= 4096 && after.bytes_written <= 3 * 4120);
        assert_true(after.file_bytes > before.file_bytes);
}

typedef void (*break_t)(Store *store);

static void put_text_too_long(Store *store) {
        AlertRow row = alerts[1];
        row.detail = too_long;
        store_put_alert(store, &row);
}

static void put_list_too_long(Store *store) {
        TargetRow row = targets[0];
        row.values = too_long;
        store_put_target(store, &row);
}

static void put_no_name(Store *store) {
        store_put_missing(store, &(MissingRow){ .target = "" });
}

static void put_no_level(Store *store) {
        AlertRow row = alerts[1];
        row.level = _LEVEL_MAX;
        store_put_alert(store, &row);
}

static void put_big_id(Store *store) {
        Silence silence = silences[0];
        silence.id = UINT64_MAX;
        store_put_silence(store, &silence);
}

static void put_big_sequence(Store *store) {
        put_event(store, (uint64_t)INT64_MAX + 1, T0, "x");
}

static void put_big_data(Store *store) {
        _cleanup_free_ char *data = calloc(1, STORE_DATA_LONGEST + 1);
        EventRow row = {
                .sequence = 1, .event = "raised", .data = data, .size = STORE_DATA_LONGEST + 1
        };
        store_put_event(store, &row);
}

static void put_bad_priority(Store *store) {
        EventRow row = { .sequence = 1, .event = "raised", .data = "x", .size = 2, .priority = 8 };
        store_put_event(store, &row);
}

static void error_rolls_all_back(void **state) {
        static const struct {
                break_t put;
                int error;
        } rows[] = {
                { put_text_too_long, -E2BIG }, { put_list_too_long, -E2BIG },
                { put_no_name, -EINVAL },      { put_no_level, -EINVAL },
                { put_big_id, -ERANGE },       { put_big_sequence, -ERANGE },
                { put_big_data, -E2BIG },      { put_bad_priority, -EINVAL },
        };
        Fixture *f = *state;

        fixture_open(f);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                /* First in the transaction, or after others; what comes later changes nothing. */
                for (int later = 0; later < 2; later++) {
                        store_begin(f->store);
                        if (later)
                                put_all(f->store);
                        rows[i].put(f->store);
                        put_all(f->store);
                        put_no_name(f->store);
                        CHECK_INT(i, store_commit(f->store, later), rows[i].error);
                        check_seen(i, f->store, nothing);
                }
        }
        StoreFigures figures;
        store_figures(f->store, &figures);
        assert_int_equal(figures.commits, 0);
        store_begin(f->store);
        put_all(f->store);
        fixture_commit(f);
        check_seen(99, f->store, everything);

        /* An open one is rolled back by closing. */
        store_begin(f->store);
        store_clear_state(f->store);
        fixture_reopen(f);
        check_seen(100, f->store, everything);
}

static int see_changes(void *userdata, const AlertRow *row) {
        (void)userdata;
        assert_int_equal(row->n_changes, FLAP_LIMIT_MAX + 1);
        for (size_t i = 1; i < row->n_changes; i++)
                assert_true(row->changes[i] >= row->changes[i - 1]);
        assert_int_equal(row->changes[0], 9);   /* the newest are kept */
        assert_int_equal(row->changes[40], 48); /* the one that stepped back is raised */
        return 0;
}

static void changes_are_bounded(void **state) {
        Fixture *f = *state;
        usec_t changes[60];
        AlertRow row = {
                .source = "s", .target = "t", .metric = "m", .changes = changes, .n_changes = 60
        };

        for (usec_t i = 0; i < 60; i++)
                changes[i] = i;
        changes[49] = 3;
        changes[59] = USEC_INFINITY;
        fixture_open(f);
        store_begin(f->store);
        store_put_alert(f->store, &row);
        fixture_commit(f);
        assert_int_equal(store_read(f->store, &(StoreReader){ .alert = see_changes }, NULL), 0);
        assert_int_equal(store_skipped(f->store), 0);
}

int main(void) {
        make_long();
        const struct CMUnitTest all[] = {
                STORE_TEST(rows_come_back),
                STORE_TEST(rows_are_dropped),
                STORE_TEST(reader_can_stop),
                STORE_TEST(transaction_without_change_costs_nothing),
                STORE_TEST(error_rolls_all_back),
                STORE_TEST(changes_are_bounded),
        };

        return cmocka_run_group_tests(all, NULL, NULL);
}
