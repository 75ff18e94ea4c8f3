/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/event.h"
#include "core/limit.h"
#include "core/rule.h"

#include <stdbool.h>
#include <stdint.h>

/* One alert's state. All-zero is quiet: level ok and no streak. Pure: the clock is an argument.
 * Each level above ok is a debounced threshold. It is on when told level >= its level; a sample
 * speaks against its present side, which lengthens the streak, or for it, which ends the streak. */
typedef struct Alert {
        Level level; /* as told */
        /* Samples in a row against the present side of each level's threshold; [LEVEL_OK] is
         * unused. */
        uint16_t streak[_LEVEL_MAX];
        usec_t since;     /* wall: first sample of the streak that raised it or may raise it; after
                           * EVENT_CLEARED still that of the alert just over, until the next */
        usec_t remind_at; /* boot: when the next reminder is due; USEC_INFINITY = none (set by the
                           * first alert_step(); of no meaning while the level is ok) */
        usec_t remind_wait; /* the wait that led there; doubles up to remind_max */
} Alert;

/* Takes the level of one sample (from limit_judge()) and answers what is to be told now:
 * EVENT_NONE, _RAISED, _WORSENED, _EASED or _CLEARED. Rises to the mildest level held through
 * raise_after samples, falls to the worst level held through clear_after samples (spec section 5).
 * Each event but _CLEARED starts the reminders anew. *ret_previous is the level before (may be
 * NULL). */
Event alert_step(Alert *alert, const Policy *policy, Level level, Moment now, Level *ret_previous);

/* EVENT_REMINDER when one is due at `now` (and plans the next from there), else EVENT_NONE. After a
 * suspend or a late timer there is one reminder, not several. */
Event alert_remind(Alert *alert, const Policy *policy, Moment now);

/* Whether nothing about it is worth keeping: ok and no streak. */
bool alert_is_quiet(const Alert *alert);
