/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "config/config.h"
#include "config/draft.h"

#include <stdio.h>

/* How --print-config is written: a line is made in `line`, then ended. */

#define PRINT_STEP 8 /* columns of indentation */

typedef struct Print {
        const Config *config;
        FILE *out;
        StrBuf line;
        int error;
} Print;

/* Writes the line that was made, `indent` columns in. */
void print_end(Print *p, int indent);

/* Adds to the line and ends it. */
void print_line(Print *p, int indent, const char *format, ...) _printf_(3, 4);

/* Adds the comment that tells where a value was set. */
void print_origin(Print *p, Origin origin);

/* Adds a limit as it was written, without origins: those of a domain stand in the domain's line. */
void print_limit(Print *p, const LimitDraft *limit);

/* A group `limits` as it was written; nothing when it is empty. */
void print_limits(Print *p, int indent, const LimitsDraft *limits);

/* The group `limits` of all domains with what is built in. */
void print_top_limits(Print *p);
