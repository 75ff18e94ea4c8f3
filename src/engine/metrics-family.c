/* SPDX-License-Identifier: MIT */
/* The families of GET /metrics, and the samples of those that come from a row of core/metric.h. */
#include "engine/api-target.h"
#include "engine/metrics-exposition.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- which there are ----------------------------------------------------------------------- */

static const FamilyTable *table(size_t i) {
        switch (i) {
        case 0:
                return metrics_alert_families();
        case 1:
                return metrics_health_families();
        case 2:
                return metrics_process_families();
        default:
                return NULL;
        }
}

size_t metrics_families(void) {
        size_t n = 0;

        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++)
                        n += metric_set(source, scope)->n;
        for (size_t i = 0; table(i); i++)
                n += table(i)->n;
        return n;
}

/* The one rule by which a metric gets its name: mailsec_SOURCE_METRIC,
 * mailsec_SOURCE_account_METRIC for an account's own, mailsecd_METRIC for the daemon's; without a
 * trailing _count, which Prometheus keeps for histograms; with the unit at the end. */
static void name_metric(char name[METRICS_NAME_MAX], const MetricSet *set, size_t metric) {
        static const char count[] = "_count";
        const Metric *row = &set->metrics[metric];
        size_t n = strlen(row->name), tail = STRLEN("_count");

        if (n > tail && memcmp(row->name + n - tail, count, tail) == 0)
                n -= tail;
        bool own = set->source == SOURCE_MAILSECD;
        (void)snprintf(name, METRICS_NAME_MAX, "%s%s%s_%.*s%s", own ? "" : "mailsec_",
                       source_name(set->source),
                       set->scope == SCOPE_ACCOUNT && !own ? "_account" : "", (int)n, row->name,
                       row->unit == UNIT_SECONDS ? "_seconds" : "");
}

void metrics_family(Exposition *e, size_t family) {
        e->set = NULL;
        e->row = NULL;
        for (SourceId source = 0; source < _SOURCE_MAX; source++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++) {
                        const MetricSet *set = metric_set(source, scope);
                        if (family < set->n) {
                                e->set = set;
                                e->metric = family;
                                name_metric(e->name, set, family);
                                return;
                        }
                        family -= set->n;
                }
        for (size_t i = 0; table(i); i++) {
                if (family < table(i)->n) {
                        e->row = &table(i)->rows[family];
                        (void)snprintf(e->name, METRICS_NAME_MAX, "%s", e->row->name);
                        return;
                }
                family -= table(i)->n;
        }
}

void metrics_add_family(Exposition *e) {
        if (e->row) {
                metrics_add_header(&e->block, e->openmetrics, e->name, e->row->type, e->row->unit,
                                   e->row->help);
                return;
        }
        const Metric *metric = &e->set->metrics[e->metric];
        metrics_add_header(&e->block, e->openmetrics, e->name, FAMILY_GAUGE,
                           metric->unit == UNIT_SECONDS ? "seconds" : NULL, metric->help);
}

/* --- samples ------------------------------------------------------------------------------- */

/* Writes the value of the family's metric: its length, 0 = it is unknown. Ages are as they are now,
 * to the millisecond. */
static size_t put_value(const Exposition *e, Account *a, uint32_t domain, char *to) {
        Reader reader = e->set->metrics[e->metric].reader;

        if (reader == READ_ENGINE || reader == READ_RESULT_AGE) {
                double value = account_value(a, domain, e->metric, e->now);
                return isnan(value) ? 0 : metrics_number(to, rint(value * 1e3) / 1e3);
        }
        const float *values = account_values(a, domain);
        if (!values || isnan(values[e->metric]))
                return 0;
        return metrics_number_float(to, values[e->metric]);
}

void metrics_add_accounts(Exposition *e) {
        char value[METRICS_NUMBER_MAX];

        for (uint32_t i = 0; i < e->m->n_accounts; i++) {
                Account *a = &e->m->accounts[i];
                if (a->ops->id != e->set->source)
                        continue;
                size_t n = put_value(e, a, NAMES_NONE, value);
                if (n == 0)
                        continue;
                strbuf_adds(&e->block, e->name);
                if (a->ops->id != SOURCE_MAILSECD) {
                        metrics_add_label(&e->block, '{', "account", a->name);
                        strbuf_addc(&e->block, '}');
                }
                strbuf_addc(&e->block, ' ');
                strbuf_add(&e->block, value, n);
                strbuf_addc(&e->block, '\n');
        }
}

