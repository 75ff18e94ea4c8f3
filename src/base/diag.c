/* SPDX-License-Identifier: MIT */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool diag_verbose;

void diag_set_verbose(bool verbose) {
        diag_verbose = verbose;
}

void diag(Diag level, const char *format, ...) {
        /* One write per line, cut rather than torn: two processes may share the terminal. */
        char line[2048];
        int n = 0;

        if (level == DIAG_DEBUG && !diag_verbose)
                return;
        if (!isatty(STDERR_FILENO))
                n = snprintf(line, sizeof(line), "<%d>", (int)level);

        va_list ap;
        va_start(ap, format);
        int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
        va_end(ap);
        if (m < 0)
                return;
        n = MIN(n + m, (int)sizeof(line) - 2);
        line[n++] = '\n';
        /* Nothing can be done about a stderr that takes nothing. */
        if (write(STDERR_FILENO, line, (size_t)n) < 0)
                return;
}
