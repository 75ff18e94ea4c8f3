/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "base/stamp.h"
#include "base/text.h"
#include "core/record.h"
#include "engine/api-target.h"
#include "engine/standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_LISTED 50u

/* Records that one page looks through, from the newest back. */
#define EVENTS_LOOKED UINT64_C(10000)

/* --- all values ---------------------------------------------------------------------------- */

static void add_limit(StrBuf *b, const Metric *row, double value) {
        strbuf_adds(b, "<td class=\"number\">");
        if (!isnan(value))
                page_value(b, row, value);
        strbuf_adds(b, "</td>");
}

static void add_value(Page *p, Account *a, uint32_t domain, size_t metric, const LastValues *last) {
        const MetricSet *set = account_set(a, domain);
        const Metric *row = &set->metrics[metric];
        const RuleSet *rules = account_rules(a, domain);
        const Limit *limit = &rules->limits[metric];
        const Standing *s = standing_find(&a->subjects[domain], metric);
        Level level = s && !s->removed ? s->alert.level : LEVEL_OK;
        double value = last->values[metric];
        StrBuf *b = p->b;

        strbuf_addf(b, "<tr><th scope=\"row\"><code>%s</code> <small>", row->name);
        page_escape(b, row->help);
        strbuf_adds(b, "</small></th><td class=\"number\">");
        page_value(b, row, value);
        if (last->earlier[metric]) {
                strbuf_adds(b, " <small>measured ");
                page_time(p, last->at[metric]);
                strbuf_adds(b, "</small>");
        }
        strbuf_adds(b, "</td>");
        add_limit(b, row, limit->warning);
        add_limit(b, row, limit->critical);
        strbuf_adds(b, "<td>");
        if (limit_is_set(limit))
                /* What an earlier run measured says nothing of now. */
                page_badge(b, level == LEVEL_OK && (isnan(value) || last->earlier[metric])
                                      ? STATE_UNKNOWN
                                      : page_state_of(level));
        strbuf_adds(b, "</td></tr>\n");
}

void page_values(Page *p, Account *a, uint32_t domain) {
        const char *source = source_name(a->ops->id);
        LastValues last;

        account_last_values(a, domain, p->now, &last);
        strbuf_addf(
                p->b,
                "<section aria-labelledby=\"h-values-%s\"><h2 id=\"h-values-%s\">All values: %s"
                "</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                "aria-labelledby=\"h-values-%s\"><table><thead><tr><th scope=\"col\">Metric</th>"
                "<th scope=\"col\" class=\"number\">Value</th>"
                "<th scope=\"col\" class=\"number\">Warning</th>"
                "<th scope=\"col\" class=\"number\">Critical</th>"
                "<th scope=\"col\">Level</th></tr></thead><tbody>\n",
                source, source, source, source);
        for (size_t i = 0; i < account_set(a, domain)->n; i++)
                add_value(p, a, domain, i, &last);
        strbuf_adds(p->b, "</tbody></table></div></section>\n");
}

/* --- the last records ---------------------------------------------------------------------- */

typedef struct Events {
        Page *page;
        const char *name;
        size_t n;
} Events;

static const char *field(const EventRow *row, const char *name) {
        return record_find(row->data, row->size, name);
}

/* Whether it is about that domain, alone or with others. */
static bool is_about(const EventRow *row, const char *name) {
        const char *domain = field(row, "MAILSEC_DOMAIN"), *all = field(row, "MAILSEC_DOMAINS");
        size_t n = strlen(name);

        if (domain && streq(domain, name))
                return true;
        for (const char *p = all; p && *p; p += strspn(p, " ")) {
                size_t word = strcspn(p, " ");
                if (word == n && memcmp(p, name, n) == 0)
                        return true;
                p += word;
        }
        return false;
}

static PageState state_of(const EventRow *row) {
        Level level;

        return level_find(row->level, &level) ? page_state_of(level) : STATE_NONE;
}

static void add_event(Page *p, const EventRow *row) {
        const char *stamp = field(row, "MAILSEC_SINCE");
        usec_t since = 0;
        StrBuf *b = p->b;

        if (stamp)
                (void)stamp_parse_utc(stamp, &since);
        strbuf_adds(b, "<tr><th scope=\"row\">");
        page_time(p, row->at);
        strbuf_adds(b, "</th><td>");
        page_escape(b, row->event);
        strbuf_adds(b, "</td><td>");
        if (state_of(row) != STATE_NONE)
                page_badge(b, state_of(row));
        strbuf_adds(b, "</td><td>");
        page_escape(b, field(row, "MESSAGE"));
        strbuf_adds(b, "</td><td>");
        if (since > 0 && since <= row->at) {
                page_time(p, since);
                strbuf_adds(b, ", ");
                page_span(b, (double)(row->at - since) / (double)USEC_PER_SEC);
        }
        strbuf_adds(b, "</td></tr>\n");
}

static int take_event(void *userdata, const EventRow *row) {
        Events *e = userdata;

        if (!is_about(row, e->name))
                return 0;
        if (e->n++ == 0)
                strbuf_adds(e->page->b, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                                        "aria-labelledby=\"h-events\"><table><thead><tr>"
                                        "<th scope=\"col\">When</th><th scope=\"col\">Event</th>"
                                        "<th scope=\"col\">Level</th><th scope=\"col\">Message</th>"
                                        "<th scope=\"col\">Since, for</th></tr></thead><tbody>\n");
        add_event(e->page, row);
        return e->n == EVENTS_LISTED;
}

void page_events(Page *p, const Domain *d) {
        const Monitor *m = p->m;
        Events e = { p, d->name, 0 };
        EventFilter filter = {
                .after = m->sequence > EVENTS_LOOKED ? m->sequence - EVENTS_LOOKED : 0,
                .newest_first = true,
        };

        strbuf_adds(p->b, "<section aria-labelledby=\"h-events\"><h2 id=\"h-events\">Alert history"
                          "</h2>\n");
        int r = m->store ? store_read_events(m->store, &filter, take_event, &e) : 0;
        if (e.n > 0)
                strbuf_adds(p->b, "</tbody></table></div>\n");
        else if (!m->store || r < 0)
                strbuf_adds(p->b, "<p>Records cannot be read: state is not kept.</p>\n");
        else
                strbuf_adds(p->b, "<p>There is none.</p>\n");
        if (e.n == EVENTS_LISTED)
                strbuf_addf(p->b,
                            "<p>The newest %u; <code>mailsecctl events</code> has all."
                            "</p>\n",
                            EVENTS_LISTED);
        strbuf_adds(p->b, "</section>\n");
}
