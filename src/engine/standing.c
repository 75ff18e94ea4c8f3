/* SPDX-License-Identifier: MIT */
#include "engine/standing.h"

#include "core/notice.h"
#include "engine/persist.h"
#include "engine/tell.h"

Standing *standing_find(const Subject *subject, size_t metric) {
        for (Standing *s = subject->standing; s; s = s->next)
                if (s->metric == metric)
                        return s;
        return NULL;
}

Level subject_level(const Subject *subject) {
        Level worst = LEVEL_OK;

        for (const Standing *s = subject->standing; s; s = s->next)
                if (!s->removed)
                        worst = MAX(worst, standing_level(s));
        return worst;
}

Level standing_level(const Standing *s) {
        return s->voice.flapping ? MAX(s->alert.level, LEVEL_WARNING) : s->alert.level;
}

Standing *standing_new(Account *a, uint32_t domain, size_t metric) {
        Subject *subject = account_subject(a, domain);
        Standing *s = calloc(1, sizeof(*s));
        if (!s)
                return NULL;
        s->account = a;
        s->domain = domain;
        s->metric = (uint8_t)metric;
        s->alert.remind_at = USEC_INFINITY;
        s->next = subject->standing;
        subject->standing = s;
        return s;
}

Ack *ack_free(Ack *ack) {
        if (!ack)
                return NULL;
        free(ack->by);
        free(ack->comment);
        free(ack);
        return NULL;
}

void standing_free(Standing *s) {
        if (!s)
                return;
        voice_done(&s->voice);
        ack_free(s->ack);
        free(s->detail);
        free(s);
}

const MetricSet *standing_set(const Standing *s) {
        return account_set(s->account, s->domain);
}

const Metric *standing_metric(const Standing *s) {
        return &standing_set(s)->metrics[s->metric];
}

void standing_identity(const Standing *s, StrBuf *b) {
        notice_identity(b, standing_set(s), account_target_name(s->account, s->domain), s->metric);
}

Policy standing_policy(const Standing *s) {
        static const Policy none = {
                .raise_after = 1,
                .clear_after = 1,
                .stale_after = 1,
                .remind_first = USEC_INFINITY,
                .remind_max = USEC_INFINITY,
        };
        const RuleSet *rules = account_rules(s->account, s->domain);
        return rules ? rules->policy : none;
}

static bool standing_is_quiet(const Standing *s, const Policy *policy, Moment now) {
        return s->tells == 0 && alert_is_quiet(&s->alert) &&
               voice_is_quiet(&s->voice, policy, s->alert.level, now);
}

static void standing_drop(Standing *s) {
        Monitor *m = s->account->monitor;
        Standing **p = &account_subject(s->account, s->domain)->standing;

        schedule_remove(&m->due, &s->item);
        while (*p != s)
                p = &(*p)->next;
        *p = s->next;
        persist_drop_standing(s);
        standing_free(s);
}

/* When it has to be looked at without a sample. */
static usec_t standing_next(const Standing *s, const Policy *policy, Moment now) {
        usec_t next = voice_settles_at(&s->voice, policy);

        if (s->alert.level != LEVEL_OK)
                next = MIN(next, s->alert.remind_at);
        if (s->ack && s->alert.level != LEVEL_OK)
                next = MIN(next, moment_to_boot(now, s->ack->until));
        if (alert_is_quiet(&s->alert) && s->voice.n > 0)
                /* It is kept for counting its changes only. */
                next = MIN(next, s->voice.changes[s->voice.n - 1] + policy->flap_window);
        return next;
}

void standing_settle(Standing *s, Moment now) {
        Monitor *m = s->account->monitor;
        Policy policy = standing_policy(s);

        if (s->alert.level == LEVEL_OK)
                s->ack = ack_free(s->ack);
        if ((s->removed && s->tells == 0) || standing_is_quiet(s, &policy, now)) {
                standing_drop(s);
                return;
        }
        usec_t next = standing_next(s, &policy, now);
        if (next == USEC_INFINITY || s->removed)
                schedule_remove(&m->due, &s->item);
        else
                monitor_queue(m, &s->item, ITEM_ALERT, MAX(next, now.boot + 1));
        persist_standing(s, now);
}

void standing_wake(Standing *s, Moment now) {
        Policy policy = standing_policy(s);
        Level previous;
        bool spoke_again = false;

        if (s->ack && s->ack->until <= now.wall) {
                s->ack = ack_free(s->ack);
                spoke_again = s->alert.level != LEVEL_OK;
        }
        Event event = voice_settle(&s->voice, &policy, s->alert.level, now, &previous);
        if (event != EVENT_NONE)
                tell_add(s, event, previous, "settled");
        Event reminder = alert_remind(&s->alert, &policy, now);
        /* What is told of it in this turn already reminds enough. */
        if (s->tells == 0 && ((reminder == EVENT_REMINDER && !s->ack) || spoke_again))
                tell_reminder(s, now);
        standing_settle(s, now);
}

void standing_each(Monitor *m, void (*each)(Standing *s, void *userdata), void *userdata) {
        for (uint32_t i = 0; i < m->n_accounts; i++) {
                Account *a = &m->accounts[i];
                for (uint32_t d = 0; d <= a->n; d++) {
                        Subject *subject = account_subject(a, d < a->n ? d : NAMES_NONE);
                        for (Standing *s = subject->standing, *next; s; s = next) {
                                next = s->next;
                                each(s, userdata);
                        }
                }
        }
}

static void settle(Standing *s, void *userdata) {
        const Moment *now = userdata;
        standing_settle(s, *now);
}

void standing_settle_all(Monitor *m, Moment now) {
        standing_each(m, settle, &now);
}

void standing_acknowledge(Standing *s, Ack *ack, Moment now) {
        ack_free(s->ack);
        s->ack = ack;
        standing_settle(s, now);
}
