/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "engine/api-target.h"
#include "io/evidence.h"
#include "source/immuniweb-report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

/* --- the last result ----------------------------------------------------------------------- */

static void add_grade(StrBuf *b, int grade) {
        static const char *const words[] = { "good", "information", "weakness", "failure" };
        static const char *const classes[] = { "ok", "info", "warning", "critical" };

        if (grade >= 0 && grade < (int)ELEMENTSOF(words))
                strbuf_addf(b, " <b class=\"level %s\">%s</b>", classes[grade], words[grade]);
}

static void add_item(Page *p, const ReportItem *item) {
        strbuf_addf(p->b, "<li%s><span class=\"name\">", item->nested ? " class=\"nested\"" : "");
        page_foreign(p->b, item->name);
        strbuf_adds(p->b, "</span>");
        add_grade(p->b, item->grade);
        if (*item->text) {
                strbuf_adds(p->b, " <span class=\"found\">");
                page_foreign(p->b, item->text);
                strbuf_adds(p->b, "</span>");
        }
        strbuf_adds(p->b, "</li>\n");
}

/* The vendor's colour as a word, for it does not show to everybody. */
static void add_color(StrBuf *b, double color) {
        static const char *const words[] = { "green", "blue", "orange", "red" };
        static const char *const classes[] = { "ok", "info", "warning", "critical" };

        if (!(color >= 0 && color < (double)ELEMENTSOF(words)))
                return;
        size_t i = (size_t)color;
        strbuf_addf(b, " <b class=\"level %s\">%s</b>", classes[i], words[i]);
}

static void add_part(Page *p, const ReportSection *section, ReportPart part) {
        StrBuf *b = p->b;

        strbuf_adds(b, "<article class=\"part\"><h3>");
        page_escape(b, report_part_title(part));
        add_color(b, section->color);
        if (!isnan(section->issues))
                strbuf_addf(b, " <small>%.0f issue%s</small>", section->issues,
                            section->issues >= 1 && section->issues < 2 ? "" : "s");
        strbuf_adds(b, "</h3>\n");
        if (*section->text) {
                strbuf_adds(b, "<p>");
                page_foreign(b, section->text);
                strbuf_adds(b, "</p>\n");
        }
        if (section->n == 0)
                strbuf_adds(b, "<p class=\"none\">The result tells nothing more.</p>\n");
        else
                strbuf_adds(b, "<ul>\n");
        for (size_t i = 0; i < section->n; i++)
                add_item(p, &section->items[i]);
        if (section->n > 0)
                strbuf_adds(b, "</ul>\n");
        if (section->cut)
                strbuf_adds(b, "<p>There is more of it in the vendor's result.</p>\n");
        strbuf_adds(b, "</article>\n");
}

static void add_age(Page *p, const ImmuniwebReport *report, Account *a, uint32_t domain) {
        double now = (double)p->now.wall / (double)USEC_PER_SEC;

        strbuf_adds(p->b, "<p>");
        if (report->ts > 0 && report->ts <= now) {
                strbuf_adds(p->b, "The vendor ran the test ");
                page_time(p, (usec_t)(report->ts * (double)USEC_PER_SEC));
                strbuf_adds(p->b, ", ");
                page_span(p->b, now - report->ts);
                strbuf_adds(p->b, " ago.");
        } else {
                strbuf_adds(p->b, "When the vendor ran the test is not known; the result came ");
                page_time(p, account_target(a, domain)->last_result);
                strbuf_addc(p->b, '.');
        }
        strbuf_adds(p->b, "</p>\n");
}

void page_report(Page *p, Account *a, uint32_t domain) {
        _cleanup_strbuf_ StrBuf json = {};
        ImmuniwebReport report;

        strbuf_adds(p->b, "<section aria-labelledby=\"h-security\"><h2 id=\"h-security\">"
                          "Email security</h2>\n");
        int r = evidence_result_read(p->m->config->state_dir, account_target_name(a, domain),
                                     &json);
        if (r >= 0)
                r = immuniweb_report_read(strbuf_text(&json), json.size, &report);
        if (r < 0) {
                strbuf_adds(p->b, r == -ENOENT ? "<p>There is no result of a test yet.</p>"
                                               : "<p>The last result cannot be read.</p>");
                strbuf_adds(p->b, "</section>\n");
                return;
        }
        add_age(p, &report, a, domain);
        strbuf_adds(p->b, "<div class=\"parts\">\n");
        for (ReportPart part = 0; part < _REPORT_PART_MAX; part++)
                add_part(p, &report.parts[part], part);
        strbuf_adds(p->b, "</div></section>\n");
        immuniweb_report_done(&report);
}

/* --- evidence ------------------------------------------------------------------------------ */

static void add_file(Page *p, const char *domain, const EvidenceSet *set, size_t i) {
        const struct EvidenceFile *file = &set->files[i];
        StrBuf *b = p->b;

        strbuf_addf(b, "<li><a href=\"%sevidence/", p->root);
        page_escape(b, domain);
        strbuf_addc(b, '/');
        page_escape(b, set->stamp);
        strbuf_addc(b, '/');
        page_escape(b, file->name);
        strbuf_adds(b, "\">");
        page_escape(b, file->name);
        strbuf_addf(b, "</a> <small>%" PRIu64 " KiB, SHA-256 <code>", (file->size + 1023) / 1024);
        page_escape(b, file->sha256);
        strbuf_adds(b, "</code></small></li>\n");
}

void page_evidence(Page *p, const Domain *d) {
        _cleanup_free_ EvidenceSet *sets = NULL;
        size_t n = 0;

        if (evidence_list(p->m->config->state_dir, d->name, &sets, &n) < 0 || n == 0)
                return;
        strbuf_adds(p->b, "<section aria-labelledby=\"h-evidence\"><h2 id=\"h-evidence\">Evidence"
                          "</h2>\n<p>Kept when a result got worse: the results before and after, "
                          "and the vendor's report.</p>\n");
        for (size_t i = 0; i < n; i++) {
                strbuf_adds(p->b, "<h3>");
                page_time(p, sets[i].at);
                strbuf_adds(p->b, "</h3><ul class=\"files\">\n");
                for (size_t k = 0; k < sets[i].n; k++)
                        add_file(p, d->name, &sets[i], k);
                strbuf_adds(p->b, "</ul>\n");
        }
        strbuf_adds(p->b, "</section>\n");
}
