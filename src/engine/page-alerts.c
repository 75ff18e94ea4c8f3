/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "base/text.h"
#include "engine/announce.h"
#include "engine/api-alerts.h"
#include "engine/api-target.h"
#include "engine/mute.h"

#include <errno.h>
#include <string.h>

/* More than this nobody reads; the domains below are in the order of what is wrong with them. */
#define LISTED_MAX 100u

/* Somebody knows of it, or said that it does not matter now. */
static bool is_known(const Standing *s) {
        return s->ack || s->voice.muted;
}

/* The sentence of a record of it, without the name in front, which stands there as a link. */
static void add_words(Page *p, const Notice *notice) {
        _cleanup_strbuf_ StrBuf message = {};
        Notice bare = *notice;

        bare.owner = bare.runbook = NULL; /* they stand below, as does: */
        bare.since = 0;
        notice_message(&message, &bare);
        if (message.error < 0)
                p->b->error = message.error;
        const char *text = strbuf_text(&message);
        size_t n = strlen(notice->target);
        if (notice->set->scope == SCOPE_DOMAIN && strncmp(text, notice->target, n) == 0 &&
            startswith(text + n, ": ")) {
                page_domain_link(p, notice->target);
                strbuf_adds(p->b, ": ");
                text += n + 2;
        }
        page_escape(p->b, text);
}

static void add_ack(Page *p, const Ack *ack) {
        strbuf_adds(p->b, "<span class=\"mark\">acknowledged by ");
        page_escape(p->b, ack->by);
        if (ack->comment && *ack->comment) {
                strbuf_adds(p->b, ": ");
                page_escape(p->b, ack->comment);
        }
        if (ack->until != USEC_INFINITY) {
                strbuf_adds(p->b, ", until ");
                page_time(p, ack->until);
        }
        strbuf_adds(p->b, "</span>");
}

static void add_marks(Page *p, const Standing *s) {
        _cleanup_strbuf_ StrBuf identity = {}, words = {};

        if (s->ack)
                add_ack(p, s->ack);
        if (s->voice.muted) {
                standing_identity(s, &identity);
                mute_describe(p->m, strbuf_text(&identity), p->now.wall, &words);
                strbuf_adds(p->b, "<span class=\"mark\">muted by ");
                page_escape(p->b, words.size > 0 ? strbuf_text(&words) : "a rule that just ended");
                strbuf_adds(p->b, "</span>");
        }
        if (s->voice.flapping)
                strbuf_adds(p->b, "<span class=\"mark\">flapping</span>");
}

static void add_alert(Page *p, const Standing *s) {
        StrBuf *b = p->b;
        Notice notice;

        announce_fill(s, s->voice.flapping ? EVENT_FLAPPING : EVENT_RAISED, s->voice.told, p->now,
                      &notice);
        PageState state = page_state_of(standing_level(s));
        strbuf_addf(b, "<li class=\"alert %s\">", page_state_name(state));
        page_badge(b, state);
        strbuf_adds(b, "<div><p class=\"what\">");
        add_words(p, &notice);
        strbuf_adds(b, "</p>");
        if (notice.detail && *notice.detail && notice.detail != notice.words) {
                strbuf_adds(b, "<p class=\"detail\">");
                page_foreign(b, notice.detail);
                strbuf_adds(b, "</p>");
        }
        strbuf_adds(b, "<p class=\"facts\">");
        if (s->alert.since > 0) { /* what flaps may not be bad just now */
                strbuf_adds(b, "<span>");
                page_since(p, s->alert.since);
                strbuf_adds(b, "</span>");
        }
        page_people(p, notice.owner, notice.group, notice.runbook);
        if (s->measured_at > 0) {
                strbuf_adds(b, "<span>measured ");
                page_time(p, s->measured_at);
                strbuf_adds(b, "</span>");
        }
        add_marks(p, s);
        strbuf_adds(b, "</p></div></li>\n");
}

/* Whether it is one of the list that is made: of one domain, or of all. */
static bool belongs(const Standing *s, const Domain *only) {
        return !only || (s->domain != NAMES_NONE && account_domain(s->account, s->domain) == only);
}

static size_t add_list(Page *p, const Standing *const *list, size_t n, const Domain *only,
                       bool known) {
        size_t found = 0;

        for (size_t i = 0; i < n; i++) {
                if (is_known(list[i]) != known || !belongs(list[i], only))
                        continue;
                if (found == 0)
                        strbuf_adds(p->b, "<ul class=\"alerts\">\n");
                if (found++ < LISTED_MAX)
                        add_alert(p, list[i]);
        }
        if (found > 0)
                strbuf_adds(p->b, "</ul>\n");
        if (found > LISTED_MAX)
                strbuf_addf(p->b,
                            "<p>and %zu more: <code>mailsecctl alerts</code> lists them."
                            "</p>\n",
                            found - LISTED_MAX);
        return found;
}

size_t page_alerts(Page *p, const Domain *only, PageCounts *counts) {
        Api api = { .m = p->m, .request = p->request, .now = p->now };
        _cleanup_free_ const Standing **list = NULL;
        size_t n = 0;

        if (!api_collect(&api, NULL, NULL, &list, &n)) {
                p->b->error = -ENOMEM;
                return 0;
        }
        size_t found = add_list(p, list, n, only, false), known = 0;
        for (size_t i = 0; i < n; i++) {
                bool is = is_known(list[i]);
                known += is && belongs(list[i], only);
                counts->known += is;
                counts->alerts[page_state_of(standing_level(list[i]))] += !is;
        }
        if (known > 0)
                strbuf_adds(p->b, only ? "<h3>Acknowledged or muted</h3>\n"
                                       : "<h2>Acknowledged or muted</h2>\n");
        return found + add_list(p, list, n, only, true);
}
