/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/metric.h"

#include <math.h>

static const struct {
        SourceId source;
        Scope scope;
        const char *names; /* spec section 4, in the table's order */
} sets[] = {
        { SOURCE_SYMANTEC, SCOPE_ACCOUNT,
          "up total_inbound_messages total_outbound_messages total_inbound_mean "
          "total_outbound_mean total_inbound_oldest total_outbound_oldest domains_seen "
          "domains_missing domains_unconfigured " },
        { SOURCE_SYMANTEC, SCOPE_DOMAIN,
          "receive_inbound_messages receive_outbound_messages delivery_inbound_messages "
          "delivery_outbound_messages receive_inbound_oldest receive_outbound_oldest "
          "delivery_inbound_oldest delivery_outbound_oldest receive_inbound_mean "
          "receive_outbound_mean delivery_inbound_mean delivery_outbound_mean inbound_messages "
          "outbound_messages inbound_oldest outbound_oldest inbound_stuck outbound_stuck "
          "data_age " },
        { SOURCE_IMMUNIWEB, SCOPE_ACCOUNT, "up tests_left running " },
        { SOURCE_IMMUNIWEB, SCOPE_DOMAIN,
          "up server_issues ssl_issues dns_issues blacklists_issues darkweb_issues "
          "phishing_issues server_color ssl_color dns_color blacklists_color darkweb_color "
          "phishing_color spf dkim dmarc mx_hosts mx_firewalled blacklist_count ioc_count "
          "open_relay vrfy expn rcpt plaintext_auth ptr_missing open_ports dnssec_failures "
          "result_age data_age " },
        { SOURCE_MAILSECD, SCOPE_ACCOUNT, "store_up config_ok records_lost " },
        { SOURCE_MAILSECD, SCOPE_DOMAIN, "" },
};

static void test_names(void **state) {
        (void)state;

        assert_int_equal(ELEMENTSOF(sets), _SOURCE_MAX * _SCOPE_MAX);
        assert_int_equal(SOURCE_VENDORS, 2); /* the daemon itself is none */
        for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
                const MetricSet *set = metric_set(sets[i].source, sets[i].scope);
                char names[1024] = "";
                CHECK_INT(i, set->source, sets[i].source);
                CHECK_INT(i, set->scope, sets[i].scope);
                CHECK(i, set->n <= METRICS_MAX);
                for (size_t j = 0; j < set->n; j++) {
                        strcat(strcat(names, set->metrics[j].name), " ");
                        CHECK_INT(i, metric_find(set, set->metrics[j].name), j); /* no twins */
                }
                CHECK_STR(i, names, sets[i].names);
                CHECK(i, metric_find(set, "no_such_metric") == SIZE_MAX);
                CHECK(i, metric_find(set, "") == SIZE_MAX);
        }
}

