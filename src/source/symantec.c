/* SPDX-License-Identifier: MIT */
#include "source/symantec.h"

#include "base/text.h"
#include "source/symantec-reading.h"
#include "source/symantec-stats.h"
#include "source/symantec-table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ceiling of a body (apis.md section 3 row 7): what a huge account answers, and room for a
 * pretty-printed element of every configured domain. It is never held: it bounds what a broken peer
 * can make us read. */
#define BODY_BYTES        ((size_t)8 * 1024 * 1024)
#define BODY_DOMAIN_BYTES ((size_t)4 * 1024)

/* The longest URL that is sent: what servers and proxies take is 8 KiB and up, some old ones half.
 */
#define URL_BYTES ((size_t)4096)

/* Up to so many intervals the tolerance for a head's age grows with the gap between two samples. */
#define GAP_INTERVALS 3

/* Of the vendor's own words, or of the beginning of an answer that cannot be read. */
#define TEXT_BYTES ((size_t)200)

typedef struct SymantecRun {
        const SymantecSettings *settings;
        SymantecTable *table;
        SymantecStats *stats;
        SymantecAnswer answer;
        StrBuf url;
        StrBuf text;
        uint32_t request;             /* the one under way, from 1; 0 = none yet */
        uint32_t asked;               /* domains asked for so far; all of them without a filter */
        bool begun;                   /* this document has begun a list before */
        uint32_t unconfigured_before; /* what `answer` said of names before this document */
        uint32_t named_before;
        size_t names_before;
        char *odd[_SYMANTEC_ODD_MAX];
        size_t n_odd;
} SymantecRun;

/* Of a list that is void nothing stays: neither numbers nor names. */
static void run_begin(void *userdata) {
        SymantecRun *run = userdata;
        if (run->begun) {
                symantec_table_forget(run->table, run->request);
                run->answer.unconfigured = run->unconfigured_before;
                run->answer.named = run->named_before;
                run->answer.names.size = run->names_before;
        }
        run->begun = true;
}

static int run_element(void *userdata, const SymantecElement *element) {
        SymantecRun *run = userdata;
        if (symantec_table_stage(run->table, run->request, element->name, element->name_size,
                                 element->values) == NAMES_NONE)
                symantec_answer_unconfigured(&run->answer, element->name, element->name_size);
        return 0;
}

static const SymantecSink run_sink = { run_begin, run_element };

static void *run_free(void *userdata) {
        SymantecRun *run = userdata;
        if (!run)
                return NULL;
        symantec_stats_free(run->stats);
        symantec_answer_done(&run->answer);
        strbuf_done(&run->url);
        strbuf_done(&run->text);
        for (size_t i = 0; i < run->n_odd; i++)
                free(run->odd[i]);
        free(run);
        return NULL;
}

int symantec_run_new(const SymantecSettings *settings, SymantecTable *table, void **ret) {
        SymantecRun *run = calloc(1, sizeof(*run));
        if (!run)
                return -ENOMEM;
        run->settings = settings;
        run->table = table;
        int r = symantec_stats_new(&run_sink, run, &run->stats);
        if (r < 0) {
                run_free(run);
                return r;
        }
        *ret = run;
        return 0;
}

static int run_feed(void *userdata, const char *data, size_t size) {
        SymantecRun *run = userdata;
        return symantec_stats_feed(run->stats, data, size);
}

/* The URL of the next request: as many domains as fit, one at least. */
static int run_build_url(SymantecRun *run) {
        StrBuf query = { 0 };
        uint32_t n = symantec_table_size(run->table);

        strbuf_reset(&run->url);
        strbuf_addf(&run->url, "%s/stats", run->settings->endpoint.url);
        if (!run->settings->filter_configured)
                run->asked = n;
        for (uint32_t first = run->asked; run->asked < n; run->asked++) {
                size_t before = query.size;
                text_add_form(&query, "domain", symantec_table_name(run->table, run->asked));
                if (run->asked > first && run->url.size + 1 + query.size > URL_BYTES) {
                        query.size = before;
                        break;
                }
        }
        if (query.size > 0) {
                strbuf_addc(&run->url, '?');
                strbuf_add(&run->url, query.data, query.size);
        }
        int r = query.error < 0 ? query.error : run->url.error;
        strbuf_done(&query);
        return r;
}

static int run_fetch(SymantecRun *run, Step *ret) {
        if (run->request++ == 0)
                symantec_table_begin(run->table);
        symantec_stats_reset(run->stats);
        run->begun = false;
        run->unconfigured_before = run->answer.unconfigured;
        run->named_before = run->answer.named;
        run->names_before = run->answer.names.size;
        int r = run_build_url(run);
        if (r < 0)
                return r;
        *ret = (Step){
                .type = STEP_FETCH,
                .request = {
                        .url = run->url.data,
                        .username = run->settings->username,
                        .password = run->settings->password,
                        .body_max = BODY_BYTES +
                                    BODY_DOMAIN_BYTES * symantec_table_size(run->table),
                        .feed = run_feed,
                        .userdata = run,
                },
        };
        return 0;
}

static int run_fail(SymantecRun *run, Outcome outcome, usec_t retry_after, Step *ret) {
        if (run->text.error < 0)
                return run->text.error;
        *ret = (Step){
                .type = STEP_DONE,
                .outcome = outcome,
                .retry_after = retry_after,
                .text = run->text.size > 0 ? run->text.data : NULL,
        };
        return 0;
}

