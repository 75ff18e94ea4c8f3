/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Alerts as Prometheus's Alertmanager wants them: what was told of each alert (Voice.told, so mutes
 * and flapping hold there too) is posted to its v2 API when it changes, and again every `resend`;
 * what ended is posted with its end until each server took it. Servers are on their own: nothing
 * waits for another. alertmanager.c knows what there is to say, alertmanager-post.c says it,
 * alertmanager-end.c keeps the ends, alertmanager-json.c words it. */
typedef struct Alertmanagers Alertmanagers;

/* Makes, changes or ends the servers as m->config says: at start before persist_open(), which
 * brings back what was not taken, and after a reload, which also ends every wait. Without memory
 * nothing changes, and that is told. */
void alertmanagers_configure(Monitor *m, Moment now);

/* The end of a turn, behind persist_turn(): looks whether something is to be posted. */
void alertmanagers_turn(Monitor *m, Moment now);

/* It was told: its level may be another, or it ended. */
void alertmanagers_note(Monitor *m, const Tell *tell, Moment now);

/* An alert of an earlier run that is configured no more was told to be closed. */
void alertmanagers_note_closed(Monitor *m, const Notice *notice, Moment now);

/* Takes up what an earlier run left: ends, and how far each server is; when the standings are back.
 * 0 or a negative errno. */
int alertmanagers_restore(Monitor *m, Store *store, Moment now);

/* Writes all of that anew. */
void alertmanagers_persist(const Monitor *m);

Alertmanagers *alertmanagers_free(Alertmanagers *all);

/* How a server is doing. Texts are valid until the next turn. */
typedef struct AlertmanagerState {
        const char *url;
        int up;            /* 1 = it took the last post, 0 = it did not, -1 = not known yet */
        usec_t last;       /* wall: when it last took one; 0 = never */
        usec_t failed;     /* wall: since when it takes none; 0 = it does */
        size_t pending;    /* ends that it has not taken */
        uint64_t posts;    /* it took, since the start */
        uint64_t failures; /* to post, since the start */
        const char *words; /* why it is not up, safe to show; NULL = it is */
} AlertmanagerState;

/* The i-th server in the order of the configuration; false past the last. */
bool alertmanagers_state(const Monitor *m, size_t i, AlertmanagerState *ret);
