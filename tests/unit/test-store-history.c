/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "unit/history-model.h"

#include <errno.h>

/* Three days of polls with all that happens meanwhile, held against a plain list of all samples. */

#define DOMAINS   130
#define LATER     10 /* of them begin on the second day */
#define IMMUNIWEB 6
#define DAYS      3

static const HistorySettings settings = { .full = 2 * USEC_PER_DAY, .hourly = 90 * USEC_PER_DAY };

/* Most values stay, some domains are busy, values may be unknown, a domain may be absent. */
static void change(uint64_t *random, size_t domain, float *values, size_t n) {
        bool busy = domain % 7 == 0;

        if (domain % 11 == 5 && check_below(random, 40) == 0) {
                bool absent = isnan(values[0]);
                for (size_t i = 0; i < n; i++)
                        values[i] = absent ? (float)i : NAN;
                return;
        }
        if (isnan(values[0]) || (!busy && check_below(random, 50) > 0))
                return;
        for (size_t i = 0; i < n; i++)
                if (check_below(random, 3) == 0)
                        values[i] = i > 0 && check_below(random, 20) == 0
                                            ? NAN
                                            : (float)check_below(random, 4000000) /
                                                      (i % 2 == 0 ? 1000 : 1);
}

static void poll_all(Model *m, uint64_t *random, usec_t at, bool failed, size_t n) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        float account[METRICS_MAX] = { failed ? 0 : 1 };

        model_begin(m);
        model_add(m, SOURCE_SYMANTEC, SCOPE_ACCOUNT, 0, at, account, true);
        for (size_t i = 0; i < n && !failed; i++) {
                float values[METRICS_MAX];
                memcpy(values, m->domains[i].last, sizeof(values));
                change(random, i, values, set->n);
                model_add(m, SOURCE_SYMANTEC, SCOPE_DOMAIN, i, at, values, false);
        }
        model_commit(m);
}

static void test_one(Model *m, uint64_t *random, usec_t at, size_t i) {
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        float values[METRICS_MAX];

        memcpy(values, m->tested[i].last, sizeof(values));
        if (isnan(values[0]) || check_below(random, 3) == 0)
                for (size_t k = 0; k < set->n; k++)
                        values[k] = (float)check_below(random, 5);
        model_begin(m);
        model_add(m, SOURCE_IMMUNIWEB, SCOPE_DOMAIN, i, at, values, true);
        model_commit(m);
}

static void simulate(Model *m, uint64_t *random, usec_t start, unsigned days) {
        for (usec_t at = start; at < start + days * USEC_PER_DAY; at += 5 * USEC_PER_MIN) {
                usec_t since = at - start;
                if (since / USEC_PER_HOUR >= 30 && since / USEC_PER_HOUR < 33)
                        continue; /* it was not running */
                if (since % (7 * USEC_PER_HOUR) == 25 * USEC_PER_MIN)
                        model_restart(m);
                bool failed = check_below(random, 30) == 0;
                poll_all(m, random, at + check_below(random, USEC_PER_SEC), failed,
                         since < USEC_PER_DAY ? DOMAINS - LATER : DOMAINS);
                if (check_below(random, 12) == 0)
                        test_one(m, random, at + USEC_PER_MIN, check_below(random, IMMUNIWEB));
                if (since % (90 * USEC_PER_MIN) == 0)
                        model_tidy(m, &settings, at);
        }
}

