/* SPDX-License-Identifier: MIT */
#include "engine/alertmanager-internal.h"

#include "base/diag.h"

#include <errno.h>
#include <string.h>

static void end_free(End *end) {
        record_free(end->record);
        free(end);
}

static void drop_first(Ends *ends) {
        End *end = ends->first;

        ends->first = end->next;
        if (!ends->first)
                ends->tail = NULL;
        ends->n--;
        end_free(end);
}

/* Puts it in its place; behind the last one but for what a late restore brings. */
static void insert(Ends *ends, End *end) {
        End **p = ends->tail && ends->last < end->id ? ends->tail : &ends->first;

        while (*p && (*p)->id < end->id)
                p = &(*p)->next;
        end->next = *p;
        *p = end;
        ends->n++;
        if (!end->next) {
                ends->tail = &end->next;
                ends->last = end->id;
        }
}

/* A server that was away for so long has let end what stood there by itself. */
static void keep_bound(Alertmanagers *all) {
        Ends *ends = &all->ends;
        uint64_t dropped = 0;

        while (ends->n > ALERTMANAGER_ENDS_MAX) {
                dropped = ends->first->id;
                drop_first(ends);
        }
        if (dropped == 0)
                return;
        if (all->monitor->store)
                store_drop_ends(all->monitor->store, dropped);
        if (!ends->overflow)
                diag(DIAG_WARNING,
                     "More than %u ends of alerts wait for an Alertmanager: the oldest are "
                     "forgotten, those alerts expire there by themselves",
                     ALERTMANAGER_ENDS_MAX);
        ends->overflow = true;
}

void ends_put(const End *end, Store *store) {
        store_put_end(store, &(EndRow){
                                     .id = end->id,
                                     .of_level = end->of_level,
                                     .level = end->level,
                                     .since = end->since,
                                     .at = end->at,
                                     .data = end->record->data,
                                     .size = end->record->size,
                             });
}

void ends_note(Alertmanagers *all, uint64_t id, const End *end, const Notice *notice) {
        End *kept = malloc(sizeof(*kept));
        int r = kept ? notice_record(notice, &kept->record) : -ENOMEM;

        if (r < 0) {
                free(kept);
                diag(DIAG_ERROR, "The end of an alert is not kept for Alertmanager: %s",
                     strerror(-r));
                return;
        }
        Record *record = kept->record;
        *kept = *end;
        kept->record = record;
        kept->id = id;
        insert(&all->ends, kept);
        if (all->monitor->store)
                ends_put(kept, all->monitor->store);
        keep_bound(all);
}

int ends_restore(Ends *ends, const EndRow *row) {
        for (const End *end = ends->first; end && ends->last >= row->id; end = end->next)
                if (end->id == row->id)
                        return 0; /* read before */
        End *end = malloc(sizeof(*end));
        if (!end)
                return -ENOMEM;
        *end = (End){
                .id = row->id,
                .since = row->since,
                .at = row->at,
                .level = (uint8_t)row->level,
                .of_level = row->of_level,
        };
        int r = record_new(row->id, 6, row->data, row->size, &end->record);
        if (r < 0) {
                free(end);
                return r == -ENOMEM ? r : 0; /* no record: damage that nothing can be made of */
        }
        insert(ends, end);
        return 0;
}

void ends_trim(Alertmanagers *all) {
        Ends *ends = &all->ends;
        uint64_t taken = UINT64_MAX;

        for (size_t i = 0; i < all->n; i++)
                taken = MIN(taken, all->servers[i]->taken);
        if (!ends->first || ends->first->id > taken)
                return;
        while (ends->first && ends->first->id <= taken)
                drop_first(ends);
        ends->overflow = ends->overflow && ends->first;
        if (all->monitor->store)
                store_drop_ends(all->monitor->store, taken);
}

void ends_done(Ends *ends) {
        while (ends->first)
                drop_first(ends);
}

bool end_concerns(const End *end, const AlertmanagerServer *server) {
        return end->id > server->taken && (!end->of_level || server->severity_label);
}
