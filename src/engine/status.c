/* SPDX-License-Identifier: MIT */
#include "engine/status.h"

#include "base/stamp.h"
#include "engine/alertmanager.h"

#include <inttypes.h>

/* When the next target runs: the earliest of the queue that is one. */
static usec_t next_run(const Monitor *m, Moment now) {
        usec_t next = USEC_INFINITY;

        for (uint32_t i = 0; i < m->n_accounts; i++) {
                const Account *a = &m->accounts[i];
                if (a->item.at > 0)
                        next = MIN(next, a->item.key);
                for (uint32_t t = 0; t < a->n_targets; t++)
                        if (a->targets[t].item.at > 0 && !a->targets[t].held)
                                next = MIN(next, a->targets[t].item.key);
        }
        if (next == USEC_INFINITY)
                return next;
        return now.wall + (next > now.boot ? next - now.boot : 0);
}

void status_watched(const Monitor *m, StrBuf *b) {
        strbuf_addf(b, "%" PRIu32 " domain%s, %" PRIu32 " source%s", m->config->n_domains,
                    m->config->n_domains == 1 ? "" : "s", monitor_vendors(m),
                    monitor_vendors(m) == 1 ? "" : "s");
}

static void status_alerts(const Monitor *m, StrBuf *b) {
        if (m->alerts[LEVEL_CRITICAL] + m->alerts[LEVEL_WARNING] == 0)
                strbuf_adds(b, "nothing wrong");
        else
                strbuf_addf(b, "%" PRIu32 " critical, %" PRIu32 " warning",
                            m->alerts[LEVEL_CRITICAL], m->alerts[LEVEL_WARNING]);
        for (uint32_t i = 0; i < m->n_accounts; i++) {
                const Account *a = &m->accounts[i];
                if (a->failures > 0)
                        strbuf_addf(b, "; %s account %s fails (%s)", source_name(a->ops->id),
                                    a->name, outcome_info(a->outcome)->reason);
        }
}

static void status_alertmanagers(const Monitor *m, StrBuf *b) {
        AlertmanagerState state;

        for (size_t i = 0; alertmanagers_state(m, i, &state); i++)
                if (state.up == 0)
                        strbuf_addf(b, "; Alertmanager %s takes no alerts", state.url);
}

uint64_t monitor_queued(const Monitor *m) {
        uint64_t queued = sinks_queued(m->sinks);

        if (m->backlog && m->sequence > m->queued_to)
                queued += m->sequence - m->queued_to;
        return queued;
}

void status_line(const Monitor *m, const char *verdict, StrBuf *b) {
        Moment now = monitor_now(m);
        usec_t next = next_run(m, now);
        uint64_t queued = monitor_queued(m);

        status_watched(m, b);
        strbuf_adds(b, "; ");
        status_alerts(m, b);
        if (next != USEC_INFINITY) {
                strbuf_adds(b, "; next run ");
                stamp_format_local(b, next, now.wall);
        }
        if (queued > 0)
                strbuf_addf(b, "; %" PRIu64 " records wait for a sink", queued);
        if (verdict) {
                strbuf_addf(b, "; %s", verdict);
                if (m->health.config_refused > 0) {
                        strbuf_adds(b, " since ");
                        stamp_format_local(b, m->health.config_refused, now.wall);
                }
        }
        status_alertmanagers(m, b);
        if (m->site.failed)
                strbuf_adds(b, m->site.listener ? "; the status page is not where it should be"
                                                : "; the status page cannot be opened");
        if (m->health.store_problem)
                strbuf_adds(b, "; state is kept in memory only");
}

void status_heartbeat(const Monitor *m, StrBuf *b) {
        strbuf_adds(b, "alive: ");
        status_watched(m, b);
        strbuf_adds(b, "; ");
        status_alerts(m, b);
        strbuf_addf(b,
                    "; %" PRIu64 " runs, %" PRIu64 " failed, %" PRIu64 " records since the start",
                    m->counters.runs, m->counters.runs - m->counters.failures[OUTCOME_OK],
                    sinks_sent(m->sinks));
}