/* The transport failed or the status says no: the vendor's words where there are any. */
static int run_fail_reply(SymantecRun *run, const Reply *reply, Step *ret) {
        strbuf_reset(&run->text);
        if (reply->size > 0)
                text_plain(&run->text, reply->body, reply->size, TEXT_BYTES);
        if (run->text.size == 0 && reply->error)
                text_plain(&run->text, reply->error, strlen(reply->error), TEXT_BYTES);
        return run_fail(run, reply->outcome, reply->retry_after, ret);
}

/* The document cannot be used: what is wrong with it, and how it begins. */
static int run_fail_stats(SymantecRun *run, int error, usec_t retry_after, Step *ret) {
        Outcome outcome = OUTCOME_PROTOCOL;
        size_t size = 0;
        const char *head = symantec_stats_head(run->stats, &size);

        if (error == -ENOMEM)
                return error;
        if (error == -E2BIG)
                outcome = OUTCOME_TOO_LARGE;
        else if (error == -ENODATA)
                outcome = OUTCOME_EMPTY;
        strbuf_reset(&run->text);
        strbuf_addf(&run->text, "the answer %s", symantec_stats_problem(run->stats));
        if (outcome == OUTCOME_PROTOCOL) {
                size_t before = run->text.size;
                strbuf_adds(&run->text, ": ");
                size_t start = run->text.size;
                text_plain(&run->text, head, size, TEXT_BYTES - start);
                if (run->text.size == start) {
                        run->text.size = before;
                        run->text.data[before] = '\0';
                }
        }
        return run_fail(run, outcome, retry_after, ret);
}

/* One description a kind of oddity. */
static int run_describe(SymantecRun *run) {
        static const char number[] = "neither a number from 0 to 2^53 nor null";
        const Metric *values = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN)->metrics;
        const Metric *totals =
                metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT)->metrics + SYMANTEC_TOTALS;

        for (size_t i = 0; i < _SYMANTEC_ODD_MAX; i++) {
                char *text = NULL;
                int n;
                if (!(run->answer.totals.odd & UINT32_C(1) << i))
                        continue;
                if (i < SYMANTEC_ODD_TOTAL)
                        n = asprintf(&text, "Domains[].%s: %s", values[i].key, number);
                else if (i < SYMANTEC_ODD_NAME)
                        n = asprintf(&text, "%s: %s", totals[i - SYMANTEC_ODD_TOTAL].key, number);
                else if (i == SYMANTEC_ODD_NAME)
                        n = asprintf(&text, "Domains[].Name: missing, empty or no text");
                else if (i == SYMANTEC_ODD_ELEMENT)
                        n = asprintf(&text, "Domains[]: no object");
                else
                        n = asprintf(&text, "Domains: missing, or no list");
                if (n < 0)
                        return -ENOMEM;
                run->odd[run->n_odd++] = text;
        }
        return 0;
}

static int run_done(SymantecRun *run, usec_t now, Step *ret) {
        int r = run_describe(run);
        if (r < 0)
                return r;
        run->answer.at = now;
        run->answer.configured =
                symantec_table_commit(run->table, now, GAP_INTERVALS * run->settings->interval);
        *ret = (Step){ .type = STEP_DONE, .outcome = OUTCOME_OK };
        return 0;
}

static int run_step(void *userdata, const Reply *reply, usec_t now, Step *ret) {
        SymantecRun *run = userdata;
        SymantecTotals totals;

        if (!reply)
                return run_fetch(run, ret);
        /* What the reader refused ended the exchange: it knows better why. */
        int r = symantec_stats_feed(run->stats, "", 0);
        if (r < 0)
                return run_fail_stats(run, r, reply->retry_after, ret);
        if (reply->outcome != OUTCOME_OK)
                return run_fail_reply(run, reply, ret);
        r = symantec_stats_end(run->stats, &totals);
        if (r < 0)
                return run_fail_stats(run, r, reply->retry_after, ret);
        symantec_answer_add(&run->answer, &totals);
        if (run->asked < symantec_table_size(run->table))
                return run_fetch(run, ret);
        return run_done(run, now, ret);
}

static bool run_read(void *userdata, uint32_t i, Reading *ret) {
        const SymantecRun *run = userdata;
        if (i > symantec_table_size(run->table))
                return false;
        if (i == 0)
                symantec_reading_account(&run->answer, run->table, ret);
        else
                symantec_reading_domain(&run->answer, run->table, i - 1, ret);
        return true;
}

static void run_detail(void *userdata, const Reading *reading, size_t metric, StrBuf *b) {
        const SymantecRun *run = userdata;
        symantec_reading_detail(&run->answer, run->table, reading, metric, b);
}

size_t symantec_run_oddities(const void *userdata, const char *const **ret) {
        const SymantecRun *run = userdata;
        *ret = (const char *const *)run->odd;
        return run->n_odd;
}

const Source source_symantec = {
        .id = SOURCE_SYMANTEC,
        .step = run_step,
        .read = run_read,
        .detail = run_detail,
        .oddities = symantec_run_oddities,
        .run_free = run_free,
};
