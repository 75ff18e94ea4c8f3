/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "base/text.h"
#include "core/chart.h"
#include "engine/api-target.h"
#include "engine/page-spark.h"
#include "engine/place.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Rows of one page: more than that no browser lays out at once without a wait. */
#define ROWS_MAX 1000u

#define QUERY_MAX ((size_t)100)

/* --- which domains, and in what order ------------------------------------------------------ */

typedef struct Order {
        const Domain *domains;
} Order;

static int row_order(const void *a, const void *b, void *userdata) {
        const PageRow *x = a, *y = b;
        const Order *order = userdata;

        if (x->state != y->state)
                return x->state > y->state ? -1 : 1;
        return strcmp(order->domains[x->index].name, order->domains[y->index].name);
}

PageRow *page_rows(Page *p, PageCounts *counts) {
        const Config *config = p->m->config;
        PageRow *rows = calloc(MAX(config->n_domains, 1u), sizeof(*rows));

        if (!rows) {
                p->b->error = -ENOMEM;
                return NULL;
        }
        for (uint32_t i = 0; i < config->n_domains; i++) {
                PageRow *row = &rows[i];
                row->index = i;
                row->state = page_states(p, i, row->source);
                counts->domains[row->state]++;
        }
        Order order = { config->domains };
        qsort_r(rows, config->n_domains, sizeof(*rows), row_order, &order);
        return rows;
}

static bool has(const char *text, const char *needle) {
        return text && text_contains(text, strlen(text), needle);
}

static bool is_asked_for(const Config *config, const PageRow *row, const char *needle) {
        const Domain *d = &config->domains[row->index];

        return !*needle || has(d->name, needle) || has(d->owner, needle) || has(d->group, needle) ||
               has(page_state_name(row->state), needle);
}

/* --- a row --------------------------------------------------------------------------------- */

typedef struct List {
        const PageSparks *sparks;
        bool columns[SOURCE_VENDORS];
        size_t oldest[2]; /* in, out */
        size_t messages[2];
} List;

static double limit_in_sight(const RuleSet *rules, const size_t *metrics) {
        double in = rules->limits[metrics[0]].warning, out = rules->limits[metrics[1]].warning;

        /* Where both directions have limits of their own the milder one is drawn. */
        return fmin(in, out);
}

static void add_spark(Page *p, const List *list, const Account *a, uint32_t domain,
                      uint32_t index) {
        const RuleSet *rules = account_rules(a, domain);
        double values[DAY_SPARK_N], peak = NAN;

        if (!page_spark_read(list->sparks, index, p->now.wall, values)) {
                strbuf_adds(p->b, "<td><span class=\"none\">no history</span></td>");
                return;
        }
        for (size_t i = 0; i < DAY_SPARK_N; i++)
                peak = fmax(peak, values[i]);
        strbuf_adds(p->b, "<td class=\"day\">");
        chart_spark(p->b, values, DAY_SPARK_N, rules->interval / DAY_SPARK_STEP + 1,
                    limit_in_sight(rules, list->oldest));
        strbuf_adds(p->b, isnan(peak) ? "<small>" : "<small>up to ");
        page_span(p->b, peak);
        strbuf_adds(p->b, "</small></td>");
}

/* "1h 12min, 40 messages" of one direction. */
static void add_queue(Page *p, const List *list, Account *a, uint32_t domain, size_t direction) {
        double oldest = account_value(a, domain, list->oldest[direction], p->now);
        double messages = account_value(a, domain, list->messages[direction], p->now);

        strbuf_addf(p->b, "<td class=\"number\" data-is=\"%s\">", direction == 0 ? "in" : "out");
        if (isnan(oldest)) {
                strbuf_adds(p->b, "<span class=\"none\">unknown</span></td>");
                return;
        }
        page_span(p->b, oldest);
        if (!isnan(messages))
                strbuf_addf(p->b, " <small>%.0f</small>", messages);
        strbuf_adds(p->b, "</td>");
}

static void add_queues(Page *p, const List *list, const PageRow *row) {
        uint32_t domain;
        Account *a = place_source(p->m, row->index, SOURCE_SYMANTEC, &domain);

        strbuf_adds(p->b, "<td data-is=\"queues\">");
        page_badge(p->b, row->source[SOURCE_SYMANTEC]);
        strbuf_adds(p->b, "</td>");
        if (!a) {
                strbuf_adds(p->b, "<td></td><td></td><td></td>");
                return;
        }
        add_queue(p, list, a, domain, 0);
        add_queue(p, list, a, domain, 1);
        add_spark(p, list, a, domain, row->index);
}

static void add_security(Page *p, const PageRow *row) {
        uint32_t domain;
        Account *a = place_source(p->m, row->index, SOURCE_IMMUNIWEB, &domain);

        strbuf_adds(p->b, "<td data-is=\"security\">");
        page_badge(p->b, row->source[SOURCE_IMMUNIWEB]);
        if (a) {
                double age = subject_age(a, domain, p->now);
                if (!isnan(age)) {
                        strbuf_adds(p->b, " <small>");
                        page_span(p->b, age);
                        strbuf_adds(p->b, "</small>");
                }
        }
        strbuf_adds(p->b, "</td>");
}

