/* SPDX-License-Identifier: MIT */
#include "engine/alertmanager-internal.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/announce.h"
#include "engine/standing.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define API_PATH "/api/v2/alerts"

/* What the name of AlertmanagerServer.mark begins with. */
#define ALERTMANAGER_MARK "alertmanager-"

/* --- what there is to say ------------------------------------------------------------------- */

Level alertmanager_level(const Standing *s) {
        if (s->removed)
                return LEVEL_OK;
        return s->voice.flapping ? MAX(s->voice.told, LEVEL_WARNING) : s->voice.told;
}

/* Follows the wall clock, so that a start that cannot read what the one before left has greater
 * ones. */
static uint64_t next_change(Alertmanagers *all, Moment now) {
        all->change = MAX(all->change + 1, now.wall);
        return all->change;
}

static bool levels_are_labels(const Alertmanagers *all) {
        for (size_t i = 0; i < all->n; i++)
                if (all->servers[i]->severity_label)
                        return true;
        return false;
}

static Event event_of(const Standing *s, Level before, Level level) {
        if (s->voice.flapping)
                return EVENT_FLAPPING;
        if (level == LEVEL_OK)
                return EVENT_CLEARED;
        return level > before ? EVENT_WORSENED : EVENT_EASED;
}

/* What flaps may not be bad just now. */
static usec_t since_of(const Standing *s, usec_t wall) {
        return s->alert.since > 0 ? s->alert.since : wall;
}

/* The alert is over, or what is known of it by its level's label is. */
static void note_end(Alertmanagers *all, const Tell *tell, Level before, Level level, Moment now) {
        const Standing *s = tell->standing;
        End end = {
                .since = s->shown_since,
                .at = now.wall,
                .level = (uint8_t)before,
                .of_level = level != LEVEL_OK,
        };
        Notice notice;

        if (end.of_level && !levels_are_labels(all))
                return;
        announce_fill(s, event_of(s, before, level), before, now, &notice);
        notice.level = s->voice.told;
        if (tell->reason)
                notice.reason = tell->reason;
        ends_note(all, next_change(all, now), &end, &notice);
}

void alertmanagers_note(Monitor *m, const Tell *tell, Moment now) {
        Alertmanagers *all = m->alertmanagers;
        Standing *s = tell->standing;
        Level before = (Level)s->shown, level = alertmanager_level(s);

        if (!all)
                return;
        s->shown = (uint8_t)level;
        if (before == LEVEL_OK)
                s->shown_since = since_of(s, now.wall);
        /* What stands as before is posted again anyway. */
        if (level == before && (tell->event == EVENT_REMINDER || level == LEVEL_OK))
                return;
        if (before != LEVEL_OK && level != before)
                note_end(all, tell, before, level, now);
        if (level != LEVEL_OK)
                s->change = next_change(all, now);
}

void alertmanagers_note_closed(Monitor *m, const Notice *notice, Moment now) {
        Alertmanagers *all = m->alertmanagers;
        End end = {
                .since = notice->since,
                .at = now.wall,
                .level = (uint8_t)notice->previous,
        };

        if (all)
                ends_note(all, next_change(all, now), &end, notice);
}

/* --- what outlives the process -------------------------------------------------------------- */

/* How far each server is, and none that the configuration has no more (NULL = it has none). */
static void put_marks(const Alertmanagers *all, Store *store) {
        store_drop_numbers(store, ALERTMANAGER_MARK);
        for (size_t i = 0; all && i < all->n; i++)
                store_put_number(store, all->servers[i]->mark, all->servers[i]->taken);
}

/* How far it was; one that nobody knows yet needs only what stands. */
static void server_recall(AlertmanagerServer *server, Store *store) {
        uint64_t mark = store_number(store, server->mark);

        if (server->known)
                return;
        if (mark > 0 && mark <= INT64_MAX)
                server->taken = mark;
        server->known = true;
        server->all->change = MAX(server->all->change, server->taken);
}

static int restore_end(void *userdata, const EndRow *row) {
        return ends_restore(&((Alertmanagers *)userdata)->ends, row);
}

/* Servers come to know of it as it is now. */
static void adopt_standing(Standing *s, void *userdata) {
        const Moment *now = userdata;

        s->change = 0;
        s->shown = (uint8_t)alertmanager_level(s);
        s->shown_since = since_of(s, now->wall);
}

/* One that they were let know of stays as they know it. */
static void adopt_restored(Standing *s, void *userdata) {
        if (s->change == 0)
                adopt_standing(s, userdata);
}

int alertmanagers_restore(Monitor *m, Store *store, Moment now) {
        static const StoreReader reader = { .end = restore_end };
        Alertmanagers *all = m->alertmanagers;

        if (!all) {
                if (m->store)
                        alertmanagers_persist(m);
                return 0;
        }
        int r = store_read(store, &reader, all);
        if (r < 0)
                return r;
        all->change = MAX(all->change, all->ends.last);
        for (size_t i = 0; i < all->n; i++)
                server_recall(all->servers[i], store);
        if (m->store)
                put_marks(all, m->store);
        standing_each(m, adopt_restored, &now);
        ends_trim(all);
        return 0;
}

void alertmanagers_persist(const Monitor *m) {
        const Alertmanagers *all = m->alertmanagers;

        store_drop_ends(m->store, UINT64_MAX);
        for (const End *end = all ? all->ends.first : NULL; end; end = end->next)
                ends_put(end, m->store);
        put_marks(all, m->store);
}

/* --- the servers ---------------------------------------------------------------------------- */

