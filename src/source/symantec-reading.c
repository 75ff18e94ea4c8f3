/* SPDX-License-Identifier: MIT */
#include "source/symantec-reading.h"

#include "base/duration.h"

#include <math.h>
#include <string.h>

/* Names that evidence lists before it says how many more there are. Foreign ones have a ceiling in
 * bytes, too, each and together. */
#define NAMES_LISTED       10
#define FOREIGN_NAME_BYTES ((size_t)64)
#define FOREIGN_BYTES      ((size_t)200)

/* The kinds of the guide's table 5 and of the totals, in the order of the metric sets. */
enum {
        KIND_MESSAGES,
        KIND_OLDEST,
        KIND_MEAN,
};

enum {
        TOTAL_MESSAGES = 0, /* + 0 inbound, 1 outbound */
        TOTAL_MEAN = 2,
        TOTAL_OLDEST = 4,
};

void symantec_answer_done(SymantecAnswer *answer) {
        strbuf_done(&answer->names);
}

static double greater(double a, double b) {
        return isnan(a) || isnan(b) ? NAN : fmax(a, b);
}

void symantec_answer_add(SymantecAnswer *answer, const SymantecTotals *totals) {
        SymantecTotals *all = &answer->totals;

        if (answer->parts++ == 0) {
                *all = *totals;
                return;
        }
        for (size_t i = 0; i < 2; i++) {
                uint32_t bound =
                        (UINT32_C(1) << (TOTAL_MESSAGES + i)) & (all->at_least | totals->at_least);
                double *messages = &all->values[TOTAL_MESSAGES + i];
                double *mean = &all->values[TOTAL_MEAN + i];
                double more = totals->values[TOTAL_MESSAGES + i];
                double sum = *messages + more;
                /* No weights where a number of messages is but a lower bound. */
                if (bound > 0)
                        *mean = NAN;
                else if (sum == 0)
                        *mean = greater(*mean, totals->values[TOTAL_MEAN + i]);
                else
                        *mean = (*mean * *messages + totals->values[TOTAL_MEAN + i] * more) / sum;
                *messages = sum;
                all->values[TOTAL_OLDEST + i] =
                        greater(all->values[TOTAL_OLDEST + i], totals->values[TOTAL_OLDEST + i]);
        }
        all->at_least |= totals->at_least;
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++)
                if (isnan(all->values[i]))
                        all->at_least &= ~(UINT32_C(1) << i);
        all->odd |= totals->odd;
        all->elements += totals->elements;
}

void symantec_answer_unconfigured(SymantecAnswer *answer, const char *name, size_t size) {
        answer->unconfigured++;
        if (answer->named == NAMES_LISTED ||
            answer->names.size >= FOREIGN_BYTES - FOREIGN_NAME_BYTES)
                return;
        if (answer->named++ > 0)
                strbuf_adds(&answer->names, ", ");
        strbuf_add(&answer->names, name, MIN(size, FOREIGN_NAME_BYTES));
}

void symantec_reading_account(const SymantecAnswer *answer, const SymantecTable *table,
                              Reading *ret) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT);
        const double counted[] = {
                (double)answer->configured + answer->unconfigured,
                (double)symantec_table_size(table) - answer->configured,
                answer->unconfigured,
        };

        *ret = (Reading){ .set = set, .present = true, .measured_at = answer->at };
        size_t c = 0;
        for (size_t i = 0; i < set->n; i++) {
                ret->values[i] = NAN;
                if (set->metrics[i].reader == READ_COUNTED)
                        ret->values[i] = counted[c++];
        }
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++)
                ret->values[SYMANTEC_TOTALS + i] = answer->totals.values[i];
        ret->at_least = (uint64_t)answer->totals.at_least << SYMANTEC_TOTALS;
}

/* The number of queue `q` (receive inbound, outbound, delivery inbound, outbound). */
static size_t wire(size_t kind, size_t q) {
        return kind * SYMANTEC_QUEUES + q;
}

/* Both queues of a direction in one value. Where one is unknown the other is a lower bound. */
static double both(Reader reader, double receive, double delivery, bool *at_least) {
        *at_least = isnan(receive) != isnan(delivery);
        if (isnan(receive))
                return delivery;
        if (isnan(delivery))
                return receive;
        return reader == READ_SUM ? receive + delivery : fmax(receive, delivery);
}

/* For how long the head of queue `q` has stood, in tenths of a second as it is counted: unknown in
 * a sample that does not tell its age. */
