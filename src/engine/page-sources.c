/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "engine/api-target.h"
#include "engine/status.h"

#include <inttypes.h>

/* --- sources ------------------------------------------------------------------------------- */

static void add_times(Page *p, Account *a) {
        usec_t next, last;

        account_times(a, p->now, &next, &last);
        strbuf_adds(p->b, "<td>");
        page_time(p, last);
        strbuf_adds(p->b, "</td><td>");
        if (a->running > 0 && a->symantec)
                strbuf_adds(p->b, "running");
        else if (next != USEC_INFINITY)
                page_time(p, next);
        else
                strbuf_adds(p->b, a->running > 0 ? "running" : "not planned");
        strbuf_adds(p->b, "</td>");
}

static void add_tests(Page *p, Account *a) {
        uint32_t left = budget_left(&a->budget, p->now.wall);

        if (!a->immuniweb) {
                strbuf_adds(p->b, "<td></td>");
                return;
        }
        if (a->immuniweb->daily_tests == 0)
                strbuf_addf(p->b, "<td>no limit, %" PRIu32 " running</td>", a->running);
        else
                strbuf_addf(p->b, "<td>%" PRIu32 " of %" PRIu32 " left, %" PRIu32 " running</td>",
                            left, a->immuniweb->daily_tests, a->running);
}

static void add_account(Page *p, Account *a) {
        StrBuf *b = p->b;

        strbuf_addf(b, "<tr><th scope=\"row\">%s ", source_name(a->ops->id));
        page_escape(b, a->name);
        strbuf_adds(b, "</th><td>");
        page_badge(b, account_up(a) > 0   ? STATE_OK
                      : account_up(a) < 0 ? STATE_UNKNOWN
                                          : STATE_CRITICAL);
        strbuf_adds(b, "</td><td>");
        if (a->failures > 0) {
                const OutcomeInfo *info = outcome_info(a->outcome);
                strbuf_addf(b, "%s, %u failure%s in a row", info->words, (unsigned)a->failures,
                            a->failures == 1 ? "" : "s");
                if (info->advice)
                        strbuf_addf(b, "; %s", info->advice);
        } else {
                strbuf_adds(b, account_up(a) < 0 ? "no answer yet" : "answers");
        }
        strbuf_adds(b, "</td>");
        add_times(p, a);
        strbuf_addf(b, "<td class=\"number\">%" PRIu32 "</td>", a->n);
        add_tests(p, a);
        strbuf_adds(b, "</tr>\n");
}

void page_sources(Page *p) {
        strbuf_adds(
                p->b,
                "<section aria-labelledby=\"h-sources\"><h2 id=\"h-sources\">Sources</h2>\n"
                "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"h-sources\">"
                "<table><thead><tr><th scope=\"col\">Source</th>"
                "<th scope=\"col\">State</th><th scope=\"col\">In words</th>"
                "<th scope=\"col\">Last result</th><th scope=\"col\">Next run</th>"
                "<th scope=\"col\" class=\"number\">Domains</th><th scope=\"col\">Tests</th>"
                "</tr></thead><tbody>\n");
        for (uint32_t i = 0; i < monitor_vendors(p->m); i++)
                add_account(p, &p->m->accounts[i]);
        strbuf_adds(p->b, "</tbody></table></div></section>\n");
}

/* --- the daemon itself --------------------------------------------------------------------- */

static void add_name(StrBuf *b, const char *name) {
        strbuf_addf(b, "<div><dt>%s</dt><dd>", name);
}

static void add_config(Page *p) {
        const Health *h = &p->m->health;

        add_name(p->b, "Configuration");
        page_escape(p->b, h->config_path);
        strbuf_adds(p->b, ", loaded ");
        page_time(p, h->config_loaded);
        if (h->config_refused > 0) {
                strbuf_adds(p->b, "; <strong>a reload was refused ");
                page_time(p, h->config_refused);
                strbuf_adds(p->b, "</strong>: ");
                page_escape(p->b, h->config_problem);
        }
        strbuf_adds(p->b, "</dd></div>\n");
}

static void add_store(Page *p) {
        add_name(p->b, "State");
        if (p->m->store) {
                StoreFigures figures = {};
                store_figures(p->m->store, &figures);
                strbuf_addf(p->b, "kept, %.1f MiB", (double)figures.file_bytes / (1 << 20));
        } else {
                strbuf_adds(p->b, "<strong>in memory only</strong>");
                if (p->m->health.store_problem) {
                        strbuf_adds(p->b, ": ");
                        page_escape(p->b, p->m->health.store_problem);
                }
        }
        strbuf_adds(p->b, "</dd></div>\n");
}

static void add_records(Page *p) {
        Monitor *m = p->m;
        uint64_t queued = monitor_queued(m);

        add_name(p->b, "Records");
        strbuf_addf(p->b, "%" PRIu64 " sent to ", sinks_sent(m->sinks));
        page_escape(p->b, sinks_describe(m->sinks));
        if (queued > 0)
                strbuf_addf(p->b, ", %" PRIu64 " waiting", queued);
        if (m->health.lost_in_all > 0)
                strbuf_addf(p->b, ", <strong>%" PRIu64 " lost</strong>", m->health.lost_in_all);
        strbuf_addf(p->b, "; the last one is number %" PRIu64 "</dd></div>\n", m->sequence);
}

void page_daemon(Page *p) {
        StrBuf *b = p->b;

        strbuf_adds(b,
                    "<section aria-labelledby=\"h-daemon\"><h2 id=\"h-daemon\">Daemon</h2><dl>\n");
        add_name(b, "Version");
        page_escape(b, VERSION);
        strbuf_adds(b, ", running ");
        page_since(p, p->m->health.started);
        strbuf_adds(b, "</dd></div>\n");
        add_config(p);
        add_store(p);
        add_records(p);
        strbuf_adds(b, "</dl></section>\n");
}
