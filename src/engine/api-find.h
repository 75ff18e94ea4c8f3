/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-json.h"
#include "engine/place.h"
#include "engine/standing.h"

/* Finds what "SOURCE/TARGET/METRIC" (case is ignored) stands for, whether it alerts or not. False
 * after refusing: 404 when nothing watched is called that. */
bool api_find(Api *api, const char *identity, Place *ret);

/* The same from its parts. */
bool api_find_parts(Api *api, const char *source, const char *target, const char *metric,
                    Place *ret);

/* A domain that is watched, by its name in any spelling. NULL after refusing: 404. */
const Domain *api_find_domain(Api *api, const char *name);
