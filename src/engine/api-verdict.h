/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-find.h"

/* Says in words why something alerts, or why not, with `value` its last one (NAN = unknown). */
void verdict_add(StrBuf *b, const Place *place, double value, Moment now);

/* Samples in a row that lead to a worse level, and to a better one. */
unsigned streak_bad(const Standing *s);
unsigned streak_good(const Standing *s);

/* Changes of its level within the flapping window. */
unsigned standing_changes(const Standing *s, Moment now);