static void add_row(Page *p, const List *list, const PageRow *row) {
        const Domain *d = &p->m->config->domains[row->index];
        StrBuf *b = p->b;

        strbuf_adds(b, "<tr><th scope=\"row\">");
        page_domain_link(p, d->name);
        if (d->owner || d->group) {
                strbuf_adds(b, " <small>");
                page_escape(b, d->group);
                strbuf_adds(b, d->owner && d->group ? ", " : "");
                page_escape(b, d->owner);
                strbuf_adds(b, "</small>");
        }
        strbuf_adds(b, "</th>");
        if (list->columns[SOURCE_SYMANTEC])
                add_queues(p, list, row);
        if (list->columns[SOURCE_IMMUNIWEB])
                add_security(p, row);
        strbuf_adds(b, "</tr>\n");
}

/* --- the table ----------------------------------------------------------------------------- */

static void add_head(Page *p, const List *list) {
        strbuf_adds(p->b, "<div class=\"wide\"><table id=\"domains\"><thead><tr>"
                          "<th scope=\"col\">Domain</th>");
        if (list->columns[SOURCE_SYMANTEC])
                strbuf_adds(p->b, "<th scope=\"col\">Queues</th>"
                                  "<th scope=\"col\" class=\"number\">Inbound <small>age, "
                                  "messages</small></th>"
                                  "<th scope=\"col\" class=\"number\">Outbound <small>age, "
                                  "messages</small></th>"
                                  "<th scope=\"col\">Queue age <small>24 hours</small></th>");
        if (list->columns[SOURCE_IMMUNIWEB])
                strbuf_adds(
                        p->b,
                        "<th scope=\"col\">Email security <small>age of the result</small></th>");
        strbuf_adds(p->b, "</tr></thead><tbody>\n");
}

static void add_filter(Page *p, const char *query, uint32_t found) {
        strbuf_adds(p->b, "<form id=\"filter\" role=\"search\" method=\"get\" action=\"./\">"
                          "<label for=\"q\">Filter</label> <input id=\"q\" name=\"q\" "
                          "type=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
                          "placeholder=\"name, group, owner or level\" value=\"");
        page_escape(p->b, query);
        strbuf_adds(p->b, "\"> <button>Show</button> <output id=\"found\" for=\"q\">");
        strbuf_addf(p->b, "%" PRIu32 " of %" PRIu32 " domains</output></form>\n", found,
                    p->m->config->n_domains);
}

/* "1 to 1000 of 10000, next": pages keep the filter. */
static void add_pages(Page *p, const char *query, uint32_t number, uint32_t found) {
        uint32_t pages = (found + ROWS_MAX - 1) / ROWS_MAX;

        if (pages < 2)
                return;
        strbuf_adds(p->b, "<nav class=\"pages\" aria-label=\"Pages of domains\">");
        for (uint32_t i = 1; i <= pages; i++) {
                if (i == number) {
                        strbuf_addf(p->b, "<b aria-current=\"page\">%" PRIu32 "</b> ", i);
                        continue;
                }
                _cleanup_strbuf_ StrBuf form = {};
                if (*query)
                        text_add_form(&form, "q", query);
                strbuf_addf(p->b, "<a href=\"?%s%spage=%" PRIu32 "\">%" PRIu32 "</a> ",
                            strbuf_text(&form), *query ? "&amp;" : "", i, i);
        }
        strbuf_adds(p->b, "</nav>\n");
}

/* What was asked for, in lower case. */
static void read_query(const Page *p, StrBuf *ret, uint32_t *ret_number) {
        const char *query = web_query(p->request, "q"), *number = web_query(p->request, "page");
        size_t size = query ? strnlen(query, QUERY_MAX) : 0;

        while (size > 0 && isspace((unsigned char)*query)) {
                query++;
                size--;
        }
        while (size > 0 && isspace((unsigned char)query[size - 1]))
                size--;
        for (size_t i = 0; i < size; i++)
                strbuf_addc(ret, (char)tolower((unsigned char)query[i]));
        long n = number && strlen(number) < 6 ? strtol(number, NULL, 10) : 1;
        *ret_number = n > 0 ? (uint32_t)n : 1;
}

static void list_init(Page *p, List *ret) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const Config *config = p->m->config;

        *ret = (List){
                .sparks = config->n_symantec > 0 ? page_sparks(p->m, p->now) : NULL,
                .oldest = { metric_find(set, "inbound_oldest"),
                            metric_find(set, "outbound_oldest") },
                .messages = { metric_find(set, "inbound_messages"),
                              metric_find(set, "outbound_messages") },
        };
        for (uint32_t i = 0; i < monitor_vendors(p->m); i++)
                ret->columns[p->m->accounts[i].ops->id] = true;
}

void page_list(Page *p, PageRow *rows) {
        const Config *config = p->m->config;
        _cleanup_strbuf_ StrBuf query = {};
        uint32_t number, found = 0;
        List list;

        read_query(p, &query, &number);
        const char *needle = strbuf_text(&query);
        for (uint32_t i = 0; i < config->n_domains; i++)
                if (is_asked_for(config, &rows[i], needle))
                        rows[found++] = rows[i];
        number = MIN(number, (found + ROWS_MAX - 1) / ROWS_MAX);
        uint32_t first = number > 0 ? (number - 1) * ROWS_MAX : 0;
        uint32_t end = MIN(found, first + ROWS_MAX);

        list_init(p, &list);
        strbuf_adds(p->b, "<section aria-labelledby=\"h-domains\"><h2 id=\"h-domains\">Domains</h2>"
                          "\n");
        add_filter(p, needle, found);
        add_pages(p, needle, number, found);
        add_head(p, &list);
        for (uint32_t i = first; i < end; i++)
                add_row(p, &list, &rows[i]);
        strbuf_adds(p->b, "</tbody></table></div>\n");
        add_pages(p, needle, number, found);
        strbuf_adds(p->b, "</section>\n");
}
