/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds `n` values, oldest first, as a line of `width` bars from the least to the greatest (▁ to █,
 * "_" to "#" without UTF-8). Where there are more values than cells neighbours are joined: the
 * greatest counts, or the smallest where low is bad. NAN is unknown: a blank. All values alike: the
 * lowest bar. Adds nothing when none is known. */
void spark_add(StrBuf *b, const double *values, size_t n, size_t width, bool low_is_bad, bool utf8);
