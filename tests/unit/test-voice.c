/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/voice.h"

#include <errno.h>

#define OK   LEVEL_OK
#define WARN LEVEL_WARNING
#define CRIT LEVEL_CRITICAL

static const Policy policy = { .flap_limit = 3, .flap_window = 100 };
static const Policy never = { .flap_limit = 0, .flap_window = 100 };

typedef enum What {
        CHANGE, /* alert_step() changed to the level */
        REMIND,
        NOTHING, /* alert_step() without an event */
        MUTE,
        UNMUTE,
        SETTLE,
} What;

typedef struct Step {
        usec_t at;
        What what;
        Level level;
        Event expected;
        Level previous; /* looked at where something is told */
} Step;

static volatile bool failing; /* no memory */

void *reallocarray(void *memory, size_t n, size_t size) {
        return failing ? NULL : realloc(memory, n * size);
}

static Moment moment(usec_t at) {
        return (Moment){ .wall = 1000000 + at, .boot = at };
}

/* The event that an alert answers when its level changes. */
static Event change_event(Level before, Level after) {
        if (after < before)
                return after == OK ? EVENT_CLEARED : EVENT_EASED;
        return before == OK ? EVENT_RAISED : EVENT_WORSENED;
}

/* Plays the steps of one row; the level before the first is ok. */
static void play(size_t row, const Policy *p, const Step *steps, size_t n) {
        Voice v = { 0 };
        Level level = OK;

        for (size_t i = 0; i < n; i++) {
                const Step *step = &steps[i];
                Level previous = _LEVEL_MAX;
                Event event = EVENT_NONE;
                switch (step->what) {
                case CHANGE:
                        event = voice_event(&v, p, change_event(level, step->level), step->level,
                                            moment(step->at), &previous);
                        break;
                case REMIND:
                        event = voice_event(&v, p, EVENT_REMINDER, step->level, moment(step->at),
                                            &previous);
                        break;
                case NOTHING:
                        event = voice_event(&v, p, EVENT_NONE, step->level, moment(step->at),
                                            &previous);
                        break;
                case MUTE:
                case UNMUTE:
                        event = voice_mute(&v, p, step->what == MUTE, step->level, moment(step->at),
                                           &previous);
                        break;
                case SETTLE:
                        event = voice_settle(&v, p, step->level, moment(step->at), &previous);
                        break;
                }
                CHECK_INT(100 * row + i, event, step->expected);
                if (event != EVENT_NONE) {
                        CHECK_INT(100 * row + i, previous, step->previous);
                        CHECK_INT(100 * row + i, v.told, step->level);
                }
                CHECK(100 * row + i, v.n <= FLAP_LIMIT_MAX + 1);
                level = step->level;
        }
        voice_done(&v);
}

#define NONE EVENT_NONE, OK

