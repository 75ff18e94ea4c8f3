/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-c/json.h>

#include "sim/feature.h"

/* `test_email.mx` of a domain. */
struct json_object *mx_render(const FeatureView *view, const char *domain);

/* How many alerts all hosts have together. */
int mx_issues(const FeatureView *view);
