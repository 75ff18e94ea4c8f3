/* SPDX-License-Identifier: MIT */
#include "sim/symantec.h"

#include <stdio.h>
#include <string.h>

#include "sim/stats.h"

static bool has_prefix(const Account *account, const char *prefix) {
        return strcmp(account->prefix, prefix) == 0;
}

/* The account whose path and credential these are. Without a right credential the first one of the
 * path, as what the faults and the log go by. */
static Account *find_account(Request *request, const char *prefix) {
        Scenario *scenario = request->sim->scenario;
        Account *first = NULL;
        _cleanup_free_ char *password = NULL;

        bool given = request_credentials(request, &password);
        for (size_t i = 0; i < scenario->n_accounts; i++) {
                Account *account = &scenario->accounts[i];
                if (!has_prefix(account, prefix))
                        continue;
                if (!first)
                        first = account;
                if (given && strcmp(account->username, request->user) == 0 &&
                    strcmp(account->password, password) == 0) {
                        request->authorised = true;
                        return account;
                }
        }
        return first;
}

/* The domains of the account that the filter names, each once, in its order. */
static size_t filter_domains(Scenario *scenario, const Account *account, const char *const *filters,
                             size_t n_filters, Domain **domains) {
        size_t n = 0;

        scenario->stamp++;
        for (size_t i = 0; i < n_filters; i++) {
                Domain *domain = scenario_domain(scenario, filters[i]);
                if (!domain || &scenario->accounts[domain->account] != account ||
                    domain->stamp == scenario->stamp)
                        continue;
                domain->stamp = scenario->stamp;
                domains[n++] = domain;
        }
        return n;
}

static void answer_stats(Request *request, Account *account, const char *const *filters,
                         size_t n_filters, const Verdict *verdict) {
        StatsQuery query = { .account = account, .verdict = verdict, .now = request->now };
        _cleanup_free_ Domain **domains = NULL;

        if (n_filters > 0) {
                domains = calloc(n_filters, sizeof(*domains));
                if (!domains)
                        abort();
                query.domains = domains;
                query.n_domains = filter_domains(request->sim->scenario, account, filters,
                                                 n_filters, domains);
        }
        reply_set_json(&request->reply, 200, stats_render(&query));
}

static size_t query_size(const Request *request) {
        const char *question = strchr(request->uri, '?');
        return question ? strlen(question + 1) : 0;
}

void symantec_answer(Request *request, const char *prefix) {
        Account *account = find_account(request, prefix);
        _cleanup_free_ const char **filters = NULL;
        size_t n_filters = request_filters(request, &filters);
        Verdict verdict;

        request->api = "symantec";
        request->call = "stats";
        snprintf(request->account, sizeof(request->account), "%s", account->name);
        fault_judge(&request->sim->scenario->faults,
                    &(FaultQuery){
                            .api = API_SYMANTEC,
                            .call = request->call,
                            .account = account->name,
                            .domains = filters,
                            .n_domains = n_filters,
                            .all_domains = n_filters == 0,
                            .now = request->now,
                    },
                    &verdict);

        /* The guide: no content with either. */
        if (!request->authorised) {
                reply_set(&request->reply, 401, "", NULL);
                request->reply.challenge = true;
        } else if (account->max_query > 0 && query_size(request) > account->max_query)
                reply_set(&request->reply, 414, "", NULL);
        else if (!account->view_stats)
                reply_set(&request->reply, 403, "", NULL);
        else
                answer_stats(request, account, filters, n_filters, &verdict);
        reply_harm(&request->reply, &verdict, request->wall);
}
