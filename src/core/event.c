/* SPDX-License-Identifier: MIT */
#include "core/event.h"

#include "base/macro.h"

#include <stddef.h>

typedef struct EventInfo {
        const char *name;
        const char *message_id;
        int priority;
        bool alert;
} EventInfo;

/* The priority goes by the level. */
#define BY_LEVEL -1

/* clang-format off */
static const EventInfo events[_EVENT_MAX] = {
        [EVENT_NONE] =           { "none", NULL, 6, false },
        [EVENT_RAISED] =         { "raised", "cbcd078881f04054b09d74fd997ec5ad", BY_LEVEL, true },
        [EVENT_WORSENED] =       { "worsened", "76b99b4d6b2543d3bf7653658afb604a", BY_LEVEL, true },
        [EVENT_EASED] =          { "eased", "d3e643d78a004501a7c96f2f705987b3", 5, true },
        [EVENT_CLEARED] =        { "cleared", "59ad21a8cdb34f59aaa4741a9e3c2d82", 5, true },
        [EVENT_REMINDER] =       { "reminder", "06d875220e8742db9e7d85235ecc7a7a", BY_LEVEL, true },
        [EVENT_FLAPPING] =       { "flapping", "048247debfa1409e888304dd82bb87f0", BY_LEVEL, true },
        [EVENT_SETTLED] =        { "settled", "bb75be5561484c0e8b62f7e78a21ec43", 5, true },
        [EVENT_CHANGED] =        { "changed", "552c5fff0462434eb7754e4d4ed8fc5f", 6, true },
        [EVENT_STARTED] =        { "started", "764403d9b74548b7bfe6665d6a20e08c", 6, false },
        [EVENT_RELOADED] =       { "reloaded", "6e2d8e9ea0cf43f2967c30a797f4745b", 6, false },
        [EVENT_RELOAD_REFUSED] = { "reload-refused", "19b39f8b7e9842ed9c3543419c8d088c", 3, false },
        [EVENT_HEARTBEAT] =      { "heartbeat", "8056bef719044fbd9ab70d2179ef9b9c", 6, false },
        [EVENT_STOPPED] =        { "stopped", "6281f30012d94872b2e74966a93d08b2", 6, false },
        [EVENT_RECORDS_LOST] =   { "records-lost", "a9e2339cc9cb43b782fa9173f3f8468f", 3, false },
        [EVENT_TEST] =           { "test", "4ffb3b732b3a466089a70912afbb4dfb", BY_LEVEL, false },
};
/* clang-format on */

const char *event_name(Event event) {
        return events[event].name;
}

const char *event_message_id(Event event) {
        return events[event].message_id;
}

int event_priority(Event event, Level level) {
        static const int of_level[_LEVEL_MAX] = {
                [LEVEL_OK] = 6,
                [LEVEL_WARNING] = 4,
                [LEVEL_CRITICAL] = 2,
        };
        int priority = events[event].priority;

        /* A flapping alert that is ok just now needs a look as much as one that is not. */
        if (event == EVENT_FLAPPING)
                level = MAX(level, LEVEL_WARNING);
        return priority == BY_LEVEL ? of_level[level] : priority;
}

bool event_is_alert(Event event) {
        return events[event].alert;
}
