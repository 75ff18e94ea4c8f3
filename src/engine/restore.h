/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Takes up what the store remembers, into a monitor that has not been started: alerts, the
 * schedule, tests under way, the ledger, silences. What belongs to nothing that is configured now
 * is closed with reason "removed". 0 or a negative errno. */
int restore_state(Monitor *m, Moment now);
