/* SPDX-License-Identifier: MIT */
#include "engine/simulate-real.h"

#include "base/text.h"
#include "core/outcome.h"
#include "core/record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names of domains in one record (announce_group() writes 20). */
#define GROUP_NAMES_MAX 64

/* One record about one alert. */
typedef struct Fact {
        char *identity;
        const Metric *metric;
        uint64_t sequence;
        usec_t at;
        Event event;
        Level level;
        double value;
        bool at_once;
} Fact;

typedef struct Log {
        RealHistory *real;
        Fact *facts;
        size_t n, allocated;
} Log;

/* Room for one more fact. */
static int make_room(Log *log) {
        if (log->n < log->allocated)
                return 0;
        size_t room = MAX(2 * log->allocated, (size_t)16);
        Fact *facts = reallocarray(log->facts, room, sizeof(*facts));
        if (!facts)
                return -ENOMEM;
        log->facts = facts;
        log->allocated = room;
        return 0;
}

/* The value of a field of a record, or "". */
static const char *field(const EventRow *row, const char *name) {
        const char *value = record_find(row->data, row->size, name);

        return value ? value : "";
}

static Event event_of(const char *name) {
        for (Event event = EVENT_NONE + 1; event < _EVENT_MAX; event++)
                if (streq(event_name(event), name ? name : ""))
                        return event;
        return EVENT_NONE;
}

static Level level_of(const char *name) {
        Level level = LEVEL_OK;

        (void)level_find(name, &level);
        return level;
}

static bool tells_of_alert(Event event) {
        return event_is_alert(event) && event != EVENT_CHANGED;
}

/* As in engine/judge.c: what will not mend by itself speaks at once. */
static bool reason_is_at_once(const char *reason) {
        for (Outcome outcome = OUTCOME_OK + 1; outcome < _OUTCOME_MAX; outcome++) {
                const OutcomeInfo *info = outcome_info(outcome);
                if (streq(info->reason, reason))
                        return outcome_speaks_at_once(outcome);
        }
        return false;
}

static const MetricSet *set_of(const char *source, Scope scope) {
        for (SourceId id = 0; id < _SOURCE_MAX; id++)
                if (streq(source_name(id), source))
                        return metric_set(id, scope);
        return NULL;
}

static const Metric *metric_of(const EventRow *row, bool of_domain) {
        const MetricSet *set =
                set_of(field(row, "MAILSEC_SOURCE"), of_domain ? SCOPE_DOMAIN : SCOPE_ACCOUNT);
        size_t i = set ? metric_find(set, field(row, "MAILSEC_METRIC")) : SIZE_MAX;

        return i == SIZE_MAX ? NULL : &set->metrics[i];
}

static int add_fact(Log *log, const EventRow *row, Event event, const char *identity,
                    const Metric *metric) {
        const char *number = field(row, "MAILSEC_VALUE");
        char *end;
        double value = strtod(number, &end);

        int r = make_room(log);
        if (r < 0)
                return r;
        char *copy = strdup(identity);
        if (!copy)
                return -ENOMEM;
        log->facts[log->n++] = (Fact){
                .identity = copy,
                .metric = metric,
                .sequence = row->sequence,
                .at = row->at,
                .event = event,
                .level = level_of(row->level),
                .value = end > number && isfinite(value) ? value : NAN,
                .at_once = reason_is_at_once(field(row, "MAILSEC_REASON")),
        };
        return 0;
}

static int add_group(RealHistory *real, const Metric *metric, Event event, usec_t at) {
        GroupTold *groups = reallocarray(real->groups, real->n_groups + 1, sizeof(*groups));
        if (!groups)
                return -ENOMEM;
        real->groups = groups;
        groups[real->n_groups++] = (GroupTold){ metric, event, at };
        return 0;
}

/* A record about many domains: one fact for each that it names. */
static int take_group(Log *log, const EventRow *row, Event event) {
        const char *source = field(row, "MAILSEC_SOURCE"), *metric = field(row, "MAILSEC_METRIC");
        unsigned long count = strtoul(field(row, "MAILSEC_COUNT"), NULL, 10);
        const Metric *known = metric_of(row, true);
        unsigned long named = 0;

        for (const char *name = field(row, "MAILSEC_DOMAINS"); *name && named < GROUP_NAMES_MAX;) {
                size_t size = strcspn(name, " ");
                _cleanup_strbuf_ StrBuf identity = { .max = RECORD_VALUE_MAX };
                strbuf_addf(&identity, "%s/%.*s/%s", source, (int)MIN(size, (size_t)300), name,
                            metric);
                int r = identity.error < 0 ? identity.error
                                           : add_fact(log, row, event, identity.data, known);
                if (r < 0 && r != -E2BIG)
                        return r;
                named++;
                name += size + strspn(name + size, " ");
        }
        return named < count && known ? add_group(log->real, known, event, row->at) : 0;
}

