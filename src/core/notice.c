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

/* Foreign words share MESSAGE with since, level and advice, which must not be cut off. */
#define WORDS_BYTES_MAX ((size_t)256)

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

static void add_subject(StrBuf *b, const Notice *notice) {
        if (notice->set->scope == SCOPE_ACCOUNT)
                strbuf_addf(b, "%s account ", source_name(notice->set->source));
        strbuf_addf(b, "%s: ", notice->target);
}

/* The metric's phrase with the value in its place. */
static void add_phrase(StrBuf *b, const Metric *metric, double value) {
        const char *place = strstr(metric->phrase, "{}");

        if (!place) {
                strbuf_adds(b, metric->phrase);
                return;
        }
        strbuf_add(b, metric->phrase, (size_t)(place - metric->phrase));
        notice_format_value(b, metric, value);
        strbuf_adds(b, place + 2);
}

static bool phrase_is_sayable(const Metric *metric, double value) {
        return !isnan(value) || !strstr(metric->phrase, "{}");
}

static void add_was(StrBuf *b, const Notice *notice) {
        strbuf_addf(b, " (was %s)", level_name(notice->previous));
}

static void add_after(StrBuf *b, const Notice *notice) {
        if (notice->since == 0 || notice->since > notice->now.wall)
                return;
        strbuf_adds(b, " after ");
        format_seconds(b, (double)(notice->now.wall - notice->since) / (double)USEC_PER_SEC);
}

/* raised, worsened, eased, reminder:
 * "example.com: oldest inbound message waits 1h 12min (limit 1h) since 03:12, critical". */
static void add_standing(StrBuf *b, const Notice *notice, const Metric *metric) {
        bool sayable = phrase_is_sayable(metric, notice->value);

        if (sayable)
                add_phrase(b, metric, notice->value);
        else
                strbuf_addf(b, "%s is past its limit", metric->name);
        if (metric->unit != UNIT_BOOL && !isnan(notice->limit)) {
                strbuf_adds(b, sayable ? " (limit " : " (");
                notice_format_value(b, metric, notice->limit);
                strbuf_addc(b, ')');
        }
        if (is_there(notice->words)) {
                strbuf_adds(b, ": ");
                text_escape(b, notice->words, strlen(notice->words), WORDS_BYTES_MAX);
        }
        if (notice->since > 0) {
                strbuf_adds(b, " since ");
                stamp_format_local(b, notice->since, notice->now.wall);
        }
        strbuf_addf(b, ", %s%s", notice->event == EVENT_REMINDER ? "still " : "",
                    level_name(notice->level));
        if (notice->event == EVENT_WORSENED || notice->event == EVENT_EASED)
                add_was(b, notice);
        if (notice->event == EVENT_EASED)
                return;
        if (is_there(notice->advice))
                strbuf_addf(b, "; %s", notice->advice);
        if (is_there(notice->owner))
                strbuf_addf(b, "; owner %s", notice->owner);
        if (is_there(notice->runbook))
                strbuf_addf(b, "; see %s", notice->runbook);
}

/* "example.com: oldest inbound message waits 2min, ok again after 1h 12min (was critical)",
 * "symantec account default: ok again after 25min (was critical)". */
static void add_cleared(StrBuf *b, const Notice *notice, const Metric *metric) {
        if (notice->reason && streq(notice->reason, "removed")) {
                strbuf_addf(b, "%s is no longer watched", metric->name);
                add_after(b, notice);
                strbuf_adds(b, ", closed");
                add_was(b, notice);
                return;
        }
        if (metric->good)
                strbuf_addf(b, "%s, ", metric->good);
        else if (isnan(notice->value) && metric->unit != UNIT_BOOL)
                strbuf_addf(b, "%s ", metric->name);
        else if (metric->unit != UNIT_BOOL) {
                add_phrase(b, metric, notice->value);
                strbuf_adds(b, ", ");
        }
        strbuf_adds(b, "ok again");
        add_after(b, notice);
        add_was(b, notice);
}

static void format_message(StrBuf *b, const Notice *notice, const Metric *metric) {
        switch (metric ? notice->event : EVENT_NONE) {
        case EVENT_RAISED:
        case EVENT_WORSENED:
        case EVENT_EASED:
        case EVENT_REMINDER:
                add_subject(b, notice);
                add_standing(b, notice, metric);
                return;
        case EVENT_CLEARED:
                add_subject(b, notice);
                add_cleared(b, notice, metric);
                return;
        case EVENT_CHANGED:
        case EVENT_STARTED:
        case EVENT_RELOADED:
        case EVENT_RELOAD_REFUSED:
        case EVENT_HEARTBEAT:
        case EVENT_STOPPED:
        case EVENT_RECORDS_LOST:
        case EVENT_NONE:
        case _EVENT_MAX:
                break;
        }
        strbuf_adds(b, is_there(notice->message) ? notice->message : event_name(notice->event));
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
        bool account = notice->set->scope == SCOPE_ACCOUNT;

        strbuf_adds(b, "MAILSEC_ALERT=");
        notice_identity(b, notice->set, notice->target, notice->metric);
        end_field(b);
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

int notice_record(const Notice *notice, Record **ret) {
        _cleanup_strbuf_ StrBuf b = {}, message = {};
        const Metric *metric = notice->set ? &notice->set->metrics[notice->metric] : NULL;
        int priority = event_priority(notice->event, notice->level);

        format_message(&message, notice, metric);
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
