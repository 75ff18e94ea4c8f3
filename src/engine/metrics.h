/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* GET /metrics: every metric row, the limits, the levels and the daemon's own health in the
 * Prometheus text format 0.0.4, or OpenMetrics 1.0 where the Accept header prefers it. Made piece
 * by piece while it is read (WebStream): its size costs no memory. A reload in the middle breaks it
 * off. docs/MONITORING.md has the names. */
void metrics_answer(Monitor *m, const WebRequest *request, WebReply *ret);
