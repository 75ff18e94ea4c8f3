/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/alert.h"

/* One row is one alert's life: a letter per sample (o ok, w warning, c critical) and below each
 * what is told: R raised, W worsened, E eased, C cleared, '.' nothing. */
static void test_lives(void **state) {
        (void)state;
        static const struct {
                uint16_t raise_after, clear_after;
                const char *samples, *events;
        } rows[] = {
                { 1, 1, "owwcwo", ".R.WEC" },
                { 1, 1, "cocowco", "RCRCRWC" },
                { 2, 2, "owowo", "....." }, /* a spike is silent */
                { 2, 2, "owwo", "..R." },
                { 2, 2, "owwoo", "..R.C" },
                { 2, 2, "wwowoo", ".R...C" },
                { 2, 2, "wc", ".R" }, /* the mildest level held throughout */
                { 2, 2, "wcc", ".RW" },
                { 2, 2, "cw", ".R" },
                { 2, 2, "cc", ".R" },
                { 2, 2, "ccww", ".R.E" },
                { 2, 2, "ccwo", ".R.E" }, /* the worst level held through the two */
                { 2, 2, "ccwoo", ".R.EC" },
                { 2, 2, "ccoo", ".R.C" },
                { 2, 2, "ccow", ".R.E" },
                { 2, 2, "ccowww", ".R.E.." },
                { 2, 2, "ccwcwc", ".R...." },
                { 2, 2, "wwcwcw", ".R...." },
                { 2, 2, "wwccwwccoo", ".R.W.E.W.C" },
                { 3, 2, "wcwcc", "..R.." },
                { 3, 2, "wcwccc", "..R..W" },
                { 3, 2, "ccwcc", "..R.." },
                { 3, 1, "wwocccowww", ".....RC..R" },
                { 1, 3, "cwoo", "R..E" },
                { 1, 3, "cwooo", "R..EC" },
                { 1, 3, "cooo", "R..C" },
                { 1, 3, "coowooo", "R..E..C" },
                { 3, 3, "wwwcccooo", "..R..W..C" },
        };
        static const char letters[] = {
                [EVENT_NONE] = '.',  [EVENT_RAISED] = 'R',  [EVENT_WORSENED] = 'W',
                [EVENT_EASED] = 'E', [EVENT_CLEARED] = 'C',
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Alert alert = {};
                Policy policy = { .raise_after = rows[i].raise_after,
                                  .clear_after = rows[i].clear_after,
                                  .remind_first = USEC_INFINITY,
                                  .remind_max = USEC_INFINITY };
                char events[32] = "";
                for (size_t j = 0; rows[i].samples[j]; j++) {
                        char c = rows[i].samples[j];
                        Level before = alert.level, previous = _LEVEL_MAX;
                        Level level = c == 'c'   ? LEVEL_CRITICAL
                                      : c == 'w' ? LEVEL_WARNING
                                                 : LEVEL_OK;
                        Event event =
                                alert_step(&alert, &policy, level, (Moment){ j, j }, &previous);
                        CHECK_INT(i, previous, before);
                        events[j] = letters[event];
                }
                CHECK_STR(i, events, rows[i].events);
        }
}

/* `since` by its stages. Samples are a minute apart; wall time is 1000 + minutes. */
static void test_since(void **state) {
        (void)state;
        static const struct {
                Level level;
                Event event;
                usec_t since;
        } rows[] = {
                { LEVEL_OK, EVENT_NONE, 0 },
                { LEVEL_WARNING, EVENT_NONE, 1001 },
                { LEVEL_OK, EVENT_NONE, 0 }, /* the streak broke */
                { LEVEL_WARNING, EVENT_NONE, 1003 },
                { LEVEL_CRITICAL, EVENT_RAISED, 1003 },
                { LEVEL_CRITICAL, EVENT_WORSENED, 1003 },
                { LEVEL_WARNING, EVENT_NONE, 1003 },
                { LEVEL_OK, EVENT_EASED, 1003 },
                { LEVEL_WARNING, EVENT_NONE, 1003 },
                { LEVEL_OK, EVENT_NONE, 1003 },
                { LEVEL_OK, EVENT_CLEARED, 1003 }, /* the record needs it */
                { LEVEL_OK, EVENT_NONE, 1003 },
                { LEVEL_CRITICAL, EVENT_NONE, 1012 },
                { LEVEL_CRITICAL, EVENT_RAISED, 1012 },
        };
        Policy policy = { .raise_after = 2, .clear_after = 2, .remind_first = 1, .remind_max = 1 };
        Alert alert = {};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Moment now = { .wall = 1000 + i, .boot = i };
                CHECK_INT(i, alert_step(&alert, &policy, rows[i].level, now, NULL), rows[i].event);
                CHECK_INT(i, alert.since, rows[i].since);
        }
}

