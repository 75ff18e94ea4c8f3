/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What the web listener answers: the pages, /metrics, /healthz, /readyz, and below /api/v1 what
 * only looks of the control API. GET (and HEAD) only; nothing there changes anything. */

/* Opens, changes or closes the listener as the configuration says, at start and after a reload.
 * Nothing that is watched depends on it: what is wrong is told and the daemon goes on. */
void site_settle(Monitor *m);

/* ITEM_SITE: tries again where that did not succeed, every 30 s; told only once it does. */
void site_retry(Monitor *m);

/* Ends every connection and closes the socket. */
void site_done(Site *site);

/* The address of the pages for a link in a record or an alert, without a trailing slash: the
 * configuration's, or where it listens. NULL while there is none. Valid until the next reload. */
const char *site_url(const Monitor *m);
