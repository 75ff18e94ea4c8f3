/* SPDX-License-Identifier: MIT */
#include "engine/persist.h"

#include "base/diag.h"
#include "base/fault.h"
#include "base/text.h"
#include "engine/announce.h"
#include "engine/mute.h"
#include "engine/persist-rows.h"
#include "engine/restore.h"
#include "engine/sample.h"
#include "engine/self.h"
#include "engine/tell.h"
#include "io/store-history.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* How long a store that fails is left alone (real time). */
#define RETRY_WAIT (10 * USEC_PER_SEC)

/* How often history and event log are brought in order when there is nothing left to do, and how
 * short the steps follow each other while there is (this one in real time). */
#define TIDY_EVERY (5 * USEC_PER_MIN)
#define TIDY_STEP  (20 * USEC_PER_MSEC)

#define EVENTS_KEPT     100000u
#define EVENTS_KEPT_FOR (90 * USEC_PER_DAY)

/* Records taken from the store at a time, and while fewer than this wait for the sinks. */
#define REFILL 1000u

/* An interval that the clock of tests does not shorten. */
static usec_t real_span(const Monitor *m, usec_t span) {
        return (usec_t)((double)span * m->clock.rate);
}

/* From here on numbers may be lost to a later start: they go on from one that no other run reaches,
 * the time in milliseconds. */
static void sequence_jump(Monitor *m, Moment now) {
        m->sequence = MAX(m->sequence, now.wall / USEC_PER_MSEC);
}

/* The numbers of what was not committed may be given again by another start. */
static void pending_renumber(Monitor *m, Moment now) {
        if (m->pending)
                m->sequence = m->pending->sequence - 1;
        sequence_jump(m, now);
        for (Record **p = &m->pending; *p; p = &(*p)->next) {
                Record *renumbered;
                if (record_renumber(*p, ++m->sequence, &renumbered) < 0) {
                        diag(DIAG_ERROR,
                             "Out of memory: record %" PRIu64 " keeps a number that may "
                             "come again",
                             (*p)->sequence);
                        continue;
                }
                renumbered->next = (*p)->next;
                record_free(*p);
                *p = renumbered;
                if (!renumbered->next)
                        m->pending_tail = &renumbered->next;
        }
}

/* Records that are in the store only stay there: they are sent when it is back, or at the next
 * start. */
static void store_lost(Monitor *m, const char *problem, Moment now) {
        _cleanup_strbuf_ StrBuf b = {};

        m->store = store_close(m->store);
        sample_forget_series(m);
        pending_renumber(m, now);
        /* What store_open() says names the file already. */
        if (!startswith(problem, m->config->state_dir))
                strbuf_addf(&b, "%s/state.db: ", m->config->state_dir);
        strbuf_addf(&b, "%s; state is kept in memory until it can be written again", problem);
        if (!m->health.store_problem)
                diag(DIAG_ERROR, "%s", strbuf_text(&b));
        monitor_queue(m, &m->store_retry, ITEM_STORE, now.boot + real_span(m, RETRY_WAIT));
        schedule_remove(&m->due, &m->tidy);
        self_store(m, strbuf_text(&b), now);
        tell_flush(m, now);
}

static void store_found(Monitor *m, const char *told, Moment now) {
        if (*told)
                diag(DIAG_NOTICE, "%s", told);
        if (store_skipped(m->store) > 0)
                diag(DIAG_WARNING, "%s/state.db: %" PRIu64 " damaged rows were left out",
                     m->config->state_dir, store_skipped(m->store));
        if (m->tidy.at == 0)
                monitor_queue(m, &m->tidy, ITEM_TIDY, now.boot + real_span(m, TIDY_STEP));
}

