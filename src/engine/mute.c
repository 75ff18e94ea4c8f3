/* SPDX-License-Identifier: MIT */
#include "engine/mute.h"

#include "base/diag.h"
#include "base/zone.h"
#include "core/quiet.h"
#include "engine/persist.h"
#include "engine/standing.h"
#include "engine/tell.h"

#include <errno.h>
#include <inttypes.h>

/* Ends are wall clock, which may be set: they are looked for this often. */
#define LOOK_EVERY USEC_PER_MIN

static const QuietWindow *window_find(const Monitor *m, const char *identity) {
        for (uint32_t i = 0; m->windows_active && i < m->config->n_quiet; i++)
                if (m->windows_active[i] && glob_matches(m->config->quiet[i].match, identity))
                        return &m->config->quiet[i];
        return NULL;
}

static bool is_muted(const Standing *s, usec_t wall) {
        const Monitor *m = s->account->monitor;
        _cleanup_strbuf_ StrBuf identity = {};

        if (m->silences.n == 0 && !m->windows_active)
                return false;
        standing_identity(s, &identity);
        return silences_find(&m->silences, strbuf_text(&identity), wall) ||
               window_find(m, strbuf_text(&identity));
}

void mute_update(Standing *s, Moment now) {
        if (!s->voice.muted && is_muted(s, now.wall))
                s->voice.muted = true;
}

static void review_standing(Standing *s, void *userdata) {
        const Moment *now = userdata;
        Policy policy = standing_policy(s);
        Level previous;
        bool muted = is_muted(s, now->wall);

        if (muted == s->voice.muted)
                return;
        Event event = voice_mute(&s->voice, &policy, muted, s->alert.level, *now, &previous);
        if (event != EVENT_NONE && !(event == EVENT_REMINDER && (s->ack || s->tells > 0)))
                tell_add(s, event, previous, "unmuted");
        standing_settle(s, *now);
}

static void windows_look(Monitor *m, Moment now) {
        for (uint32_t i = 0; i < m->config->n_quiet; i++) {
                const QuietWindow *w = &m->config->quiet[i];
                m->windows_active[i] = quiet_is_active(w, zone_local(w->timezone, now.wall));
        }
}

static usec_t next_look(const Monitor *m, Moment now) {
        usec_t wall = silences_next_end(&m->silences, now.wall);

        for (uint32_t i = 0; i < m->config->n_quiet; i++)
                wall = MIN(wall, quiet_next_change(&m->config->quiet[i], now.wall, zone_local));
        if (wall == USEC_INFINITY)
                return wall;
        return MIN(moment_to_boot(now, wall), now.boot + LOOK_EVERY);
}

/* Forgets silences that are over. */
static void silences_trim(Monitor *m, Moment now) {
        for (size_t i = m->silences.n; i > 0; i--) {
                uint64_t id = m->silences.list[i - 1].id;
                if (m->silences.list[i - 1].until > now.wall)
                        continue;
                silences_remove(&m->silences, id);
                persist_drop_silence(m, id);
        }
}

void mute_review(Monitor *m, Moment now) {
        if (m->config->n_quiet > 0 && !m->windows_active)
                m->windows_active = calloc(m->config->n_quiet, sizeof(*m->windows_active));
        if (m->config->n_quiet > 0 && !m->windows_active)
                diag(DIAG_ERROR, "Out of memory: no quiet window holds");
        if (m->windows_active)
                windows_look(m, now);
        silences_trim(m, now);
        standing_each(m, review_standing, &now);
        usec_t next = next_look(m, now);
        if (next == USEC_INFINITY)
                schedule_remove(&m->due, &m->mute);
        else
                monitor_queue(m, &m->mute, ITEM_MUTE, MAX(next, now.boot + USEC_PER_MSEC));
}

bool mute_describe(const Monitor *m, const char *identity, usec_t wall, StrBuf *b) {
        const Silence *silence = silences_find(&m->silences, identity, wall);
        const QuietWindow *window = silence ? NULL : window_find(m, identity);

        if (silence)
                strbuf_addf(b, "silence %" PRIu64 ": %s", silence->id, silence->comment);
        else if (window)
                strbuf_addf(b, "window %s", window->name);
        return silence || window;
}

int mute_add(Monitor *m, const Silence *silence, Moment now, uint64_t *ret_id) {
        Silence made = *silence;

        made.id = m->last_silence + 1;
        made.created = now.wall;
        int r = silences_add(&m->silences, &made);
        if (r < 0)
                return r;
        m->last_silence = made.id;
        persist_silence(m, &made);
        mute_review(m, now);
        *ret_id = made.id;
        return 0;
}

bool mute_remove(Monitor *m, uint64_t id, Moment now) {
        if (!silences_remove(&m->silences, id))
                return false;
        persist_drop_silence(m, id);
        mute_review(m, now);
        return true;
}
