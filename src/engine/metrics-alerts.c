/* SPDX-License-Identifier: MIT */
/* Limits and alerts as families of GET /metrics. */
#include "engine/api-target.h"
#include "engine/metrics-exposition.h"
#include "engine/place.h"
#include "engine/standing.h"

#include <math.h>

/* --- limits -------------------------------------------------------------------------------- */

/* The rules of most domains of an account, so that only those of the others need samples of their
 * own (Boyer and Moore's majority vote: where there is no majority, any will do). */
static const RuleSet *general_rules(const Account *a) {
        const RuleSet *general = NULL;
        uint32_t votes = 0;

        for (uint32_t d = 0; d < a->n; d++) {
                const RuleSet *rules = account_rules(a, d);
                if (votes == 0)
                        general = rules;
                votes = rules == general ? votes + 1 : votes - 1;
        }
        return general;
}

static bool same_number(double a, double b) {
        return a == b || (isnan(a) && isnan(b));
}

/* A limit that others have and this one has not is one that no value reaches. */
static double no_limit(const Metric *metric) {
        return metric->bad == BAD_LOW ? -INFINITY : INFINITY;
}

static void add_limit(Exposition *e, const Account *a, const RuleSet *rules, const RuleSet *general,
                      size_t metric, const char *domain) {
        const MetricSet *set = rules->set;
        const Limit *limit = &rules->limits[metric], none = { NAN, NAN, NAN };
        const Limit *usual = general ? &general->limits[metric] : &none;
        const double parts[] = { limit->warning, limit->critical, limit->clear };
        const double others[] = { usual->warning, usual->critical, usual->clear };
        static const char *const levels[] = { "warning", "critical", "clear" };

        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                if (same_number(parts[i], others[i]))
                        continue;
                metrics_sample(e, isnan(parts[i]) ? no_limit(&set->metrics[metric]) : parts[i],
                               "source", source_name(set->source), "account", a->name, "scope",
                               set->scope == SCOPE_ACCOUNT ? "account" : "domain", "metric",
                               set->metrics[metric].name, "level", levels[i],
                               domain ? "domain" : NULL, domain, NULL);
        }
}

static void add_limits(Exposition *e, const Account *a, const RuleSet *rules,
                       const RuleSet *general, const char *domain) {
        for (size_t i = 0; rules && rules != general && i < rules->set->n; i++)
                add_limit(e, a, rules, general, i, domain);
}

static void add_subject_limits(Exposition *e, Account *a, uint32_t domain) {
        if (domain != NAMES_NONE) {
                add_limits(e, a, account_rules(a, domain), e->general, a->names[domain]);
                return;
        }
        e->general = general_rules(a);
        add_limits(e, a, a->rules, NULL, NULL);
        add_limits(e, a, e->general, NULL, NULL);
}

static bool add_all_limits(Exposition *e) {
        return metrics_each_subject(e, add_subject_limits);
}

/* --- alerts -------------------------------------------------------------------------------- */

static void add_subject_alerts(Exposition *e, Account *a, uint32_t domain) {
        for (const Standing *s = account_subject(a, domain)->standing; s; s = s->next) {
                if (!standing_is_shown(s))
                        continue;
                metrics_sample(e, e->row->of_alert(s), "source", source_name(a->ops->id), "account",
                               a->name, "metric", account_set(a, domain)->metrics[s->metric].name,
                               domain == NAMES_NONE ? NULL : "domain",
                               domain == NAMES_NONE ? NULL : a->names[domain], NULL);
        }
}

static bool add_alerts(Exposition *e) {
        return metrics_each_subject(e, add_subject_alerts);
}

static double alert_level(const Standing *s) {
        return s->alert.level;
}

static double alert_muted(const Standing *s) {
        return s->voice.muted;
}

static double alert_acknowledged(const Standing *s) {
        return s->ack != NULL;
}

static double alert_flapping(const Standing *s) {
        return s->voice.flapping;
}

static double alert_since(const Standing *s) {
        return s->alert.since > 0 ? (double)s->alert.since / (double)USEC_PER_SEC : NAN;
}

/* --- domains ------------------------------------------------------------------------------- */

