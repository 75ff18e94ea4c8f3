/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* The text formats of Prometheus: 0.0.4, and OpenMetrics 1.0. Pure. */

/* The longest number, with room to spare. */
#define METRICS_NUMBER_MAX 32

/* Writes a number as a sample has it, without a NUL: "12", "0.25", "+Inf", "NaN". The shortest text
 * that reads as the same number. Returns its length, at most METRICS_NUMBER_MAX. */
size_t metrics_number(char *to, double value);

/* The same for a value that is kept as a float: 0.1, not 0.10000000149. */
size_t metrics_number_float(char *to, float value);

void metrics_add_number(StrBuf *b, double value);

/* Adds ` NAME="VALUE"` with `separator` ('{' or ',') in place of the blank; the value is escaped.
 */
void metrics_add_label(StrBuf *b, char separator, const char *name, const char *value);

typedef enum FamilyType {
        FAMILY_GAUGE,
        FAMILY_COUNTER, /* its samples end in _total */
        FAMILY_INFO,    /* its sample ends in _info; a gauge in the older format */
        FAMILY_HISTOGRAM,
} FamilyType;

/* Adds the lines of a family in front of its samples. `name` is without _total and _info; `unit` is
 * NULL where it has none, else the name's last word. */
void metrics_add_header(StrBuf *b, bool openmetrics, const char *name, FamilyType type,
                        const char *unit, const char *help);

/* Whether a client with this Accept header (NULL = none) prefers OpenMetrics to the older format
 * (RFC 9110 section 12.5.1); where both are as good, it does not. */
bool metrics_accepts_openmetrics(const char *accept);
