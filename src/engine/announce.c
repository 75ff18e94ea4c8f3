/* SPDX-License-Identifier: MIT */
#include "engine/announce.h"

#include "base/diag.h"
#include "base/stamp.h"
#include "base/text.h"
#include "core/notice.h"
#include "engine/status.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Shapes of results that are told once each; past that the vendor is speaking another language, and
 * one line has said so. */
#define ODDITIES_MAX 256

static void announce(Monitor *m, Notice *notice, Moment now) {
        Record *record;

        notice->now = now;
        notice->sequence = ++m->sequence;
        notice->identifier = m->config->identifier;
        notice->facility = m->config->syslog_facility;
        m->counters.events[notice->event]++;
        int r = notice_record(notice, &record);
        if (r < 0) {
                diag(DIAG_ERROR, "Record %" PRIu64 " (%s) is lost: %s", m->sequence,
                     event_name(notice->event), strerror(-r));
                return;
        }
        sinks_put(m->sinks, record);
}

void announce_daemon(Monitor *m, Event event, const char *message, const char *const *extra,
                     Moment now) {
        Notice notice = {
                .event = event, .message = message, .extra = extra, .value = NAN, .limit = NAN
        };
        announce(m, &notice, now);
}

/* Who owns it and what to read, from the domain or nothing. */
static void notice_place(Notice *notice, const Account *a, uint32_t domain) {
        notice->set = metric_set(a->ops->id, domain == NAMES_NONE ? SCOPE_ACCOUNT : SCOPE_DOMAIN);
        if (domain == NAMES_NONE) {
                notice->target = a->name;
                return;
        }
        const Domain *d = account_domain(a, domain);
        notice->target = d->name;
        notice->owner = d->owner;
        notice->runbook = d->runbook;
        notice->group = d->group;
}

static const RuleSet *place_rules(const Account *a, uint32_t domain) {
        return domain == NAMES_NONE ? a->rules : account_domain(a, domain)->rules[a->ops->id];
}

/* The limit that an event is about: the one reached, or the one that had been. */
static double deciding_limit(const RuleSet *rules, const Standing *s, Event event, Level previous) {
        const Limit *limit = &rules->limits[s->metric];
        if (event == EVENT_CLEARED)
                return limit_of(limit, LEVEL_OK);
        if (event == EVENT_EASED)
                return limit_of(limit, previous);
        return limit_of(limit, s->alert.level);
}

void announce_alert(const Standing *s, Event event, Level previous, const char *reason,
                    Moment now) {
        Account *a = s->account;
        const RuleSet *rules = place_rules(a, s->domain);
        Notice notice = {
                .event = event,
                .metric = s->metric,
                .level = s->alert.level,
                .previous = previous,
                .value = s->value,
                .limit = rules ? deciding_limit(rules, s, event, previous) : NAN,
                .since = s->alert.since,
                .measured_at = s->measured_at,
                .reason = reason ? reason : "limit",
                .detail = s->detail,
        };
        notice_place(&notice, a, s->domain);

        if (!reason && s->metric == engine_metric(notice.set, ENGINE_DATA_AGE))
                notice.reason = "no-data";
        if (!reason && s->outcome != OUTCOME_OK) {
                const OutcomeInfo *info = outcome_info((Outcome)s->outcome);
                notice.reason = info->reason;
                if (s->alert.level != LEVEL_OK) {
                        notice.words = info->words;
                        notice.advice = info->advice;
                }
        }
        announce(a->monitor, &notice, now);
}

static uint16_t compact(double value) {
        return isnan(value) ? VALUE_UNKNOWN : (uint16_t)CLAMP(value, 0, UINT16_MAX - 1);
}

static void describe_change(StrBuf *b, const Metric *row, uint16_t from, uint16_t to) {
        strbuf_addf(b, "%s%s ", b->size > 0 ? ", " : "", row->name);
        notice_format_value(b, row, from);
        strbuf_adds(b, " -> ");
        notice_format_value(b, row, to);
}

