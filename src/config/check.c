/* SPDX-License-Identifier: MIT */
#include "base/duration.h"
#include "base/text.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/url.h"

#include <errno.h>
#include <math.h>

/* Warns at whichever of the two was written. */
static void check_timeout(Load *l, SectionId id, const void *values, usec_t timeout,
                          const char *interval_key, usec_t interval) {
        Origin origin = origin_in(id, "timeout", values);
        _cleanup_strbuf_ StrBuf b = { 0 };

        if (timeout <= interval)
                return;
        strbuf_adds(&b, "the timeout (");
        duration_format_exact(&b, timeout);
        strbuf_addf(&b, ") is longer than %s (",
                    streq(interval_key, "resend") ? "resend" : "the interval");
        duration_format_exact(&b, interval);
        strbuf_adds(&b, "): a request that hangs holds up the next");
        load_warning(l, origin.file > 0 ? origin : origin_in(id, interval_key, values), "%s",
                     strbuf_text(&b));
}

static void add_rounded(StrBuf *b, double days) {
        double usec = days * (double)USEC_PER_DAY;
        usec_t unit = usec >= (double)USEC_PER_HOUR ? USEC_PER_MIN : USEC_PER_SEC;

        duration_format(b, (usec_t)llround(usec / (double)unit) * unit);
}

/* Whether the tests that all intervals together ask for are more than may be started: then the
 * domains take turns, and each comes up less often than it should. */
static void check_daily_tests(Load *l) {
        const Config *config = l->config;
        uint32_t n = 0, daily_tests = config->immuniweb.daily_tests;
        usec_t interval = 0;
        bool mixed = false;
        double tests = 0;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const RuleSet *rules = config->domains[i].rules[SOURCE_IMMUNIWEB];
                if (!rules)
                        continue;
                n++;
                tests += (double)USEC_PER_DAY / (double)rules->interval;
                mixed |= interval > 0 && interval != rules->interval;
                interval = rules->interval;
        }
        if (daily_tests == 0 || tests <= daily_tests)
                return;

        _cleanup_strbuf_ StrBuf b = { 0 };
        strbuf_addf(&b, "%u domain%s ", n, n == 1 ? "" : "s");
        if (mixed)
                strbuf_adds(&b, "at their intervals");
        else {
                strbuf_adds(&b, "every ");
                duration_format_exact(&b, interval);
        }
        strbuf_addf(&b,
                    " make %.0f tests a day, but daily_tests is %u: each domain will be tested "
                    "about every ",
                    ceil(tests), daily_tests);
        add_rounded(&b, (double)n / daily_tests);

        Origin origin = origin_in(SECTION_IMMUNIWEB, "daily_tests", &l->draft->immuniweb);
        if (origin.file == 0)
                origin = origin_in(SECTION_TOP, "immuniweb", l->draft);
        load_warning(l, origin, "%s", strbuf_text(&b));
}

/* Warns of limits whose metric none of the sources (a bit each) measures. */
static void check_limits(Load *l, const LimitsDraft *limits, uint32_t sources, const char *why) {
        for (uint32_t i = 0; i < limits->n; i++) {
                const LimitDraft *limit = &limits->list[i];
                SourceId of = _SOURCE_MAX;
                bool watched = false;

                for (SourceId source = 0; source < _SOURCE_MAX; source++)
                        if (limit->places[source][SCOPE_DOMAIN] != PLACE_NONE ||
                            limit->places[source][SCOPE_ACCOUNT] != PLACE_NONE) {
                                of = source;
                                watched |= sources >> source & 1u;
                        }
                if (!watched && !limit->never && of < _SOURCE_MAX)
                        load_warning(l, limit->origin,
                                     "this limit has no effect: %s is a metric of %s, %s",
                                     limit->metric, source_name(of), why);
        }
}

static void check_all_limits(Load *l) {
        const Draft *draft = l->draft;
        const Config *config = l->config;
        uint32_t on = (config->n_symantec > 0 ? 1u << SOURCE_SYMANTEC : 0) |
                      (config->immuniweb.enabled ? 1u << SOURCE_IMMUNIWEB : 0) |
                      1u << SOURCE_MAILSECD;

        check_limits(l, &draft->limits, on, "which is off");
        for (uint32_t i = 0; i < draft->n_groups; i++)
                check_limits(l, &draft->groups[i].limits, on, "which is off");
        for (uint32_t i = 0; i < draft->n_domains; i++) {
                const Domain *domain = &config->domains[draft->domains[i]->domain];
                uint32_t sources = 0;
                for (SourceId source = 0; source < SOURCE_VENDORS; source++)
                        sources |= domain->rules[source] ? 1u << source : 0;
                check_limits(l, &draft->domains[i]->limits, sources,
                             "which does not watch this domain");
        }
}

/* Warns of keys of a group's or a domain's policy in which these have no say. */
static void check_policy_keys(Load *l, const PolicyDraft *policy) {
        const Section *section = &config_sections[SECTION_POLICY];

        for (const Key *key = section->keys; policy && key < section->keys + section->n; key++) {
                Origin origin = key_origin_of(section, key, policy);
                if ((key->flags & KEY_SOURCE) && origin.file > 0)
                        load_warning(l, origin,
                                     "%s has no effect here: it is about all domains of an account "
                                     "and belongs in the policy of a source or the top level",
                                     key->name);
        }
}

static void check_policies(Load *l) {
        const Draft *draft = l->draft;

        for (uint32_t i = 0; i < draft->n_groups; i++)
                check_policy_keys(l, draft->groups[i].policy);
        for (uint32_t i = 0; i < draft->n_domains; i++)
                check_policy_keys(l, draft->domains[i]->policy);
}

/* Warns of timeouts, and of what others on the way can read and change. */
static void check_alertmanagers(Load *l) {
        const OutputDraft *draft = &l->draft->output;

        for (uint32_t i = 0; i < draft->n_alertmanagers; i++) {
                const AlertmanagerDraft *server = &draft->alertmanagers[i];
                if (!server->url)
                        continue;
                check_timeout(l, SECTION_ALERTMANAGER, server, server->timeout, "resend",
                              server->resend);
                if (url_is_plain(server->url) && !url_is_loopback(server->url))
                        load_warning(l, origin_in(SECTION_ALERTMANAGER, "url", server),
                                     "alerts go over the network in the clear: names of domains, "
                                     "measured values, owners and runbooks can be read and "
                                     "changed on the way; https would prevent that");
        }
}

void check_config(Load *l) {
        const Draft *draft = l->draft;

        if (l->broken)
                return; /* what is not known cannot be added up */
        for (uint32_t i = 0; i < draft->n_symantec; i++)
                if (draft->symantec[i].username)
                        check_timeout(l, SECTION_SYMANTEC, &draft->symantec[i],
                                      draft->symantec[i].timeout, "interval",
                                      draft->symantec[i].interval);
        if (draft->immuniweb.enabled)
                check_timeout(l, SECTION_IMMUNIWEB, &draft->immuniweb, draft->immuniweb.timeout,
                              "interval", draft->immuniweb.interval);
        check_alertmanagers(l);
        check_daily_tests(l);
        check_all_limits(l);
        check_policies(l);
}
