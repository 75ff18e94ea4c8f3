/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

/* Adds a number in its unit as a person reads it (notice_format_value()): "1h 12min", "weakness",
 * "3". `unit` is the API's ("seconds", "count", "grade", "color", "bool"); others and NULL read as
 * a count. "-" for NAN. */
void value_add(StrBuf *b, const char *unit, double value);

/* Reads what a person gives for --ceiling: a plain number, or a duration, which counts as seconds.
 * 0, -EINVAL or -ERANGE; *ret is untouched then. */
int value_read(const char *text, double *ret);