/* The limits of spec section 4; what is not here has none. */
static void test_default_limits(void **state) {
        (void)state;
        static const struct {
                SourceId source;
                Scope scope;
                const char *name;
                double warning, critical;
                Bad bad;
                Scale scale;
        } rows[] = {
                { 0, 0, "up", NAN, 0, BAD_LOW, SCALE_PLAIN },
                { 0, 0, "domains_missing", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 0, 1, "inbound_oldest", 900, 3600, BAD_HIGH, SCALE_PLAIN },
                { 0, 1, "outbound_oldest", 900, 3600, BAD_HIGH, SCALE_PLAIN },
                { 0, 1, "inbound_stuck", 1800, NAN, BAD_HIGH, SCALE_PLAIN },
                { 0, 1, "outbound_stuck", 1800, NAN, BAD_HIGH, SCALE_PLAIN },
                { 0, 1, "data_age", 1, NAN, BAD_HIGH, SCALE_STALE },
                { 1, 0, "up", NAN, 0, BAD_LOW, SCALE_PLAIN },
                { 1, 1, "up", NAN, 0, BAD_LOW, SCALE_PLAIN },
                { 1, 1, "blacklist_count", 1, 3, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "ioc_count", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "spf", 2, 3, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "dkim", 2, 3, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "dmarc", 2, 3, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "open_relay", NAN, 1, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "vrfy", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "expn", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "rcpt", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "plaintext_auth", 1, NAN, BAD_HIGH, SCALE_PLAIN },
                { 1, 1, "result_age", 2, NAN, BAD_HIGH, SCALE_INTERVAL },
                { 1, 1, "data_age", 1, NAN, BAD_HIGH, SCALE_STALE },
                { 2, 0, "store_up", NAN, 0, BAD_LOW, SCALE_PLAIN },
                { 2, 0, "config_ok", 0, NAN, BAD_LOW, SCALE_PLAIN },
                { 2, 0, "records_lost", 1, NAN, BAD_HIGH, SCALE_PLAIN },
        };
        size_t with_limit = 0;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                const MetricSet *set = metric_set(rows[i].source, rows[i].scope);
                size_t at = metric_find(set, rows[i].name);
                CHECK(i, at < set->n);
                const Metric *m = &set->metrics[at];
                CHECK(i, isnan(rows[i].warning) ? isnan(m->limit.warning)
                                                : m->limit.warning == rows[i].warning);
                CHECK(i, isnan(rows[i].critical) ? isnan(m->limit.critical)
                                                 : m->limit.critical == rows[i].critical);
                CHECK(i, isnan(m->limit.clear));
                CHECK_INT(i, m->bad, rows[i].bad);
                CHECK_INT(i, m->scale, rows[i].scale);
        }
        for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
                const MetricSet *set = metric_set(sets[i].source, sets[i].scope);
                for (size_t j = 0; j < set->n; j++)
                        with_limit += limit_is_set(&set->metrics[j].limit);
        }
        assert_int_equal(with_limit, ELEMENTSOF(rows));
}

/* What every row must be for the code that reads it. */
static void test_rows(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(sets); i++) {
                const MetricSet *set = metric_set(sets[i].source, sets[i].scope);
                for (size_t j = 0; j < set->n; j++) {
                        const Metric *m = &set->metrics[j];
                        size_t row = 100 * i + j;
                        const char *place = strstr(m->phrase, "{}");
                        CHECK(row, (m->unit == UNIT_BOOL) == !place);
                        CHECK(row, !place || !strstr(place + 1, "{}"));
                        CHECK(row, !m->good || !strstr(m->good, "{}"));
                        CHECK(row, m->help && strlen(m->help) > 10 && !strchr(m->help, '\n'));
                        CHECK(row, m->help[strlen(m->help) - 1] != '.');
                        CHECK(row, !limit_problem(&m->limit, m->bad));
                        CHECK(row, !limit_is_set(&m->limit) || m->bad != BAD_NONE);
                        CHECK(row, m->reader < _READER_MAX && unit_name(m->unit));
                        if (m->reader == READ_SUM || m->reader == READ_OLDER ||
                            m->reader == READ_STUCK) {
                                CHECK(row, metric_find(set, m->key) < j);
                                CHECK(row, metric_find(set, m->key2) < j);
                        }
                }
        }
}

