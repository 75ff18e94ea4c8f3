/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/event.h"
#include "core/limit.h"
#include "core/rule.h"

#include <stdbool.h>
#include <stdint.h>

/* What the world was told of an alert, and what keeps it from being told more: it is muted (by a
 * silence or a quiet window), or it flaps. Judging goes on all the while; this decides only what is
 * said. Pure: the clock is an argument. All-zero has told nothing and is quiet. */

#define FLAP_LIMIT_MAX 50 /* the highest flap_limit */

typedef struct Voice {
        Level told;      /* by the last record about it */
        bool muted;      /* by a silence or window, as voice_mute() was told last */
        bool flapping;   /* told as such; held until it is told that it settled */
        uint8_t n;       /* changes kept, at most FLAP_LIMIT_MAX + 1 */
        usec_t *changes; /* boot: when the last changes of level were, oldest first; or NULL */
} Voice;

/* A change of level (the event of alert_step()) or a reminder came. Answers what is to be told now
 * and *ret_previous, the level it was told at before:
 *
 * - nothing while it is muted or flaps;
 * - EVENT_FLAPPING, once, at the change that makes more than flap_limit within flap_window
 *   (flap_limit 0: never). Changes are counted while it is muted, too; one that starts flapping
 * then is told when the mute ends, if it still does;
 * - where it has settled unseen before this, what voice_settle() would tell;
 * - else what leads from the level told to `level`: _RAISED, _WORSENED, _EASED, _CLEARED; for
 *   EVENT_REMINDER that same event. So a cleared comes after a raised only, whatever was held back.
 */
Event voice_event(Voice *v, const Policy *policy, Event event, Level level, Moment now,
                  Level *ret_previous);

/* Tells whether it is muted from now on. When a mute ends, what still stands is told once: the
 * change from the level told, or EVENT_REMINDER where that is still the level; EVENT_FLAPPING where
 * it flaps; EVENT_CLEARED for what was told before and is over. EVENT_NONE for what was never told
 * and is over. */
Event voice_mute(Voice *v, const Policy *policy, bool muted, Level level, Moment now,
                 Level *ret_previous);

/* When it has settled if nothing happens till then (boot): flap_window after its last change; 0
 * where a reload switched flapping off. USEC_INFINITY while it does not flap, or is muted: the end
 * of the mute looks then. */
usec_t voice_settles_at(const Voice *v, const Policy *policy);

/* Looks whether it has settled by `now`; then it flaps no more and what is told is the change from
 * the level told, or EVENT_SETTLED where there is none. Muted: nothing, the end of the mute tells.
 */
Event voice_settle(Voice *v, const Policy *policy, Level level, Moment now, Level *ret_previous);

/* Whether nothing about it is worth keeping at level `level`: all was told, no change lies within
 * flap_window. */
bool voice_is_quiet(const Voice *v, const Policy *policy, Level level, Moment now);

/* Puts back a change that a store remembers (boot, not after now). 0 or -ENOMEM. */
int voice_restore_change(Voice *v, usec_t at);

/* Frees the changes it keeps; what was told stays. */
void voice_done(Voice *v);
