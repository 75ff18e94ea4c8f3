/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/record.h"

#include <stdbool.h>

/* Records for people who run the daemon by hand, and for supervisors that read its stderr. On a
 * terminal: time, level and message. Elsewhere: the whole record on a line, with a "<N>" prefix
 * (sd-daemon(3)). */
typedef struct StderrSink {
        const Clock *clock; /* the time printed */
        bool terminal;
        bool colour;
        StrBuf line;
} StderrSink;

/* Looks at stderr and NO_COLOR (no-color.org). `clock` is borrowed. */
void stderr_sink_init(StderrSink *sink, const Clock *clock);
void stderr_sink_done(StderrSink *sink);

/* Writes one record without waiting. 0; -EAGAIN when it would block (*ret_fd becomes writable then,
 * and is -1 otherwise); another negative errno when stderr cannot take it at all. */
int stderr_sink_send(StderrSink *sink, const Record *record, int *ret_fd);
