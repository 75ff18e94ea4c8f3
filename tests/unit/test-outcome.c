/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/outcome.h"

/* apis.md section 2, row by row. */
static void test_table(void **state) {
        (void)state;
        static const struct {
                Outcome outcome;
                const char *reason;
                Retry retry;
                bool account;
        } rows[] = {
                { OUTCOME_OK, "ok", RETRY_NORMAL, false },
                { OUTCOME_AUTH, "auth", RETRY_RARELY, true },
                { OUTCOME_FORBIDDEN, "forbidden", RETRY_RARELY, true },
                { OUTCOME_NOT_FOUND, "not-found", RETRY_RARELY, true },
                { OUTCOME_RATE_LIMITED, "rate-limited", RETRY_BACKOFF, true },
                { OUTCOME_SERVER, "server", RETRY_BACKOFF, true },
                { OUTCOME_HTTP, "http", RETRY_BACKOFF, true },
                { OUTCOME_REDIRECT, "redirect", RETRY_RARELY, true },
                { OUTCOME_TIMEOUT, "timeout", RETRY_BACKOFF, true },
                { OUTCOME_DNS, "dns", RETRY_BACKOFF, true },
                { OUTCOME_CONNECT, "connect", RETRY_BACKOFF, true },
                { OUTCOME_PROXY, "proxy", RETRY_BACKOFF, true },
                { OUTCOME_TLS, "tls", RETRY_BACKOFF, true },
                { OUTCOME_NETWORK, "network", RETRY_BACKOFF, true },
                { OUTCOME_TOO_LARGE, "too-large", RETRY_BACKOFF, true },
                { OUTCOME_EMPTY, "empty", RETRY_BACKOFF, true },
                { OUTCOME_PROTOCOL, "protocol", RETRY_BACKOFF, true },
                { OUTCOME_QUOTA, "quota", RETRY_DAY, true },
                { OUTCOME_BUDGET, "budget", RETRY_NORMAL, false },
                { OUTCOME_INVALID_DOMAIN, "invalid-domain", RETRY_NEVER, false },
                { OUTCOME_UNRESOLVED, "unresolved", RETRY_SLOWLY, false },
                { OUTCOME_REFUSED, "refused", RETRY_SLOWLY, false },
                { OUTCOME_MISMATCH, "mismatch", RETRY_SLOWLY, false },
                { OUTCOME_JOB_LOST, "job-lost", RETRY_BACKOFF, false },
                { OUTCOME_DEADLINE, "deadline", RETRY_BACKOFF, false },
        };

        assert_int_equal(ELEMENTSOF(rows), _OUTCOME_MAX);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const OutcomeInfo *info = outcome_info(rows[i].outcome);
                CHECK_INT(i, rows[i].outcome, i);
                CHECK_STR(i, info->reason, rows[i].reason);
                CHECK_INT(i, info->retry, rows[i].retry);
                CHECK_INT(i, info->account, rows[i].account);
        }
}

/* They stand in the middle of a line: clauses, not sentences; a reason is one word. */
static void test_wording(void **state) {
        (void)state;

        for (Outcome i = OUTCOME_OK; i < _OUTCOME_MAX; i++) {
                const OutcomeInfo *info = outcome_info(i);
                CHECK(i, info->words[0] >= 'a' && info->words[0] <= 'z');
                CHECK(i, info->words[strlen(info->words) - 1] != '.');
                CHECK(i, strlen(info->words) <= 60);
                CHECK_INT(i, strspn(info->reason, "abcdefghijklmnopqrstuvwxyz-"),
                          strlen(info->reason));
                CHECK(i, (i == OUTCOME_OK) == !info->advice);
                if (info->advice)
                        CHECK(i, info->advice[strlen(info->advice) - 1] != '.' &&
                                         strlen(info->advice) <= 160);
                for (Outcome j = OUTCOME_OK; j < i; j++)
                        CHECK(i, strcmp(info->reason, outcome_info(j)->reason) != 0 &&
                                         strcmp(info->words, outcome_info(j)->words) != 0);
        }
}

static void test_of_status(void **state) {
        (void)state;
        static const struct {
                long status;
                Outcome outcome;
        } rows[] = {
                { 200, OUTCOME_OK },           { 204, OUTCOME_OK },
                { 299, OUTCOME_OK },           { 300, OUTCOME_REDIRECT },
                { 302, OUTCOME_REDIRECT },     { 304, OUTCOME_REDIRECT },
                { 308, OUTCOME_REDIRECT },     { 400, OUTCOME_HTTP },
                { 401, OUTCOME_AUTH },         { 402, OUTCOME_HTTP },
                { 403, OUTCOME_FORBIDDEN },    { 404, OUTCOME_NOT_FOUND },
                { 407, OUTCOME_PROXY },        { 422, OUTCOME_HTTP },
                { 429, OUTCOME_RATE_LIMITED }, { 499, OUTCOME_HTTP },
                { 500, OUTCOME_SERVER },       { 503, OUTCOME_SERVER },
                { 599, OUTCOME_SERVER },       { 600, OUTCOME_HTTP },
                { 199, OUTCOME_HTTP },         { 0, OUTCOME_HTTP },
                { -1, OUTCOME_HTTP },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, outcome_of_status(rows[i].status), rows[i].outcome);
}

/* What a store wrote is found again; what no version ever wrote is not. */
static void test_names(void **state) {
        (void)state;
        static const char *const unknown[] = { NULL, "",     "OK",    "ok ",
                                               "o",  "okay", "limit", "not_found" };

        for (Outcome i = OUTCOME_OK; i < _OUTCOME_MAX; i++) {
                CHECK_STR(i, outcome_name(i), outcome_info(i)->reason);
                CHECK_INT(i, outcome_find(outcome_name(i)), i);
        }
        for (size_t i = 0; i < ELEMENTSOF(unknown); i++)
                CHECK_INT(i, outcome_find(unknown[i]), _OUTCOME_MAX);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_wording),
                cmocka_unit_test(test_of_status),
                cmocka_unit_test(test_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