static char *put(char *to, const char *text, size_t size) {
        memcpy(to, text, size);
        return to + size;
}

/* A family reads one number of each domain, each from another line of memory: they are fetched
 * ahead, or waiting for them would take longer than all the rest. */
static void look_ahead(Account *a, uint32_t domain, size_t metric) {
        enum {
                AHEAD = 32
        };

        if (a->n - domain <= 2 * AHEAD)
                return;
        if (a->immuniweb)
                __builtin_prefetch(&a->targets[domain + 2 * AHEAD].values);
        const float *values = account_values(a, domain + AHEAD);
        if (values)
                __builtin_prefetch(&values[metric]);
}

/* The domains of one account; the cursor stays at the first one without room. A configured domain's
 * name needs no escape: it is a host name. */
static char *put_account(Exposition *e, Account *a, char *at, const char *end) {
        const char *prefix = e->prefix.data;
        size_t prefix_size = e->prefix.size;
        char value[METRICS_NUMBER_MAX];

        for (; e->domain < a->n; e->domain++) {
                look_ahead(a, e->domain, e->metric);
                size_t n = put_value(e, a, e->domain, value);
                if (n == 0)
                        continue;
                const char *name = a->names[e->domain];
                size_t name_size = strlen(name);
                if ((size_t)(end - at) < prefix_size + name_size + STRLEN("\"} ") + n + 1)
                        break;
                at = put(at, prefix, prefix_size);
                at = put(at, name, name_size);
                at = put(at, "\"} ", 3);
                at = put(at, value, n);
                *at++ = '\n';
        }
        return at;
}

size_t metrics_put_domains(Exposition *e, char *buffer, size_t size) {
        char *at = buffer;

        for (; e->account < e->m->n_accounts; e->account++, e->domain = 0) {
                Account *a = &e->m->accounts[e->account];
                if (a->ops->id != e->set->source)
                        continue;
                if (e->domain == 0) {
                        strbuf_reset(&e->prefix);
                        strbuf_adds(&e->prefix, e->name);
                        metrics_add_label(&e->prefix, '{', "account", a->name);
                        strbuf_adds(&e->prefix, ",domain=\"");
                }
                if (e->prefix.error < 0)
                        break;
                at = put_account(e, a, at, buffer + size);
                if (e->domain < a->n)
                        break;
        }
        return (size_t)(at - buffer);
}

/* --- what the tables of families use ------------------------------------------------------- */

void metrics_sample(Exposition *e, double value, ...) {
        static const char *const suffixes[] = {
                [FAMILY_GAUGE] = "",
                [FAMILY_COUNTER] = "_total",
                [FAMILY_INFO] = "_info",
                [FAMILY_HISTOGRAM] = "",
        };
        char separator = '{';
        va_list ap;

        if (isnan(value))
                return;
        strbuf_adds(&e->block, e->name);
        strbuf_adds(&e->block, suffixes[e->row->type]);
        va_start(ap, value);
        for (const char *name; (name = va_arg(ap, const char *)); separator = ',')
                metrics_add_label(&e->block, separator, name, va_arg(ap, const char *));
        va_end(ap);
        strbuf_adds(&e->block, separator == ',' ? "} " : " ");
        metrics_add_number(&e->block, value);
        strbuf_addc(&e->block, '\n');
}

bool metrics_each_subject(Exposition *e, void (*each)(Exposition *e, Account *a, uint32_t domain)) {
        for (; e->account < e->m->n_accounts; e->account++, e->domain = 0) {
                Account *a = &e->m->accounts[e->account];
                for (; e->domain <= a->n; e->domain++) {
                        if (e->block.size >= METRICS_BLOCK)
                                return true;
                        each(e, a, e->domain == 0 ? NAMES_NONE : e->domain - 1);
                }
        }
        return false;
}
