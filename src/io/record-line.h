/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/record.h"

/* The record as one line (record_format_syslog()) in place of what `line` held, at most `max`
 * bytes: whole characters, "…" at the end where something was cut. -ENOMEM or 0. */
int record_line(const Record *record, size_t max, StrBuf *line);
