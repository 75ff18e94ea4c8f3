/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-json.h"
#include "engine/standing.h"

/* Alerts as the control API shows them. */

/* All that are shown and that the glob covers (NULL = all), behind the place `after` where that is
 * not NULL, sorted worst first, then oldest. `*ret` is the caller's to free(). False after refusing
 * a broken `after`, or without memory. */
bool api_collect(Api *api, const char *match, const char *after, const Standing ***ret,
                 size_t *ret_n);

/* ALERT of docs/control-api.md. */
struct json_object *api_alert(Api *api, const Standing *s);

/* What mutes it now, in words, or null. */
void api_put_mute(Api *api, struct json_object *object, const Standing *s);

/* Who knows of it, or null. `s` may be NULL. */
void api_put_ack(Api *api, struct json_object *object, const Standing *s);

/* When the next reminder is due (wall); 0 = none. */
usec_t standing_reminds(const Standing *s, Moment now);

/* Finds an alert by its identity as a request has it. NULL after refusing: 404 when it is none of
 * ours or does not alert. */
Standing *api_find_alert(Api *api, const char *identity);
