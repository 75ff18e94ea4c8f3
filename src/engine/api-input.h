/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-json.h"

/* What a request says, read strictly: every function that answers false has refused the request. */

/* Most seconds that a silence, an acknowledgement or a look back may take. */
#define API_SPAN_MAX (366.0 * 86400)

/* Reads the body of a POST into api->body: a JSON object, or nothing for an empty one. */
bool api_read_body(Api *api);

/* Whether the body has these members only. `keys` ends with NULL. */
bool api_body_has_only(Api *api, const char *const *keys);

/* A text of at most `max` bytes, made one safe line and without blanks around it; absent or null is
 * refused where `required`, else nothing is added. */
bool api_body_text(Api *api, const char *key, size_t max, bool required, StrBuf *ret);

/* The same as it stands, for text that is escaped later. */
bool api_body_raw_text(Api *api, const char *key, size_t max, bool required, StrBuf *ret);

/* A number from min to max; absent or null leaves *ret. */
bool api_body_number(Api *api, const char *key, double min, double max, double *ret);

/* "by", or who that is as the system knows them: "uid 1000". */
bool api_body_who(Api *api, StrBuf *ret);

/* Until when (wall) `for` seconds, or the time `until`, last from now on; absent leaves *ret. At
 * most one of the two may be there. */
bool api_body_until(Api *api, usec_t *ret);

/* A whole number of the query; absent leaves *ret. */
bool api_query_count(Api *api, const char *name, uint64_t min, uint64_t max, uint64_t *ret);

/* `limit`: how many elements a page has. */
bool api_query_limit(Api *api, size_t *ret);

/* `match`: a glob, or NULL where there is none. */
bool api_query_match(Api *api, const char **ret);

/* A parameter that has to be there. NULL: refused. */
const char *api_query_needed(Api *api, const char *name);
