/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Prints the metric tables for --list-metrics: a table for people, or JSON, one object per metric
 * with source, scope, name, unit, bad (high, low, none), default limits (with what they are
 * multiples of) and help. 0 or -ENOMEM. */
int metrics_list(bool json, FILE *out);
