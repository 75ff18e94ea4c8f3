/* SPDX-License-Identifier: MIT */
#include "core/outcome.h"

#include <stddef.h>
#include <string.h>

/* Told to the person on call as "{what fails}: {words} since ...; {advice}". */
/* clang-format off */
static const OutcomeInfo outcomes[_OUTCOME_MAX] = {
        [OUTCOME_OK] = { "ok", "answered", NULL, RETRY_NORMAL, false },
        [OUTCOME_AUTH] = { "auth", "the login or key is refused",
                "check username and password_file or api_key_file; the password may have expired, "
                "or the portal may ask for a second factor or limit source addresses",
                RETRY_RARELY, true },
        [OUTCOME_FORBIDDEN] = { "forbidden", "access is forbidden (HTTP 403)",
                "grant the user View Statistics on Email Threat Detection and Response",
                RETRY_RARELY, true },
        [OUTCOME_NOT_FOUND] = { "not-found", "nothing is there (HTTP 404)",
                "check url: the base address is probably wrong", RETRY_RARELY, true },
        [OUTCOME_RATE_LIMITED] = { "rate-limited", "too many requests (HTTP 429)",
                "it retries by itself; lengthen interval or find what else uses the account",
                RETRY_BACKOFF, true },
        [OUTCOME_SERVER] = { "server", "the service has an error (HTTP 5xx)",
                "it retries by itself; see the vendor's status page if it lasts",
                RETRY_BACKOFF, true },
        [OUTCOME_HTTP] = { "http", "the answer has an unexpected HTTP status",
                "check url and proxy; it retries by itself", RETRY_BACKOFF, true },
        [OUTCOME_REDIRECT] = { "redirect", "the service redirects elsewhere (HTTP 3xx)",
                "check url: it must name the service itself", RETRY_RARELY, true },
        [OUTCOME_TIMEOUT] = { "timeout", "no answer in time",
                "it retries by itself; check the network and timeout if it lasts",
                RETRY_BACKOFF, true },
        [OUTCOME_DNS] = { "dns", "the service's name does not resolve",
                "check this machine's name resolution and url", RETRY_BACKOFF, true },
        [OUTCOME_CONNECT] = { "connect", "no connection to the service",
                "check the network, the firewall and proxy", RETRY_BACKOFF, true },
        [OUTCOME_PROXY] = { "proxy", "the proxy does not let it through",
                "check proxy and the proxy's own rules", RETRY_BACKOFF, true },
        [OUTCOME_TLS] = { "tls", "no trusted TLS connection",
                "check ca_file, the system's clock and whether something intercepts TLS",
                RETRY_BACKOFF, true },
        [OUTCOME_NETWORK] = { "network", "the connection broke off",
                "it retries by itself; check the network if it lasts", RETRY_BACKOFF, true },
        [OUTCOME_TOO_LARGE] = { "too-large", "the answer is too large",
                "check url; with many domains set filter to \"configured\"", RETRY_BACKOFF, true },
        [OUTCOME_EMPTY] = { "empty", "the answer is empty",
                "it retries by itself; ask the vendor if it lasts", RETRY_BACKOFF, true },
        [OUTCOME_PROTOCOL] = { "protocol", "the answer cannot be read",
                "check that url names the API itself; it retries by itself",
                RETRY_BACKOFF, true },
        [OUTCOME_QUOTA] = { "quota", "the vendor's test limit is used up",
                "tests go on in a day; lower daily_tests, lengthen interval or buy more tests",
                RETRY_DAY, true },
        [OUTCOME_BUDGET] = { "budget", "daily_tests is used up",
                "it waits for the next free place; raise daily_tests or lengthen interval",
                RETRY_NORMAL, false },
        [OUTCOME_INVALID_DOMAIN] = { "invalid-domain", "the vendor does not accept the domain",
                "check the name in the configuration or drop immuniweb from its sources",
                RETRY_NEVER, false },
        [OUTCOME_UNRESOLVED] = { "unresolved", "the vendor finds no mail hosts for the domain",
                "check the domain's DNS: A, AAAA and MX records", RETRY_SLOWLY, false },
        [OUTCOME_REFUSED] = { "refused", "the vendor refuses to test the domain",
                "read MAILSEC_DETAIL for the vendor's own words", RETRY_SLOWLY, false },
        [OUTCOME_MISMATCH] = { "mismatch", "the result is for another host",
                "it is not used; test the name on the vendor's page", RETRY_SLOWLY, false },
        [OUTCOME_JOB_LOST] = { "job-lost", "the vendor lost the test twice",
                "it retries by itself; ask the vendor if it lasts", RETRY_BACKOFF, false },
        [OUTCOME_DEADLINE] = { "deadline", "the test did not end in time",
                "it retries by itself; raise deadline if the vendor is slow",
                RETRY_BACKOFF, false },
};
/* clang-format on */

const OutcomeInfo *outcome_info(Outcome outcome) {
        return &outcomes[outcome];
}

bool outcome_speaks_at_once(Outcome outcome) {
        switch (outcome_info(outcome)->retry) {
        case RETRY_NORMAL:
        case RETRY_BACKOFF:
        case RETRY_SLOWLY:
                return false;
        case RETRY_RARELY:
        case RETRY_DAY:
        case RETRY_NEVER:
                return true;
        }
        return false;
}

const char *outcome_name(Outcome outcome) {
        return outcomes[outcome].reason;
}

Outcome outcome_find(const char *name) {
        Outcome outcome = OUTCOME_OK;

        while (outcome < _OUTCOME_MAX && (!name || strcmp(outcomes[outcome].reason, name) != 0))
                outcome++;
        return outcome;
}

Outcome outcome_of_status(long status) {
        switch (status) {
        case 200 ... 299:
                return OUTCOME_OK;
        case 300 ... 399:
                return OUTCOME_REDIRECT;
        case 401:
                return OUTCOME_AUTH;
        case 403:
                return OUTCOME_FORBIDDEN;
        case 404:
                return OUTCOME_NOT_FOUND;
        case 407:
                return OUTCOME_PROXY;
        case 429:
                return OUTCOME_RATE_LIMITED;
        case 500 ... 599:
                return OUTCOME_SERVER;
        }
        return OUTCOME_HTTP;
}
