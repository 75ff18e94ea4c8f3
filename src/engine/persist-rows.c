/* SPDX-License-Identifier: MIT */
/* The rows of io/store.h, made from what the monitor knows. */
#include "engine/persist-rows.h"

#include "core/notice.h"
#include "engine/alertmanager.h"
#include "engine/persist.h"
#include "engine/standing.h"

#include <math.h>
#include <string.h>

void rows_put_event(Store *store, const Record *record, usec_t at) {
        store_put_event(store, &(EventRow){
                                       .sequence = record->sequence,
                                       .at = at,
                                       .event = record_get(record, "MAILSEC_EVENT"),
                                       .identity = record_get(record, "MAILSEC_ALERT"),
                                       .level = record_get(record, "MAILSEC_LEVEL"),
                                       .priority = record->priority,
                                       .data = record->data,
                                       .size = record->size,
                               });
}

void persist_standing(const Standing *s, Moment now) {
        Account *a = s->account;
        usec_t changes[FLAP_LIMIT_MAX + 1];

        if (!a->monitor->store)
                return;
        for (size_t i = 0; i < s->voice.n; i++)
                changes[i] = moment_to_wall(now, s->voice.changes[i]);
        AlertRow row = {
                .source = source_name(a->ops->id),
                .target = account_target_name(a, s->domain),
                .metric = standing_metric(s)->name,
                .level = s->alert.level,
                .since = s->alert.since,
                .remind_at = moment_to_wall(now, s->alert.remind_at),
                .remind_wait = s->alert.remind_wait,
                .value = s->value,
                .measured_at = s->measured_at,
                .outcome = s->outcome == OUTCOME_OK ? NULL : outcome_name((Outcome)s->outcome),
                .detail = s->detail,
                .told = s->voice.told,
                .muted = s->voice.muted,
                .flapping = s->voice.flapping,
                .changes = changes,
                .n_changes = s->voice.n,
                .ack_ceiling = NAN,
        };
        memcpy(row.streak, s->alert.streak, sizeof(row.streak));
        if (s->ack) {
                row.ack_by = s->ack->by;
                row.ack_comment = s->ack->comment;
                row.ack_at = s->ack->at;
                row.ack_until = s->ack->until;
                row.ack_ceiling = s->ack->ceiling;
        }
        store_put_alert(a->monitor->store, &row);
}

void persist_drop_standing(const Standing *s) {
        Account *a = s->account;

        if (a->monitor->store)
                store_drop_alert(a->monitor->store, source_name(a->ops->id),
                                 account_target_name(a, s->domain), standing_metric(s)->name);
}

/* The last known values as words, so that tables may change between versions. */
static void add_values(StrBuf *b, const Target *t) {
        const MetricSet *set = metric_set(t->account->ops->id, SCOPE_DOMAIN);

        for (size_t i = 0; t->values && i < set->n; i++) {
                if (isnan(t->values[i]))
                        continue;
                strbuf_addf(b, "%s%s=", b->size > 0 ? " " : "", set->metrics[i].name);
                notice_format_number(b, (double)t->values[i]);
        }
}

void persist_target(const Target *t, Moment now) {
        Account *a = t->account;
        _cleanup_strbuf_ StrBuf values = {};

        if (!a->monitor->store)
                return;
        if (a->immuniweb)
                add_values(&values, t);
        store_put_target(
                a->monitor->store,
                &(TargetRow){
                        .source = source_name(a->ops->id),
                        .target = account_target_name(a, t->domain),
                        .last_start = t->last_start,
                        .last_result = t->last_result,
                        .next_run =
                                t->item.at > 0 && !t->held ? moment_to_wall(now, t->item.key) : 0,
                        .failures = t->failures,
                        .job_id = t->job_id,
                        .job_started = t->job_started,
                        .ids = t->ids,
                        .result_at = moment_to_wall(now, t->result_at),
                        .good_at = t->domain == NAMES_NONE
                                           ? 0
                                           : moment_to_wall(now, a->subjects[t->domain].good_at),
                        .values = strbuf_text(&values),
                });
}

void persist_account(const Account *a, Moment now) {
        if (!a->monitor->store || a->ops->id == SOURCE_MAILSECD)
                return;
        store_put_account(a->monitor->store, &(AccountRow){
                                                     .source = source_name(a->ops->id),
                                                     .name = a->name,
                                                     .failures = a->failures,
                                                     .outcome = outcome_name(a->outcome),
                                                     .retry_at = moment_to_wall(now, a->retry_at),
                                                     .failed_at = moment_to_wall(now, a->failed_at),
                                                     .good_at = moment_to_wall(now, a->answered_at),
                                             });
}

void persist_missing(const Account *a, uint32_t domain, Moment now) {
        const Subject *subject = &a->subjects[domain];

        if (!a->monitor->store)
                return;
        if (subject->missing)
                store_put_missing(
                        a->monitor->store,
                        &(MissingRow){ a->names[domain], moment_to_wall(now, subject->good_at) });
        else
                store_drop_missing(a->monitor->store, a->names[domain]);
}

void persist_silence(Monitor *m, const Silence *silence) {
        if (!m->store)
                return;
        store_put_silence(m->store, silence);
        store_put_number(m->store, "silence", m->last_silence);
}

void persist_drop_silence(Monitor *m, uint64_t id) {
        if (m->store)
                store_drop_silence(m->store, id);
}

void persist_test(Monitor *m, Moment now) {
        if (m->store)
                store_put_test(m->store, now.wall, now.wall);
        m->durable = true;
}

static void put_standing(Standing *s, void *userdata) {
        const Moment *now = userdata;
        persist_standing(s, *now);
}

static void put_tests(const Account *a, Moment now) {
        const Budget *b = &a->budget;

        for (uint32_t i = 0; i < b->n; i++)
                store_put_test(a->monitor->store, b->started[(b->first + i) % b->room], now.wall);
}

void persist_all(Monitor *m, Moment now) {
        if (!m->store)
                return;
        store_clear_state(m->store);
        standing_each(m, put_standing, &now);
        for (uint32_t i = 0; i < monitor_vendors(m); i++) {
                Account *a = &m->accounts[i];
                persist_account(a, now);
                for (uint32_t t = 0; t < a->n_targets; t++)
                        if (a->targets[t].last_start > 0)
                                persist_target(&a->targets[t], now);
                for (uint32_t d = 0; a->symantec && d < a->n; d++)
                        if (a->subjects[d].missing)
                                persist_missing(a, d, now);
                if (a->immuniweb)
                        put_tests(a, now);
        }
        for (size_t i = 0; i < m->silences.n; i++)
                persist_silence(m, &m->silences.list[i]);
        alertmanagers_persist(m);
}
