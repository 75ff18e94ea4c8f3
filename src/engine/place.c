/* SPDX-License-Identifier: MIT */
#include "engine/place.h"

#include "base/text.h"
#include "engine/standing.h"

#include <string.h>

static bool is_of(const Account *a, const char *source) {
        return streq(source_name(a->ops->id), source);
}

Account *place_account(const Monitor *m, const char *source, const char *name) {
        for (uint32_t i = 0; i < m->n_accounts; i++)
                if (is_of(&m->accounts[i], source) && streq(m->accounts[i].name, name))
                        return &m->accounts[i];
        return NULL;
}

Account *place_domain(const Monitor *m, const char *source, const char *name,
                      uint32_t *ret_domain) {
        uint32_t index = names_find(&m->config->names, name, strlen(name));

        for (uint32_t i = 0; index != NAMES_NONE && i < m->n_accounts; i++) {
                if (!is_of(&m->accounts[i], source))
                        continue;
                uint32_t domain = account_place(&m->accounts[i], index);
                if (domain == NAMES_NONE)
                        continue;
                *ret_domain = domain;
                return &m->accounts[i];
        }
        return NULL;
}

static Account *immuniweb_account(const Monitor *m) {
        for (uint32_t i = 0; i < monitor_vendors(m); i++)
                if (m->accounts[i].immuniweb)
                        return &m->accounts[i];
        return NULL;
}

Account *place_source(const Monitor *m, uint32_t index, SourceId source, uint32_t *ret_domain) {
        const Domain *d = &m->config->domains[index];
        Account *a = NULL;

        *ret_domain = NAMES_NONE;
        if (!d->rules[source])
                return NULL;
        if (source == SOURCE_IMMUNIWEB)
                a = immuniweb_account(m);
        else if (d->account < m->config->n_symantec)
                /* The accounts of symantec come first, in the order of the configuration. */
                a = &m->accounts[d->account];
        if (a)
                *ret_domain = account_place(a, index);
        return *ret_domain != NAMES_NONE ? a : NULL;
}

bool place_find(const Monitor *m, const char *source, const char *target, const char *metric,
                Place *ret) {
        Place p = { .account = place_account(m, source, target), .domain = NAMES_NONE };

        /* A domain may bear an account's name: the metric says which is meant. */
        p.metric = p.account ? metric_find(account_set(p.account, p.domain), metric) : SIZE_MAX;
        if (p.metric == SIZE_MAX) {
                p.account = place_domain(m, source, target, &p.domain);
                p.metric = p.account ? metric_find(account_set(p.account, p.domain), metric)
                                     : SIZE_MAX;
        }
        if (p.metric == SIZE_MAX)
                return false;
        p.set = account_set(p.account, p.domain);
        p.row = &p.set->metrics[p.metric];
        p.standing = standing_find(account_subject(p.account, p.domain), p.metric);
        *ret = p;
        return true;
}
