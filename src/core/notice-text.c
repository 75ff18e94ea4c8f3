/* SPDX-License-Identifier: MIT */
/* What MESSAGE says: the only place where alerts are worded. */
#include "core/notice.h"

#include "base/duration.h"
#include "base/stamp.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* Foreign words share MESSAGE with since, level and advice, which must not be cut off. */
#define WORDS_BYTES_MAX ((size_t)256)

static bool is_there(const char *text) {
        return text && *text;
}

static void add_subject(StrBuf *b, const Notice *notice) {
        if (notice->set->source == SOURCE_MAILSECD) {
                strbuf_adds(b, "mailsecd: ");
                return;
        }
        if (notice->count > 0) {
                strbuf_addf(b, "%zu domains of %s account %s: ", notice->count,
                            source_name(notice->set->source), notice->target);
                return;
        }
        if (notice->set->scope == SCOPE_ACCOUNT)
                strbuf_addf(b, "%s account ", source_name(notice->set->source));
        strbuf_addf(b, "%s: ", notice->target);
}

static bool reason_is(const Notice *notice, const char *reason) {
        return is_there(notice->reason) && streq(notice->reason, reason);
}

static void add_limit(StrBuf *b, const Notice *notice, const Metric *metric, const char *before) {
        if (metric->unit == UNIT_BOOL || isnan(notice->limit))
                return;
        strbuf_addf(b, " (%s", before);
        notice_format_value(b, metric, notice->limit);
        strbuf_addc(b, ')');
}

/* Many at once, past or back within limits of their own: "312 domains of symantec account default:
 * inbound_oldest is bad (limit 15min) since 03:12, warning: a.example, b.example and 310 more;
 * mailsecctl alerts lists them". */
static void add_group(StrBuf *b, const Notice *notice, const Metric *metric) {
        const char *name = metric->name;

        switch (notice->event) {
        case EVENT_CLEARED:
                strbuf_addf(b, "%s %s", name,
                            reason_is(notice, "removed") ? "is not watched any more"
                                                         : "is ok again");
                break;
        case EVENT_FLAPPING:
                strbuf_addf(b, "%s flaps, now %s, and is held until it is steady", name,
                            level_name(notice->level));
                break;
        case EVENT_SETTLED:
                strbuf_addf(b, "%s flaps no more, %s", name, level_name(notice->level));
                break;
        case EVENT_EASED:
                strbuf_addf(b, "%s has eased", name);
                add_limit(b, notice, metric, "limit ");
                strbuf_addf(b, ", %s", level_name(notice->level));
                break;
        case EVENT_RAISED:
        case EVENT_WORSENED:
        case EVENT_REMINDER:
                strbuf_addf(b, "%s is bad", name);
                add_limit(b, notice, metric, "limit ");
                if (notice->since > 0) {
                        strbuf_adds(b, " since ");
                        stamp_format_local(b, notice->since, notice->now.wall);
                }
                strbuf_addf(b, ", %s%s", notice->event == EVENT_REMINDER ? "still " : "",
                            level_name(notice->level));
                break;
        case EVENT_CHANGED:
        case EVENT_STARTED:
        case EVENT_RELOADED:
        case EVENT_RELOAD_REFUSED:
        case EVENT_HEARTBEAT:
        case EVENT_STOPPED:
        case EVENT_RECORDS_LOST:
        case EVENT_TEST:
        case EVENT_NONE:
        case _EVENT_MAX:
                break; /* never of many */
        }
        if (notice->event != EVENT_FLAPPING && notice->previous != notice->level &&
            notice->previous != LEVEL_OK)
                strbuf_addf(b, " (was %s)", level_name(notice->previous));
        strbuf_addf(b, ": %s", notice->names);
        if (notice->level != LEVEL_OK || notice->event == EVENT_FLAPPING)
                strbuf_adds(b, "; mailsecctl alerts lists them");
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

/* Rounded as values are: 0.4 s stay, 12.6 s are 13 s. */
static usec_t whole_seconds(usec_t span) {
        if (span < USEC_PER_SEC)
                return (span + USEC_PER_MSEC / 2) / USEC_PER_MSEC * USEC_PER_MSEC;
        return (span + USEC_PER_SEC / 2) / USEC_PER_SEC * USEC_PER_SEC;
}

static void add_after(StrBuf *b, const Notice *notice) {
        /* What was held back was over before it is told. */
        if (notice->since == 0 || notice->since > notice->now.wall ||
            reason_is(notice, "unmuted") || reason_is(notice, "settled"))
                return;
        strbuf_adds(b, " after ");
        duration_format(b, whole_seconds(notice->now.wall - notice->since));
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

/* "example.com: inbound_oldest flaps: its level changed 7 times within 1h, now warning; held until
 * it is steady for 1h". */
static void add_flapping(StrBuf *b, const Notice *notice, const Metric *metric) {
        strbuf_addf(b, "%s flaps: its level changed %u times within ", metric->name,
                    notice->changes);
        duration_format(b, notice->flap_window);
        strbuf_addf(b, ", now %s", level_name(notice->level));
        if (!isnan(notice->value)) {
                strbuf_adds(b, " at ");
                notice_format_value(b, metric, notice->value);
        }
        strbuf_adds(b, "; nothing more is told until it is steady for ");
        duration_format(b, notice->flap_window);
        if (is_there(notice->owner))
                strbuf_addf(b, "; owner %s", notice->owner);
        if (is_there(notice->runbook))
                strbuf_addf(b, "; see %s", notice->runbook);
}

/* "example.com: inbound_oldest flaps no more: oldest inbound message waits 2min, ok". */
static void add_settled(StrBuf *b, const Notice *notice, const Metric *metric) {
        strbuf_addf(b, "%s flaps no more: ", metric->name);
        if (notice->level != LEVEL_OK) {
                add_standing(b, notice, metric);
                return;
        }
        if (metric->unit != UNIT_BOOL && phrase_is_sayable(metric, notice->value)) {
                add_phrase(b, metric, notice->value);
                strbuf_adds(b, ", ");
        }
        strbuf_adds(b, "ok");
}

void notice_message(StrBuf *b, const Notice *notice) {
        const Metric *metric = notice->set ? &notice->set->metrics[notice->metric] : NULL;

        if (metric && notice->count > 0) {
                add_subject(b, notice);
                add_group(b, notice, metric);
                return;
        }
        switch (metric ? notice->event : EVENT_NONE) {
        case EVENT_FLAPPING:
                add_subject(b, notice);
                add_flapping(b, notice, metric);
                return;
        case EVENT_SETTLED:
                add_subject(b, notice);
                add_settled(b, notice, metric);
                return;
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
        case EVENT_TEST:
        case EVENT_NONE:
        case _EVENT_MAX:
                break;
        }
        strbuf_adds(b, is_there(notice->message) ? notice->message : event_name(notice->event));
}
