/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "base/duration.h"
#include "engine/api-target.h"
#include "engine/place.h"

#include <errno.h>
#include <string.h>

static void add_head(Page *p, const Domain *d, PageState worst) {
        StrBuf *b = p->b;

        strbuf_addf(b, "<nav aria-label=\"Way back\"><a href=\"%s\">All domains</a></nav>\n<h1>",
                    p->root);
        page_escape(b, d->name);
        strbuf_addc(b, ' ');
        page_badge(b, worst);
        strbuf_adds(b, "</h1>\n");
        if (d->owner || d->group || d->runbook) {
                strbuf_adds(b, "<p class=\"facts\">");
                page_people(p, d->owner, d->group, d->runbook);
                strbuf_adds(b, "</p>\n");
        }
}

/* One source of the domain: how it stands, since when, and when it goes on. */
static void add_source(Page *p, Account *a, uint32_t domain) {
        const Target *t = account_target(a, domain);
        const char *unknown = subject_unknown(a, domain, p->now);
        double age = subject_age(a, domain, p->now);
        usec_t next = target_next(t, account_closed_until(a, p->now), p->now);
        StrBuf *b = p->b;

        strbuf_addf(b, "<tr><th scope=\"row\">%s ", source_name(a->ops->id));
        page_escape(b, a->name);
        strbuf_adds(b, "</th><td>");
        page_badge(b, page_domain_state(a, domain, p->now));
        if (unknown)
                strbuf_addf(b, " %s", unknown);
        else if (!a->symantec && t->outcome != OUTCOME_OK)
                strbuf_addf(b, " %s", outcome_info((Outcome)t->outcome)->words);
        strbuf_adds(b, "</td><td>");
        page_span(b, age);
        strbuf_adds(b, "</td><td>");
        page_time(p, t->last_result);
        strbuf_adds(b, "</td><td>");
        if (t->run)
                strbuf_adds(b, "running");
        else if (next > 0)
                page_time(p, next);
        else
                strbuf_adds(b, "not planned");
        strbuf_adds(b, "</td></tr>\n");
}

static void add_sources(Page *p, uint32_t index) {
        strbuf_adds(p->b, "<section aria-labelledby=\"h-sources\"><h2 id=\"h-sources\">Sources</h2>"
                          "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                          "aria-labelledby=\"h-sources\"><table>"
                          "<thead><tr><th scope=\"col\">Source</th><th scope=\"col\">State</th>"
                          "<th scope=\"col\">Age of the data</th><th scope=\"col\">Last result</th>"
                          "<th scope=\"col\">Next run</th></tr></thead><tbody>\n");
        for (SourceId source = 0; source < SOURCE_VENDORS; source++) {
                uint32_t domain;
                Account *a = place_source(p->m, index, source, &domain);
                if (a)
                        add_source(p, a, domain);
        }
        strbuf_adds(p->b, "</tbody></table></div></section>\n");
}

static void add_now(Page *p, const Domain *d, PageState worst) {
        PageCounts counts = {};

        strbuf_adds(p->b, "<section id=\"now\" aria-labelledby=\"h-now\"><h2 id=\"h-now\">Now</h2>"
                          "\n");
        if (page_alerts(p, d, &counts) == 0 && worst == STATE_OK)
                strbuf_adds(p->b, "<p>Nothing is wrong.</p>\n");
        else if (worst == STATE_UNKNOWN)
                strbuf_adds(p->b, "<p>How the domain stands is not known: see Sources.</p>\n");
        strbuf_adds(p->b, "</section>\n");
}

/* --- in pieces ----------------------------------------------------------------------------- */

typedef enum Piece {
        PIECE_CHARTS, /* again and again, until their history is read */
        PIECE_RECORDS,
        PIECE_VALUES,
        PIECE_DONE,
} Piece;

typedef struct Stream {
        Page page;
        StrBuf made;
        size_t sent; /* of made */
        Piece next;
        uint64_t reloads; /* after another one all pointers are others */
        uint32_t index;
        PageCharts *charts;
} Stream;

static void stream_free(void *userdata) {
        Stream *s = userdata;

        strbuf_done(&s->made);
        free(s->charts);
        free(s);
}

/* Whether the charts are done. */
static bool step_charts(Stream *s) {
        uint32_t domain;
        Account *a = place_source(s->page.m, s->index, SOURCE_SYMANTEC, &domain);

        if (!a)
                return true;
        if (!s->charts)
                s->charts = page_charts_new(a, domain, s->page.now.wall);
        if (!s->charts) {
                s->made.error = -ENOMEM;
                return true;
        }
        if (!page_charts_read(s->charts, a, domain)) {
                strbuf_addc(&s->made, '\n'); /* nothing at all would be the end */
                return false;
        }
        page_charts(&s->page, s->charts, a, domain);
        return true;
}

static void step_records(Stream *s) {
        const Domain *d = &s->page.m->config->domains[s->index];
        uint32_t domain;
        Account *immuniweb = place_source(s->page.m, s->index, SOURCE_IMMUNIWEB, &domain);

        if (immuniweb)
                page_report(&s->page, immuniweb, domain);
        page_events(&s->page, d);
        if (immuniweb)
                page_evidence(&s->page, d);
}

static void step_values(Stream *s) {
        for (SourceId source = 0; source < SOURCE_VENDORS; source++) {
                uint32_t domain;
                Account *a = place_source(s->page.m, s->index, source, &domain);
                if (a)
                        page_values(&s->page, a, domain);
        }
        page_end(&s->page);
}

static void stream_step(Stream *s) {
        if (s->page.m->counters.reloads != s->reloads) {
                strbuf_adds(&s->made, "<p>The configuration was read anew meanwhile: the rest is "
                                      "missing here.</p>\n");
                page_end(&s->page);
                s->next = PIECE_DONE;
                return;
        }
        switch (s->next) {
        case PIECE_CHARTS:
                if (step_charts(s))
                        s->next = PIECE_RECORDS;
                return;
        case PIECE_RECORDS:
                step_records(s);
                s->next = PIECE_VALUES;
                return;
        case PIECE_VALUES:
                step_values(s);
                s->next = PIECE_DONE;
                return;
        case PIECE_DONE:
                return;
        }
}

static ssize_t stream_read(void *userdata, char *buffer, size_t size) {
        Stream *s = userdata;

        while (s->sent == s->made.size) {
                if (s->next == PIECE_DONE)
                        return 0;
                strbuf_reset(&s->made);
                s->sent = 0;
                stream_step(s);
                if (s->made.error < 0)
                        return s->made.error;
        }
        size_t n = MIN(size, s->made.size - s->sent);
        memcpy(buffer, s->made.data + s->sent, n);
        s->sent += n;
        return (ssize_t)n;
}

void page_domain(Page *p, const Domain *d, WebStream *ret) {
        uint32_t index = (uint32_t)(d - p->m->config->domains);
        PageState states[SOURCE_VENDORS], worst = page_states(p, index, states);
        _cleanup_strbuf_ StrBuf title = {};

        Stream *s = calloc(1, sizeof(*s));
        if (!s) {
                p->b->error = -ENOMEM;
                return;
        }
        s->page = *p;
        s->page.request = NULL; /* it ends before the page does */
        s->page.b = &s->made;
        s->index = index;
        s->reloads = p->m->counters.reloads;
        *ret = (WebStream){ stream_read, stream_free, s };

        strbuf_addf(&title, "%s: %s - mailsecd", d->name, page_state_name(worst));
        page_begin(&s->page, strbuf_text(&title), worst);
        add_head(&s->page, d, worst);
        add_now(&s->page, d, worst);
        add_sources(&s->page, index);
}
