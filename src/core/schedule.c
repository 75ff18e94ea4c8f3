/* SPDX-License-Identifier: MIT */
#include "core/schedule.h"

#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>

int schedule_reserve(Schedule *s, size_t n) {
        if (n <= s->allocated)
                return 0;
        if (n >= UINT32_MAX) /* a place has 32 bits */
                return -ENOMEM;
        ScheduleItem **items = realloc(s->items, n * sizeof(*items));
        if (!items)
                return -ENOMEM;
        s->items = items;
        s->allocated = n;
        return 0;
}

static void place(Schedule *s, size_t at, ScheduleItem *item) {
        s->items[at] = item;
        item->at = (uint32_t)at + 1;
}

/* Moves the item up or down from the hole at `at` to where it belongs. */
static void settle(Schedule *s, size_t at, ScheduleItem *item) {
        while (at > 0 && s->items[(at - 1) / 2]->key > item->key) {
                place(s, at, s->items[(at - 1) / 2]);
                at = (at - 1) / 2;
        }
        for (size_t child; (child = 2 * at + 1) < s->n; at = child) {
                if (child + 1 < s->n && s->items[child + 1]->key < s->items[child]->key)
                        child++;
                if (s->items[child]->key >= item->key)
                        break;
                place(s, at, s->items[child]);
        }
        place(s, at, item);
}

int schedule_put(Schedule *s, ScheduleItem *item, usec_t key) {
        if (item->at == 0) {
                if (s->n == s->allocated) {
                        int r = schedule_reserve(s, MAX(2 * s->allocated, (size_t)16));
                        if (r < 0)
                                return r;
                }
                place(s, s->n++, item);
        }
        item->key = key;
        settle(s, item->at - 1, item);
        return 0;
}

void schedule_remove(Schedule *s, ScheduleItem *item) {
        if (item->at == 0)
                return;
        size_t hole = item->at - 1;
        ScheduleItem *last = s->items[--s->n];

        item->at = 0;
        if (last != item)
                settle(s, hole, last);
}

ScheduleItem *schedule_first(const Schedule *s) {
        return s->n > 0 ? s->items[0] : NULL;
}

void schedule_done(Schedule *s) {
        free(s->items);
        *s = (Schedule){};
}

usec_t schedule_next_run(uint64_t hash, usec_t interval, usec_t last) {
        if (interval == 0)
                return last;
        usec_t earliest = last + (interval - interval / 10);
        usec_t latest = last + interval + interval / 4;
        usec_t grid = earliest + (hash % interval + interval - earliest % interval) % interval;
        return MIN(grid, latest);
}