/* clang-format off */
static const Step rows[][16] = {
        { /* 0: what happens is told as it happens */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, REMIND, WARN, EVENT_REMINDER, WARN },
          { 2, CHANGE, CRIT, EVENT_WORSENED, WARN }, { 3, NOTHING, CRIT, NONE },
          { 200, CHANGE, WARN, EVENT_EASED, CRIT }, { 300, CHANGE, OK, EVENT_CLEARED, WARN },
          { 301, SETTLE, OK, NONE } },
        { /* 1: at flap_limit it does not flap; the first is out of the window when the fourth comes */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 10, CHANGE, OK, EVENT_CLEARED, WARN },
          { 20, CHANGE, WARN, EVENT_RAISED, OK }, { 100, CHANGE, OK, EVENT_CLEARED, WARN } },
        { /* 2: one more than flap_limit within flap_window does, once; reminders are held back, too */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 10, CHANGE, OK, EVENT_CLEARED, WARN },
          { 20, CHANGE, WARN, EVENT_RAISED, OK }, { 99, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 110, CHANGE, CRIT, NONE }, { 115, REMIND, CRIT, NONE }, { 120, CHANGE, OK, NONE },
          { 219, SETTLE, OK, NONE }, { 220, SETTLE, OK, EVENT_SETTLED, OK },
          { 221, SETTLE, OK, NONE }, { 230, CHANGE, WARN, EVENT_RAISED, OK } },
        { /* 3: settles at another level than it was told at: that is what is told */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, CRIT, EVENT_WORSENED, WARN },
          { 2, CHANGE, OK, EVENT_CLEARED, CRIT }, { 3, CHANGE, WARN, EVENT_FLAPPING, OK },
          { 4, CHANGE, CRIT, NONE }, { 104, SETTLE, CRIT, EVENT_WORSENED, WARN },
          { 300, CHANGE, OK, EVENT_CLEARED, CRIT } },
        { /* 4: settles as ok after it was told at warning */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, CRIT, EVENT_FLAPPING, WARN },
          { 4, CHANGE, OK, NONE }, { 104, SETTLE, OK, EVENT_CLEARED, CRIT } },
        { /* 5: settles at the level that it was told at */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, CRIT, EVENT_FLAPPING, WARN },
          { 103, SETTLE, CRIT, EVENT_SETTLED, CRIT }, { 104, REMIND, CRIT, EVENT_REMINDER, CRIT } },
        { /* 6: nobody looked whether it had settled: the next change tells */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 103, CHANGE, CRIT, EVENT_RAISED, OK } },
        { /* 7: likewise, back to the level that it was told at */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 4, CHANGE, WARN, NONE }, { 104, CHANGE, OK, EVENT_SETTLED, OK },
          { 105, CHANGE, WARN, EVENT_RAISED, OK } },
        { /* 8: a reminder looks, too */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 4, CHANGE, WARN, NONE }, { 104, REMIND, WARN, EVENT_RAISED, OK } },
        { /* 9: raised and cleared within a mute: nothing at all */
          { 0, MUTE, OK, NONE }, { 1, CHANGE, WARN, NONE }, { 2, REMIND, WARN, NONE },
          { 3, CHANGE, OK, NONE }, { 4, UNMUTE, OK, NONE }, { 300, CHANGE, WARN, EVENT_RAISED, OK } },
        { /* 10: told before, over within: told as over at the end */
          { 0, CHANGE, CRIT, EVENT_RAISED, OK }, { 1, MUTE, CRIT, NONE }, { 2, CHANGE, WARN, NONE },
          { 3, CHANGE, OK, NONE }, { 200, UNMUTE, OK, EVENT_CLEARED, CRIT }, { 201, UNMUTE, OK, NONE } },
        { /* 11: a mute that is told twice begins once and ends once */
          { 0, MUTE, OK, NONE }, { 1, MUTE, OK, NONE }, { 2, CHANGE, WARN, NONE },
          { 3, UNMUTE, WARN, EVENT_RAISED, OK }, { 4, UNMUTE, WARN, NONE }, { 5, MUTE, WARN, NONE },
          { 6, UNMUTE, WARN, EVENT_REMINDER, WARN } },
        { /* 12: flaps within a mute, and still does at its end: that is told, and then that it settled */
          { 0, MUTE, OK, NONE }, { 1, CHANGE, WARN, NONE }, { 2, CHANGE, OK, NONE },
          { 3, CHANGE, WARN, NONE }, { 4, CHANGE, CRIT, NONE }, { 50, UNMUTE, CRIT, EVENT_FLAPPING, OK },
          { 60, CHANGE, WARN, NONE }, { 160, SETTLE, WARN, EVENT_EASED, CRIT } },
        { /* 13: flapped within a mute and settled in it: only what stands is told */
          { 0, MUTE, OK, NONE }, { 1, CHANGE, WARN, NONE }, { 2, CHANGE, OK, NONE },
          { 3, CHANGE, WARN, NONE }, { 4, CHANGE, CRIT, NONE }, { 104, SETTLE, CRIT, NONE },
          { 104, UNMUTE, CRIT, EVENT_RAISED, OK } },
        { /* 14: likewise, and good again */
          { 0, MUTE, OK, NONE }, { 1, CHANGE, WARN, NONE }, { 2, CHANGE, OK, NONE },
          { 3, CHANGE, WARN, NONE }, { 4, CHANGE, OK, NONE }, { 104, UNMUTE, OK, NONE } },
        { /* 15: muted while it flaps, and the mute ends while it does */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 4, MUTE, OK, NONE }, { 5, CHANGE, WARN, NONE }, { 60, UNMUTE, WARN, EVENT_FLAPPING, OK },
          { 105, SETTLE, WARN, EVENT_SETTLED, WARN } },
        { /* 16: settles while muted: the end of the mute tells */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 4, MUTE, OK, NONE }, { 104, SETTLE, OK, NONE }, { 500, UNMUTE, OK, EVENT_SETTLED, OK },
          { 501, SETTLE, OK, NONE } },
        { /* 17: likewise, at another level */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, CRIT, EVENT_FLAPPING, WARN },
          { 4, MUTE, CRIT, NONE }, { 5, CHANGE, OK, NONE }, { 500, UNMUTE, OK, EVENT_CLEARED, CRIT } },
        { /* 18: settled in the middle of a mute; the one change after that is no flapping */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 4, MUTE, OK, NONE }, { 300, CHANGE, CRIT, NONE }, { 310, UNMUTE, CRIT, EVENT_RAISED, OK } },
        { /* 19: changes within a mute count */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, MUTE, WARN, NONE }, { 2, CHANGE, CRIT, NONE },
          { 3, UNMUTE, CRIT, EVENT_WORSENED, WARN }, { 4, CHANGE, WARN, EVENT_EASED, CRIT },
          { 5, CHANGE, OK, EVENT_FLAPPING, WARN } },
        { /* 20: flaps again after it settled: counted anew */
          { 0, CHANGE, WARN, EVENT_RAISED, OK }, { 1, CHANGE, OK, EVENT_CLEARED, WARN },
          { 2, CHANGE, WARN, EVENT_RAISED, OK }, { 3, CHANGE, OK, EVENT_FLAPPING, WARN },
          { 103, SETTLE, OK, EVENT_SETTLED, OK }, { 104, CHANGE, WARN, EVENT_RAISED, OK },
          { 105, CHANGE, OK, EVENT_CLEARED, WARN }, { 106, CHANGE, WARN, EVENT_RAISED, OK },
          { 107, CHANGE, OK, EVENT_FLAPPING, WARN } },
};
/* clang-format on */

