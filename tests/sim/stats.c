/* SPDX-License-Identifier: MIT */
#include "sim/stats.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What surrounds keys and values: close together, or as the guide's sample has it. */
typedef struct Layout {
        const char *begin, *end;
        const char *colon;
        const char *member;
        const char *list_begin, *list_end;
        const char *domain_begin, *domain_end;
        const char *domain_member;
} Layout;

static const Layout layouts[2] = {
        { "{", "}", ":", ",", "[", "]", "{", "}", "," },
        { "{\n  ", "\n}\n", " : ", ",\n  ", "[ ", " ]", "{\n    ", "\n  }", ",\n    " },
};

/* What one rendering needs: the faults as flags, and the sums over the domains. */
typedef struct Stats {
        Blob *out;
        const Verdict *verdict;
        bool is[_FAULT_KIND_MAX];
        const Layout *layout;
        double messages[2];
        double waited[2];
        uint64_t oldest[2];
        moment_t until;
} Stats;

typedef struct Total {
        const char *wire;
        const char *table_wire; /* in table 4 of the guide, where it differs */
} Total;

static const Total totals[6] = {
        { "TotalMessagesInbound", NULL },
        { "TotalMessagesOutbound", NULL },
        { "MeanTimeInQueueInbound", NULL },
        { "MeanTimeInQueueOutbound", NULL },
        { "LongestTimeInInbound", "LongestTimeInQueueInbound" },
        { "LongestTimeInOutbound", "LongestTimeInQueueOutbound" },
};

/* The raw JSON that a `numbers` fault wants for this one, or NULL. */
static const char *foreign_number(const Stats *stats, const char *wire, const char *domain) {
        if (!stats->is[FAULT_NUMBERS])
                return NULL;
        for (size_t i = 0; i < stats->verdict->n_styles; i++) {
                const Fault *fault = stats->verdict->styles[i];
                int field = fault->field ? queue_field_find(fault->field) : -1;
                const char *wanted = field >= 0 ? queue_fields[field].wire : fault->field;
                if (fault->kind == FAULT_NUMBERS && (!wanted || strcmp(wanted, wire) == 0) &&
                    (!fault->domain || (domain && strcasecmp(fault->domain, domain) == 0)))
                        return fault->value;
        }
        return NULL;
}

static void add_key(Stats *stats, const char *wire) {
        blob_add(stats->out, "\"", 1);
        blob_add_text(stats->out, wire);
        blob_add(stats->out, "\"", 1);
        blob_add_text(stats->out, stats->layout->colon);
}

static void add_member(Stats *stats, const char *wire, uint64_t number, const char *domain) {
        const char *foreign = foreign_number(stats, wire, domain);

        if (stats->is[FAULT_DUPLICATE_KEYS]) { /* the last one wins */
                add_key(stats, wire);
                blob_add_text(stats->out, "999999");
                blob_add_text(stats->out,
                              domain ? stats->layout->domain_member : stats->layout->member);
        }
        add_key(stats, wire);
        if (foreign)
                blob_add_text(stats->out, foreign);
        else
                blob_add_number(stats->out, number);
}

static void add_name(Stats *stats, const Domain *domain) {
        const char *name = domain->plan->wire_name ? domain->plan->wire_name : domain->name;
        char shown[300];
        size_t size = 0;

        while (name[size] && size < sizeof(shown) - 2) {
                char c = name[size];
                shown[size++] = stats->is[FAULT_NAMES_UPPER] && c >= 'a' && c <= 'z'
                                        ? (char)(c - 'a' + 'A')
                                        : c;
        }
        if (stats->is[FAULT_NAMES_DOT])
                shown[size++] = '.';
        add_key(stats, "Name");
        blob_add_json(stats->out, shown, size);
}

