/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* One run: carries out the steps that its source asks for. */

/* Starts a target that is not running; every outcome, also a failed start, ends in Monitor.done. */
void run_start(Target *target, Moment now);

/* Its WAIT is over. */
void run_wake(Run *run, Moment now);

/* Drops it without a word (reload, stop): what is under way is cancelled. Returns NULL. */
Run *run_free(Run *run);
