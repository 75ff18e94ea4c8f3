/* SPDX-License-Identifier: MIT */
#include "engine/simulate-episode.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int episode_new(Episodes *e, const Telling *t, usec_t from) {
        if (e->n == EPISODES_MAX)
                return -E2BIG;
        if (e->n == e->allocated) {
                size_t room = MAX(2 * e->allocated, (size_t)64);
                Episode *list = reallocarray(e->list, room, sizeof(*list));
                if (!list)
                        return -ENOMEM;
                e->list = list;
                e->allocated = room;
        }
        char *identity = strdup(t->identity);
        if (!identity)
                return -ENOMEM;
        e->list[e->n++] = (Episode){
                .identity = identity,
                .metric = t->metric,
                .from = from,
                .from_hour = t->hour,
                .value = NAN,
        };
        return 0;
}

/* Whether it says by itself that something begins. */
static bool is_begin(const Telling *t) {
        return t->event == EVENT_RAISED || t->event == EVENT_FLAPPING;
}

int episodes_tell(Episodes *episodes, size_t *open, const Telling *t) {
        bool over = t->level == LEVEL_OK && !t->flapping;

        if (*open == 0) {
                int r = episode_new(episodes, t, is_begin(t) ? t->at : t->from);
                if (r < 0)
                        return r;
                *open = episodes->n;
        }
        Episode *e = &episodes->list[*open - 1];
        if (e->told[t->event] < UINT16_MAX)
                e->told[t->event]++;
        e->worst = MAX(e->worst, t->level);
        if (!over)
                return 0;
        e->to = t->at;
        e->to_hour = t->hour;
        *open = 0;
        return 0;
}

double worse_value(const Metric *metric, double a, double b) {
        if (isnan(a) || isnan(b))
                return isnan(a) ? b : a;
        return metric && metric->bad == BAD_LOW ? fmin(a, b) : fmax(a, b);
}

void episode_value(Episode *episode, double value) {
        episode->value = worse_value(episode->metric, episode->value, value);
}

static int compare(const void *a, const void *b) {
        const Episode *x = a, *y = b;
        int order = strcmp(x->identity, y->identity);

        if (order != 0)
                return order;
        return x->from < y->from ? -1 : x->from > y->from;
}

void episodes_sort(Episodes *episodes) {
        if (episodes->n > 1)
                qsort(episodes->list, episodes->n, sizeof(*episodes->list), compare);
}

void episodes_trim(Episodes *episodes, usec_t since) {
        size_t kept = 0;

        for (size_t i = 0; i < episodes->n; i++) {
                Episode *e = &episodes->list[i];
                if (e->to > 0 && e->to < since)
                        free(e->identity);
                else
                        episodes->list[kept++] = *e;
        }
        episodes->n = kept;
}

static usec_t end_of(const Episode *e) {
        return e->to > 0 ? e->to : USEC_INFINITY;
}

void episodes_match(Episodes *simulated, Episodes *real) {
        size_t first = 0;

        for (size_t i = 0; i < simulated->n; i++) {
                Episode *s = &simulated->list[i];
                /* What lies before this one lies before all that follow, too. */
                while (first < real->n) {
                        int order = strcmp(real->list[first].identity, s->identity);
                        if (order > 0 || (order == 0 && end_of(&real->list[first]) >= s->from))
                                break;
                        first++;
                }
                for (size_t k = first; k < real->n; k++) {
                        Episode *r = &real->list[k];
                        if (strcmp(r->identity, s->identity) != 0 || r->from > end_of(s))
                                break;
                        if (!s->matched)
                                s->other = k;
                        s->matched = r->matched = true;
                }
        }
}

void episodes_done(Episodes *episodes) {
        for (size_t i = 0; i < episodes->n; i++)
                free(episodes->list[i].identity);
        free(episodes->list);
        *episodes = (Episodes){};
}
