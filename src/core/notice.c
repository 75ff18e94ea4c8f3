/* SPDX-License-Identifier: MIT */
#include "core/notice.h"

#include "base/duration.h"
#include "base/stamp.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_there(const char *text) {
        return text && *text;
}

void notice_identity(StrBuf *b, const MetricSet *set, const char *target, size_t metric) {
        strbuf_addf(b, "%s/%s/%s", source_name(set->source), target, set->metrics[metric].name);
}

void notice_format_number(StrBuf *b, double value) {
        char text[64];

        if (isnan(value))
                return;
        if (!(fabs(value) < 1e18)) {
                strbuf_addf(b, "%.17g", value);
                return;
        }
        int n = snprintf(text, sizeof(text), "%.6f", value);
        while (text[n - 1] == '0')
                n--;
        if (text[n - 1] == '.')
                n--;
        text[n] = '\0';
        strbuf_adds(b, streq(text, "-0") ? "0" : text);
}

static void format_seconds(StrBuf *b, double seconds) {
        if (!(fabs(seconds) < 1e12)) { /* 30,000 years: no time at all */
                notice_format_number(b, seconds);
                strbuf_addc(b, 's');
                return;
        }
        if (seconds < 0)
                strbuf_addc(b, '-');
        double rounded =
                fabs(seconds) < 1 ? round(fabs(seconds) * 1e3) / 1e3 : round(fabs(seconds));
        duration_format(b, (usec_t)(rounded * (double)USEC_PER_SEC + 0.5));
}

void notice_format_value(StrBuf *b, const Metric *metric, double value) {
        static const char *const words[_UNIT_MAX][4] = {
                [UNIT_GRADE] = { "good", "information", "weakness", "failure" },
                [UNIT_COLOR] = { "green", "blue", "orange", "red" },
                [UNIT_BOOL] = { "no", "yes" },
        };

        if (isnan(value))
                return;
        if (metric->unit == UNIT_SECONDS) {
                format_seconds(b, value);
                return;
        }
        const char *word = NULL;
        if (value >= 0 && value <= 3 && value == floor(value))
                word = words[metric->unit][(size_t)value];
        if (word)
                strbuf_adds(b, word);
        else
                notice_format_number(b, value);
}

static void end_field(StrBuf *b) {
        strbuf_addc(b, '\0');
}

static void add_field(StrBuf *b, const char *name, const char *value) {
        if (!is_there(value))
                return;
        strbuf_addf(b, "%s=", name);
        text_clean(b, value, strlen(value), RECORD_VALUE_MAX);
        end_field(b);
}

static void add_number_field(StrBuf *b, const char *name, double value) {
        if (isnan(value))
                return;
        strbuf_addf(b, "%s=", name);
        notice_format_number(b, value);
        end_field(b);
}

static void add_stamp_field(StrBuf *b, const char *name, usec_t wall) {
        if (wall == 0)
                return;
        strbuf_addf(b, "%s=", name);
        stamp_format_utc(b, wall);
        end_field(b);
}

static void add_alert_fields(StrBuf *b, const Notice *notice, const Metric *metric) {
        bool account = notice->set->scope == SCOPE_ACCOUNT || notice->count > 0;

        if (notice->count == 0) {
                strbuf_adds(b, "MAILSEC_ALERT=");
                notice_identity(b, notice->set, notice->target, notice->metric);
                end_field(b);
        }
        add_field(b, "MAILSEC_SOURCE", source_name(notice->set->source));
        add_field(b, account ? "MAILSEC_ACCOUNT" : "MAILSEC_DOMAIN", notice->target);
        add_field(b, "MAILSEC_METRIC", metric->name);
        add_field(b, "MAILSEC_LEVEL", level_name(notice->level));
        add_field(b, "MAILSEC_PREVIOUS_LEVEL", level_name(notice->previous));
        add_number_field(b, "MAILSEC_VALUE", notice->value);
        add_number_field(b, "MAILSEC_LIMIT", notice->limit);
        add_field(b, "MAILSEC_UNIT", unit_name(metric->unit));
        add_stamp_field(b, "MAILSEC_SINCE", notice->since);
        add_stamp_field(b, "MAILSEC_MEASURED_AT", notice->measured_at);
}

/* Fields that any record may have. */
static int add_common_fields(StrBuf *b, const Notice *notice) {
        add_field(b, "MAILSEC_REASON", notice->reason);
        if (is_there(notice->detail)) {
                strbuf_adds(b, "MAILSEC_DETAIL=");
                text_escape(b, notice->detail, strlen(notice->detail), RECORD_VALUE_MAX);
                end_field(b);
        }
        strbuf_addf(b, "MAILSEC_SEQUENCE=%" PRIu64, notice->sequence);
        end_field(b);
        add_field(b, "MAILSEC_OWNER", notice->owner);
        add_field(b, "MAILSEC_RUNBOOK", notice->runbook);
        add_field(b, "MAILSEC_GROUP", notice->group);
        add_field(b, "MAILSEC_EVIDENCE", notice->evidence);
        add_field(b, "MAILSEC_EVIDENCE_SHA256", notice->evidence_sha256);
        for (const char *const *extra = notice->extra; extra && *extra; extra++) {
                const char *equals = strchr(*extra, '=');
                if (!equals || equals == *extra)
                        return -EINVAL;
                strbuf_add(b, *extra, (size_t)(equals + 1 - *extra));
                text_clean(b, equals + 1, strlen(equals + 1), RECORD_VALUE_MAX);
                end_field(b);
        }
        return 0;
}

/* The daemon's own failures are 3 (spec section 5). */
static int notice_priority(const Notice *notice) {
        int priority = event_priority(notice->event, notice->level);
        bool own = notice->set && notice->set->source == SOURCE_MAILSECD;

        return own && notice->level != LEVEL_OK ? 3 : priority;
}

int notice_record(const Notice *notice, Record **ret) {
        _cleanup_strbuf_ StrBuf b = {}, message = {};
        const Metric *metric = notice->set ? &notice->set->metrics[notice->metric] : NULL;
        int priority = notice_priority(notice);

        notice_message(&message, notice);
        add_field(&b, "MESSAGE", strbuf_text(&message));
        add_field(&b, "MESSAGE_ID", event_message_id(notice->event));
        strbuf_addf(&b, "PRIORITY=%d", priority);
        end_field(&b);
        add_field(&b, "SYSLOG_IDENTIFIER", notice->identifier);
        strbuf_addf(&b, "SYSLOG_FACILITY=%d", notice->facility);
        end_field(&b);
        add_field(&b, "DOCUMENTATION",
                  event_is_alert(notice->event) ? "man:mailsecd-alerts(7)" : "man:mailsecd(8)");
        add_field(&b, "MAILSEC_EVENT", event_name(notice->event));
        if (metric)
                add_alert_fields(&b, notice, metric);
        int r = add_common_fields(&b, notice);
        if (r < 0)
                return r;
        if (b.error < 0 || message.error < 0)
                return MIN(b.error, message.error);
        return record_new(notice->sequence, priority, b.data, b.size, ret);
}
