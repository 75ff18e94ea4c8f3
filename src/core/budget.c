/* SPDX-License-Identifier: MIT */
#include "core/budget.h"

#include "base/macro.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static usec_t *nth(const Budget *b, uint32_t i) {
        return &b->started[((size_t)b->first + i) % b->room];
}

int budget_init(Budget *b, uint32_t limit) {
        *b = (Budget){};
        return budget_resize(b, limit);
}

static int make_room(Budget *b, uint32_t room) {
        if (room <= b->room)
                return 0;
        usec_t *started = calloc(room, sizeof(*started));
        if (!started)
                return -ENOMEM;
        for (uint32_t i = 0; i < b->n; i++)
                started[i] = *nth(b, i);
        free(b->started);
        b->started = started;
        b->room = room;
        b->first = 0;
        return 0;
}

int budget_resize(Budget *b, uint32_t limit) {
        int r = make_room(b, limit);
        if (r < 0)
                return r;
        b->limit = limit;
        return 0;
}

/* In order even after a step of the clock: the oldest is looked at only. */
static void book(Budget *b, usec_t started) {
        uint32_t i = b->n++;

        for (; i > 0 && *nth(b, i - 1) > started; i--)
                *nth(b, i) = *nth(b, i - 1);
        *nth(b, i) = started;
}

static bool is_over(usec_t started, usec_t now) {
        return started <= now && now - started >= USEC_PER_DAY;
}

static void expire(Budget *b, usec_t now) {
        while (b->n > 0 && is_over(*nth(b, 0), now)) {
                b->first = (b->first + 1) % b->room;
                b->n--;
        }
}

uint32_t budget_left(Budget *b, usec_t now) {
        if (b->limit == 0)
                return UINT32_MAX;
        expire(b, now);
        return b->n < b->limit ? b->limit - b->n : 0;
}

int budget_spend(Budget *b, usec_t now) {
        if (b->limit == 0)
                return 0;
        if (budget_left(b, now) == 0)
                return -EDQUOT;
        book(b, now);
        return 0;
}

int budget_restore(Budget *b, usec_t started, usec_t now) {
        if (is_over(started, now))
                return 0;
        expire(b, now);
        if (b->n == b->room) {
                int r = make_room(b, MAX(b->room * 2, 16u));
                if (r < 0)
                        return r;
        }
        book(b, started);
        return 0;
}

usec_t budget_next(Budget *b, usec_t now) {
        if (budget_left(b, now) > 0)
                return now;
        /* n - limit + 1 have to expire before one place is free. */
        return *nth(b, b->n - b->limit) + USEC_PER_DAY;
}

void budget_done(Budget *b) {
        free(b->started);
        *b = (Budget){};
}
