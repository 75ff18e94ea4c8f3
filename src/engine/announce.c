/* SPDX-License-Identifier: MIT */
#include "engine/announce.h"

#include "base/diag.h"
#include "base/stamp.h"
#include "base/text.h"
#include "core/notice.h"
#include "engine/alertmanager.h"
#include "engine/evidence.h"
#include "engine/persist.h"
#include "engine/sample.h"
#include "engine/self.h"
#include "engine/standing.h"
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
        persist_record(m, record, now);
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
        notice->set = account_set(a, domain);
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

/* The limit that an event is about: the one that the value is past, or the one that it came back
 * from. */
static double deciding_limit(const RuleSet *rules, const Standing *s, Event event) {
        const Limit *limit = &rules->limits[s->metric];
        if (event == EVENT_CLEARED)
                return limit_of(limit, LEVEL_OK);
        return limit_of(limit, s->alert.level);
}

/* The reason that follows from the metric, and the words that go with it. */
static void standing_reason(const Standing *s, Notice *notice) {
        notice->reason = "limit";
        if (s->account->ops->id == SOURCE_MAILSECD) {
                static const char *const reasons[] = { "store", "config", "records-lost" };
                notice->reason = s->metric < ELEMENTSOF(reasons) ? reasons[s->metric] : "limit";
                notice->words = s->alert.level == LEVEL_OK ? NULL : s->detail;
                return;
        }
        if (s->metric == engine_metric(standing_set(s), ENGINE_DATA_AGE))
                notice->reason = "no-data";
        if (s->outcome == OUTCOME_OK)
                return;
        const OutcomeInfo *info = outcome_info((Outcome)s->outcome);
        notice->reason = info->reason;
        if (s->alert.level != LEVEL_OK) {
                notice->words = info->words;
                notice->advice = info->advice;
        }
}

void announce_fill(const Standing *s, Event event, Level previous, Moment now, Notice *ret) {
        Account *a = s->account;
        const RuleSet *rules = account_rules(a, s->domain);

        *ret = (Notice){
                .event = event,
                .now = now,
                .metric = s->metric,
                .level = s->alert.level,
                .previous = previous,
                .value = s->value,
                .limit = rules ? deciding_limit(rules, s, event) : NAN,
                .since = s->alert.since,
                .measured_at = s->measured_at,
                .detail = s->detail,
        };
        notice_place(ret, a, s->domain);
        if (event == EVENT_FLAPPING) {
                ret->changes = s->voice.n;
                ret->flap_window = standing_policy(s).flap_window;
        }
        standing_reason(s, ret);
        const EvidenceMark *mark = s->alert.level != LEVEL_OK ? evidence_mark(s) : NULL;
        if (mark) {
                ret->evidence = mark->path;
                ret->evidence_sha256 = mark->sha256;
        }
}

void announce_alert(const Standing *s, Event event, Level previous, const char *reason,
                    Moment now) {
        Notice notice;

        announce_fill(s, event, previous, now, &notice);
        if (reason)
                notice.reason = reason;
        announce(s->account->monitor, &notice, now);
}

void announce_test(Monitor *m, Level level, const char *by, Moment now) {
        _cleanup_strbuf_ StrBuf message = {};
        Notice notice = { .event = EVENT_TEST, .level = level, .value = NAN, .limit = NAN };

        strbuf_addf(&message,
                    "TEST of the way that alerts go, nothing is wrong: severity %s, sent by ",
                    level == LEVEL_OK ? "info" : level_name(level));
        text_escape(&message, by, strlen(by), 200);
        notice.message = strbuf_text(&message);
        announce(m, &notice, now);
}

void announce_removed(Monitor *m, const MetricSet *set, size_t metric, const char *target,
                      Level previous, usec_t since, usec_t measured_at, Moment now) {
        Notice notice = {
                .event = EVENT_CLEARED,
                .set = set,
                .metric = metric,
                .target = target,
                .level = LEVEL_OK,
                .previous = previous,
                .value = NAN,
                .limit = NAN,
                .since = since,
                .measured_at = measured_at,
                .reason = "removed",
        };
        announce(m, &notice, now);
        alertmanagers_note_closed(m, &notice, now);
}