static double stuck_of(const SymantecHead *heads, const double *values, size_t q) {
        if (isnan(values[wire(KIND_OLDEST, q)]))
                return NAN;
        return round((double)heads[q].stuck * 10) / 10;
}

void symantec_reading_domain(const SymantecAnswer *answer, const SymantecTable *table, uint32_t i,
                             Reading *ret) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const SymantecHead *heads = symantec_table_heads(table, i);
        const double *values = symantec_table_values(table, i);

        *ret = (Reading){ .set = set, .target = i, .measured_at = answer->at };
        for (size_t m = 0; m < set->n; m++)
                ret->values[m] = m < SYMANTEC_WIRE_N && values ? values[m] : NAN;
        for (size_t m = 0; m < SYMANTEC_WIRE_N; m++)
                ret->present |= !isnan(ret->values[m]);
        if (!ret->present)
                return;
        for (size_t m = SYMANTEC_WIRE_N; m < set->n; m++) {
                Reader reader = set->metrics[m].reader;
                size_t inbound = m % 2; /* 0 inbound, 1 outbound: they alternate in the set */
                bool at_least = false;
                if (reader == READ_STUCK)
                        ret->values[m] = both(reader, stuck_of(heads, values, inbound),
                                              stuck_of(heads, values, inbound + 2), &at_least);
                else if (reader == READ_SUM || reader == READ_OLDER) {
                        size_t kind = reader == READ_SUM ? KIND_MESSAGES : KIND_OLDEST;
                        ret->values[m] = both(reader, values[wire(kind, inbound)],
                                              values[wire(kind, inbound + 2)], &at_least);
                }
                ret->at_least |= (uint64_t)at_least << m;
        }
}

static void add_span(StrBuf *b, const char *word, double seconds) {
        if (isnan(seconds))
                return;
        strbuf_addf(b, ", %s ", word);
        /* A double holds every number of microseconds that json-read lets through but the last
         * ones: cap rather than overflow. */
        duration_format(b, (usec_t)(fmin(seconds, 1e12) * USEC_PER_SEC));
}

/* "delivery queue: 12 messages, oldest 1h 12min, mean 46s" */
static void add_queue(StrBuf *b, const char *name, const double *values, size_t q) {
        double messages = values[wire(KIND_MESSAGES, q)];

        strbuf_addf(b, "%s queue: ", name);
        if (isnan(messages))
                strbuf_adds(b, "messages unknown");
        else
                strbuf_addf(b, "%.0f message%s", messages, messages == 1 ? "" : "s");
        if (messages == 0)
                return;
        add_span(b, "oldest", values[wire(KIND_OLDEST, q)]);
        add_span(b, "mean", values[wire(KIND_MEAN, q)]);
}

static void add_more(StrBuf *b, uint32_t listed, uint32_t all) {
        if (all > listed)
                strbuf_addf(b, " and %u more", all - listed);
}

static void add_missing(const SymantecAnswer *answer, const SymantecTable *table, StrBuf *b) {
        uint32_t missing = symantec_table_size(table) - answer->configured, listed = 0;

        if (missing > 0 && answer->totals.odd & UINT32_C(1) << SYMANTEC_ODD_NO_DOMAINS)
                strbuf_adds(b, "no list of domains in the answer: ");
        for (uint32_t i = 0; i < symantec_table_size(table) && listed < NAMES_LISTED; i++) {
                if (symantec_table_values(table, i))
                        continue;
                if (listed++ > 0)
                        strbuf_adds(b, ", ");
                strbuf_adds(b, symantec_table_name(table, i));
        }
        add_more(b, listed, missing);
}

void symantec_reading_detail(const SymantecAnswer *answer, const SymantecTable *table,
                             const Reading *reading, size_t metric, StrBuf *b) {
        const Metric *row = &reading->set->metrics[metric];

        if (reading->set->scope == SCOPE_ACCOUNT) {
                if (strcmp(row->name, "domains_missing") == 0)
                        add_missing(answer, table, b);
                else if (strcmp(row->name, "domains_unconfigured") == 0 && answer->named > 0) {
                        strbuf_add(b, answer->names.data, answer->names.size);
                        add_more(b, answer->named, answer->unconfigured);
                }
                return;
        }
        if (!reading->present || row->reader == READ_ENGINE)
                return;
        /* Mail that cannot leave is the commoner trouble: the delivery queue first. */
        add_queue(b, "delivery", reading->values, metric % 2 + 2);
        strbuf_adds(b, "; ");
        add_queue(b, "receive", reading->values, metric % 2);
}
