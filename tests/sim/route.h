/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/scenario.h"

typedef enum Route {
        ROUTE_NONE,
        ROUTE_STATS,
        ROUTE_CHECK,
        ROUTE_GET_RESULT,
        ROUTE_GEN_PDF,
} Route;

/* Room for a path prefix or an id. */
#define ROUTE_TEXT_MAX 128

/* ROUTE_STATS when a path is the `stats` of an account, whose prefix goes to *prefix. */
Route route_symantec(const Scenario *scenario, const char *path,
                     char prefix[static ROUTE_TEXT_MAX]);

/* Which call of the email test a path is; what stands for the time stamp in it is not looked at.
 * The test_id in the path of a report goes to *id. */
Route route_immuniweb(const Scenario *scenario, const char *path, char id[static ROUTE_TEXT_MAX]);
