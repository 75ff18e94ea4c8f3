/* SPDX-License-Identifier: MIT */
/* Limits and alerts as families of GET /metrics. */
#include "engine/api-target.h"
#include "engine/metrics-page.h"

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

static void add_limit(Page *p, const Account *a, const RuleSet *rules, const RuleSet *general,
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
                page_sample(p, isnan(parts[i]) ? no_limit(&set->metrics[metric]) : parts[i],
                            "source", source_name(set->source), "account", a->name, "scope",
                            set->scope == SCOPE_ACCOUNT ? "account" : "domain", "metric",
                            set->metrics[metric].name, "level", levels[i], domain ? "domain" : NULL,
                            domain, NULL);
        }
}

static void add_limits(Page *p, const Account *a, const RuleSet *rules, const RuleSet *general,
                       const char *domain) {
        for (size_t i = 0; rules && rules != general && i < rules->set->n; i++)
                add_limit(p, a, rules, general, i, domain);
}

static void add_subject_limits(Page *p, Account *a, uint32_t domain) {
        if (domain != NAMES_NONE) {
                add_limits(p, a, account_rules(a, domain), p->general, a->names[domain]);
                return;
        }
        p->general = general_rules(a);
        add_limits(p, a, a->rules, NULL, NULL);
        add_limits(p, a, p->general, NULL, NULL);
}

static bool add_all_limits(Page *p) {
        return page_each_subject(p, add_subject_limits);
}

/* --- alerts -------------------------------------------------------------------------------- */

static void add_subject_alerts(Page *p, Account *a, uint32_t domain) {
        for (const Standing *s = account_subject(a, domain)->standing; s; s = s->next) {
                if (!standing_is_shown(s))
                        continue;
                page_sample(p, p->row->of_alert(s), "source", source_name(a->ops->id), "account",
                            a->name, "metric", account_set(a, domain)->metrics[s->metric].name,
                            domain == NAMES_NONE ? NULL : "domain",
                            domain == NAMES_NONE ? NULL : a->names[domain], NULL);
        }
}

static bool add_alerts(Page *p) {
        return page_each_subject(p, add_subject_alerts);
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
        return (double)s->alert.since / (double)USEC_PER_SEC;
}

/* --- domains ------------------------------------------------------------------------------- */

static Level domain_level(const Monitor *m, uint32_t index) {
        Level level = LEVEL_OK;

        for (uint32_t i = 0; i < monitor_vendors(m); i++) {
                const Account *a = &m->accounts[i];
                uint32_t place = account_place(a, index);
                if (place == NAMES_NONE)
                        continue;
                for (const Standing *s = a->subjects[place].standing; s; s = s->next)
                        if (!s->removed)
                                level = MAX(level, s->alert.level);
        }
        return level;
}

static bool add_domain_levels(Page *p) {
        const Config *config = p->m->config;

        for (; p->domain < config->n_domains; p->domain++) {
                if (p->block.size >= PAGE_BLOCK)
                        return true;
                page_sample(p, domain_level(p->m, p->domain), "domain",
                            config->domains[p->domain].name, NULL);
        }
        return false;
}

/* For those that have something to tell. */
static void add_domain_info(Page *p, const Domain *d) {
        const char *const labels[][2] = {
                { "group", d->group },
                { "owner", d->owner },
                { "runbook", d->runbook },
        };

        if (!d->group && !d->owner && !d->runbook)
                return;
        strbuf_addf(&p->block, "%s_info", p->name);
        metrics_add_label(&p->block, '{', "domain", d->name);
        for (size_t i = 0; i < ELEMENTSOF(labels); i++)
                if (labels[i][1])
                        metrics_add_label(&p->block, ',', labels[i][0], labels[i][1]);
        strbuf_adds(&p->block, "} 1\n");
}

static bool add_domain_infos(Page *p) {
        const Config *config = p->m->config;

        for (; p->domain < config->n_domains; p->domain++) {
                if (p->block.size >= PAGE_BLOCK)
                        return true;
                add_domain_info(p, &config->domains[p->domain]);
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
