/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Silences and quiet windows: which alerts they mute now, and what is to be told when one ends. */

/* Looks at every alert again: after a silence was made or removed, a window began or ended, a
 * reload; plans the next look. */
void mute_review(Monitor *m, Moment now);

/* Whether an alert is muted, noted in its voice, before something new is said of it. A mute that
 * began meanwhile begins here; one that ended is left to mute_review(), which tells what it held
 * back. */
void mute_update(Standing *s, Moment now);

/* What mutes that identity now, in words: "silence 3: COMMENT", "window NAME"; false and nothing
 * when nothing does. */
bool mute_describe(const Monitor *m, const char *identity, usec_t wall, StrBuf *b);

/* Makes a silence (texts are copied; id and created are given here). 0, -ENOMEM, or -E2BIG when
 * there are too many. */
int mute_add(Monitor *m, const Silence *silence, Moment now, uint64_t *ret_id);

/* Ends one; false when there is none of that id. */
bool mute_remove(Monitor *m, uint64_t id, Moment now);