static void test_rows(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t n = 0;
                while (n < ELEMENTSOF(rows[i]) && (n == 0 || rows[i][n].at > 0))
                        n++;
                play(i, &policy, rows[i], n);
        }
}

/* Every level told, every level that it stands at when the mute ends. */
static void test_mute_levels(void **state) {
        (void)state;
        static const Event expected[_LEVEL_MAX][_LEVEL_MAX] = {
                [OK] = { EVENT_NONE, EVENT_RAISED, EVENT_RAISED },
                [WARN] = { EVENT_CLEARED, EVENT_REMINDER, EVENT_WORSENED },
                [CRIT] = { EVENT_CLEARED, EVENT_EASED, EVENT_REMINDER },
        };

        for (Level told = OK; told < _LEVEL_MAX; told++)
                for (Level now = OK; now < _LEVEL_MAX; now++) {
                        size_t row = 10 * told + now;
                        Voice v = { .told = told };
                        Level previous = _LEVEL_MAX;
                        CHECK_INT(row, voice_mute(&v, &policy, true, told, moment(1), &previous),
                                  EVENT_NONE);
                        CHECK_INT(row, previous, told);
                        CHECK(row, v.muted);
                        if (now != told)
                                CHECK_INT(row,
                                          voice_event(&v, &policy, change_event(told, now), now,
                                                      moment(2), NULL),
                                          EVENT_NONE);
                        CHECK_INT(row, v.told, told);
                        CHECK_INT(row, voice_mute(&v, &policy, false, now, moment(3), &previous),
                                  expected[told][now]);
                        CHECK_INT(row, previous, told);
                        CHECK_INT(row, v.told, now);
                        CHECK(row, !v.muted);
                        voice_done(&v);
                }
}

/* Any flap_limit that there may be: told at that many changes, flapping at one more. */
static void test_limits(void **state) {
        (void)state;

        for (uint16_t limit = 1; limit <= FLAP_LIMIT_MAX; limit++) {
                Policy p = { .flap_limit = limit, .flap_window = 1000 };
                Voice v = { 0 };
                Level level = OK;
                for (uint16_t i = 0; i <= limit; i++) {
                        Level next = level == OK ? WARN : OK;
                        Event event = voice_event(&v, &p, change_event(level, next), next,
                                                  moment(i), NULL);
                        CHECK_INT(limit, event,
                                  i < limit ? change_event(level, next) : EVENT_FLAPPING);
                        level = next;
                }
                CHECK_INT(limit, voice_settles_at(&v, &p), limit + 1000);
                for (uint16_t i = 0; i < 200; i++) {
                        CHECK_INT(limit,
                                  voice_event(&v, &p, EVENT_RAISED, WARN, moment(limit + i), NULL),
                                  EVENT_NONE);
                        CHECK(limit, v.n == limit + 1); /* no more is kept */
                }
                voice_done(&v);
        }
}