static int refill_one(void *userdata, const EventRow *row) {
        Monitor *m = userdata;
        Record *record;

        int r = record_new(row->sequence, row->priority, row->data, row->size, &record);
        m->queued_to = row->sequence;
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                diag(DIAG_ERROR, "Record %" PRIu64 " of the store cannot be read and is not sent",
                     row->sequence);
                return 0;
        }
        sinks_put(m->sinks, record);
        return 0;
}

/* A store that cannot be written may still be read. */
static void read_only(Monitor *m, Moment now) {
        _cleanup_strbuf_ StrBuf problem = {};
        _cleanup_(store_closep) Store *store = NULL;

        m->unread = true;
        if (store_open_readonly(m->config->state_dir, &problem, &store) < 0)
                return;
        m->sequence = MAX(m->sequence, store_last_sequence(store));
        m->last_silence = store_number(store, "silence");
        m->unread = restore_state(m, store, now) < 0;
}

void persist_open(Monitor *m, Moment now) {
        _cleanup_strbuf_ StrBuf problem = {};
        uint64_t last = 0;

        int r = store_open(m->config->state_dir, now.wall, &problem, &last, &m->store);
        if (r >= 0) {
                store_begin(m->store);
                m->sequence = store_last_sequence(m->store);
                m->queued_to = store_sent(m->store);
                m->marked = m->queued_to;
                m->backlog = m->queued_to < m->sequence;
                m->last_silence = store_number(m->store, "silence");
                r = restore_state(m, m->store, now);
        }
        if (r >= 0) {
                store_found(m, strbuf_text(&problem), now);
                self_sample(m, now);
                return;
        }
        if (r != -EBADMSG && r != -EPROTO)
                read_only(m, now);
        m->locked = m->unread && r == -EBUSY;
        m->sequence = MAX(m->sequence, last);
        store_lost(m, problem.size > 0 ? strbuf_text(&problem) : store_words(r), now);
}

/* What an earlier run did not get rid of goes to the sinks now, behind what is newer. */
static void send_late(Monitor *m) {
        uint64_t sent = store_sent(m->store), last = store_last_sequence(m->store);
        uint64_t queued_to = m->queued_to;

        if (last <= sent)
                return;
        EventFilter filter = { .after = sent, .before = last + 1 };
        (void)store_read_events(m->store, &filter, refill_one, m);
        m->queued_to = MAX(queued_to, last);
        m->late = true;
}

/* Takes up what could not be read before, and writes everything anew. */
static int store_renew(Monitor *m, Moment now) {
        int r = 0;

        store_begin(m->store);
        m->sequence = MAX(m->sequence, store_last_sequence(m->store));
        m->last_silence = MAX(m->last_silence, store_number(m->store, "silence"));
        m->marked = store_sent(m->store);
        if (m->unread)
                r = restore_state(m, m->store, now);
        if (r < 0)
                return r;
        m->unread = m->locked = false;
        send_late(m);
        persist_all(m, now);
        for (const Record *w = sinks_waiting(m->sinks); w; w = w->next)
                rows_put_event(m->store, w, now.wall);
        return store_commit(m->store, true);
}

void persist_retry(Monitor *m, Moment now) {
        _cleanup_strbuf_ StrBuf problem = {};
        uint64_t last = 0;

        if (m->store)
                return;
        int r = store_open(m->config->state_dir, now.wall, &problem, &last, &m->store);
        if (r >= 0)
                r = store_renew(m, now);
        if (r < 0) {
                m->store = store_close(m->store);
                sample_forget_series(m);
                monitor_queue(m, &m->store_retry, ITEM_STORE, now.boot + real_span(m, RETRY_WAIT));
                return;
        }
        store_begin(m->store);
        store_found(m, strbuf_text(&problem), now);
        diag(DIAG_NOTICE, "%s/state.db: state is kept there again", m->config->state_dir);
        self_store(m, NULL, now);
        mute_review(m, now);
        for (uint32_t i = 0; i < m->n_accounts; i++)
                monitor_queue(m, &m->accounts[i].item, ITEM_ACCOUNT, now.boot);
}

