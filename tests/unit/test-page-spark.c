/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "engine/page-spark.h"
#include "io/store-history.h"

#include <math.h>

/* What the page shows of the last day, held against what the history tells poll by poll. */

#define DOMAINS  150 /* three chunks */
#define ACCOUNTS 2
#define LATER    9 /* domains that begin later */

typedef struct World {
        Fixture *fixture;
        Monitor m;
        Config config;
        Domain domains[DOMAINS];
        RuleSet rules;
        Account accounts[ACCOUNTS];
        char names[DOMAINS][20];
        float values[DOMAINS][METRICS_MAX];
        bool seen[DOMAINS];
        usec_t last[ACCOUNTS]; /* poll */
        uint64_t random;
        size_t metrics[2];
} World;

static const char *name_of(const void *list, uint32_t i) {
        return ((const Domain *)list)[i].name;
}

static void world_init(World *w, void **state) {
        static const char *const accounts[ACCOUNTS] = { "default", "branch" };
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);

        *w = (World){ .fixture = *state, .random = check_seed("test-page-spark") };
        w->metrics[0] = metric_find(set, "inbound_oldest");
        w->metrics[1] = metric_find(set, "outbound_oldest");
        w->rules.set = set;
        for (uint32_t i = 0; i < DOMAINS; i++) {
                snprintf(w->names[i], sizeof(w->names[i]), "d%03u.example", i);
                w->domains[i] = (Domain){ .name = w->names[i], .account = i % ACCOUNTS };
                if (i % 10 != 9) /* the others are not watched by this source */
                        w->domains[i].rules[SOURCE_SYMANTEC] = &w->rules;
        }
        for (uint32_t i = 0; i < ACCOUNTS; i++)
                w->accounts[i].name = accounts[i];
        w->config = (Config){ .domains = w->domains, .n_domains = DOMAINS, .n_symantec = ACCOUNTS };
        assert_int_equal(names_init(&w->config.names, w->domains, DOMAINS, name_of, NULL), 0);
        fixture_open(w->fixture);
        w->m.config = &w->config;
        w->m.accounts = w->accounts;
        w->m.n_accounts = ACCOUNTS + 1;
        w->m.store = w->fixture->store;
        assert_true(sd_event_new(&w->m.event) >= 0);
}

static void world_done(World *w) {
        page_sparks_free(w->m.page_sparks);
        sd_event_unref(w->m.event);
        names_done(&w->config.names);
}

/* One poll of an account as engine/sample.c keeps it. */
static void poll(World *w, uint32_t account, usec_t at, bool failed, uint32_t n) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const MetricSet *own = metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT);
        bool full = history_is_new_hour(w->last[account], at);
        float up[METRICS_MAX] = { failed ? 0 : 1 };

        store_begin(w->m.store);
        history_add(w->m.store,
                    history_series(w->m.store, SOURCE_SYMANTEC, SCOPE_ACCOUNT,
                                   w->accounts[account].name),
                    own, at, NULL, up, true);
        for (uint32_t i = account; i < n && !failed; i += ACCOUNTS) {
                float now[METRICS_MAX];
                if (!w->domains[i].rules[SOURCE_SYMANTEC])
                        continue;
                memcpy(now, w->values[i], sizeof(now));
                for (size_t k = 0; k < 2; k++)
                        if (check_below(&w->random, i % 5 == 0 ? 2 : 40) == 0)
                                now[w->metrics[k]] =
                                        check_below(&w->random, 12) == 0
                                                ? NAN
                                                : (float)check_below(&w->random, 90000);
                history_add(w->m.store,
                            history_series(w->m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN, w->names[i]),
                            set, at, full || !w->seen[i] ? NULL : w->values[i], now, false);
                memcpy(w->values[i], now, sizeof(now));
                w->seen[i] = true;
        }
        history_flush(w->m.store);
        fixture_commit(w->fixture);
        if (!failed)
                w->last[account] = at;
}

/* --- what it should be --------------------------------------------------------------------- */

typedef struct Wanted {
        uint64_t first; /* half hour */
        double values[DAY_SPARK_N];
} Wanted;

static int take(void *userdata, const HistoryPoint *points) {
        Wanted *w = userdata;
        double *place = &w->values[points[0].at / DAY_SPARK_STEP - w->first];

        *place = fmax(*place, fmax(points[0].mean, points[1].mean));
        return 0;
}