static int take_event(void *userdata, const EventRow *row) {
        Log *log = userdata;
        RealHistory *real = log->real;
        Event event = event_of(row->event);

        if (real->oldest == 0 || row->at < real->oldest)
                real->oldest = row->at;
        if (event == EVENT_STARTED) {
                usec_t *starts = reallocarray(real->starts, real->n_starts + 1, sizeof(*starts));
                if (!starts)
                        return -ENOMEM;
                real->starts = starts;
                starts[real->n_starts++] = row->at;
        }
        if (!tells_of_alert(event) ||
            streq(field(row, "MAILSEC_SOURCE"), source_name(SOURCE_MAILSECD)))
                return 0;
        if (*field(row, "MAILSEC_COUNT"))
                return take_group(log, row, event);
        if (!*row->identity)
                return 0;
        return add_fact(log, row, event, row->identity,
                        metric_of(row, *field(row, "MAILSEC_DOMAIN")));
}

static int compare_facts(const void *a, const void *b) {
        const Fact *x = a, *y = b;
        int order = strcmp(x->identity, y->identity);

        if (order != 0)
                return order;
        return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* The last record of `event` about a group that may hold the alert, from `from` to `to`; 0 = there
 * is none. */
static usec_t group_last(const RealHistory *real, const Metric *metric, Event event, usec_t from,
                         usec_t to) {
        for (size_t i = real->n_groups; i > 0; i--) {
                const GroupTold *g = &real->groups[i - 1];
                if (g->metric == metric && g->event == event && g->at >= from && g->at <= to)
                        return g->at;
        }
        return 0;
}

/* Since when something is told of which no record named the alert: a group's, or one that the log
 * has no more (0). */
static usec_t begin_unseen(const RealHistory *real, const Fact *facts, size_t i) {
        const Fact *f = &facts[i];
        usec_t after = i > 0 ? facts[i - 1].at : 0;

        return group_last(real, f->metric, EVENT_RAISED, after, f->at) ?: (i > 0 ? f->at : 0);
}

/* Turns the facts of one alert, oldest first, into episodes. */
static int fold_alert(RealHistory *real, const Fact *facts, size_t n) {
        size_t open = 0;

        for (size_t i = 0; i < n; i++) {
                const Fact *f = &facts[i];
                Telling telling = {
                        .identity = f->identity,
                        .metric = f->metric,
                        .event = f->event,
                        .level = f->level,
                        .flapping = f->event == EVENT_FLAPPING,
                        .at = f->at,
                        .from = begin_unseen(real, facts, i),
                };
                size_t place = open;
                int r = episodes_tell(&real->episodes, &open, &telling);
                if (r < 0)
                        return r;
                if (place == 0)
                        place = open > 0 ? open : real->episodes.n;
                Episode *e = &real->episodes.list[place - 1];
                if (f->level > LEVEL_OK)
                        episode_value(e, f->value);
                if (f->event == EVENT_RAISED)
                        e->at_once = f->at_once;
        }
        if (open == 0)
                return 0;
        Episode *last = &real->episodes.list[open - 1];
        last->to = group_last(real, last->metric, EVENT_CLEARED, facts[n - 1].at, USEC_INFINITY);
        return 0;
}

static int fold(Log *log) {
        int r = 0;

        if (log->n > 1)
                qsort(log->facts, log->n, sizeof(*log->facts), compare_facts);
        for (size_t i = 0, end; i < log->n && r >= 0; i = end) {
                for (end = i + 1;
                     end < log->n && streq(log->facts[i].identity, log->facts[end].identity);)
                        end++;
                r = fold_alert(log->real, log->facts + i, end - i);
        }
        return r;
}

int real_read(Store *store, RealHistory *ret) {
        RealHistory real = {};
        Log log = { .real = &real };

        int r = store_read_events(store, &(EventFilter){}, take_event, &log);
        if (r >= 0)
                r = fold(&log);
        for (size_t i = 0; i < log.n; i++)
                free(log.facts[i].identity);
        free(log.facts);
        if (r < 0) {
                real_done(&real);
                return r;
        }
        episodes_sort(&real.episodes);
        *ret = real;
        return 0;
}

/* The first episode of the alert that begins at `from` or later, or the list's end. */
static size_t episode_find(const Episodes *episodes, const char *identity, usec_t from) {
        size_t low = 0, high = episodes->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const Episode *e = &episodes->list[middle];
                int order = strcmp(e->identity, identity);
                if (order < 0 || (order == 0 && e->from < from))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

bool real_at_once(const RealHistory *real, const char *identity, usec_t at) {
        /* Both times are of the same turn of the daemon's loop, but kept with different digits. */
        size_t i =
                episode_find(&real->episodes, identity, at > USEC_PER_SEC ? at - USEC_PER_SEC : 0);
        const Episode *e = i < real->episodes.n ? &real->episodes.list[i] : NULL;

        return e && streq(e->identity, identity) && e->from <= at + USEC_PER_SEC && e->at_once;
}

bool real_in_group(const RealHistory *real, const Metric *metric, usec_t from, usec_t to) {
        return group_last(real, metric, EVENT_RAISED, from, to) > 0;
}

bool real_is_outage(const RealHistory *real, usec_t from, usec_t to, usec_t most) {
        if (to <= from || to - from <= most)
                return false;
        if (real->oldest == 0 || real->oldest > from)
                return true;
        for (size_t i = 0; i < real->n_starts; i++)
                if (real->starts[i] > from + most && real->starts[i] <= to)
                        return true;
        return false;
}

void real_done(RealHistory *real) {
        episodes_done(&real->episodes);
        free(real->groups);
        free(real->starts);
        *real = (RealHistory){};
}