void announce_changes(Target *t, const Reading *reading, Moment now) {
        const MetricSet *set = reading->set;
        const RuleSet *rules = place_rules(t->account, t->domain);
        _cleanup_strbuf_ StrBuf changes = {};
        bool first = !t->values;

        if (first)
                t->values = calloc(set->n, sizeof(*t->values));
        if (!t->values)
                return;
        for (size_t i = 0; i < set->n; i++) {
                const Metric *row = &set->metrics[i];
                uint16_t value = compact(reading->values[i]);

                if (row->reader == READ_ENGINE || row->reader == READ_RESULT_AGE)
                        continue;
                if (!first && !limit_is_set(&rules->limits[i]) && value != t->values[i] &&
                    value != VALUE_UNKNOWN && t->values[i] != VALUE_UNKNOWN)
                        describe_change(&changes, row, t->values[i], value);
                if (first || value != VALUE_UNKNOWN)
                        t->values[i] = value;
        }
        if (changes.size == 0)
                return;

        _cleanup_strbuf_ StrBuf message = {};
        Notice notice = {
                .event = EVENT_CHANGED,
                .value = NAN,
                .limit = NAN,
                .measured_at = reading->measured_at,
                .reason = "result",
                .detail = strbuf_text(&changes),
        };
        _cleanup_strbuf_ StrBuf domain = {};
        notice_place(&notice, t->account, t->domain);
        notice.set = NULL; /* it is about the result, not about one metric */
        strbuf_addf(&message, "%s: test result changed: %s", notice.target, strbuf_text(&changes));
        strbuf_addf(&domain, "MAILSEC_DOMAIN=%s", notice.target);
        notice.message = strbuf_text(&message);
        notice.extra =
                (const char *const[]){ "MAILSEC_SOURCE=immuniweb", strbuf_text(&domain), NULL };
        announce(t->account->monitor, &notice, now);
}

/* Whether this shape was told already; notes it when not. */
static bool oddity_is_known(Monitor *m, const char *text) {
        uint64_t hash = text_hash(text, strlen(text));

        for (size_t i = 0; i < m->n_odd; i++)
                if (m->odd[i] == hash)
                        return true;
        if (m->n_odd == ODDITIES_MAX)
                return true;
        uint64_t *odd = realloc(m->odd, (m->n_odd + 1) * sizeof(*odd));
        if (!odd)
                return true;
        m->odd = odd;
        m->odd[m->n_odd++] = hash;
        return false;
}

void announce_oddities(const Target *t, const void *run_state) {
        Account *a = t->account;
        const char *const *oddities;
        size_t n = a->ops->oddities(run_state, &oddities);

        for (size_t i = 0; i < n; i++) {
                if (oddity_is_known(a->monitor, oddities[i]))
                        continue;
                _cleanup_strbuf_ StrBuf safe = {};
                text_escape(&safe, oddities[i], strlen(oddities[i]), 256);
                diag(DIAG_NOTICE,
                     "%s/%s: part of the answer is not understood and counts as unknown: %s "
                     "(said once per shape)",
                     source_name(a->ops->id),
                     t->domain == NAMES_NONE ? a->name : a->names[t->domain], strbuf_text(&safe));
        }
}

void announce_heartbeat(Monitor *m, Moment now) {
        _cleanup_strbuf_ StrBuf message = {};
        char fields[4][64];

        status_heartbeat(m, &message);
        snprintf(fields[0], sizeof(fields[0]), "MAILSEC_RUNS=%" PRIu64, m->counters.runs);
        snprintf(fields[1], sizeof(fields[1]), "MAILSEC_FAILED_RUNS=%" PRIu64,
                 m->counters.runs - m->counters.failures[OUTCOME_OK]);
        snprintf(fields[2], sizeof(fields[2]), "MAILSEC_REQUESTS=%" PRIu64, m->counters.requests);
        snprintf(fields[3], sizeof(fields[3]), "MAILSEC_RECORDS=%" PRIu64, sinks_sent(m->sinks));
        const char *const extra[] = { fields[0], fields[1], fields[2], fields[3], NULL };
        announce_daemon(m, EVENT_HEARTBEAT, strbuf_text(&message), extra, now);
}

void announce_lost_records(Monitor *m, Moment now) {
        uint64_t lost = sinks_take_dropped(m->sinks);
        if (lost == 0)
                return;

        _cleanup_strbuf_ StrBuf message = {};
        _cleanup_strbuf_ StrBuf field = {};
        strbuf_addf(&message,
                    "%" PRIu64
                    " records were dropped because neither journal nor syslog took them; "
                    "MAILSEC_SEQUENCE shows which",
                    lost);
        strbuf_addf(&field, "MAILSEC_LOST=%" PRIu64, lost);
        announce_daemon(m, EVENT_RECORDS_LOST, strbuf_text(&message),
                        (const char *const[]){ strbuf_text(&field), NULL }, now);
}
