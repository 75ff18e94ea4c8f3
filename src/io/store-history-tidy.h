/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/store-history-internal.h"

/* What the files of history_tidy() share: one step, for one chunk. */

/* A chunk's row. Hours since 1970. */
typedef struct Progress {
        uint64_t done;                /* hours before this one are made */
        uint32_t seen[HISTORY_SLOTS]; /* the last hour with a known value of a series, or in which
                                       * it was first met here; 0 = no series */
} Progress;

typedef struct Tidy {
        Store *store;
        History *h;
        const HistorySettings *settings;
        uint32_t chunk;
        uint64_t now;       /* the running hour, since 1970 */
        uint64_t full_from; /* samples of earlier hours are dropped */
        uint64_t hours_from;
        Progress progress;
} Tidy;

/* Writes the chunk's row; an error is the transaction's. */
void history_save_progress(Tidy *t);

/* Drops the oldest hour of samples that is too old, and a day of hourly rows at most. 1 when there
 * was something, 0 or a negative errno. */
int history_drop_old(Tidy *t);

/* Forgets series of which nothing is left, unless this process has named them: then somebody may go
 * on with them. 0 or a negative errno. */
int history_forget_series(Tidy *t);
