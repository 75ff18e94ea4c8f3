/* SPDX-License-Identifier: MIT */
#include "engine/tell.h"

#include "base/diag.h"
#include "engine/alertmanager.h"
#include "engine/announce.h"
#include "engine/mute.h"
#include "engine/standing.h"

#include <string.h>

void tell_add(Standing *s, Event event, Level previous, const char *reason) {
        Monitor *m = s->account->monitor;

        if (m->n_tells == m->tells_allocated) {
                size_t room = MAX(2 * m->tells_allocated, (size_t)16);
                Tell *tells = realloc(m->tells, room * sizeof(*tells));
                if (!tells) {
                        diag(DIAG_ERROR, "Out of memory: a change of %s/%s/%s is not told",
                             source_name(s->account->ops->id),
                             account_target_name(s->account, s->domain), standing_metric(s)->name);
                        return;
                }
                m->tells = tells;
                m->tells_allocated = room;
        }
        m->tells[m->n_tells++] = (Tell){ s, event, previous, reason };
        s->tells++;
}

static void tell_voice(Standing *s, Event event, const char *reason, Moment now) {
        Policy policy = standing_policy(s);
        Level previous;

        mute_update(s, now);
        Event said = voice_event(&s->voice, &policy, event, s->alert.level, now, &previous);
        if (said != EVENT_NONE)
                tell_add(s, said, previous, reason);
}

void tell_change(Standing *s, Event event, const char *reason, Moment now) {
        tell_voice(s, event, reason, now);
}

void tell_reminder(Standing *s, Moment now) {
        tell_voice(s, EVENT_REMINDER, NULL, now);
}

/* Alike: what one record can tell. */
static int tell_compare(const Tell *a, const Tell *b) {
        const Standing *s = a->standing, *t = b->standing;

        if (s->account != t->account)
                return s->account < t->account ? -1 : 1;
        if ((s->domain == NAMES_NONE) != (t->domain == NAMES_NONE))
                return s->domain == NAMES_NONE ? -1 : 1;
        if (s->metric != t->metric)
                return s->metric < t->metric ? -1 : 1;
        if (a->event != b->event)
                return a->event < b->event ? -1 : 1;
        if (s->alert.level != t->alert.level)
                return s->alert.level < t->alert.level ? -1 : 1;
        if (a->previous != b->previous)
                return a->previous < b->previous ? -1 : 1;
        if (a->reason != b->reason)
                return !a->reason || (b->reason && strcmp(a->reason, b->reason) < 0) ? -1 : 1;
        return 0;
}

/* The order of a qsort() that is to keep equals in the order in which they came. */
static int tell_order(const void *a, const void *b) {
        const Tell *x = a, *y = b;
        int order = tell_compare(x, y);

        if (order != 0)
                return order;
        return x->standing->domain < y->standing->domain   ? -1
               : x->standing->domain > y->standing->domain ? 1
                                                           : 0;
}

static void tell_alike(const Tell *tells, size_t n, Moment now) {
        const Standing *first = tells[0].standing;
        uint32_t over = first->account->rules->policy.group_over;

        if (first->domain != NAMES_NONE && over > 0 && n > over) {
                announce_group(tells, n, now);
                return;
        }
        for (size_t i = 0; i < n; i++)
                announce_alert(tells[i].standing, tells[i].event, tells[i].previous,
                               tells[i].reason, now);
}

void tell_flush(Monitor *m, Moment now) {
        size_t n = m->n_tells;

        if (n > 1)
                qsort(m->tells, n, sizeof(*m->tells), tell_order);
        for (size_t i = 0, end; i < n; i = end) {
                for (end = i + 1; end < n && tell_compare(&m->tells[i], &m->tells[end]) == 0;)
                        end++;
                tell_alike(m->tells + i, end - i, now);
        }
        m->n_tells = 0;
        for (size_t i = 0; i < n; i++) {
                Standing *s = m->tells[i].standing;
                alertmanagers_note(m, &m->tells[i], now);
                /* More than one may be about it; the last one ends it. */
                if (--s->tells == 0)
                        standing_settle(s, now);
        }
}
