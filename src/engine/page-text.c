/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "base/duration.h"
#include "base/stamp.h"
#include "base/text.h"
#include "core/notice.h"

#include <math.h>
#include <string.h>

/* Most bytes of one text on a page. */
#define TEXT_MAX ((size_t)4096)

usec_t page_real_time(void) {
        static const Clock real = { .rate = 1 };

        return clock_boot(&real);
}

static const char *entity(char c) {
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        }
        return NULL;
}

/* Whether a text needs no look at its characters: most do not. */
static bool is_plain(const char *text, size_t size) {
        if (size > TEXT_MAX)
                return false;
        for (size_t i = 0; i < size; i++)
                if (text[i] < ' ' || text[i] > '~')
                        return false;
        return true;
}

static void add_markup(StrBuf *b, const char *text, size_t size) {
        size_t from = 0;

        for (size_t i = 0; i < size; i++) {
                const char *as = entity(text[i]);
                if (!as)
                        continue;
                strbuf_add(b, text + from, i - from);
                strbuf_adds(b, as);
                from = i + 1;
        }
        strbuf_add(b, text + from, size - from);
}

void page_escape(StrBuf *b, const char *text) {
        _cleanup_strbuf_ StrBuf clean = {};
        size_t size = text ? strlen(text) : 0;

        if (is_plain(text, size)) {
                add_markup(b, text, size);
                return;
        }
        text_clean(&clean, text, size, TEXT_MAX);
        if (clean.error < 0)
                b->error = clean.error;
        add_markup(b, strbuf_text(&clean), clean.size);
}

void page_foreign(StrBuf *b, const char *text) {
        _cleanup_strbuf_ StrBuf safe = {};

        if (!text)
                return;
        text_escape(&safe, text, strlen(text), TEXT_MAX);
        if (safe.error < 0)
                b->error = safe.error;
        page_escape(b, strbuf_text(&safe));
}

void page_time(Page *p, usec_t wall) {
        if (wall == 0 || wall == USEC_INFINITY) {
                strbuf_adds(p->b, "never");
                return;
        }
        strbuf_adds(p->b, "<time datetime=\"");
        stamp_format_utc(p->b, wall);
        strbuf_adds(p->b, "\">");
        stamp_format_local(p->b, wall, p->now.wall);
        strbuf_adds(p->b, "</time>");
}

void page_since(Page *p, usec_t wall) {
        strbuf_adds(p->b, "since ");
        page_time(p, wall);
        if (wall == 0 || wall > p->now.wall)
                return;
        strbuf_adds(p->b, " (");
        page_span(p->b, (double)(p->now.wall - wall) / (double)USEC_PER_SEC);
        strbuf_addc(p->b, ')');
}

void page_span(StrBuf *b, double seconds) {
        /* Seconds of what lasts longer tell nobody anything. */
        if (seconds >= 600)
                seconds -= fmod(seconds, 60);
        if (!(seconds >= 0))
                strbuf_adds(b, "unknown");
        else
                duration_format(b, (usec_t)floor(fmin(seconds, 1e10)) * USEC_PER_SEC);
}

void page_value(StrBuf *b, const Metric *row, double value) {
        if (isnan(value))
                strbuf_adds(b, "unknown");
        else
                notice_format_value(b, row, value);
}

void page_domain_link(Page *p, const char *name) {
        strbuf_addf(p->b, "<a href=\"%sdomain/", p->root);
        page_escape(p->b, name);
        strbuf_adds(p->b, "\">");
        page_escape(p->b, name);
        strbuf_adds(p->b, "</a>");
}

static void add_runbook(Page *p, const char *url) {
        bool link = strncasecmp(url, "https://", strlen("https://")) == 0 ||
                    strncasecmp(url, "http://", strlen("http://")) == 0;

        if (!link) {
                strbuf_adds(p->b, "runbook: ");
                page_escape(p->b, url);
                return;
        }
        strbuf_adds(p->b, "<a rel=\"noreferrer\" href=\"");
        page_escape(p->b, url);
        strbuf_adds(p->b, "\">runbook</a>");
}

void page_people(Page *p, const char *owner, const char *group, const char *runbook) {
        if (owner) {
                strbuf_adds(p->b, "<span>owner ");
                page_escape(p->b, owner);
                strbuf_adds(p->b, "</span>");
        }
        if (group) {
                strbuf_adds(p->b, "<span>group ");
                page_escape(p->b, group);
                strbuf_adds(p->b, "</span>");
        }
        if (runbook) {
                strbuf_adds(p->b, "<span>");
                add_runbook(p, runbook);
                strbuf_adds(p->b, "</span>");
        }
}