static void test_reminders(void **state) {
        (void)state;
        enum {
                NOTHING = -1
        }; /* no sample, only the timer */
        static const struct {
                usec_t hours;
                int level;
                Event event;
                usec_t next_hours; /* 0 = none */
        } rows[] = {
                { 0, LEVEL_OK, EVENT_NONE, 0 },
                { 1, LEVEL_WARNING, EVENT_RAISED, 5 },
                { 4, NOTHING, EVENT_NONE, 5 },
                { 5, NOTHING, EVENT_REMINDER, 13 },
                { 5, NOTHING, EVENT_NONE, 13 },
                { 12, LEVEL_WARNING, EVENT_NONE, 13 },
                { 13, NOTHING, EVENT_REMINDER, 29 },
                { 29, NOTHING, EVENT_REMINDER, 53 }, /* the ceiling, 24 h */
                { 53, NOTHING, EVENT_REMINDER, 77 },
                { 200, NOTHING, EVENT_REMINDER, 224 }, /* one after a suspend, not several */
                { 200, NOTHING, EVENT_NONE, 224 },
                { 210, LEVEL_CRITICAL, EVENT_WORSENED, 214 }, /* anew */
                { 214, NOTHING, EVENT_REMINDER, 222 },
                { 215, LEVEL_WARNING, EVENT_EASED, 219 },
                { 219, NOTHING, EVENT_REMINDER, 227 },
                { 220, LEVEL_OK, EVENT_CLEARED, 0 },
                { 1000, NOTHING, EVENT_NONE, 0 },
                { 1001, LEVEL_CRITICAL, EVENT_RAISED, 1005 },
        };
        Policy policy = { .raise_after = 1,
                          .clear_after = 1,
                          .remind_first = 4 * USEC_PER_HOUR,
                          .remind_max = USEC_PER_DAY };
        Alert alert = {};

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Moment now = { .wall = 7, .boot = rows[i].hours * USEC_PER_HOUR };
                Event event =
                        rows[i].level == NOTHING
                                ? alert_remind(&alert, &policy, now)
                                : alert_step(&alert, &policy, (Level)rows[i].level, now, NULL);
                CHECK_INT(i, event, rows[i].event);
                CHECK_INT(i, alert.remind_at,
                          rows[i].next_hours > 0 ? rows[i].next_hours * USEC_PER_HOUR
                                                 : USEC_INFINITY);
        }
}

static void test_reminders_switched(void **state) {
        (void)state;
        Policy never = { 1, 1, 3, USEC_INFINITY, USEC_INFINITY };
        Policy hourly = { 1, 1, 3, USEC_PER_HOUR, USEC_PER_HOUR };
        Moment now = { .boot = 0 };
        Alert alert = {};

        assert_int_equal(alert_remind(&alert, &hourly, now), EVENT_NONE);
        assert_int_equal(alert_step(&alert, &never, LEVEL_CRITICAL, now, NULL), EVENT_RAISED);
        assert_true(alert.remind_at == USEC_INFINITY);
        now.boot = USEC_INFINITY;
        assert_int_equal(alert_remind(&alert, &never, now), EVENT_NONE);

        /* On: from the next sample. */
        now.boot = USEC_PER_DAY;
        assert_int_equal(alert_step(&alert, &hourly, LEVEL_CRITICAL, now, NULL), EVENT_NONE);
        assert_int_equal(alert.remind_at, USEC_PER_DAY + USEC_PER_HOUR);
        /* Off: when the next one would be due. */
        now.boot = alert.remind_at;
        assert_int_equal(alert_remind(&alert, &never, now), EVENT_NONE);
        assert_true(alert.remind_at == USEC_INFINITY);
}

static void test_no_overflow(void **state) {
        (void)state;
        Policy policy = { 1, 1, 3, USEC_INFINITY - 1, USEC_INFINITY };
        Alert alert = {};

        alert_step(&alert, &policy, LEVEL_WARNING, (Moment){ .boot = 10 }, NULL);
        assert_true(alert.remind_at == USEC_INFINITY);
        alert.remind_at = 100;
        assert_int_equal(alert_remind(&alert, &policy, (Moment){ .boot = 100 }), EVENT_REMINDER);
        assert_true(alert.remind_at == USEC_INFINITY);

        /* The longest streak there is. */
        policy = (Policy){ UINT16_MAX, 1, 3, USEC_INFINITY, USEC_INFINITY };
        alert = (Alert){};
        for (size_t i = 1; i <= UINT16_MAX; i++)
                CHECK_INT(i, alert_step(&alert, &policy, LEVEL_CRITICAL, (Moment){}, NULL),
                          i == UINT16_MAX ? EVENT_RAISED : EVENT_NONE);
}