/* What names may take of a record's field, so that none is cut. */
#define NAMES_BYTES_MAX ((size_t)600)

/* The first names, at most `most` and as long as they fit; returns how many. */
static size_t first_names(StrBuf *b, const Tell *tells, size_t n, const char *separator,
                          size_t most) {
        size_t i = 0;

        for (; i < n && i < most; i++) {
                const Standing *s = tells[i].standing;
                const char *name = account_target_name(s->account, s->domain);
                if (i > 0 && b->size + strlen(name) > NAMES_BYTES_MAX)
                        break;
                strbuf_addf(b, "%s%s", i > 0 ? separator : "", name);
        }
        return i;
}

/* The limit, where it is the same for all. */
static double common_limit(const Tell *tells, size_t n) {
        double common = NAN;

        for (size_t i = 0; i < n; i++) {
                const Standing *s = tells[i].standing;
                const RuleSet *rules = account_rules(s->account, s->domain);
                double limit = rules ? deciding_limit(rules, s, tells[i].event) : NAN;
                if (i > 0 && (limit < common || limit > common || isnan(limit) != isnan(common)))
                        return NAN;
                common = limit;
        }
        return common;
}

static usec_t first_since(const Tell *tells, size_t n) {
        usec_t first = tells[0].standing->alert.since;

        for (size_t i = 1; i < n; i++)
                first = MIN(first, tells[i].standing->alert.since);
        return first;
}

void announce_group(const Tell *tells, size_t n, Moment now) {
        const Standing *s = tells[0].standing;
        Account *a = s->account;
        _cleanup_strbuf_ StrBuf names = {}, count = {}, list = {};

        size_t named = first_names(&names, tells, n, ", ", 5);
        if (named < n)
                strbuf_addf(&names, " and %zu more", n - named);
        strbuf_adds(&list, "MAILSEC_DOMAINS=");
        (void)first_names(&list, tells, n, " ", 20);
        strbuf_addf(&count, "MAILSEC_COUNT=%zu", n);
        Notice notice = {
                .event = tells[0].event,
                .set = standing_set(s),
                .metric = s->metric,
                .target = a->name,
                .count = n,
                .names = strbuf_text(&names),
                .level = s->alert.level,
                .previous = tells[0].previous,
                .value = NAN,
                .limit = common_limit(tells, n),
                .since = first_since(tells, n),
                .measured_at = s->measured_at,
                .extra = (const char *const[]){ strbuf_text(&count), strbuf_text(&list), NULL },
        };
        standing_reason(s, &notice);
        if (tells[0].reason)
                notice.reason = tells[0].reason;
        announce(a->monitor, &notice, now);
}

static void describe_change(StrBuf *b, const Metric *row, double from, double to) {
        strbuf_addf(b, "%s%s ", b->size > 0 ? ", " : "", row->name);
        notice_format_value(b, row, from);
        strbuf_adds(b, " -> ");
        notice_format_value(b, row, to);
}

void announce_changes(Target *t, const Reading *reading, Moment now) {
        const MetricSet *set = reading->set;
        const RuleSet *rules = account_rules(t->account, t->domain);
        _cleanup_strbuf_ StrBuf changes = {};

        for (size_t i = 0; t->values && i < set->n; i++) {
                const Metric *row = &set->metrics[i];
                float value = (float)reading->values[i];

                if (row->reader == READ_ENGINE || row->reader == READ_RESULT_AGE ||
                    limit_is_set(&rules->limits[i]) || isnan(value) || isnan(t->values[i]))
                        continue;
                if (value < t->values[i] || value > t->values[i])
                        describe_change(&changes, row, (double)t->values[i], (double)value);
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
        self_lost(m, lost, now);
}
