/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/event.h"
#include "core/limit.h"
#include "core/rule.h"

#include <stdbool.h>
#include <stdint.h>

/* One alert's state. All-zero is quiet: level ok and no streak. Pure: the clock is an argument. */
typedef struct Alert {
        Level level;              /* as told */
        /* One debounced threshold per level above ok: how many samples in a row spoke against its present
         * side. A threshold is on when told level >= its level. */
        uint16_t streak[_LEVEL_MAX];
        usec_t since;             /* wall: first sample of the streak that raised it (or may raise it) */
        usec_t remind_at;         /* boot: when the next reminder is due; USEC_INFINITY = never */
        usec_t remind_wait;       /* the wait that led there; doubles up to remind_max */
} Alert;

/* Takes the level of one sample (from limit_judge()) and answers what is to be told now: EVENT_NONE, _RAISED, _WORSENED,
 * _EASED or _CLEARED. Rises to the mildest level held through raise_after samples, falls to the worst
 * level held through clear_after samples (spec section 5). *ret_previous is the level before (may be NULL). */
Event alert_step(Alert *alert, const Policy *policy, Level level, Moment now, Level *ret_previous);

/* EVENT_REMINDER when one is due at `now` (and plans the next), else EVENT_NONE. A suspend or late timer gives one reminder, not several. */
Event alert_remind(Alert *alert, const Policy *policy, Moment now);

/* Whether nothing about it is worth keeping: ok and no streak. */
bool alert_is_quiet(const Alert *alert);

/* Whether alert_step() with LEVEL_OK would change nothing... used by the judge to skip quiet metrics. */
