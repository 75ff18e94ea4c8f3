/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/limit.h"

#include <stdbool.h>

/* What a record tells: one fixed MESSAGE_ID each, never changed once released
 * (systemd/mailsecd.catalog). */
typedef enum Event {
        EVENT_NONE,
        EVENT_RAISED,
        EVENT_WORSENED,
        EVENT_EASED,
        EVENT_CLEARED,
        EVENT_REMINDER,
        EVENT_FLAPPING, /* the level changes too often: each change is no longer told */
        EVENT_SETTLED,  /* it changes no more, and stands where it was told to be */
        EVENT_CHANGED,  /* a result differs from the one before where no limit speaks */
        EVENT_STARTED,
        EVENT_RELOADED,
        EVENT_RELOAD_REFUSED,
        EVENT_HEARTBEAT,
        EVENT_STOPPED,
        EVENT_RECORDS_LOST, /* records had to be dropped because no sink took them */
        EVENT_TEST,         /* asked for by hand, to see that records arrive */
        _EVENT_MAX,
} Event;

/* MAILSEC_EVENT: "raised", "reload-refused", ...; "none" is in no record. */
const char *event_name(Event event);

/* MESSAGE_ID: 32 lower-case hex digits; NULL for EVENT_NONE. */
const char *event_message_id(Event event);

/* PRIORITY (spec section 5): raised, worsened, reminder, flapping and test by level, critical 2 and
 * warning 4 (at level ok: flapping 4, others 6); cleared, eased and settled 5; the daemon's own
 * failures (reload refused, records lost) 3; others 6. */
int event_priority(Event event, Level level);

/* Whether it tells of an alert or a result, not of the daemon itself. */
bool event_is_alert(Event event);