static void test_never(void **state) {
        (void)state;
        Voice v = { 0 };
        Level level = OK;

        for (usec_t i = 0; i < 200; i++) {
                Level next = level == OK ? CRIT : OK;
                CHECK_INT(i,
                          voice_event(&v, &never, change_event(level, next), next, moment(i), NULL),
                          change_event(level, next));
                level = next;
        }
        assert_int_equal(v.n, 0);
        assert_null(v.changes);
        assert_true(voice_is_quiet(&v, &never, level, moment(200)));
}

/* A reload changes the policy of what flaps. */
static void test_other_policy(void **state) {
        (void)state;
        Voice v = { 0 };
        Policy wide = { .flap_limit = 50, .flap_window = 1000 };

        voice_event(&v, &policy, EVENT_RAISED, WARN, moment(1), NULL);
        voice_event(&v, &policy, EVENT_CLEARED, OK, moment(2), NULL);
        voice_event(&v, &policy, EVENT_RAISED, WARN, moment(3), NULL);
        assert_int_equal(voice_event(&v, &policy, EVENT_CLEARED, OK, moment(4), NULL),
                         EVENT_FLAPPING);
        /* A longer window: it has to be calm for longer. */
        assert_int_equal(voice_settles_at(&v, &policy), 104);
        assert_int_equal(voice_settles_at(&v, &wide), 1004);
        assert_int_equal(voice_settle(&v, &wide, OK, moment(1003), NULL), EVENT_NONE);
        /* Switched off: it is over at once. */
        assert_int_equal(voice_settles_at(&v, &never), 0);
        assert_int_equal(voice_settle(&v, &never, OK, moment(5), NULL), EVENT_SETTLED);
        assert_int_equal(voice_settles_at(&v, &never), USEC_INFINITY);
        voice_done(&v);

        /* A lower limit takes what was kept for the higher one: the last changes count. */
        for (usec_t i = 0; i < 20; i++)
                voice_event(&v, &wide, i % 2 ? EVENT_CLEARED : EVENT_RAISED, i % 2 ? OK : WARN,
                            moment(40 * i), NULL);
        assert_int_equal(v.n, 20);
        assert_int_equal(voice_event(&v, &policy, EVENT_RAISED, WARN, moment(800), NULL),
                         EVENT_RAISED);
        assert_int_equal(v.n, 4);
        assert_int_equal(v.changes[0], 680);
        voice_done(&v);
}

static void test_settles_at(void **state) {
        (void)state;
        Voice v = { .flapping = true, .told = WARN };
        Policy long_window = { .flap_limit = 1, .flap_window = USEC_PER_DAY };

        assert_int_equal(voice_settles_at(&v, &policy), 0); /* its changes were lost */
        assert_int_equal(voice_restore_change(&v, 50), 0);
        assert_int_equal(voice_settles_at(&v, &policy), 150);
        v.muted = true;
        assert_int_equal(voice_settles_at(&v, &policy), USEC_INFINITY);
        v.muted = false;
        assert_int_equal(voice_restore_change(&v, USEC_INFINITY - 5), 0);
        assert_int_equal(voice_settles_at(&v, &long_window), USEC_INFINITY);
        voice_done(&v);
}

static void test_is_quiet(void **state) {
        (void)state;
        Voice v = { 0 };

        assert_true(voice_is_quiet(&v, &policy, OK, moment(0)));
        assert_false(voice_is_quiet(&v, &policy, WARN, moment(0))); /* not told */
        voice_event(&v, &policy, EVENT_RAISED, WARN, moment(10), NULL);
        assert_false(voice_is_quiet(&v, &policy, WARN, moment(109)));
        assert_true(voice_is_quiet(&v, &policy, WARN, moment(110)));
        assert_false(voice_is_quiet(&v, &policy, OK, moment(110)));
        assert_true(voice_is_quiet(&v, &never, WARN, moment(11)));
        v.flapping = true;
        assert_false(voice_is_quiet(&v, &policy, WARN, moment(500)));
        voice_done(&v);
}

