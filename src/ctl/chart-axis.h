/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds the rest of the line of a time axis of `columns` cells, with a corner first and marks at
 * round local times, and below it a line with the times, indented by `indent` cells. from < to. */
void chart_axis_add(usec_t from, usec_t to, size_t columns, size_t indent, bool utf8, StrBuf *b);