/* The guide's table 5, in its order (seed 003), and the totals of its table 4. */
static void test_fixed_places(void **state) {
        (void)state;
        static const char *const wire[SYMANTEC_WIRE_N] = {
                "ReceiveQueueCountInbound",          "ReceiveQueueCountOutbound",
                "DeliveryQueueCountInbound",         "DeliveryQueueCountOutbound",
                "LongestTimeInReceiveQueueInbound",  "LongestTimeInReceiveQueueOutbound",
                "LongestTimeInDeliveryQueueInbound", "LongestTimeInDeliveryQueueOutbound",
                "MeanTimeInReceiveQueueInbound",     "MeanTimeInReceiveQueueOutbound",
                "MeanTimeInDeliveryQueueInbound",    "MeanTimeInDeliveryQueueOutbound",
        };
        static const char *const totals[SYMANTEC_TOTALS_N] = {
                "TotalMessagesInbound",    "TotalMessagesOutbound", "MeanTimeInQueueInbound",
                "MeanTimeInQueueOutbound", "LongestTimeInInbound",  "LongestTimeInOutbound",
        };
        const MetricSet *domain = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const MetricSet *account = metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT);

        for (size_t i = 0; i < SYMANTEC_WIRE_N; i++) {
                CHECK_STR(i, domain->metrics[i].key, wire[i]);
                CHECK_INT(i, domain->metrics[i].reader, READ_NUMBER);
        }
        CHECK(SYMANTEC_WIRE_N, domain->metrics[SYMANTEC_WIRE_N].reader != READ_NUMBER);
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++)
                CHECK_STR(i, account->metrics[SYMANTEC_TOTALS + i].key, totals[i]);
        assert_string_equal(account->metrics[SYMANTEC_TOTALS + 4].key2,
                            "LongestTimeInQueueInbound");
        assert_string_equal(account->metrics[SYMANTEC_TOTALS + 5].key2,
                            "LongestTimeInQueueOutbound");
}

static void test_words(void **state) {
        (void)state;

        assert_string_equal(source_name(SOURCE_SYMANTEC), "symantec");
        assert_string_equal(source_name(SOURCE_IMMUNIWEB), "immuniweb");
        assert_string_equal(source_name(SOURCE_MAILSECD), "mailsecd");
        assert_string_equal(unit_name(UNIT_COUNT), "count");
        assert_string_equal(unit_name(UNIT_SECONDS), "seconds");
        assert_string_equal(unit_name(UNIT_GRADE), "grade");
        assert_string_equal(unit_name(UNIT_COLOR), "color");
        assert_string_equal(unit_name(UNIT_BOOL), "bool");
}

/* One metric of a result before and after. */
static void test_worse(void **state) {
        static const struct {
                const char *metric;
                float before;
                double after;
                bool at_least;
                bool worse;
        } rows[] = {
                { "vrfy", 0, 1, false, true },
                { "vrfy", 1, 1, false, false },
                { "vrfy", 2, 1, false, false },
                { "vrfy", 0, 1, true, true },
                { "vrfy", NAN, 1, false, false },
                { "vrfy", 0, NAN, false, false },
                { "dmarc", 1, 2, false, true },
                { "ssl_color", 2, 1, false, false },
                { "mx_hosts", 2, 1, false, true },
                { "mx_hosts", 2, 1, true, false },
                { "mx_hosts", 1, 2, false, false },
                /* Ages, and what the engine counts. */
                { "result_age", 0, 1e6, false, false },
                { "data_age", 0, 1e6, false, false },
                { "up", 1, 0, false, false },
                /* Not worse by what is lost where it is kept. */
                { "ssl_issues", 0.1f, 0.1, false, false },
        };
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t at = metric_find(set, rows[i].metric);
                float before[METRICS_MAX];
                double after[METRICS_MAX];
                for (size_t j = 0; j < METRICS_MAX; j++)
                        before[j] = NAN, after[j] = NAN;
                before[at] = rows[i].before;
                after[at] = rows[i].after;
                uint64_t bits = rows[i].at_least ? UINT64_C(1) << at : 0;
                CHECK_INT(i, metric_is_worse(set, before, after, bits), rows[i].worse);
                CHECK_INT(i, metric_is_worse(set, NULL, after, bits), false);
        }

        /* A metric without a bad side. */
        const MetricSet *account = metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT);
        float before[METRICS_MAX] = { 0 };
        double after[METRICS_MAX] = { 0 };
        after[metric_find(account, "domains_seen")] = 7;
        assert_false(metric_is_worse(account, before, after, 0));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names), cmocka_unit_test(test_default_limits),
                cmocka_unit_test(test_rows),  cmocka_unit_test(test_fixed_places),
                cmocka_unit_test(test_words), cmocka_unit_test(test_worse),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