void persist_record(Monitor *m, Record *record, Moment now) {
        if (m->store)
                rows_put_event(m->store, record, now.wall);
        record->next = NULL;
        *m->pending_tail = record;
        m->pending_tail = &record->next;
}

/* Hands the turn's records to the sinks, unless older ones still wait in the store. */
static void pending_send(Monitor *m) {
        while (m->pending) {
                Record *record = m->pending;
                m->pending = record->next;
                if (m->store && !m->backlog && sinks_queued(m->sinks) >= SINK_QUEUE_MAX)
                        m->backlog = true;
                if (m->store && m->backlog) {
                        record_free(record); /* it comes from the store in its turn */
                        continue;
                }
                m->queued_to = record->sequence;
                sinks_put(m->sinks, record);
        }
        m->pending_tail = &m->pending;
}

/* Takes records out of the store while the sinks have room. */
static void backlog_send(Monitor *m, Moment now) {
        if (!m->store || !m->backlog || sinks_queued(m->sinks) >= REFILL)
                return;
        EventFilter filter = { .after = m->queued_to, .most = REFILL };
        int r = store_read_events(m->store, &filter, refill_one, m);
        if (r < 0 && r != -ENOMEM)
                store_lost(m, store_words(r), now); /* opening it again finds out what is wrong */
        else if (r >= 0 && m->queued_to >= m->sequence)
                m->backlog = false;
}

/* Notes what the sinks took, so that it is not sent again. Whether there was anything to note. */
static bool mark_sent(Monitor *m) {
        uint64_t taken = sinks_taken(m->sinks);

        if (m->late && sinks_queued(m->sinks) == 0)
                m->late = false;
        if (!m->store || m->late || taken <= m->marked)
                return false;
        fault_point(FAULT_BEFORE_MARK);
        store_put_sent(m->store, taken);
        m->marked = taken;
        return true;
}

static void commit(Monitor *m, bool durable, Moment now) {
        if (!m->store)
                return;
        fault_point(FAULT_BEFORE_COMMIT);
        int r = store_commit(m->store, durable);
        if (r < 0) {
                store_lost(m, store_words(r), now);
                return;
        }
        fault_point(FAULT_AFTER_COMMIT);
        store_begin(m->store);
        m->durable = false;
}

void persist_now(Monitor *m, Moment now) {
        tell_flush(m, now);
        bool marked = mark_sent(m);
        commit(m, m->durable || m->pending, now);
        if (marked)
                fault_point(FAULT_AFTER_MARK);
        pending_send(m);
        fault_point(FAULT_AFTER_QUEUE);
}

void persist_turn(Monitor *m, Moment now) {
        announce_lost_records(m, now);
        persist_now(m, now);
        backlog_send(m, now);
        monitor_arm(m);
}

void persist_tidy(Monitor *m, Moment now) {
        HistorySettings settings = { m->config->history_full, m->config->history_hourly };

        /* What this turn changed so far is one transaction, a step of tidying is another. */
        persist_now(m, now);
        if (!m->store)
                return;
        int r = store_commit(m->store, false);
        if (r >= 0)
                r = history_tidy(m->store, &settings, now.wall);
        if (r < 0) {
                store_lost(m, store_words(r), now);
                return;
        }
        bool more = store_tidy(m->store) || r > 0;
        store_begin(m->store);
        if (!more)
                store_trim_events(m->store,
                                  now.wall > EVENTS_KEPT_FOR ? now.wall - EVENTS_KEPT_FOR : 0,
                                  EVENTS_KEPT);
        monitor_queue(m, &m->tidy, ITEM_TIDY,
                      now.boot + (more ? real_span(m, TIDY_STEP) : TIDY_EVERY));
}

void persist_close(Monitor *m) {
        while (m->pending) {
                Record *record = m->pending;
                m->pending = record->next;
                record_free(record);
        }
        m->store = store_close(m->store);
}
