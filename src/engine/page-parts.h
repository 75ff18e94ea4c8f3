/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What the files of the status pages share. */

typedef struct Page {
        Monitor *m;
        const WebRequest *request;
        Moment now;
        StrBuf *b;     /* the HTML so far */
        char root[40]; /* the way up to "/": "", "../", ... */
} Page;

/* How long the pages may read the history in one turn of the loop: real time, by
 * page_real_time(). */
#define PAGE_TURN_SPAN (8 * USEC_PER_MSEC)
usec_t page_real_time(void);

/* --- text (page-text.c) ---------------------------------------------------------------------- */

/* Adds text for an element or an attribute in double or single quotes, on one safe line: of our
 * own, of the configuration, or escaped before. NULL is "". Every text goes through here. */
void page_escape(StrBuf *b, const char *text);

/* The same for what a peer said: control characters and the like become \xHH first. */
void page_foreign(StrBuf *b, const char *text);

/* A time as people say it with the exact one beside it; "never" for 0. */
void page_time(Page *p, usec_t wall);

/* "since 03:12 (2h 5min)". */
void page_since(Page *p, usec_t wall);

/* "2h 5min" of seconds, rounded down to whole ones; "unknown" for NAN. */
void page_span(StrBuf *b, double seconds);

/* "1h 12min", "3", "weakness"; "unknown" for NAN. */
void page_value(StrBuf *b, const Metric *row, double value);

/* A link to the page of a domain. */
void page_domain_link(Page *p, const char *name);

/* "owner X", "group Y", the runbook: a link where it is an http or https URL, else the text alone;
 * nothing where there is none. */
void page_people(Page *p, const char *owner, const char *group, const char *runbook);

/* --- how things stand (page-state.c) --------------------------------------------------------- */

/* Worse ones last. Unknown is never shown as good. */
typedef enum PageState {
        STATE_NONE, /* not watched by that source */
        STATE_OK,
        STATE_UNKNOWN,
        STATE_WARNING,
        STATE_CRITICAL,
        _STATE_MAX,
} PageState;

/* "ok", "unknown", ...: also a class of the style sheet. */
const char *page_state_name(PageState state);
PageState page_state_of(Level level);

/* A badge with the word. */
void page_badge(StrBuf *b, PageState state);

/* How a domain stands as one of its sources sees it: the worst level of its alerts, or whether
 * anything is known of it. */
PageState page_domain_state(Account *a, uint32_t domain, Moment now);

/* How one of Config.domains stands as each source sees it, STATE_NONE where that one does not watch
 * it. Returns the worst of them. */
PageState page_states(Page *p, uint32_t index, PageState ret[static SOURCE_VENDORS]);

/* How many domains are in which state, by their worst source. */
typedef struct PageCounts {
        uint32_t domains[_STATE_MAX];
        uint32_t alerts[_STATE_MAX]; /* that somebody has to look at */
        uint32_t known;              /* muted or acknowledged ones */
} PageCounts;

/* --- parts of pages -------------------------------------------------------------------------- */

/* Alerts of all, or of one domain: what is new first, then what somebody knows of (acknowledged,
 * muted); each worst first, then oldest. Returns how many of either were listed or left out. */
size_t page_alerts(Page *p, const Domain *only, PageCounts *counts);

/* The table of all domains, worst first, with its filter (page-list.c). `rows` is of
 * page_rows(). */
typedef struct PageRow {
        PageState state; /* the worst of: */
        PageState source[SOURCE_VENDORS];
        uint32_t index; /* in Config.domains */
} PageRow;
PageRow *page_rows(Page *p, PageCounts *counts);
void page_list(Page *p, PageRow *rows);

/* Sources, store, records and the daemon itself (page-sources.c). */
void page_sources(Page *p);
void page_daemon(Page *p);

/* Charts of queue age and message counts, with their numbers (page-charts.c). The history of 90
 * days may take longer to read than the loop should wait: page_charts_read() is called again, in
 * another turn, until it says that all is there. page_charts_new(): NULL without memory; to be
 * freed. */
typedef struct PageCharts PageCharts;
PageCharts *page_charts_new(Account *a, uint32_t domain, usec_t now);
bool page_charts_read(PageCharts *c, Account *a, uint32_t domain);
void page_charts(Page *p, const PageCharts *c, Account *a, uint32_t domain);

/* The last result of the email security test (page-report.c), and what is kept of it. */
void page_report(Page *p, Account *a, uint32_t domain);
void page_evidence(Page *p, const Domain *domain);

/* All values of a domain as one source has them; the last records about it (page-values.c). */
void page_values(Page *p, Account *a, uint32_t domain);
void page_events(Page *p, const Domain *domain);

/* Whole pages. A domain's is made in pieces. */
void page_index(Page *p);
void page_domain(Page *p, const Domain *domain, WebStream *ret);

/* The frame around them: begin, <main>'s content, end. `state` colours the tab's icon. */
void page_begin(Page *p, const char *title, PageState state);
void page_end(Page *p);
