/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "engine/api-target.h"

#include <inttypes.h>

/* Why nothing is known of some domains: each account that does not answer. */
static void add_silent_accounts(Page *p) {
        for (uint32_t i = 0; i < monitor_vendors(p->m); i++) {
                const Account *a = &p->m->accounts[i];
                int up = account_up(a);
                if (up > 0)
                        continue;
                strbuf_addf(p->b, "<li>%s account ", source_name(a->ops->id));
                page_escape(p->b, a->name);
                strbuf_adds(p->b, ": ");
                page_escape(p->b, up < 0 ? "no answer yet" : outcome_info(a->outcome)->words);
                strbuf_adds(p->b, "</li>");
        }
}

static bool some_are_silent(const Monitor *m) {
        for (uint32_t i = 0; i < monitor_vendors(m); i++)
                if (account_up(&m->accounts[i]) <= 0)
                        return true;
        return false;
}

static void add_count(StrBuf *b, uint32_t n, const char *one, const char *many) {
        strbuf_addf(b, "%" PRIu32 " %s", n, n == 1 ? one : many);
}

/* What is not known, as loudly as what is wrong. */
static void add_unknown(Page *p, const PageCounts *counts) {
        uint32_t unknown = counts->domains[STATE_UNKNOWN];

        if (unknown == 0 && !some_are_silent(p->m))
                return;
        strbuf_adds(p->b, "<div class=\"banner unknown\" role=\"note\"><p>");
        page_badge(p->b, STATE_UNKNOWN);
        if (unknown > 0) {
                strbuf_adds(p->b, " How ");
                add_count(p->b, unknown, "domain stands", "domains stand");
                strbuf_adds(p->b, " is not known now.");
        } else {
                strbuf_adds(p->b, " Not every source answers.");
        }
        strbuf_adds(p->b, "</p><ul>");
        add_silent_accounts(p);
        strbuf_adds(p->b, "</ul></div>\n");
}

static void add_good(Page *p, const PageCounts *counts) {
        uint32_t all = p->m->config->n_domains;

        if (counts->domains[STATE_UNKNOWN] == all)
                return;
        if (counts->domains[STATE_UNKNOWN] > 0 || some_are_silent(p->m)) {
                strbuf_adds(p->b, "<p>Of what is known, nothing is wrong.</p>\n");
                return;
        }
        strbuf_adds(p->b, "<div class=\"banner ok\"><p>");
        page_badge(p->b, STATE_OK);
        strbuf_adds(p->b, " Nothing is wrong: ");
        add_count(p->b, all, "domain is", "domains are");
        strbuf_adds(p->b, " within all limits, as far as values are known.</p></div>\n");
}

static void add_heading(Page *p, const PageCounts *counts) {
        uint32_t critical = counts->alerts[STATE_CRITICAL];
        uint32_t warning = counts->alerts[STATE_WARNING];
        StrBuf *b = p->b;

        strbuf_adds(b, "<h1 id=\"h-now\">");
        if (critical + warning > 0) {
                strbuf_adds(b, "Wrong now: ");
                if (critical > 0)
                        strbuf_addf(b, "%" PRIu32 " critical%s", critical, warning > 0 ? ", " : "");
                if (warning > 0)
                        strbuf_addf(b, "%" PRIu32 " warning%s", warning, warning == 1 ? "" : "s");
        } else if (counts->domains[STATE_UNKNOWN] == p->m->config->n_domains) {
                strbuf_adds(b, "Nothing is known yet");
        } else if (counts->known > 0) {
                strbuf_adds(b, "Nothing new is wrong");
        } else {
                strbuf_adds(b, "Mail domains");
        }
        strbuf_adds(b, "</h1>\n");
}

static void add_title(StrBuf *b, const PageCounts *counts) {
        if (counts->alerts[STATE_CRITICAL] > 0)
                strbuf_addf(b, "%" PRIu32 " critical", counts->alerts[STATE_CRITICAL]);
        if (counts->alerts[STATE_WARNING] > 0)
                strbuf_addf(b, "%s%" PRIu32 " warning", b->size > 0 ? ", " : "",
                            counts->alerts[STATE_WARNING]);
        if (counts->domains[STATE_UNKNOWN] > 0)
                strbuf_addf(b, "%s%" PRIu32 " unknown", b->size > 0 ? ", " : "",
                            counts->domains[STATE_UNKNOWN]);
        if (b->size == 0 && counts->known > 0)
                strbuf_addf(b, "nothing new (%" PRIu32 " known)", counts->known);
        strbuf_adds(b, b->size > 0 ? " - mailsecd" : "ok - mailsecd");
}

static PageState worst_of(const PageCounts *counts) {
        for (PageState state = STATE_CRITICAL; state > STATE_OK; state--)
                if (counts->alerts[state] > 0 || counts->domains[state] > 0)
                        return state;
        return STATE_OK;
}

void page_index(Page *p) {
        _cleanup_strbuf_ StrBuf alerts = {}, title = {};
        PageCounts counts = {};
        StrBuf *b = p->b;

        _cleanup_free_ PageRow *rows = page_rows(p, &counts);
        if (!rows)
                return;
        p->b = &alerts; /* what stands above them tells how many there are */
        size_t n = page_alerts(p, NULL, &counts);
        p->b = b;
        add_title(&title, &counts);
        page_begin(p, strbuf_text(&title), worst_of(&counts));
        strbuf_adds(b, "<section id=\"now\" aria-labelledby=\"h-now\">");
        add_heading(p, &counts);
        add_unknown(p, &counts);
        if (n > 0)
                strbuf_adds(b, strbuf_text(&alerts));
        else
                add_good(p, &counts);
        if (alerts.error < 0)
                b->error = alerts.error;
        strbuf_adds(b, "</section>\n");
        page_list(p, rows);
        page_sources(p);
        page_daemon(p);
        page_end(p);
}
