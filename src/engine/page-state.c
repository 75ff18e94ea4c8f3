/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "engine/account.h"
#include "engine/api-target.h"

#include <math.h>

const char *page_state_name(PageState state) {
        static const char *const names[_STATE_MAX] = {
                [STATE_NONE] = "none",         [STATE_OK] = "ok",
                [STATE_UNKNOWN] = "unknown",   [STATE_WARNING] = "warning",
                [STATE_CRITICAL] = "critical",
        };
        return names[state];
}

PageState page_state_of(Level level) {
        static const PageState states[_LEVEL_MAX] = {
                [LEVEL_OK] = STATE_OK,
                [LEVEL_WARNING] = STATE_WARNING,
                [LEVEL_CRITICAL] = STATE_CRITICAL,
        };
        return states[level];
}

void page_badge(StrBuf *b, PageState state) {
        const char *name = page_state_name(state);

        if (state == STATE_NONE)
                strbuf_adds(b, "<span class=\"none\">not watched</span>");
        else
                strbuf_addf(b, "<b class=\"level %s\">%s</b>", name, name);
}

const char *page_unknown_reason(Account *a, uint32_t domain, Moment now) {
        const RuleSet *rules = account_rules(a, domain);
        double age = subject_age(a, domain, now);
        double interval = (double)rules->interval / (double)USEC_PER_SEC;

        if (isnan(age))
                return account_is_down(a) ? "no data yet, and the API does not answer"
                                          : "no data yet";
        if (a->symantec && a->subjects[domain].missing)
                return "not in the account's last answer";
        if (account_is_down(a) && (a->symantec || age > interval))
                return "the API does not answer";
        if (age > interval * rules->policy.stale_after)
                return "the last data is too old";
        return NULL;
}

PageState page_domain_state(Account *a, uint32_t domain, Moment now) {
        PageState worst = STATE_OK;

        for (const Standing *s = a->subjects[domain].standing; s; s = s->next)
                if (!s->removed)
                        worst = MAX(worst, page_state_of(s->alert.level));
        if (worst == STATE_OK && page_unknown_reason(a, domain, now))
                worst = STATE_UNKNOWN;
        return worst;
}

Account *page_account(const Monitor *m, uint32_t index, SourceId source, uint32_t *ret_domain) {
        const Domain *d = &m->config->domains[index];

        if (!d->rules[source])
                return NULL;
        for (uint32_t i = 0; i < monitor_vendors(m); i++) {
                Account *a = &m->accounts[i];
                if (a->ops->id != source)
                        continue;
                *ret_domain = account_place(a, index);
                if (*ret_domain != NAMES_NONE)
                        return a;
        }
        return NULL;
}
