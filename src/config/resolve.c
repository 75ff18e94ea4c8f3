/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "config/load.h"
#include "config/rules.h"
#include "config/schema.h"

#include <errno.h>
#include <string.h>

#define SELF_INTERVAL USEC_PER_MIN /* how often the daemon looks at itself */

#define NEAREST_MAX 1000 /* names looked through for "did you mean" */
#define SUGGESTION_MAX                                                                             \
        100 /* problems that are worth it: so many that one mistake is behind all of them */

/* What the domains of one group resolve to when they say nothing themselves. */
typedef struct GroupRules {
        uint32_t account; /* of .rules[SOURCE_SYMANTEC] */
        const RuleSet *rules[SOURCE_VENDORS];
} GroupRules;

typedef struct Resolve {
        Load *l;
        RuleTable table;
        uint32_t sources_on; /* a bit per SourceId */
        uint32_t *drafts;    /* account in Config.symantec -> in Draft.symantec */
        GroupRules *groups;  /* one per group, and one for domains without */
} Resolve;

static void resolve_done(Resolve *r) {
        rule_table_done(&r->table);
        free(r->drafts);
        free(r->groups);
}

static Origin domain_key_origin(const DomainDraft *draft, const char *key) {
        const Section *section = &config_sections[SECTION_DOMAIN];
        return key_origin_of(section, section_find(section, key), draft);
}

/* The account that a domain without one gets is the first that is on. */
static const SymantecDraft *account_draft(const Resolve *r, uint32_t account) {
        const Draft *draft = r->l->draft;
        return &draft->symantec[r->l->config->n_symantec > 0 ? r->drafts[account] : 0];
}

/* The policy of the source itself; NULL = none written. */
static const PolicyDraft *source_policy(const Resolve *r, SourceId source, uint32_t account) {
        switch (source) {
        case SOURCE_SYMANTEC:
                return account_draft(r, account)->policy;
        case SOURCE_IMMUNIWEB:
                return r->l->draft->immuniweb.policy;
        case SOURCE_MAILSECD:
        case _SOURCE_MAX:
                break;
        }
        return NULL;
}

static Layers layers_of(const Resolve *r, SourceId source, uint32_t account,
                        const GroupDraft *group, const DomainDraft *domain) {
        const Draft *draft = r->l->draft;

        return (Layers){
                .policies = {
                        domain ? domain->policy : NULL,
                        group ? group->policy : NULL,
                        source_policy(r, source, account),
                        draft->policy,
                },
                .limits = { domain ? &domain->limits : NULL, group ? &group->limits : NULL, &draft->limits },
        };
}

static usec_t interval_of(const Resolve *r, SourceId source, uint32_t account,
                          const GroupDraft *group, const DomainDraft *domain) {
        if (source == SOURCE_SYMANTEC)
                return account_draft(r, account)->interval;
        if (source == SOURCE_MAILSECD)
                return SELF_INTERVAL;
        if (domain && domain->test_interval > 0)
                return domain->test_interval;
        if (group && group->test_interval > 0)
                return group->test_interval;
        return r->l->draft->immuniweb.interval;
}

static const RuleSet *resolve_rules(Resolve *r, SourceId source, uint32_t account,
                                    const GroupDraft *group, const DomainDraft *domain) {
        Layers layers = layers_of(r, source, account, group, domain);
        return rules_resolve(r->l, &r->table, metric_set(source, SCOPE_DOMAIN),
                             interval_of(r, source, account, group, domain), &layers);
}

/* The rules of accounts are made from the top's limits: groups and domains have no say in them. */
static const RuleSet *resolve_account_rules(Resolve *r, SourceId source, uint32_t account) {
        Layers layers = layers_of(r, source, account, NULL, NULL);
        return rules_resolve(r->l, &r->table, metric_set(source, SCOPE_ACCOUNT),
                             interval_of(r, source, account, NULL, NULL), &layers);
}