static void add_domain(Stats *stats, const Domain *domain, const uint64_t value[QUEUE_FIELDS]) {
        blob_add_text(stats->out, stats->layout->domain_begin);
        add_name(stats, domain);
        for (int i = 0; i < QUEUE_FIELDS; i++) {
                blob_add_text(stats->out, stats->layout->domain_member);
                add_member(stats, queue_fields[i].wire, value[i], domain->name);
        }
        if (stats->is[FAULT_UNKNOWN_KEYS])
                blob_add_text(stats->out,
                              ", \"Region\": \"eu\", \"Extra\": {\"Name\": \"inner\", "
                              "\"ReceiveQueueCountInbound\": 777, \"Domains\": [{\"Name\": "
                              "\"inner.example\"}], \"a\": [1, {\"b\": null}]}");
        blob_add_text(stats->out, stats->layout->domain_end);
}

static bool is_absent(const Stats *stats, const Domain *domain) {
        if (!stats->is[FAULT_ABSENT])
                return false;
        for (size_t i = 0; i < stats->verdict->n_styles; i++) {
                const Fault *fault = stats->verdict->styles[i];
                if (fault->kind == FAULT_ABSENT &&
                    (!fault->domain || strcasecmp(fault->domain, domain->name) == 0))
                        return true;
        }
        return false;
}

static void sum_up(Stats *stats, Domain *const *domains, size_t n, moment_t now) {
        for (size_t d = 0; d < n; d++) {
                uint64_t value[QUEUE_FIELDS];
                moment_t until;
                bool there = plan_queue(domains[d]->plan, domains[d]->index, now, value, &until);
                stats->until = MIN(stats->until, until);
                if (!there || is_absent(stats, domains[d]))
                        continue;
                for (int i = 0; i < 4; i++) {
                        stats->messages[i % 2] += (double)value[i];
                        stats->waited[i % 2] += (double)value[i] * (double)value[8 + i];
                        stats->oldest[i % 2] = MAX(stats->oldest[i % 2], value[4 + i]);
                }
        }
}

/* A plan that has one step and no slope never changes: its part of the last document is as good. */
static bool is_fixed(const Plan *plan) {
        return plan->n_steps == 1 && plan->steps[0].slopes == 0;
}

/* The elements of `Domains`. old: the last document whose parts can be used again, or NULL. parts:
 * where to note the new ones, or NULL. */
static void add_elements(Stats *stats, const StatsQuery *query, const Blob *old, Part *parts) {
        const char *between = "";

        for (size_t i = 0; i < query->n_domains; i++) {
                const Domain *domain = query->domains[i];
                uint64_t value[QUEUE_FIELDS];
                moment_t until;
                bool fixed = old && is_fixed(domain->plan);
                bool there =
                        fixed ? parts[i].size > 0
                              : plan_queue(domain->plan, domain->index, query->now, value, &until);
                if (!there || is_absent(stats, domain)) {
                        if (parts)
                                parts[i].size = 0;
                        continue;
                }
                blob_add_text(stats->out, between);
                between = stats->layout == &layouts[0] ? "," : ", ";
                size_t start = stats->out->size;
                if (fixed)
                        blob_add(stats->out, old->data + parts[i].start, parts[i].size);
                else
                        add_domain(stats, domain, value);
                if (parts)
                        parts[i] = (Part){ .start = start, .size = stats->out->size - start };
        }
        for (size_t i = 0; i < stats->verdict->n_styles; i++) {
                const Fault *fault = stats->verdict->styles[i];
                if (fault->kind != FAULT_EXTRA_DOMAIN)
                        continue;
                const Plan plan = { .wire_name = fault->value };
                const Domain extra = { .name = (char[]){ "" }, .plan = &plan };
                blob_add_text(stats->out, between);
                between = ", ";
                add_domain(stats, &extra, (uint64_t[QUEUE_FIELDS]){ 0 });
        }
}