static AlertmanagerServer *server_free(AlertmanagerServer *s) {
        if (!s)
                return NULL;
        http_cancel(s->call);
        if (s->all)
                schedule_remove(&s->all->monitor->due, &s->item);
        strbuf_done(&s->body);
        free(s->url);
        free(s->path);
        free(s->ca_file);
        free(s->proxy);
        free(s->username);
        secret_free(s->password);
        free(s->problem);
        free(s);
        return NULL;
}
DEFINE_CLEANUP(AlertmanagerServer *, server_free)

/* A copy of a text that may be NULL; false without memory. */
static bool copy_text(char **to, const char *text) {
        *to = text ? strdup(text) : NULL;
        return !text || *to;
}

static AlertmanagerServer *server_new(const AlertmanagerSettings *settings) {
        const Endpoint *endpoint = &settings->endpoint;
        _cleanup_(server_freep) AlertmanagerServer *s = calloc(1, sizeof(*s));

        if (!s || !copy_text(&s->url, endpoint->url) ||
            !copy_text(&s->ca_file, endpoint->ca_file) || !copy_text(&s->proxy, endpoint->proxy) ||
            !copy_text(&s->username, settings->username))
                return NULL;
        if (settings->password)
                s->password = secret_new(settings->password->text, settings->password->size);
        if (asprintf(&s->path, "%s" API_PATH, s->url) < 0) {
                s->path = NULL;
                return NULL;
        }
        if (settings->password && !s->password)
                return NULL;
        s->endpoint = (Endpoint){ s->url, s->ca_file, s->proxy, endpoint->timeout };
        s->resend = settings->resend;
        s->severity_label = settings->severity_label;
        snprintf(s->mark, sizeof(s->mark), ALERTMANAGER_MARK "%016" PRIx64,
                 text_hash(s->url, strlen(s->url)));
        return TAKE_PTR(s);
}

/* It is the same server: what is known of it stays, but that it failed is no reason to wait any
 * longer after a reload. */
static void server_inherit(AlertmanagerServer *s, AlertmanagerServer *old) {
        s->taken = old->taken;
        s->known = old->known;
        s->last = old->last;
        s->failed = old->failed;
        s->posts = old->posts;
        s->failures = old->failures;
        s->failures_in_row = old->failures_in_row;
        s->problem = TAKE_PTR(old->problem);
        s->told_away = old->told_away;
        s->told_refused = old->told_refused;
}

static void servers_free(AlertmanagerServer **servers, size_t n) {
        for (size_t i = 0; servers && i < n; i++)
                server_free(servers[i]);
        free(servers);
}

/* Gives every new server the past of the old one with its address, or none. */
static void servers_inherit(Alertmanagers *all, AlertmanagerServer **servers, size_t n) {
        for (size_t i = 0; i < n; i++) {
                AlertmanagerServer *s = servers[i];
                s->all = all;
                s->taken = all->change;
                s->known = all->monitor->store; /* which has none of it: put_marks() */
                for (size_t k = 0; k < all->n; k++)
                        if (streq(all->servers[k]->url, s->url)) {
                                server_inherit(s, all->servers[k]);
                                break;
                        }
        }
}

static Alertmanagers *alertmanagers_new(Monitor *m, Moment now) {
        Alertmanagers *all = calloc(1, sizeof(*all));

        if (!all)
                return NULL;
        all->monitor = m;
        all->change = now.wall;
        standing_each(m, adopt_standing, &now);
        return all;
}

void alertmanagers_configure(Monitor *m, Moment now) {
        const Config *config = m->config;
        size_t n = config->n_alertmanagers, made = 0;

        if (n == 0) {
                bool had = m->alertmanagers;
                m->alertmanagers = alertmanagers_free(m->alertmanagers);
                if (had && m->store)
                        alertmanagers_persist(m);
                return;
        }
        AlertmanagerServer **servers = calloc(n, sizeof(AlertmanagerServer *));
        for (; servers && made < n; made++) {
                servers[made] = server_new(&config->alertmanagers[made]);
                if (!servers[made])
                        break;
        }
        if (made == n && !m->alertmanagers)
                m->alertmanagers = alertmanagers_new(m, now);
        if (made < n || !m->alertmanagers) {
                servers_free(servers, made);
                diag(DIAG_ERROR, "Out of memory: output.alertmanager stays as it was");
                return;
        }
        Alertmanagers *all = m->alertmanagers;
        servers_inherit(all, servers, n);
        servers_free(all->servers, all->n);
        all->servers = servers;
        all->n = n;
        if (m->store)
                put_marks(all, m->store);
        ends_trim(all);
}

void alertmanagers_turn(Monitor *m, Moment now) {
        Alertmanagers *all = m->alertmanagers;

        if (!all)
                return;
        for (size_t i = 0; i < all->n; i++)
                server_turn(all->servers[i], now);
        monitor_arm(m);
}

Alertmanagers *alertmanagers_free(Alertmanagers *all) {
        if (!all)
                return NULL;
        servers_free(all->servers, all->n);
        ends_done(&all->ends);
        free(all);
        return NULL;
}

bool alertmanagers_state(const Monitor *m, size_t i, AlertmanagerState *ret) {
        const Alertmanagers *all = m->alertmanagers;

        if (!all || i >= all->n)
                return false;
        const AlertmanagerServer *s = all->servers[i];
        *ret = (AlertmanagerState){
                .url = s->url,
                .up = s->failed > 0 ? 0
                      : s->last > 0 ? 1
                                    : -1,
                .last = s->last,
                .failed = s->failed,
                .posts = s->posts,
                .failures = s->failures,
                .words = s->failed > 0 ? (s->problem ?: "it cannot be reached") : NULL,
        };
        for (const End *end = all->ends.first; end; end = end->next)
                ret->pending += end_concerns(end, s);
        return true;
}