static void test_three_days(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        Model m;
        const usec_t start = UINT64_C(1763800000) * USEC_PER_SEC;
        const usec_t end = start + DAYS * USEC_PER_DAY;

        model_init(&m);
        simulate(&m, &random, start, DAYS);
        model_tidy(&m, &settings, end);

        usec_t full = (end - settings.full) / USEC_PER_HOUR * USEC_PER_HOUR;
        for (size_t turn = 0; turn < 60; turn++) {
                size_t i = turn < 20 ? turn * 7 % DOMAINS : check_below(&random, DOMAINS);
                model_check_read(&m, turn, SOURCE_SYMANTEC, i, check_below(&random, 19), full,
                                 start, end);
        }
        for (size_t i = 0; i < IMMUNIWEB; i++)
                model_check_read(&m, i, SOURCE_IMMUNIWEB, i, check_below(&random, 30), full, start,
                                 end);
        /* A part, with bounds on a sample and between two. */
        for (size_t turn = 0; turn < 40; turn++) {
                usec_t from = start + check_below(&random, end - start),
                       to = from + 7 * USEC_PER_HOUR;
                model_check_read(&m, turn, SOURCE_SYMANTEC, 7, 3, full, from, to);
        }
        model_check_replay(&m, full, start, end);
        model_check_replay(&m, full, end - USEC_PER_DAY, end - USEC_PER_HOUR);

        /* 90 days later nothing is left but the names that this process gave, and after a restart
         * they go, too. */
        model_tidy(&m, &settings, end + settings.full + USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_sample"), 0);
        assert_int_not_equal(model_count(&m, "history_hour"), 0);
        model_tidy(&m, &settings, end + settings.hourly + 2 * USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_hour"), 0);
        int64_t named = 1 + DOMAINS;
        for (size_t i = 0; i < IMMUNIWEB; i++)
                named += m.tested[i].series != 0;
        assert_int_equal(model_count(&m, "history_series"), named);
        model_reopen(&m);
        model_tidy(&m, &settings, end + settings.hourly + 3 * USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_series"), 0);
        assert_int_equal(model_count(&m, "history_chunk"), 0);
        model_done(&m);
}

/* Reads one metric of domain 0 into a list of known values. */
static ModelPoints read_all(Model *m, size_t metric) {
        ModelPoints p = {};
        assert_int_equal(history_read(m->store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "d0.example",
                                      "default", metric, 0, USEC_INFINITY, model_take_point, &p),
                         0);
        return p;
}

static void add(Model *m, usec_t at, size_t i, const float *values) {
        static const float up[METRICS_MAX] = { 1 };
        model_begin(m);
        model_add(m, SOURCE_SYMANTEC, SCOPE_ACCOUNT, 0, at, up, true);
        model_add(m, SOURCE_SYMANTEC, SCOPE_DOMAIN, i, at, values, false);
        model_commit(m);
}

#define NOON (UINT64_C(490000) * USEC_PER_HOUR)

/* The clock steps back by an hour and, later, by 20 minutes: what is read is in order, and each
 * value is one that was put in at that time; tidying ends. */
static void test_clock_steps_back(void **state) {
        (void)state;
        Model m;
        usec_t at = NOON + 7 * USEC_PER_MIN;
        size_t n = 0;

        model_init(&m);
        for (size_t turn = 0; turn < 60; turn++, at += 5 * USEC_PER_MIN) {
                float values[METRICS_MAX] = { (float)turn };
                values[1] = turn < 10 ? 1 : 2;
                if (turn == 20)
                        at -= USEC_PER_HOUR;
                if (turn == 30)
                        at -= 21 * USEC_PER_MIN;
                if (turn == 32) /* exactly the time of a row that is there */
                        at = model_msec(m.domains[0].last_at);
                add(&m, at, 0, values);
                n++;
                if (turn % 8 == 0)
                        model_tidy(&m, &settings, at);
        }
        ModelPoints p = read_all(&m, 0);
        assert_int_equal(p.n, n);
        for (size_t i = 0; i < p.n; i++) {
                CHECK(i, i == 0 || p.list[i].at > p.list[i - 1].at);
                bool found = false;
                for (size_t k = 0; k < m.n; k++)
                        found = found ||
                                (m.samples[k].scope == SCOPE_DOMAIN &&
                                 p.list[i].at - model_msec(m.samples[k].at) <= USEC_PER_MSEC &&
                                 p.list[i].mean == (double)m.samples[k].values[0]);
                CHECK(i, found);
        }
        free(p.list);
        p = read_all(
                &m,
                1); /* was 1, then 2: only while both times lie one over the other it goes back */
        for (size_t i = 0; i < p.n; i++)
                CHECK(i, p.list[i].mean == 1 || p.list[i].mean == 2);
        free(p.list);
        model_tidy(&m, &settings, at + USEC_PER_DAY);
        model_tidy(&m, &settings, NOON); /* back by a day and more */
        assert_int_not_equal(model_count(&m, "history_hour"), 0);
        model_done(&m);
}

/* A clock that was a year ahead for a while: afterwards hours are made as ever. */
static void test_clock_was_ahead(void **state) {
        (void)state;
        Model m;
        float values[METRICS_MAX] = { 1 };
        const usec_t ahead = NOON + 365 * USEC_PER_DAY;

        model_init(&m);
        add(&m, NOON, 0, values);
        model_tidy(&m, &settings, NOON + USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_hour"), 1);
        values[0] = 2;
        add(&m, ahead, 0, values);
        m.domains[0].has_last = false;
        values[0] = 3;
        add(&m, NOON + USEC_PER_HOUR, 0, values);
        model_tidy(&m, &settings, NOON + 2 * USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_hour"), 2);
        model_done(&m);
}

/* A transaction that fails leaves nothing behind that later samples would lean on. */
static void test_rolled_back(void **state) {
        (void)state;
        Model m;
        const float one[METRICS_MAX] = { 1, 2, 3 }, two[METRICS_MAX] = { 1, 2, 4 };

        model_init(&m);
        model_begin(&m);
        model_add(&m, SOURCE_SYMANTEC, SCOPE_DOMAIN, 0, NOON, one, false);
        history_flush(m.store);
        store_fail_errno(m.store, -ENOSPC);
        assert_int_equal(history_series(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "d0.example"), 0);
        assert_int_equal(store_commit(m.store, false), -ENOSPC);
        assert_int_equal(model_count(&m, "history_series"), 0);
        assert_int_equal(model_count(&m, "history_column"), 0);

        m.domains[0].series = 0; /* as the header says; the sample before is known all the same */
        model_begin(&m);
        model_add(&m, SOURCE_SYMANTEC, SCOPE_DOMAIN, 0, NOON + USEC_PER_MIN, two, false);
        model_commit(&m);
        for (size_t i = 0; i < 3; i++) {
                ModelPoints p = read_all(&m, i);
                CHECK_INT(i, p.n, 1);
                CHECK(i, p.list[0].mean == (double)two[i]);
                free(p.list);
        }
        model_done(&m);
}

/* A version whose table has its rows in another order, one less and one more. */
static void test_columns_move(void **state) {
        (void)state;
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        Metric rows[METRICS_MAX];
        MetricSet other = { SOURCE_SYMANTEC, SCOPE_DOMAIN, rows, set->n };
        float values[METRICS_MAX];
        Model m;

        for (size_t i = 0; i < set->n; i++)
                rows[i] = set->metrics[set->n - 1 - i];
        rows[3].name = "a_metric_of_then"; /* instead of set->metrics[n - 4] */
        model_init(&m);
        for (size_t i = 0; i < set->n; i++)
                values[i] = 100 + (float)(set->n - 1 - i);
        model_begin(&m);
        model_add_set(&m, &other, 0, NOON, values, false);
        model_commit(&m);
        model_restart(&m);
        for (size_t i = 0; i < set->n; i++)
                values[i] = 200 + (float)i;
        add(&m, NOON + USEC_PER_MIN, 0, values);

        for (size_t i = 0; i < set->n; i++) {
                ModelPoints p = read_all(&m, i);
                bool is_new = i == set->n - 4;
                CHECK_INT(i, p.n, is_new ? 1 : 2);
                CHECK(i, is_new || p.list[0].mean == 100 + (double)i);
                CHECK(i, p.list[p.n - 1].mean == 200 + (double)i);
                free(p.list);
        }
        assert_int_equal(model_count(&m, "history_column"),
                         set->n + 1 + metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT)->n);
        model_done(&m);
}

/* More names than there are columns, over versions: what fits is kept, nothing is mixed up. */
static void test_columns_run_out(void **state) {
        (void)state;
        static char names[4][19][48];
        Metric rows[METRICS_MAX] = {};
        MetricSet set = { SOURCE_SYMANTEC, SCOPE_DOMAIN, rows, 19 };
        float values[METRICS_MAX] = { 5 };
        Model m;

        model_init(&m);
        for (size_t turn = 0; turn < 4; turn++) {
                for (size_t i = 0; i < set.n; i++) {
                        snprintf(names[turn][i], sizeof(names[turn][i]), "m%zu_%zu", turn, i);
                        rows[i].name = names[turn][i];
                }
                model_restart(&m);
                model_begin(&m);
                model_add_set(&m, &set, 0, NOON + turn * USEC_PER_MIN, values, false);
                model_commit(&m);
        }
        assert_int_equal(model_count(&m, "history_column"), HISTORY_COLUMNS);
        model_done(&m);
}

static uint32_t series(Model *m, SourceId source, const char *name) {
        store_begin(m->store);
        uint32_t number = history_series(m->store, source, SCOPE_DOMAIN, name);
        assert_int_equal(store_commit(m->store, false), 0);
        return number;
}

/* Numbers ascend from 1; one of a series of which nothing is left is given again, after a restart.
 */
static void test_numbers(void **state) {
        (void)state;
        Model m;
        char name[64];
        const float values[METRICS_MAX] = { 1 };

        model_init(&m);
        for (uint32_t i = 1; i <= 150; i++) {
                snprintf(name, sizeof(name), "n%u.example", i);
                CHECK_INT(i, series(&m, SOURCE_SYMANTEC, name), i);
        }
        assert_int_equal(series(&m, SOURCE_SYMANTEC, "n7.example"), 7);
        assert_int_equal(series(&m, SOURCE_IMMUNIWEB, "n7.example"), 151);
        model_tidy(&m, &settings, NOON);
        usec_t later = NOON + settings.hourly + 2 * USEC_PER_HOUR;
        model_tidy(&m, &settings, later); /* all were given by this process */
        assert_int_equal(model_count(&m, "history_series"), 151);

        model_reopen(&m);
        assert_int_equal(series(&m, SOURCE_SYMANTEC, "n100.example"), 100);
        store_begin(m.store);
        history_add(m.store, 100, metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN), later, NULL, values,
                    true);
        history_flush(m.store);
        assert_int_equal(store_commit(m.store, false), 0);
        model_tidy(&m, &settings, later + USEC_PER_HOUR);
        assert_int_equal(model_count(&m, "history_series"), 1);
        assert_int_equal(model_count(&m, "history_chunk"), 1);
        for (uint32_t i = 1; i <= 120; i++) {
                snprintf(name, sizeof(name), "new%u.example", i);
                CHECK_INT(i, series(&m, SOURCE_SYMANTEC, name), i < 100 ? i : i + 1);
        }
        assert_int_equal(series(&m, SOURCE_SYMANTEC, "n100.example"), 100);
        model_done(&m);
}

static void run_sql(Model *m, const char *sql) {
        assert_int_equal(sqlite3_exec(m->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int count_sample(void *userdata, const HistorySample *sample) {
        (void)sample;
        ++*(size_t *)userdata;
        return 0;
}

static const char *no_account(void *userdata, const char *domain) {
        (void)userdata;
        (void)domain;
        return "default";
}

/* A file made to harm: rows of every kind that are not what they should be. */
static void test_hostile_file(void **state) {
        (void)state;
        static const char *const sql[] = {
                "UPDATE history_sample SET data = substr(data, 1, length(data) - 1) WHERE key % 2 "
                "= 0",
                "UPDATE history_sample SET data = 'a text'",
                "UPDATE history_sample SET data = zeroblob(100000)",
                "UPDATE history_sample SET data = randomblob(100)",
                "INSERT OR REPLACE INTO history_sample VALUES (-1, x'01'), (9223372036854775807, "
                "x'01'), (0, x'')",
                "INSERT OR REPLACE INTO history_hour SELECT key, data FROM history_sample",
                "UPDATE history_hour SET data = x'02ffff'",
                "UPDATE history_chunk SET done = -5, seen = 'x'",
                "UPDATE history_chunk SET done = 9223372036854775807",
                "UPDATE history_column SET number = 1000 WHERE name = 'inbound_messages'",
                "UPDATE history_column SET number = 0",
                "UPDATE history_column SET number = -1",
                "INSERT OR REPLACE INTO history_series VALUES (-5, 'symantec', 'domain', "
                "'low.example'),"
                " (9223372036854775807, 'symantec', 'account', 'high'), (1000000, 'symantec', "
                "'account', 'far'),"
                " (0, 'symantec', 'domain', 'zero.example'), (999, 'x', 'y', 'other')",
        };
        Model m;
        float values[METRICS_MAX] = { 1 };
        usec_t now = NOON;

        model_init(&m);
        for (size_t i = 0; i < ELEMENTSOF(sql); i++) {
                for (size_t k = 0; k < 4; k++, now += 20 * USEC_PER_MIN) {
                        values[0]++;
                        add(&m, now, 0, values);
                }
                run_sql(&m, sql[i]);
                size_t n = 0;
                ModelPoints p = read_all(&m, 0);
                free(p.list);
                CHECK(i,
                      history_replay(m.store, 0, USEC_INFINITY, no_account, count_sample, &n) <= 0);
                int r = 1;
                for (size_t k = 0; r > 0 && k < 200000; k++)
                        r = history_tidy(m.store, &settings, now);
                CHECK_INT(i, r, 0);
                store_begin(m.store);
                (void)history_series(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "low.example");
                (void)history_series(m.store, SOURCE_SYMANTEC, SCOPE_ACCOUNT, "high");
                (void)history_series(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "next.example");
                (void)store_commit(m.store, false);
        }
        model_done(&m);
}

/* Who takes a point may end the reading, and may read meanwhile. */
static int take_two(void *userdata, const HistoryPoint *point) {
        Model *m = userdata;
        ModelPoints p = read_all(m, 0);
        free(p.list);
        return point->mean == 2 ? 77 : 0;
}

static void test_ending_early(void **state) {
        (void)state;
        Model m;
        float values[METRICS_MAX] = { 0 };

        model_init(&m);
        for (size_t i = 0; i < 20; i++) {
                values[0] = (float)(i / 3);
                add(&m, NOON + i * 10 * USEC_PER_MIN, 0, values);
        }
        assert_int_equal(history_read(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "d0.example",
                                      "default", 0, 0, USEC_INFINITY, take_two, &m),
                         77);
        size_t n = 0; /* the same samples with all their values */
        assert_int_equal(history_read_all(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "d0.example",
                                          "default", 0, USEC_INFINITY, count_sample, &n),
                         0);
        assert_int_equal(n, 20);
        assert_int_equal(history_read(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "other.example",
                                      "default", 0, 0, USEC_INFINITY, take_two, &m),
                         0);
        assert_int_equal(history_read(m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, "d0.example", NULL,
                                      99, 0, USEC_INFINITY, take_two, &m),
                         -EINVAL);
        add(&m, NOON + USEC_PER_DAY, 0, values); /* nothing is left in use */
        model_done(&m);
}

static void test_new_hour(void **state) {
        (void)state;
        assert_false(history_is_new_hour(NOON, NOON + USEC_PER_HOUR - 1));
        assert_true(history_is_new_hour(NOON, NOON + USEC_PER_HOUR));
        assert_true(history_is_new_hour(NOON, NOON - 1));
        assert_true(history_is_new_hour(0, NOON));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_three_days),      cmocka_unit_test(test_clock_steps_back),
                cmocka_unit_test(test_clock_was_ahead), cmocka_unit_test(test_rolled_back),
                cmocka_unit_test(test_columns_move),    cmocka_unit_test(test_columns_run_out),
                cmocka_unit_test(test_numbers),         cmocka_unit_test(test_hostile_file),
                cmocka_unit_test(test_ending_early),    cmocka_unit_test(test_new_hour),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
