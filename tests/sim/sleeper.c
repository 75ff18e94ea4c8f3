/* SPDX-License-Identifier: MIT */
#include "sim/sleeper.h"

#include <stdlib.h>

#include "base/macro.h"

void sleeper_add(SleeperList *list, struct MHD_Connection *connection, usec_t due) {
        Sleeper *sleeper = malloc(sizeof(*sleeper));
        if (!sleeper)
                abort();
        *sleeper = (Sleeper){ .next = list->first, .connection = connection, .due = due };
        list->first = sleeper;
        MHD_suspend_connection(connection);
}

usec_t sleeper_wake(SleeperList *list, usec_t now) {
        usec_t next = USEC_INFINITY;

        for (Sleeper **place = &list->first; *place;) {
                Sleeper *sleeper = *place;
                if (!list->stopping && sleeper->due > now) {
                        next = MIN(next, sleeper->due);
                        place = &sleeper->next;
                        continue;
                }
                *place = sleeper->next;
                MHD_resume_connection(sleeper->connection);
                free(sleeper);
                next = now;
        }
        return next;
}