/* Rules of every group, used or not and whichever source is on, so that every limit is checked. */
static void resolve_groups(Resolve *r) {
        const Draft *draft = r->l->draft;

        r->groups = calloc((size_t)draft->n_groups + 1, sizeof(*r->groups));
        if (!r->groups) {
                r->l->error = -ENOMEM;
                return;
        }
        for (uint32_t i = 0; i <= draft->n_groups; i++)
                for (SourceId source = 0; source < SOURCE_VENDORS; source++)
                        r->groups[i].rules[source] = resolve_rules(
                                r, source, 0, i < draft->n_groups ? &draft->groups[i] : NULL, NULL);
}

static void resolve_accounts(Resolve *r) {
        Config *config = r->l->config;
        const Draft *draft = r->l->draft;

        r->drafts = calloc(MAX(config->n_symantec, 1u), sizeof(*r->drafts));
        if (!r->drafts) {
                r->l->error = -ENOMEM;
                return;
        }
        for (uint32_t i = 0, n = 0; i < draft->n_symantec && config->symantec; i++)
                if (draft->symantec[i].username)
                        r->drafts[n++] = i;
        for (uint32_t i = 0; i < config->n_symantec; i++)
                config->symantec[i].rules = resolve_account_rules(r, SOURCE_SYMANTEC, i);

        const RuleSet *immuniweb = resolve_account_rules(r, SOURCE_IMMUNIWEB, 0);
        if (config->immuniweb.enabled)
                config->immuniweb_rules = immuniweb;
        config->self_rules = resolve_account_rules(r, SOURCE_MAILSECD, 0);
        if (config->n_symantec > 0)
                r->sources_on |= 1u << SOURCE_SYMANTEC;
        if (config->immuniweb.enabled)
                r->sources_on |= 1u << SOURCE_IMMUNIWEB;
}

static const char *suggest(const Resolve *r, const char *word, const char *const *names,
                           uint32_t n) {
        return r->l->errors < SUGGESTION_MAX ? text_nearest(word, names, n) : NULL;
}