static void test_quiet(void **state) {
        (void)state;
        Policy policy = { 2, 2, 3, USEC_INFINITY, USEC_INFINITY };
        Alert alert = {};

        assert_true(alert_is_quiet(&alert));
        alert_step(&alert, &policy, LEVEL_OK, (Moment){ 5, 5 }, NULL);
        assert_true(alert_is_quiet(&alert));
        alert_step(&alert, &policy, LEVEL_WARNING, (Moment){ 6, 6 }, NULL);
        assert_false(alert_is_quiet(&alert));
        alert_step(&alert, &policy, LEVEL_OK, (Moment){ 7, 7 }, NULL);
        assert_true(alert_is_quiet(&alert));
        for (int i = 0; i < 3; i++)
                alert_step(&alert, &policy, LEVEL_WARNING, (Moment){ 8, 8 }, NULL);
        assert_false(alert_is_quiet(&alert));
        for (int i = 0; i < 2; i++)
                alert_step(&alert, &policy, LEVEL_OK, (Moment){ 9, 9 }, NULL);
        assert_true(alert_is_quiet(&alert));
}

/* The rule of spec section 5 said naively, over the whole history: rises to the mildest level of
 * the last raise_after samples since the alert stood where it stands, falls to the worst of the
 * last clear_after ones. A sample that was part of a change counts for the level it reached, no
 * more. */
typedef struct Model {
        Level history[64];
        size_t n;
        size_t used[_LEVEL_MAX]; /* samples before this one are spent for the threshold */
        Level level;
        usec_t since;
} Model;

static bool model_holds(const Model *m, Level k, size_t count, bool asserted) {
        if (m->n < m->used[k] + count)
                return false;
        for (size_t i = m->n - count; i < m->n; i++)
                if ((m->history[i] >= k) != asserted)
                        return false;
        return true;
}

static Event model_step(Model *m, const Policy *policy, Level level) {
        Level before = m->level, after = LEVEL_OK;

        m->history[m->n++] = level;
        for (Level k = LEVEL_WARNING; k < _LEVEL_MAX; k++) {
                bool on = before >= k;
                bool turned = on ? model_holds(m, k, policy->clear_after, false)
                                 : model_holds(m, k, policy->raise_after, true);
                if (turned)
                        m->used[k] = m->n;
                if (on != turned)
                        after = k;
        }
        m->level = after;
        if (before == LEVEL_OK && after > LEVEL_OK) {
                size_t first = m->n - 1;
                while (first > 0 && m->history[first - 1] > LEVEL_OK &&
                       m->n - first < policy->raise_after)
                        first--;
                m->since = 100 + first;
        }
        return after == before     ? EVENT_NONE
               : after > before    ? (before == LEVEL_OK ? EVENT_RAISED : EVENT_WORSENED)
               : after == LEVEL_OK ? EVENT_CLEARED
                                   : EVENT_EASED;
}

static void test_against_model(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);

        for (size_t turn = 0; turn < 20000; turn++) {
                Policy policy = { .raise_after = (uint16_t)(1 + check_below(&random, 4)),
                                  .clear_after = (uint16_t)(1 + check_below(&random, 4)),
                                  .remind_first = USEC_PER_HOUR,
                                  .remind_max = USEC_PER_DAY };
                Alert alert = {};
                Model model = {};
                Level level = LEVEL_OK;
                for (size_t i = 0; i < ELEMENTSOF(model.history); i++) {
                        if (check_below(&random, 3) > 0) /* levels come in runs */
                                level = (Level)check_below(&random, _LEVEL_MAX);
                        Moment now = { .wall = 100 + i, .boot = i };
                        Event expected = model_step(&model, &policy, level);
                        CHECK_INT(turn, alert_step(&alert, &policy, level, now, NULL), expected);
                        CHECK_INT(turn, alert.level, model.level);
                        if (alert.level > LEVEL_OK)
                                CHECK_INT(turn, alert.since, model.since);
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lives),         cmocka_unit_test(test_since),
                cmocka_unit_test(test_reminders),     cmocka_unit_test(test_reminders_switched),
                cmocka_unit_test(test_no_overflow),   cmocka_unit_test(test_quiet),
                cmocka_unit_test(test_against_model),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