static void check_all(World *w, size_t row, usec_t wall, usec_t read_to) {
        for (uint32_t i = 0; i < DOMAINS; i++) {
                Wanted wanted = { .first = wall / DAY_SPARK_STEP - DAY_SPARK_N + 1 };
                double values[DAY_SPARK_N];

                for (size_t k = 0; k < DAY_SPARK_N; k++)
                        wanted.values[k] = NAN;
                bool read = page_spark_read(w->m.page_sparks, i, wall, values);
                CHECK_INT(row, read, w->seen[i]);
                if (!read)
                        continue;
                assert_int_equal(history_read_several(w->m.store, SOURCE_SYMANTEC, SCOPE_DOMAIN,
                                                      w->names[i], w->accounts[i % ACCOUNTS].name,
                                                      w->metrics, 2, wanted.first * DAY_SPARK_STEP,
                                                      read_to, take, &wanted),
                                 0);
                for (size_t k = 0; k < DAY_SPARK_N; k++) {
                        double a = values[k], b = wanted.values[k];
                        bool same =
                                isnan(a) == isnan(b) && !(fabs(a - b) > (b < 30000 ? 0.51 : 60));
                        if (!same)
                                fail_msg("turn %zu: domain %u, half hour %zu: %g, not %g", row, i,
                                         k, a, b);
                }
        }
}

/* Asks as a page does, and lets the pass come to its end. */
static void look(World *w, Moment now) {
        assert_non_null(page_sparks(&w->m, now));
        while (sd_event_run(w->m.event, 0) > 0)
                ;
}

static void test_two_days(void **state) {
        World *w = malloc(sizeof(*w));
        const usec_t start = T0 + 11 * USEC_PER_MIN;
        size_t looks = 0;

        assert_non_null(w);
        world_init(w, state);
        for (usec_t at = start; at < start + 2 * USEC_PER_DAY; at += 5 * USEC_PER_MIN) {
                usec_t since = at - start;
                if (since / USEC_PER_HOUR >= 20 && since / USEC_PER_HOUR < 23)
                        continue; /* it was not running */
                bool down = since / USEC_PER_HOUR >= 30 && since / USEC_PER_HOUR < 32;
                for (uint32_t a = 0; a < ACCOUNTS; a++)
                        poll(w, a, at + a * USEC_PER_SEC,
                             (down && a == 1) || check_below(&w->random, 25) == 0,
                             since < 5 * USEC_PER_HOUR ? DOMAINS - LATER : DOMAINS);
                if (check_below(&w->random, 20) > 0 && since > 0)
                        continue;
                Moment now = { .wall = at + 10 * USEC_PER_SEC, .boot = MOMENT_BASE + since };
                look(w, now);
                check_all(w, looks++, now.wall, now.wall);
                /* Time goes on without anything new. */
                check_all(w, looks++, now.wall + 40 * USEC_PER_MIN, now.wall);
        }
        assert_true(looks > 10);
        world_done(w);
        free(w);
}

/* A reload or another store: all is made anew; no store: nothing is known. */
static void test_anew(void **state) {
        World *w = malloc(sizeof(*w));
        Moment now = { .wall = T0 + USEC_PER_HOUR, .boot = MOMENT_BASE + USEC_PER_HOUR };
        double values[DAY_SPARK_N];

        assert_non_null(w);
        world_init(w, state);
        assert_false(page_spark_read(NULL, 0, now.wall, values));
        poll(w, 0, T0, false, DOMAINS);
        look(w, now);
        assert_true(page_spark_read(w->m.page_sparks, 0, now.wall, values));
        assert_false(page_spark_read(w->m.page_sparks, 1, now.wall, values));
        assert_false(page_spark_read(w->m.page_sparks, DOMAINS, now.wall, values));
        /* Within seconds nothing is read again. */
        poll(w, 1, T0 + 1, false, DOMAINS);
        now.boot += USEC_PER_SEC;
        look(w, now);
        assert_false(page_spark_read(w->m.page_sparks, 1, now.wall, values));
        w->m.counters.reloads++;
        look(w, now);
        assert_true(page_spark_read(w->m.page_sparks, 1, now.wall, values));
        Store *store = w->m.store;
        w->m.store = NULL;
        assert_null(page_sparks(&w->m, now));
        w->m.store = store;
        look(w, now);
        check_all(w, 0, now.wall, now.wall);
        world_done(w);
        free(w);
}

int main(void) {
        const struct CMUnitTest tests[] = { STORE_TEST(test_two_days), STORE_TEST(test_anew) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