static void refuse_group(Resolve *r, const DomainDraft *domain) {
        const Draft *draft = r->l->draft;
        const char *names[NEAREST_MAX];
        uint32_t n = MIN(draft->n_groups, (uint32_t)NEAREST_MAX);
        _cleanup_strbuf_ StrBuf b = { 0 };

        if (r->l->broken)
                return; /* it may stand behind what could not be read */
        for (uint32_t i = 0; i < n; i++)
                names[i] = draft->groups[i].name;
        text_escape(&b, domain->group, strlen(domain->group), 80);
        const char *nearest = suggest(r, domain->group, names, n);
        load_error(r->l, domain_key_origin(domain, "group"), "there is no group \"%s\"%s%s%s",
                   strbuf_text(&b), nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static void refuse_account(Resolve *r, const DomainDraft *domain) {
        const Draft *draft = r->l->draft;
        Origin here = domain_key_origin(domain, "account");
        const char *names[NEAREST_MAX];
        uint32_t n = MIN(draft->n_symantec, (uint32_t)NEAREST_MAX);

        for (uint32_t i = 0; i < n; i++) {
                names[i] = draft->symantec[i].name;
                if (!streq(names[i], domain->account))
                        continue;
                load_error(r->l, here, "the symantec account \"%s\" is off: it has no username",
                           domain->account);
                return;
        }
        if (r->l->broken)
                return;
        const char *nearest = suggest(r, domain->account, names, n);
        load_error(r->l, here, "there is no symantec account \"%s\"%s%s%s", domain->account,
                   nearest ? ", did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

/* The sources that watch the domain: those it names, else all that are on. */
static uint32_t domain_sources(Resolve *r, const DomainDraft *draft) {
        uint32_t sources = draft && draft->sources ? draft->sources : r->sources_on;

        for (SourceId source = 0; source < SOURCE_VENDORS && draft && !r->l->broken; source++)
                if ((draft->sources & ~r->sources_on) >> source & 1u)
                        load_error(r->l, domain_key_origin(draft, "sources"),
                                   "the domain is to be watched by %s, but that source is off",
                                   source_name(source));
        return sources & r->sources_on;
}

static uint32_t domain_account(Resolve *r, const DomainDraft *draft) {
        const Config *config = r->l->config;

        if (!draft || !draft->account)
                return 0;
        for (uint32_t i = 0; i < config->n_symantec; i++)
                if (streq(config->symantec[i].settings.name, draft->account))
                        return i;
        refuse_account(r, draft);
        return 0;
}

static uint32_t domain_group(Resolve *r, const DomainDraft *draft) {
        const Draft *all = r->l->draft;

        if (!draft || !draft->group)
                return all->n_groups;
        uint32_t i = names_find(&all->group_names, draft->group, strlen(draft->group));
        if (i != NAMES_NONE)
                return i;
        refuse_group(r, draft);
        return all->n_groups;
}

/* The rules for one source; those of the group where the domain adds nothing. */
static const RuleSet *domain_rules(Resolve *r, SourceId source, uint32_t account, uint32_t group,
                                   const DomainDraft *draft) {
        const Draft *all = r->l->draft;
        const GroupDraft *group_draft = group < all->n_groups ? &all->groups[group] : NULL;
        GroupRules *shared = &r->groups[group];

        if (draft && (draft->policy || draft->limits.n > 0 || draft->test_interval > 0))
                return resolve_rules(r, source, account, group_draft, draft);
        if (source == SOURCE_SYMANTEC && shared->account != account) {
                shared->account = account;
                shared->rules[source] = resolve_rules(r, source, account, group_draft, NULL);
        }
        return shared->rules[source];
}

static void resolve_domain(Resolve *r, Domain *domain, const DomainDraft *draft) {
        const Draft *all = r->l->draft;
        uint32_t group = domain_group(r, draft);
        uint32_t account = domain_account(r, draft);
        uint32_t sources = domain_sources(r, draft);

        if (group < all->n_groups) {
                domain->group = all->groups[group].name;
                domain->owner = all->groups[group].owner;
                domain->runbook = all->groups[group].runbook;
        }
        if (draft && draft->owner)
                domain->owner = draft->owner;
        if (draft && draft->runbook)
                domain->runbook = draft->runbook;
        domain->account = (uint16_t)account;
        for (SourceId source = 0; source < SOURCE_VENDORS; source++)
                if (sources >> source & 1u)
                        domain->rules[source] = domain_rules(r, source, account, group, draft);
}

static const char *domain_name(const void *list, uint32_t i) {
        return ((const Domain *)list)[i].name;
}

/* Indexes the domains by name and tells those that are named twice. */
static void index_domains(Load *l) {
        Config *config = l->config;

        int r = names_init(&config->names, config->domains, config->n_domains, domain_name, NULL);
        if (r < 0)
                l->error = r;
        for (uint32_t i = 0; r == 0 && i < config->n_domains; i++) {
                const Domain *domain = &config->domains[i];
                uint32_t first = names_find(&config->names, domain->name, strlen(domain->name));
                if (first != i)
                        load_error(l, domain->origin, "%s is named again, first named at %s",
                                   domain->name, load_place(l, config->domains[first].origin));
        }
}

void domains_resolve(Load *l) {
        _cleanup_(resolve_done) Resolve r = { .l = l };
        Config *config = l->config;
        Draft *draft = l->draft;

        l->error = rule_table_init(&r.table);
        if (l->error == 0)
                l->error = draft_index_groups(draft);
        if (l->error == 0)
                resolve_accounts(&r);
        if (l->error == 0)
                resolve_groups(&r);
        for (uint32_t i = 0, next = 0; i < config->n_domains && l->error == 0; i++) {
                const DomainDraft *own = NULL;
                if (next < draft->n_domains && draft->domains[next]->domain == i)
                        own = draft->domains[next++];
                resolve_domain(&r, &config->domains[i], own);
        }
        if (l->error == 0)
                index_domains(l);
        if (config->n_domains == 0 && !l->domains_written && !l->broken)
                load_error(l, ((Origin){ .line = 1, .file = 1 }), /* of the main file */
                           "there is no domain to watch; one line adds one: domains = ( "
                           "\"example.com\" );");
}
