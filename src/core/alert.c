/* SPDX-License-Identifier: MIT */
#include "core/alert.h"

#include "base/macro.h"

static usec_t usec_add(usec_t a, usec_t b) {
        return a > USEC_INFINITY - b ? USEC_INFINITY : a + b;
}

static void plan_reminder(Alert *alert, usec_t wait, Moment now) {
        alert->remind_wait = wait;
        alert->remind_at = usec_add(now.boot, wait);
}

/* Takes one sample to the threshold of level `k`; true when it changed sides. */
static bool threshold_step(Alert *alert, const Policy *policy, Level k, Level level) {
        bool on = alert->level >= k, asserted = level >= k;
        uint16_t *streak = &alert->streak[k];

        if (on == asserted) {
                *streak = 0;
                return false;
        }
        if (*streak < UINT16_MAX)
                (*streak)++;
        if (*streak < (on ? policy->clear_after : policy->raise_after))
                return false;
        *streak = 0;
        return true;
}

Event alert_step(Alert *alert, const Policy *policy, Level level, Moment now, Level *ret_previous) {
        Level previous = alert->level, told = previous;

        if (ret_previous)
                *ret_previous = previous;
        if (previous == LEVEL_OK) {
                bool streak = alert->streak[LEVEL_WARNING] > 0;
                if (level > LEVEL_OK && !streak)
                        alert->since = now.wall;
                else if (level == LEVEL_OK && streak)
                        alert->since = 0;
        }
        /* Both thresholds see every sample, so critical is never on without warning. */
        for (Level k = LEVEL_WARNING; k < _LEVEL_MAX; k++)
                if (threshold_step(alert, policy, k, level))
                        told = previous < k ? k : MIN(told, k - 1);
        alert->level = told;

        if (told == LEVEL_OK)
                alert->remind_at = USEC_INFINITY;
        else if (told != previous || alert->remind_at == USEC_INFINITY)
                /* The second: reminders were switched on by a reload while it stands. */
                plan_reminder(alert, policy->remind_first, now);

        if (told == previous)
                return EVENT_NONE;
        if (told < previous)
                return told == LEVEL_OK ? EVENT_CLEARED : EVENT_EASED;
        return previous == LEVEL_OK ? EVENT_RAISED : EVENT_WORSENED;
}

Event alert_remind(Alert *alert, const Policy *policy, Moment now) {
        if (alert->level == LEVEL_OK || alert->remind_at == USEC_INFINITY ||
            now.boot < alert->remind_at)
                return EVENT_NONE;
        if (policy->remind_first == USEC_INFINITY) { /* switched off by a reload */
                alert->remind_at = USEC_INFINITY;
                return EVENT_NONE;
        }
        usec_t wait = usec_add(alert->remind_wait, alert->remind_wait);
        plan_reminder(alert, MIN(MAX(wait, policy->remind_first), policy->remind_max), now);
        return EVENT_REMINDER;
}

bool alert_is_quiet(const Alert *alert) {
        return alert->level == LEVEL_OK && alert->streak[LEVEL_WARNING] == 0 &&
               alert->streak[LEVEL_CRITICAL] == 0;
}
