/* SPDX-License-Identifier: MIT */
#include "engine/simulate-print.h"

#include "base/duration.h"
#include "base/stamp.h"
#include "base/text.h"
#include "core/notice.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NAME_MOST 300 /* bytes of an identity that are printed */

static int compare_rows(const void *a, const void *b) {
        const Episode *x = ((const SimulationRow *)a)->episode;
        const Episode *y = ((const SimulationRow *)b)->episode;

        if (x->from != y->from)
                return x->from < y->from ? -1 : 1;
        return strcmp(x->identity, y->identity);
}

int simulation_rows(const Simulation *s, SimulationRow **ret, size_t *ret_n,
                    SimulationSum *ret_sum) {
        const Episodes *now = &s->replay.episodes, *told = &s->real.episodes;
        SimulationSum sum = { .now = now->n, .told = told->n };
        size_t n = 0;

        SimulationRow *rows = calloc(now->n + told->n + 1, sizeof(*rows));
        if (!rows)
                return -ENOMEM;
        for (size_t i = 0; i < now->n; i++) {
                const Episode *e = &now->list[i];
                rows[n++] = (SimulationRow){ e, e->matched ? &told->list[e->other] : NULL, false,
                                             true };
                *(e->matched || e->in_group ? &sum.also : &sum.only_now) += 1;
        }
        for (size_t i = 0; i < told->n; i++) {
                const Episode *e = &told->list[i];
                if (e->matched)
                        continue;
                rows[n++] = (SimulationRow){ e, NULL, true, replay_covers(s->config, e->identity) };
                sum.silent++;
        }
        qsort(rows, n, sizeof(*rows), compare_rows);
        *ret = rows;
        *ret_n = n;
        *ret_sum = sum;
        return 0;
}

void simulation_count(const Simulation *s, const Metric *metric, size_t *ret_now,
                      size_t *ret_told) {
        const Episodes *lists[] = { &s->replay.episodes, &s->real.episodes };
        size_t counts[2] = {};

        for (size_t k = 0; k < ELEMENTSOF(lists); k++)
                for (size_t i = 0; i < lists[k]->n; i++)
                        counts[k] += lists[k]->list[i].metric == metric;
        *ret_now = counts[0];
        *ret_told = counts[1];
}

static void add_time(StrBuf *b, const Simulation *s, usec_t at, bool hour) {
        strbuf_adds(b, hour ? "~" : "");
        stamp_format_local(b, at, s->now);
}

static void add_told(StrBuf *b, const SimulationRow *row) {
        for (Event event = EVENT_NONE + 1; !row->silent && event < _EVENT_MAX; event++) {
                unsigned n = row->episode->told[event];
                if (n == 0)
                        continue;
                strbuf_addf(b, "%s%s", b->size > 0 ? ", " : "", event_name(event));
                if (n > 1)
                        strbuf_addf(b, " %ux", n);
        }
        if (b->size == 0)
                strbuf_addc(b, '-');
}

/* What was really said of it; when, where that differs. */
static void add_really(StrBuf *b, const Simulation *s, const SimulationRow *row) {
        const Episode *e = row->episode, *real = row->real;

        if (row->silent) {
                strbuf_adds(b, row->configured ? "would be silent" : "would be silent (no limit)");
                return;
        }
        if (!real) {
                strbuf_adds(b, e->in_group ? "also told (with others)" : "not told");
                return;
        }
        strbuf_adds(b, "also told");
        /* An hourly value has no better time. */
        if (e->from_hour || e->from < s->since || real->from < s->since)
                return;
        usec_t later = real->from > e->from ? real->from - e->from : e->from - real->from;
        if (later < USEC_PER_SEC)
                return;
        strbuf_adds(b, ", ");
        duration_format(b, later);
        strbuf_adds(b, real->from > e->from ? " later" : " earlier");
}

