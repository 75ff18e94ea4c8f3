/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "config/draft.h"
#include "config/load.h"
#include "config/tree.h"
#include "core/metric.h"

/* Limits as they are written: metric = { warning = ...; critical = ...; clear = ...; } or "never".
 */

/* Reads a `limits` group into `limits`, adding to what other files set there. With SCOPE_DOMAIN a
 * metric of an account is refused; SCOPE_ACCOUNT takes every metric (the top level). */
void limits_read(Load *l, LimitsDraft *limits, Scope scope, const Node *node);

/* What is written of a metric, or NULL. */
const LimitDraft *limits_find(const LimitsDraft *limits, const char *metric);

/* "warning", "critical", "clear". */
const char *limit_part_name(LimitPart part);

/* What it is for, in a line. */
const char *limit_part_help(LimitPart part);

/* Adds a limit's value as a configuration would have it: "15min", 3, "weakness". */
void limit_print_value(const Metric *metric, double value, StrBuf *b);
