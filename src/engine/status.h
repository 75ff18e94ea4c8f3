/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What the daemon says about itself in one line, and what its other accounts of itself share. */

/* For STATUS=: "12 domains, 2 sources; 1 critical, 2 warning; next run 03:15; ...". `verdict` tells
 * of the last reload, NULL = there was none. */
void status_line(const Monitor *m, const char *verdict, StrBuf *b);

/* The heartbeat's sentence. */
void status_heartbeat(const Monitor *m, StrBuf *b);

/* Records that wait for a sink: in its queue, or behind the last one handed on, in the store. */
uint64_t monitor_queued(const Monitor *m);

/* "2 sources, 12 domains": what is watched. */
void status_watched(const Monitor *m, StrBuf *b);