/* What a store hands back, in whatever order and however much. */
static void test_restore(void **state) {
        (void)state;
        Voice v = { .told = WARN };
        static const usec_t stored[] = { 5, 3, 4, 4, 1 };

        for (size_t i = 0; i < ELEMENTSOF(stored); i++)
                CHECK_INT(i, voice_restore_change(&v, stored[i]), 0);
        for (size_t i = 1; i < v.n; i++)
                CHECK(i, v.changes[i - 1] <= v.changes[i]);
        assert_int_equal(v.n, 5);
        /* 3 is the limit: the next one is more than enough. */
        assert_int_equal(voice_event(&v, &policy, EVENT_WORSENED, CRIT, moment(6), NULL),
                         EVENT_FLAPPING);
        voice_done(&v);

        v = (Voice){ 0 };
        for (usec_t i = 0; i < 1000; i++)
                CHECK_INT(i, voice_restore_change(&v, i), 0);
        assert_int_equal(v.n, FLAP_LIMIT_MAX + 1);
        assert_int_equal(v.changes[v.n - 1], 999);
        /* In the future, by a clock that was wrong: no wrap around. */
        assert_int_equal(voice_restore_change(&v, USEC_INFINITY), 0);
        assert_false(voice_is_quiet(&v, &policy, OK, moment(5000)));
        voice_done(&v);
}

/* Without memory a change is told, but not counted. */
static void test_no_memory(void **state) {
        (void)state;
        Voice v = { 0 };
        Level level = OK;

        failing = true;
        for (usec_t i = 0; i < 20; i++) {
                Level next = level == OK ? CRIT : OK;
                CHECK_INT(
                        i,
                        voice_event(&v, &policy, change_event(level, next), next, moment(i), NULL),
                        change_event(level, next));
                level = next;
        }
        assert_int_equal(v.n, 0);
        assert_int_equal(voice_restore_change(&v, 1), -ENOMEM);
        assert_true(voice_is_quiet(&v, &policy, OK, moment(20)));

        /* One that failed among others is one less. */
        for (usec_t i = 0; i < 5; i++) {
                Level next = level == OK ? CRIT : OK;
                failing = i == 2;
                CHECK_INT(i,
                          voice_event(&v, &policy, change_event(level, next), next, moment(30 + i),
                                      NULL),
                          i < 4 ? change_event(level, next) : EVENT_FLAPPING);
                level = next;
        }
        failing = false;
        voice_done(&v);
}

/* Two rules that hold whatever comes: `cleared` is told only of what was told, and what was told
 * and what stands are the same when it is neither muted nor flaps. */
static void test_random(void **state) {
        uint64_t seed = check_seed("test_random");
        size_t flapped = 0, settled = 0;
        (void)state;

        for (size_t turn = 0; turn < 2000; turn++) {
                Voice v = { 0 };
                Level level = OK, told = OK;
                usec_t at = 0;
                for (size_t i = 0; i < 60; i++) {
                        Level previous = _LEVEL_MAX;
                        Event event = EVENT_NONE;
                        at += check_below(&seed, 8) ? check_below(&seed, 30) : 120;
                        switch (check_below(&seed, 6)) {
                        case 0:
                                event = voice_mute(&v, &policy, check_below(&seed, 2), level,
                                                   moment(at), &previous);
                                break;
                        case 1:
                                event = voice_settle(&v, &policy, level, moment(at), &previous);
                                break;
                        default: {
                                Level next = (Level)((level + 1 + check_below(&seed, 2)) % 3);
                                event = voice_event(&v, &policy, change_event(level, next), next,
                                                    moment(at), &previous);
                                level = next;
                        }
                        }
                        if (event == EVENT_NONE)
                                continue;
                        CHECK(turn, !v.muted && previous == told);
                        CHECK(turn, event != EVENT_CLEARED || (told > OK && level == OK));
                        CHECK(turn, event != EVENT_RAISED || (told == OK && level > OK));
                        CHECK(turn, event != EVENT_WORSENED || (told == WARN && level == CRIT));
                        CHECK(turn, event != EVENT_EASED || (told == CRIT && level == WARN));
                        CHECK(turn, event != EVENT_SETTLED || told == level);
                        CHECK(turn, event != EVENT_REMINDER || (told == level && level > OK));
                        CHECK(turn, (event == EVENT_FLAPPING) == v.flapping);
                        flapped += event == EVENT_FLAPPING;
                        settled += event == EVENT_SETTLED;
                        told = level;
                }
                CHECK_INT(turn, v.told, told);
                CHECK(turn, v.muted || v.flapping || told == level);
                voice_done(&v);
        }
        assert_true(flapped > 100 && settled > 100);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),         cmocka_unit_test(test_mute_levels),
                cmocka_unit_test(test_limits),       cmocka_unit_test(test_never),
                cmocka_unit_test(test_other_policy), cmocka_unit_test(test_settles_at),
                cmocka_unit_test(test_is_quiet),     cmocka_unit_test(test_restore),
                cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_random),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
