/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stdbool.h>

/* Diagnostics: what the program has to say about itself, on stderr, a line each with a "<N>"
 * priority prefix (sd-daemon(3)) unless stderr is a terminal. Alerts never go this way: they are
 * records for the sinks. Called from src/io/, src/engine/ and the programs' main files only. */

typedef enum Diag {
        DIAG_ERROR = 3, /* syslog(3) severities */
        DIAG_WARNING = 4,
        DIAG_NOTICE = 5,
        DIAG_INFO = 6,
        DIAG_DEBUG = 7, /* printed with --verbose only */
} Diag;

void diag_set_verbose(bool verbose);
void diag(Diag level, const char *format, ...) _printf_(2, 3);
