/* SPDX-License-Identifier: MIT */
#include "engine/api-verdict.h"

#include "base/duration.h"
#include "base/stamp.h"
#include "core/notice.h"
#include "engine/account.h"
#include "engine/mute.h"

#include <math.h>

unsigned streak_bad(const Standing *s) {
        if (!s || s->alert.level == LEVEL_CRITICAL)
                return 0;
        return s->alert.streak[s->alert.level + 1];
}

unsigned streak_good(const Standing *s) {
        if (!s || s->alert.level == LEVEL_OK)
                return 0;
        return s->alert.streak[s->alert.level];
}

unsigned standing_changes(const Standing *s, Moment now) {
        usec_t window = s ? standing_policy(s).flap_window : 0;
        unsigned n = 0;

        for (size_t i = 0; s && i < s->voice.n; i++)
                n += s->voice.changes[i] + window > now.boot;
        return n;
}

static double part_of(const Limit *limit, Level level) {
        return level == LEVEL_CRITICAL ? limit->critical : limit->warning;
}

/* "the value is 1h 12min, critical begins at 1h" */
static void add_value(StrBuf *b, const Metric *row, const Limit *limit, double value, Level level) {
        strbuf_adds(b, "the value is ");
        notice_format_value(b, row, value);
        strbuf_addf(b, ", %s begins at ", level_name(level));
        notice_format_value(b, row, part_of(limit, level));
}

/* The mildest level that has a limit. */
static Level mildest(const Limit *limit) {
        return isnan(limit->warning) ? LEVEL_CRITICAL : LEVEL_WARNING;
}

/* Whether the value is past the limit of its level itself, not only short of `clear`. */
static Level level_reached(const Limit *limit, const Metric *row, double value) {
        Limit bare = { limit->warning, limit->critical, NAN };
        return limit_judge(&bare, row->bad, value, LEVEL_OK);
}

static void add_alerting(StrBuf *b, const Place *p, const Limit *limit, double value) {
        const Standing *s = p->standing;
        const Policy policy = standing_policy(s);
        Level level = s->alert.level;

        strbuf_addf(b, "it alerts (%s) since ", level_name(level));
        stamp_format_utc(b, s->alert.since);
        strbuf_adds(b, ": ");
        if (isnan(value)) {
                strbuf_adds(b, "there is no newer value");
                return;
        }
        Level reached = level_reached(limit, p->row, value);
        if (reached != LEVEL_OK) {
                add_value(b, p->row, limit, value, reached);
        } else {
                strbuf_adds(b, "the value is ");
                notice_format_value(b, p->row, value);
                strbuf_adds(b, ", past no limit any more");
                if (!isnan(limit->clear)) {
                        strbuf_addf(b, ", and it clears at or %s ",
                                    p->row->bad == BAD_LOW ? "above" : "below");
                        notice_format_value(b, p->row, limit->clear);
                }
        }
        unsigned good = streak_good(s), bad = streak_bad(s);
        if (good > 0)
                strbuf_addf(b, "; better for %u of %u samples in a row", good,
                            (unsigned)policy.clear_after);
        else if (bad > 0 && reached > level)
                strbuf_addf(b, "; worse for %u of %u samples in a row", bad,
                            (unsigned)policy.raise_after);
}

static void add_quiet(StrBuf *b, const Place *p, const Limit *limit, double value) {
        const RuleSet *rules = account_rules(p->account, p->domain);
        Level reached;

        if (isnan(value)) {
                strbuf_adds(b, "it does not alert: no value is known, and what is unknown is not "
                               "judged");
                return;
        }
        strbuf_adds(b, "it does not alert: ");
        reached = level_reached(limit, p->row, value);
        if (reached != LEVEL_OK) {
                add_value(b, p->row, limit, value, reached);
                strbuf_addf(b, ", but for %u of %u samples in a row only", streak_bad(p->standing),
                            (unsigned)rules->policy.raise_after);
                return;
        }
        add_value(b, p->row, limit, value, mildest(limit));
}

static void add_voice(StrBuf *b, const Place *p, Moment now) {
        const Standing *s = p->standing;
        _cleanup_strbuf_ StrBuf identity = {}, mute = {};

        notice_identity(&identity, p->set, account_target_name(p->account, p->domain), p->metric);
        if (mute_describe(p->account->monitor, strbuf_text(&identity), now.wall, &mute))
                strbuf_addf(b, "; muted by %s", strbuf_text(&mute));
        if (s && s->voice.flapping) {
                strbuf_addf(b, "; it flaps (%u changes within ", standing_changes(s, now));
                duration_format(b, standing_policy(s).flap_window);
                strbuf_adds(b, "), so single changes are not told");
        }
        if (s && s->ack)
                strbuf_addf(b, "; acknowledged by %s, so no reminders", s->ack->by);
}

/* While an API fails, its domains hold still. */
static void add_account(StrBuf *b, const Place *p) {
        const Account *a = p->account;

        if (a->ops->id == SOURCE_MAILSECD || p->domain == NAMES_NONE || !account_is_down(a))
                return;
        strbuf_addf(b, "; %s account %s fails", source_name(a->ops->id), a->name);
        if (a->outcome != OUTCOME_OK)
                strbuf_addf(b, " (%s)", outcome_info(a->outcome)->words);
        strbuf_adds(b, ": meanwhile nothing new is known of its domains");
}

void verdict_add(StrBuf *b, const Place *p, double value, Moment now) {
        const RuleSet *rules = account_rules(p->account, p->domain);

        if (!rules || !limit_is_set(&rules->limits[p->metric]))
                strbuf_adds(b, "it never alerts: no limit is set");
        else if (p->standing && p->standing->alert.level != LEVEL_OK)
                add_alerting(b, p, &rules->limits[p->metric], value);
        else
                add_quiet(b, p, &rules->limits[p->metric], value);
        add_voice(b, p, now);
        add_account(b, p);
}
