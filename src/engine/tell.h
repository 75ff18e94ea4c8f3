/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What is said of alerts, and when: everything of one turn of the loop together, so that many alike
 * become one record. */

/* An alert changed its level: told unless it is muted, flaps, or was told already. */
void tell_change(Standing *s, Event event, const char *reason, Moment now);

/* It still stands: told unless it is muted or flaps. */
void tell_reminder(Standing *s, Moment now);

/* Notes what core/voice.h says is to be told. `reason` is a constant or NULL. */
void tell_add(Standing *s, Event event, Level previous, const char *reason);

/* Tells all that was noted. More than `group_over` domains of one account with the same event,
 * level and metric are told in one record. Called at the end of each turn, and before the
 * configuration is swapped. */
void tell_flush(Monitor *m, Moment now);
