/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* From readings to levels to events: the only place where alerts change. */

/* Monitor.done of the daemon: judges what a run brought, or what its failure means. */
void judge_run(Monitor *m, Run *run, const Step *done, Moment now);

/* Samples the ages of every domain whose source does not answer often enough to do so. */
void judge_sweep(Monitor *m, Moment now);

/* A sample of one of the daemon's own alerts; `text` is why it is bad, or NULL. */
void judge_self(Monitor *m, const char *metric, double value, const char *text, Moment now);

/* Closes the alerts of a subject that have no rule any more, all of them where `rules` is NULL,
 * with reason "removed". */
void judge_close_removed(Account *a, Subject *subject, const RuleSet *rules, Moment now);
