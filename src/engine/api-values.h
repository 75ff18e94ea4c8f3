/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-json.h"

/* Values of a domain and what they were, for the control API. */

/* Each metric of the domain's set: value, level, limits, and the last day as a `spark`.
 * *ret_measured is from when (wall) the values are, untouched when there are none. */
struct json_object *api_values(Api *api, Account *a, uint32_t domain, usec_t *ret_measured);

/* The last value of a metric, from the history where none came since the start; NAN = unknown.
 * *ret_measured as above. */
double api_last_value(Api *api, Account *a, uint32_t domain, size_t metric, usec_t *ret_measured);

/* "high", "low", or NULL where no side is bad. */
const char *bad_name(Bad bad);
