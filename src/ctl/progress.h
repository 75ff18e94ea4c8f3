/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/screen.h"

#include <stdbool.h>

/* What is going on, on stderr: one line that is written over on a terminal, else a line for each
 * change. All-zero but `screen` is one that has shown nothing. */
typedef struct Progress {
        Screen screen; /* of stderr */
        bool quiet;
        bool shown;    /* a line stands that has to be ended or cleared */
        StrBuf before; /* in a pipe: the state told last */
} Progress;

void progress_init(Progress *progress, bool quiet);

/* Tells `state`, on a terminal with `more` behind it, which may change each time. */
void progress_tell(Progress *progress, const char *state, const char *more);

/* Clears the line. */
void progress_done(Progress *progress);
#define _cleanup_progress_ _cleanup_(progress_done)
