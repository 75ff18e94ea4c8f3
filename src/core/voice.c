/* SPDX-License-Identifier: MIT */
#include "core/voice.h"

#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static usec_t elapsed(usec_t since, usec_t now) {
        return now > since ? now - since : 0;
}

/* The event that leads from the level told to this one; both are one from then on. */
static Event tell_change(Voice *v, Level level) {
        Level told = v->told;

        v->told = level;
        if (level == told)
                return EVENT_NONE;
        if (level < told)
                return level == LEVEL_OK ? EVENT_CLEARED : EVENT_EASED;
        return told == LEVEL_OK ? EVENT_RAISED : EVENT_WORSENED;
}

static Event tell_flapping(Voice *v, Level level) {
        v->flapping = true;
        v->told = level;
        return EVENT_FLAPPING;
}

static Event tell_settled(Voice *v, Level level) {
        v->flapping = false;
        Event event = tell_change(v, level);
        return event != EVENT_NONE ? event : EVENT_SETTLED;
}

/* Puts a change in its place among at most `max` kept; the oldest go. The list is as long as what
 * it holds: an alert that changes now and then costs little. */
static int keep_change(Voice *v, usec_t at, size_t max) {
        if (v->n >= max) {
                size_t kept = max - 1;
                memmove(v->changes, v->changes + v->n - kept, kept * sizeof(*v->changes));
                v->n = (uint8_t)kept;
        }
        usec_t *changes = reallocarray(v->changes, (size_t)v->n + 1, sizeof(*changes));
        if (!changes)
                return -ENOMEM;
        v->changes = changes;

        size_t place = v->n++;
        for (; place > 0 && changes[place - 1] > at; place--)
                changes[place] = changes[place - 1];
        changes[place] = at;
        return 0;
}

static void record_change(Voice *v, const Policy *policy, usec_t at) {
        if (policy->flap_limit == 0)
                voice_done(v);
        else /* without memory it is a change that was not seen: told, but not counted */
                (void)keep_change(v, at,
                                  MIN((size_t)policy->flap_limit, (size_t)FLAP_LIMIT_MAX) + 1);
}

/* Whether the last changes are so many, in so short a time, that it flaps at `now`. */
static bool flap_begins(const Voice *v, const Policy *policy, usec_t now) {
        size_t limit = policy->flap_limit;

        return limit > 0 && v->n > limit &&
               elapsed(v->changes[v->n - 1 - limit], v->changes[v->n - 1]) < policy->flap_window &&
               elapsed(v->changes[v->n - 1], now) < policy->flap_window;
}

/* Whether there was a flap_window without a change up to `now`. Looks between the changes, too: in
 * the middle of a mute nobody asked. */
static bool flap_is_over(const Voice *v, const Policy *policy, usec_t now) {
        if (policy->flap_limit == 0 || v->n == 0)
                return true;
        for (size_t i = 1; i < v->n; i++)
                if (elapsed(v->changes[i - 1], v->changes[i]) >= policy->flap_window)
                        return true;
        return elapsed(v->changes[v->n - 1], now) >= policy->flap_window;
}

static void give_told(const Voice *v, Level *ret_previous) {
        if (ret_previous)
                *ret_previous = v->told;
}

Event voice_event(Voice *v, const Policy *policy, Event event, Level level, Moment now,
                  Level *ret_previous) {
        give_told(v, ret_previous);
        if (event == EVENT_NONE)
                return EVENT_NONE;
        /* Seen before this change: the timer that looks whether it has settled may be late. */
        bool over = v->flapping && flap_is_over(v, policy, now.boot);

        if (event != EVENT_REMINDER)
                record_change(v, policy, now.boot);
        if (v->muted)
                return EVENT_NONE;
        if (over)
                return tell_settled(v, level);
        if (v->flapping)
                return EVENT_NONE;
        if (event == EVENT_REMINDER) {
                v->told = level;
                return EVENT_REMINDER;
        }
        if (flap_begins(v, policy, now.boot))
                return tell_flapping(v, level);
        return tell_change(v, level);
}

Event voice_mute(Voice *v, const Policy *policy, bool muted, Level level, Moment now,
                 Level *ret_previous) {
        give_told(v, ret_previous);
        if (muted == v->muted)
                return EVENT_NONE;
        v->muted = muted;
        if (muted)
                return EVENT_NONE;
        if (v->flapping && flap_is_over(v, policy, now.boot))
                return tell_settled(v, level);
        if (v->flapping || flap_begins(v, policy, now.boot))
                return tell_flapping(v, level);
        Event event = tell_change(v, level);
        return event == EVENT_NONE && level > LEVEL_OK ? EVENT_REMINDER : event;
}

usec_t voice_settles_at(const Voice *v, const Policy *policy) {
        if (!v->flapping || v->muted)
                return USEC_INFINITY;
        if (policy->flap_limit == 0 || v->n == 0)
                return 0; /* switched off by a reload, or lost by a store */
        usec_t last = v->changes[v->n - 1];
        return last > USEC_INFINITY - policy->flap_window ? USEC_INFINITY
                                                          : last + policy->flap_window;
}

Event voice_settle(Voice *v, const Policy *policy, Level level, Moment now, Level *ret_previous) {
        give_told(v, ret_previous);
        if (!v->flapping || v->muted || !flap_is_over(v, policy, now.boot))
                return EVENT_NONE;
        return tell_settled(v, level);
}

bool voice_is_quiet(const Voice *v, const Policy *policy, Level level, Moment now) {
        if (v->told != level || v->flapping)
                return false;
        return policy->flap_limit == 0 || v->n == 0 ||
               elapsed(v->changes[v->n - 1], now.boot) >= policy->flap_window;
}

int voice_restore_change(Voice *v, usec_t at) {
        return keep_change(v, at, FLAP_LIMIT_MAX + 1);
}

void voice_done(Voice *v) {
        free(v->changes);
        v->changes = NULL;
        v->n = 0;
}
