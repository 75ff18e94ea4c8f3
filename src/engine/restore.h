/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Takes up what a store remembers (m->store, or one that can only be read): alerts, the schedule,
 * tests under way, the ledger, silences. What the monitor knows better by now stays as it is, for
 * the store may be found late. What belongs to nothing that is configured now is closed with reason
 * "removed". 0 or a negative errno. */
int restore_state(Monitor *m, Store *store, Moment now);