static double subject_worst(Account *a, uint32_t domain, Moment now) {
        (void)now;
        return subject_level(&a->subjects[domain]);
}

static double subject_lacks(Account *a, uint32_t domain, Moment now) {
        return subject_unknown(a, domain, now) != NULL;
}

/* A sample for every domain: the greatest of what its sources say. */
static bool add_domains(Exposition *e, double (*say)(Account *a, uint32_t domain, Moment now)) {
        const Config *config = e->m->config;

        for (; e->domain < config->n_domains; e->domain++) {
                double most = 0;
                if (e->block.size >= METRICS_BLOCK)
                        return true;
                for (SourceId source = 0; source < SOURCE_VENDORS; source++) {
                        uint32_t domain;
                        Account *a = place_source(e->m, e->domain, source, &domain);
                        if (a)
                                most = fmax(most, say(a, domain, e->now));
                }
                metrics_sample(e, most, "domain", config->domains[e->domain].name, NULL);
        }
        return false;
}

static bool add_domain_levels(Exposition *e) {
        return add_domains(e, subject_worst);
}

static bool add_domain_gaps(Exposition *e) {
        return add_domains(e, subject_lacks);
}

/* For those that have something to tell. */
static void add_domain_info(Exposition *e, const Domain *d) {
        const char *const labels[][2] = {
                { "group", d->group },
                { "owner", d->owner },
                { "runbook", d->runbook },
        };

        if (!d->group && !d->owner && !d->runbook)
                return;
        strbuf_addf(&e->block, "%s_info", e->name);
        metrics_add_label(&e->block, '{', "domain", d->name);
        for (size_t i = 0; i < ELEMENTSOF(labels); i++)
                if (labels[i][1])
                        metrics_add_label(&e->block, ',', labels[i][0], labels[i][1]);
        strbuf_adds(&e->block, "} 1\n");
}

static bool add_domain_infos(Exposition *e) {
        const Config *config = e->m->config;

        for (; e->domain < config->n_domains; e->domain++) {
                if (e->block.size >= METRICS_BLOCK)
                        return true;
                add_domain_info(e, &config->domains[e->domain]);
        }
        return false;
}

const FamilyTable *metrics_alert_families(void) {
        /* clang-format off */
        static const FamilyRow rows[] = {
                { "mailsec_limit", FAMILY_GAUGE, NULL,
                  "limit of a metric, in its unit: without domain what holds for most domains of the account, with it what differs there; infinite where there is none",
                  add_all_limits, NULL },
                { "mailsec_domain", FAMILY_INFO, NULL,
                  "group, owner and runbook of a domain, of those it has", add_domain_infos, NULL },
                { "mailsec_domain_level", FAMILY_GAUGE, NULL,
                  "worst level of a domain's alerts: 0 ok, 1 warning, 2 critical",
                  add_domain_levels, NULL },
                { "mailsec_domain_unknown", FAMILY_GAUGE, NULL,
                  "1 when a source that watches the domain has nothing to judge it by: no data yet, too old, or its API does not answer; else 0",
                  add_domain_gaps, NULL },
                { "mailsec_alert_level", FAMILY_GAUGE, NULL,
                  "level of each alert that stands: 0 ok (it flaps), 1 warning, 2 critical",
                  add_alerts, alert_level },
                { "mailsec_alert_muted", FAMILY_GAUGE, NULL,
                  "1 when a silence or a quiet window holds the alert back, else 0",
                  add_alerts, alert_muted },
                { "mailsec_alert_acknowledged", FAMILY_GAUGE, NULL,
                  "1 when the alert was acknowledged, else 0",
                  add_alerts, alert_acknowledged },
                { "mailsec_alert_flapping", FAMILY_GAUGE, NULL,
                  "1 when the alert's level changes too often to tell each change, else 0",
                  add_alerts, alert_flapping },
                { "mailsec_alert_since_timestamp_seconds", FAMILY_GAUGE, "seconds",
                  "since when the alert stands, in seconds since 1970",
                  add_alerts, alert_since },
        };
        /* clang-format on */
        static const FamilyTable table = { rows, ELEMENTSOF(rows) };

        return &table;
}