static void add_totals(Stats *stats) {
        for (int i = 0; i < 6; i++) {
                int direction = i % 2;
                double messages = stats->messages[direction];
                double mean = messages > 0 ? stats->waited[direction] / messages : 0;
                uint64_t number = i < 2   ? (uint64_t)messages
                                  : i < 4 ? (uint64_t)mean
                                          : stats->oldest[direction];
                bool table = stats->is[FAULT_TABLE_STYLE] && totals[i].table_wire;
                if (i > 0)
                        blob_add_text(stats->out, stats->layout->member);
                add_member(stats, table ? totals[i].table_wire : totals[i].wire, number, NULL);
        }
        if (stats->is[FAULT_UNKNOWN_KEYS])
                blob_add_text(stats->out,
                              ", \"ApiVersion\": \"1.0\", \"Extra\": {\"Domains\": [{\"Name\": "
                              "\"outer.example\"}], \"TotalMessagesInbound\": 777}");
}

static void add_list(Stats *stats, const StatsQuery *query, const Blob *old, Part *parts) {
        add_key(stats, "Domains");
        if (stats->is[FAULT_DOMAINS_NULL]) {
                blob_add_text(stats->out, "null");
                return;
        }
        bool object = stats->is[FAULT_DOMAINS_OBJECT];
        blob_add_text(stats->out, object ? "" : stats->layout->list_begin);
        add_elements(stats, query, old, parts);
        blob_add_text(stats->out, object ? "" : stats->layout->list_end);
}

static void add_document(Stats *stats, const StatsQuery *query, const Blob *old, Part *parts) {
        bool with_totals = !stats->is[FAULT_TOTALS_MISSING];
        bool with_list = !stats->is[FAULT_DOMAINS_MISSING];
        bool list_first = stats->is[FAULT_DOMAINS_FIRST];

        blob_add_text(stats->out, stats->layout->begin);
        if (with_list && list_first)
                add_list(stats, query, old, parts);
        if (with_list && with_totals && list_first)
                blob_add_text(stats->out, stats->layout->member);
        if (with_totals)
                add_totals(stats);
        if (with_list && with_totals && !list_first)
                blob_add_text(stats->out, stats->layout->member);
        if (with_list && !list_first)
                add_list(stats, query, old, parts);
        blob_add_text(stats->out, stats->layout->end);
}

/* Delays are no change of the document. */
static bool is_usual(const Verdict *verdict) {
        for (size_t i = 0; i < verdict->n_styles; i++)
                if (fault_is_style(verdict->styles[i]->kind))
                        return false;
        return true;
}

Blob *stats_render(const StatsQuery *query) {
        Account *account = query->account;
        StatsQuery actual = *query;
        Stats stats = { .verdict = query->verdict, .until = MOMENT_MAX };
        bool usual = is_usual(query->verdict) && !query->domains;

        if (usual && account->body && query->now < account->body_until &&
            query->now >= account->body_from)
                return blob_ref(account->body);
        for (size_t i = 0; i < query->verdict->n_styles; i++)
                stats.is[query->verdict->styles[i]->kind] = true;
        stats.layout = &layouts[account->pretty || stats.is[FAULT_PRETTY]];
        if (!actual.domains) {
                actual.domains = account->domains;
                actual.n_domains = account->n_domains;
        }
        if (stats.is[FAULT_DOMAINS_EMPTY])
                actual.n_domains = 0;
        if (stats.is[FAULT_DOMAINS_OBJECT])
                actual.n_domains = MIN(actual.n_domains, (size_t)1);

        Blob *old = usual ? account->body : NULL;
        stats.out = blob_new(old ? old->size + 4096 : 512 + actual.n_domains * 600);
        if (stats.is[FAULT_TOTALS_GLOBAL])
                sum_up(&stats, account->domains, account->n_domains, query->now);
        else
                sum_up(&stats, actual.domains, actual.n_domains, query->now);
        add_document(&stats, &actual, old, usual ? account->parts : NULL);
        if (usual) {
                blob_free(account->body);
                account->body = blob_ref(stats.out);
                account->body_from = query->now;
                account->body_until = stats.until;
        }
        return stats.out;
}
