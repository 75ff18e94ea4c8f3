/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What the daemon says about itself in one line. */

/* For STATUS=: "12 domains, 2 sources; 1 critical, 2 warning; next run 03:15; ...". `refused_since`
 * (wall, 0 = never) and `verdict` tell of the last reload. */
void status_line(const Monitor *m, usec_t refused_since, const char *verdict, StrBuf *b);

/* The heartbeat's sentence. */
void status_heartbeat(const Monitor *m, StrBuf *b);

/* "2 sources, 12 domains": what is watched. */
void status_watched(const Monitor *m, StrBuf *b);