static int print_row(const Simulation *s, const SimulationRow *row, int width, FILE *out) {
        const Episode *e = row->episode;
        _cleanup_strbuf_ StrBuf from = {}, to = {}, lasted = {}, name = {}, worst = {}, told = {},
                                really = {};
        bool earlier = e->from < s->since;
        usec_t end = e->to > 0 ? e->to : s->now, begin = MAX(e->from, s->since);

        if (earlier)
                strbuf_adds(&from, "earlier");
        else
                add_time(&from, s, e->from, e->from_hour);
        if (e->to == 0)
                strbuf_adds(&to, "still");
        else
                add_time(&to, s, e->to, e->to_hour);
        strbuf_adds(&lasted, earlier ? ">" : "");
        duration_format(&lasted, end > begin ? end - begin : 0);
        text_clean(&name, e->identity, strlen(e->identity), NAME_MOST);
        if (e->metric)
                notice_format_value(&worst, e->metric, e->value);
        if (worst.size == 0)
                strbuf_addc(&worst, '-');
        add_told(&told, row);
        add_really(&really, s, row);

        const StrBuf *all[] = { &from, &to, &lasted, &name, &worst, &told, &really };
        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                if (all[i]->error < 0)
                        return all[i]->error;
        fprintf(out, "%-13s  %-13s  %-9s  %-8s  %-*s  %-9s  %-36s  %s\n", strbuf_text(&from),
                strbuf_text(&to), strbuf_text(&lasted), level_name(e->worst), width,
                strbuf_text(&name), strbuf_text(&worst), strbuf_text(&told), strbuf_text(&really));
        return 0;
}

static void print_metrics(const Simulation *s, FILE *out) {
        bool first = true;

        for (int i = 0; i < (int)SOURCE_VENDORS * (int)_SCOPE_MAX; i++) {
                const MetricSet *set =
                        metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX));
                for (size_t k = 0; k < set->n; k++) {
                        size_t now, told;
                        simulation_count(s, &set->metrics[k], &now, &told);
                        if (now == 0 && told == 0)
                                continue;
                        if (first)
                                fprintf(out, "\n%-9s  %-7s  %-24s  %7s  %7s\n", "SOURCE", "SCOPE",
                                        "METRIC", "NOW", "REALLY");
                        first = false;
                        fprintf(out, "%-9s  %-7s  %-24s  %7zu  %7zu\n", source_name(set->source),
                                set->scope == SCOPE_ACCOUNT ? "account" : "domain",
                                set->metrics[k].name, now, told);
                }
        }
}

static int print_sum(const Simulation *s, const SimulationSum *sum, FILE *out) {
        _cleanup_strbuf_ StrBuf since = {};

        stamp_format_local(&since, s->since, s->now);
        if (since.error < 0)
                return since.error;
        fprintf(out,
                "%zu now, %zu really, since %s: %zu also told, %zu not told, %zu would be silent\n",
                sum->now, sum->told, strbuf_text(&since), sum->also, sum->only_now, sum->silent);
        print_metrics(s, out);
        if (s->since > s->asked || s->replay.silent > 0 || s->replay.has_hours)
                fputc('\n', out);
        if (s->since > s->asked)
                fputs("The history begins later than --since.\n", out);
        if (s->replay.silent > 0)
                fprintf(out, "%" PRIu64 " more came and went within quiet windows.\n",
                        s->replay.silent);
        if (s->replay.has_hours)
                fputs("~ is from hourly worst values: to the hour, and a short spike may show as "
                      "an alert.\n",
                      out);
        return 0;
}

int simulation_print(const Simulation *s, FILE *out) {
        _cleanup_free_ SimulationRow *rows = NULL;
        SimulationSum sum;
        size_t n, width = strlen("ALERT");

        int r = simulation_rows(s, &rows, &n, &sum);
        for (size_t i = 0; r >= 0 && i < n; i++)
                width = MAX(width, MIN(strlen(rows[i].episode->identity), (size_t)60));
        if (n > 0 && r >= 0)
                fprintf(out, "%-13s  %-13s  %-9s  %-8s  %-*s  %-9s  %-36s  %s\n", "FROM", "TO",
                        "LASTED", "LEVEL", (int)width, "ALERT", "WORST", "TOLD NOW AS", "REALLY");
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = print_row(s, &rows[i], (int)width, out);
        if (r < 0)
                return r;
        if (n > 0)
                fputc('\n', out);
        return print_sum(s, &sum, out);
}
