/* SPDX-License-Identifier: MIT */
#include "core/metric.h"

#include "base/macro.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define NONE                                                                                       \
        { NAN, NAN, NAN }
#define WARN(w)                                                                                    \
        { w, NAN, NAN }
#define CRIT(c)                                                                                    \
        { NAN, c, NAN }
#define WARN_CRIT(w, c)                                                                            \
        { w, c, NAN }

#define MIN_ 60.0

/* Wire names: Email Queue API Guide, tables 4 and 5; the oldest totals are spelt differently in its
 * table 4 and its sample (apis.md section 3 row 1: the sample's first). */
/* clang-format off */
static const Metric symantec_account[] = {
        { "up", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_BOOL, SCALE_PLAIN, CRIT(0),
          "queue statistics cannot be fetched", "1 when the last poll gave a whole answer, 0 when it failed", NULL },
        { "total_inbound_messages", "TotalMessagesInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "inbound messages in all queues: {}", "inbound messages in queue, all domains", NULL },
        { "total_outbound_messages", "TotalMessagesOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "outbound messages in all queues: {}", "outbound messages in queue, all domains", NULL },
        { "total_inbound_mean", "MeanTimeInQueueInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "inbound messages wait {} on average", "mean wait of inbound messages, all domains", NULL },
        { "total_outbound_mean", "MeanTimeInQueueOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "outbound messages wait {} on average", "mean wait of outbound messages, all domains", NULL },
        { "total_inbound_oldest", "LongestTimeInInbound", "LongestTimeInQueueInbound", READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest inbound message of all domains waits {}", "wait of the oldest inbound message, all domains", NULL },
        { "total_outbound_oldest", "LongestTimeInOutbound", "LongestTimeInQueueOutbound", READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest outbound message of all domains waits {}", "wait of the oldest outbound message, all domains", NULL },
        { "domains_seen", NULL, NULL, READ_COUNTED, BAD_NONE, UNIT_COUNT, SCALE_PLAIN, NONE,
          "domains in the answer: {}", "domains that the last answer held", NULL },
        { "domains_missing", NULL, NULL, READ_COUNTED, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, WARN(1),
          "configured domains absent from the answer: {}", "domains configured for the account, but absent from the answer", NULL },
        { "domains_unconfigured", NULL, NULL, READ_COUNTED, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "domains answered but not configured: {}", "domains in the answer that are not configured", NULL },
};

static const Metric symantec_domain[] = {
        { "receive_inbound_messages", "ReceiveQueueCountInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "inbound messages waiting to be processed: {}", "inbound messages waiting to be processed", NULL },
        { "receive_outbound_messages", "ReceiveQueueCountOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "outbound messages waiting to be processed: {}", "outbound messages waiting to be processed", NULL },
        { "delivery_inbound_messages", "DeliveryQueueCountInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "inbound messages waiting to be delivered: {}", "inbound messages processed and waiting to be delivered", NULL },
        { "delivery_outbound_messages", "DeliveryQueueCountOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "outbound messages waiting to be delivered: {}", "outbound messages processed and waiting to be delivered", NULL },
        { "receive_inbound_oldest", "LongestTimeInReceiveQueueInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest inbound message waits {} to be processed", "wait of the oldest inbound message to be processed", NULL },
        { "receive_outbound_oldest", "LongestTimeInReceiveQueueOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest outbound message waits {} to be processed", "wait of the oldest outbound message to be processed", NULL },
        { "delivery_inbound_oldest", "LongestTimeInDeliveryQueueInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest inbound message waits {} for delivery", "wait of the oldest processed inbound message for delivery", NULL },
        { "delivery_outbound_oldest", "LongestTimeInDeliveryQueueOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "oldest outbound message waits {} for delivery", "wait of the oldest processed outbound message for delivery", NULL },
        { "receive_inbound_mean", "MeanTimeInReceiveQueueInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "inbound messages wait {} on average to be processed", "mean wait of inbound messages to be processed", NULL },
        { "receive_outbound_mean", "MeanTimeInReceiveQueueOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "outbound messages wait {} on average to be processed", "mean wait of outbound messages to be processed", NULL },
        { "delivery_inbound_mean", "MeanTimeInDeliveryQueueInbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "inbound messages wait {} on average for delivery", "mean wait of processed inbound messages for delivery", NULL },
        { "delivery_outbound_mean", "MeanTimeInDeliveryQueueOutbound", NULL, READ_NUMBER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, NONE,
          "outbound messages wait {} on average for delivery", "mean wait of processed outbound messages for delivery", NULL },
        { "inbound_messages", "receive_inbound_messages", "delivery_inbound_messages", READ_SUM, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "inbound messages in queue: {}", "inbound messages in both queues", NULL },
        { "outbound_messages", "receive_outbound_messages", "delivery_outbound_messages", READ_SUM, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "outbound messages in queue: {}", "outbound messages in both queues", NULL },
        { "inbound_oldest", "receive_inbound_oldest", "delivery_inbound_oldest", READ_OLDER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, WARN_CRIT(15 * MIN_, 60 * MIN_),
          "oldest inbound message waits {}", "wait of the oldest inbound message in either queue", NULL },
        { "outbound_oldest", "receive_outbound_oldest", "delivery_outbound_oldest", READ_OLDER, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, WARN_CRIT(15 * MIN_, 60 * MIN_),
          "oldest outbound message waits {}", "wait of the oldest outbound message in either queue", NULL },
        { "inbound_stuck", "receive_inbound_oldest", "delivery_inbound_oldest", READ_STUCK, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, WARN(30 * MIN_),
          "inbound queue has not moved for {}", "for how long the same message has blocked the head of an inbound queue; 0 when it moves", "inbound queue moves" },
        { "outbound_stuck", "receive_outbound_oldest", "delivery_outbound_oldest", READ_STUCK, BAD_HIGH, UNIT_SECONDS, SCALE_PLAIN, WARN(30 * MIN_),
          "outbound queue has not moved for {}", "for how long the same message has blocked the head of an outbound queue; 0 when it moves", "outbound queue moves" },
        { "data_age", NULL, NULL, READ_ENGINE, BAD_HIGH, UNIT_SECONDS, SCALE_STALE, WARN(1),
          "no queue statistics for {}", "since the last good queue statistics of the domain", "queue statistics arrive" },
};

static const Metric immuniweb_account[] = {
        { "up", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_BOOL, SCALE_PLAIN, CRIT(0),
          "email security tests cannot be run", "1 when the service answered the last test, 0 when it failed", NULL },
        { "tests_left", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_COUNT, SCALE_PLAIN, NONE,
          "tests left of daily_tests: {}", "tests that may still be started in the running 24 hours; unknown with daily_tests = 0", NULL },
        { "running", NULL, NULL, READ_ENGINE, BAD_NONE, UNIT_COUNT, SCALE_PLAIN, NONE,
          "tests in progress: {}", "tests in progress", NULL },
};

#define ISSUES(part, words) \
        { part "_issues", "/summary/" part "/value", NULL, READ_NUMBER, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE, \
          words " issues: {}", words " issues that the test counts (summary." part ".value)", NULL }
#define COLOR(part, words) \
        { part "_color", "/summary/" part "/color", NULL, READ_COLOR, BAD_HIGH, UNIT_COLOR, SCALE_PLAIN, NONE, \
          words " are rated {}", "the test's colour for " words " (summary." part ".color): 0 green, 1 blue, 2 orange, 3 red", NULL }
#define RECORD(record, words) \
        { record, record, NULL, READ_RECORD, BAD_HIGH, UNIT_GRADE, SCALE_PLAIN, WARN_CRIT(2, 3), \
          words " check: {}", words ": 0 good, 1 information, 2 weakness, 3 failure", NULL }
#define MX_ALERT(alert, limit, words) \
        { alert, alert, NULL, READ_MX_ALERT, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, limit, \
          "MX hosts that " words ": {}", "MX hosts that " words, NULL }

static const Metric immuniweb_domain[] = {
        { "up", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_BOOL, SCALE_PLAIN, CRIT(0),
          "email security test gave no result", "1 when the last test gave a result, 0 when not", "email security test gave a result" },
        ISSUES("server", "mail server"),
        ISSUES("ssl", "mail TLS"),
        ISSUES("dns", "mail DNS"),
        ISSUES("blacklists", "blacklist"),
        ISSUES("darkweb", "dark web"),
        ISSUES("phishing", "phishing"),
        COLOR("server", "the mail servers"),
        COLOR("ssl", "the TLS settings"),
        COLOR("dns", "the DNS records"),
        COLOR("blacklists", "the blacklist entries"),
        COLOR("darkweb", "the dark web findings"),
        COLOR("phishing", "the phishing findings"),
        RECORD("spf", "SPF"),
        RECORD("dkim", "DKIM"),
        RECORD("dmarc", "DMARC"),
        { "mx_hosts", "/test_email/mx", NULL, READ_MX_HOSTS, BAD_LOW, UNIT_COUNT, SCALE_PLAIN, NONE,
          "MX hosts found: {}", "MX hosts that the test found", NULL },
        { "mx_firewalled", "is_firewalled", NULL, READ_MX_FLAG, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "MX hosts that could not be tested: {}", "MX hosts that a firewall kept from being tested", NULL },
        { "blacklist_count", "bl_cnt", NULL, READ_MX_SUM, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, WARN_CRIT(1, 3),
          "DNS blacklist entries of the MX hosts: {}", "DNS blacklist entries, sum over MX hosts (bl_cnt)", NULL },
        { "ioc_count", "ioc_cnt", NULL, READ_MX_SUM, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, WARN(1),
          "indicator-of-compromise feeds naming the MX hosts: {}", "indicator-of-compromise feeds, sum over MX hosts (ioc_cnt)", NULL },
        MX_ALERT("open_relay", CRIT(1), "are open relays"),
        MX_ALERT("vrfy", WARN(1), "answer VRFY"),
        MX_ALERT("expn", WARN(1), "answer EXPN"),
        MX_ALERT("rcpt", WARN(1), "tell users by RCPT"),
        MX_ALERT("plaintext_auth", WARN(1), "offer a login before TLS"),
        { "ptr_missing", "PTR", NULL, READ_MX_PTR, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "MX hosts without a good reverse name: {}", "MX hosts whose PTR record is absent or judged bad", NULL },
        { "open_ports", "open_ports", NULL, READ_MX_PORTS, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "open SMTP ports: {}", "open SMTP ports, sum over MX hosts", NULL },
        { "dnssec_failures", "/test_email/dnssec/results", NULL, READ_DNSSEC, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, NONE,
          "record types without a valid DNSSEC signature: {}", "record types that are not validly signed", NULL },
        { "result_age", "/internals/ts", NULL, READ_RESULT_AGE, BAD_HIGH, UNIT_SECONDS, SCALE_INTERVAL, WARN(2),
          "the vendor ran the test {} ago", "since the vendor ran the test (internals.ts)", NULL },
        { "data_age", NULL, NULL, READ_ENGINE, BAD_HIGH, UNIT_SECONDS, SCALE_STALE, WARN(1),
          "no test result for {}", "since the last good result arrived", "test result arrived" },
};

static const Metric mailsecd_account[] = {
        { "store_up", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_BOOL, SCALE_PLAIN, CRIT(0),
          "state cannot be kept", "1 when the state file takes what is to be kept, 0 when not", "state is kept" },
        { "config_ok", NULL, NULL, READ_ENGINE, BAD_LOW, UNIT_BOOL, SCALE_PLAIN, WARN(0),
          "the configuration on disk was refused, an older one is in force", "1 when the configuration in force is the one last read, 0 when that was refused",
          "the configuration on disk is in force" },
        { "records_lost", NULL, NULL, READ_ENGINE, BAD_HIGH, UNIT_COUNT, SCALE_PLAIN, WARN(1),
          "{} records were lost", "records dropped in the last 24 hours because nothing took them", NULL },
};
/* clang-format on */

static const MetricSet metric_sets[_SOURCE_MAX][_SCOPE_MAX] = {
        [SOURCE_SYMANTEC] = {
                [SCOPE_ACCOUNT] = { SOURCE_SYMANTEC, SCOPE_ACCOUNT, symantec_account, ELEMENTSOF(symantec_account) },
                [SCOPE_DOMAIN] = { SOURCE_SYMANTEC, SCOPE_DOMAIN, symantec_domain, ELEMENTSOF(symantec_domain) },
        },
        [SOURCE_IMMUNIWEB] = {
                [SCOPE_ACCOUNT] = { SOURCE_IMMUNIWEB, SCOPE_ACCOUNT, immuniweb_account, ELEMENTSOF(immuniweb_account) },
                [SCOPE_DOMAIN] = { SOURCE_IMMUNIWEB, SCOPE_DOMAIN, immuniweb_domain, ELEMENTSOF(immuniweb_domain) },
        },
        [SOURCE_MAILSECD] = {
                [SCOPE_ACCOUNT] = { SOURCE_MAILSECD, SCOPE_ACCOUNT, mailsecd_account, ELEMENTSOF(mailsecd_account) },
                [SCOPE_DOMAIN] = { SOURCE_MAILSECD, SCOPE_DOMAIN, NULL, 0 },
        },
};

static_assert(ELEMENTSOF(immuniweb_domain) <= METRICS_MAX, "METRICS_MAX");
static_assert(ELEMENTSOF(symantec_domain) <= METRICS_MAX, "METRICS_MAX");

const char *unit_name(Unit unit) {
        static const char *const names[_UNIT_MAX] = {
                [UNIT_COUNT] = "count", [UNIT_SECONDS] = "seconds", [UNIT_GRADE] = "grade",
                [UNIT_COLOR] = "color", [UNIT_BOOL] = "bool",
        };
        return names[unit];
}

const char *source_name(SourceId source) {
        static const char *const names[_SOURCE_MAX] = {
                [SOURCE_SYMANTEC] = "symantec",
                [SOURCE_IMMUNIWEB] = "immuniweb",
                [SOURCE_MAILSECD] = "mailsecd",
        };
        return names[source];
}

const MetricSet *metric_set(SourceId source, Scope scope) {
        return &metric_sets[source][scope];
}

size_t metric_find(const MetricSet *set, const char *name) {
        for (size_t i = 0; i < set->n; i++)
                if (strcmp(set->metrics[i].name, name) == 0)
                        return i;
        return SIZE_MAX;
}

bool metric_is_worse(const MetricSet *set, const float *before, const double *after,
                     uint64_t at_least) {
        for (size_t i = 0; before && i < set->n; i++) {
                const Metric *row = &set->metrics[i];
                float value = (float)after[i];

                /* A comparison with NAN is false. */
                if (row->reader == READ_ENGINE || row->reader == READ_RESULT_AGE)
                        continue;
                if (row->bad == BAD_HIGH && value > before[i])
                        return true;
                if (row->bad == BAD_LOW && value < before[i] && !(at_least >> i & 1))
                        return true;
        }
        return false;
}
