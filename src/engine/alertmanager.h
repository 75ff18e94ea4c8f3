/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Alerts as Prometheus's Alertmanager wants them: what is told of each alert (Voice.told, so mutes
 * and flapping hold there too) is posted to its v2 API when it changes, and again every `resend`;
 * what ended is posted with its end until the server took it. */
typedef struct Alertmanagers Alertmanagers;

/* Makes, changes or ends the servers as m->config says: at start (behind persist_open()) and after
 * a reload. 0 or -ENOMEM. */
int alertmanagers_configure(Monitor *m, Moment now);

/* The end of a turn, behind persist_turn(): looks whether something is to be posted. */
void alertmanagers_turn(Monitor *m, Moment now);

/* What was told of an alert has changed: it is raised, its level is another, or it ended. `s` as it
 * is now. Called where records of alerts are made. */
void alertmanagers_note(Monitor *m, const Standing *s, Event event, Moment now);

Alertmanagers *alertmanagers_free(Alertmanagers *all);
