/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Swaps the configuration under a running monitor. What both know by identity goes on: alerts, the
 * schedule, tests under way, the budget. An alert whose rule or domain went away is closed
 * ("removed"). Takes `config` over on success. 0, or -ENOMEM with the old one wholly in force. */
int monitor_reload(Monitor *m, Config *config, Moment now);

/* Frees replaced configurations that no run borrows any more. */
void monitor_release_retired(Monitor *m);
