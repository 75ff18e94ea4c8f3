/* SPDX-License-Identifier: MIT */
#include "engine/monitor.h"

#include "base/diag.h"
#include "engine/account.h"
#include "engine/alertmanager.h"
#include "engine/announce.h"
#include "engine/evidence.h"
#include "engine/judge.h"
#include "engine/mute.h"
#include "engine/page-spark.h"
#include "engine/persist.h"
#include "engine/run.h"
#include "engine/self.h"
#include "engine/site.h"
#include "engine/standing.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Items handled in one turn of the loop, so that many at once never starve signals and the
 * watchdog. */
#define TICK_ITEMS 512

size_t engine_metric(const MetricSet *set, EngineMetric metric) {
        static const char *const names[_ENGINE_METRIC_MAX] = {
                [ENGINE_UP] = "up",
                [ENGINE_DATA_AGE] = "data_age",
                [ENGINE_RESULT_AGE] = "result_age",
                [ENGINE_TESTS_LEFT] = "tests_left",
                [ENGINE_RUNNING] = "running",
        };
        /* Looked up once per set: the tables never change. */
        static uint8_t found[_SOURCE_MAX][_SCOPE_MAX][_ENGINE_METRIC_MAX];
        uint8_t *place = &found[set->source][set->scope][metric];

        if (*place == 0) {
                size_t i = metric_find(set, names[metric]);
                *place = (uint8_t)(i == SIZE_MAX ? METRICS_MAX + 1 : i + 1);
        }
        return *place - 1u;
}

const Domain *account_domain(const Account *a, uint32_t domain) {
        return &a->monitor->config->domains[a->domains[domain]];
}

Subject *account_subject(Account *a, uint32_t domain) {
        return domain == NAMES_NONE ? &a->subject : &a->subjects[domain];
}

const RuleSet *account_rules(const Account *a, uint32_t domain) {
        return domain == NAMES_NONE ? a->rules : account_domain(a, domain)->rules[a->ops->id];
}

const char *account_target_name(const Account *a, uint32_t domain) {
        return domain == NAMES_NONE ? a->name : a->names[domain];
}

uint32_t account_place(const Account *a, uint32_t index) {
        uint32_t low = 0, high = a->n;

        /* An account has its domains in the order of the configuration. */
        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (a->domains[middle] < index)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < a->n && a->domains[low] == index ? low : NAMES_NONE;
}

const MetricSet *account_set(const Account *a, uint32_t domain) {
        return metric_set(a->ops->id, domain == NAMES_NONE ? SCOPE_ACCOUNT : SCOPE_DOMAIN);
}

float *account_values(const Account *a, uint32_t domain) {
        if (domain == NAMES_NONE)
                return a->own_values;
        if (a->immuniweb)
                return a->targets[domain].values;
        return a->values + (size_t)domain * metric_set(a->ops->id, SCOPE_DOMAIN)->n;
}

Account *monitor_self(const Monitor *m) {
        return &m->accounts[m->n_accounts - 1];
}

uint32_t monitor_vendors(const Monitor *m) {
        return m->n_accounts - 1;
}

Moment monitor_now(const Monitor *m) {
        return clock_moment(&m->clock);
}

double monitor_jitter(Monitor *m) {
        /* xorshift64*: good enough to keep clients from marching in step. */
        m->random ^= m->random >> 12;
        m->random ^= m->random << 25;
        m->random ^= m->random >> 27;
        return (double)((m->random * 0x2545F4914F6CDD1DULL) >> 11) / (double)(1ULL << 53);
}

void monitor_queue(Monitor *m, ScheduleItem *item, ItemKind kind, usec_t at) {
        item->kind = kind;
        if (schedule_put(&m->due, item, at) < 0)
                diag(DIAG_ERROR, "Out of memory while planning: a run or reminder is skipped");
}

void monitor_arm(Monitor *m) {
        static const Clock real = { .rate = 1 };
        const ScheduleItem *first = schedule_first(&m->due);
        usec_t key = first ? first->key : USEC_INFINITY;

        if (key == m->armed)
                return;
        m->armed = key;
        if (key == USEC_INFINITY) {
                (void)sd_event_source_set_enabled(m->timer, SD_EVENT_OFF);
                return;
        }
        usec_t now = monitor_now(m).boot;
        usec_t delay = clock_real_delay(&m->clock, key > now ? key - now : 0);
        (void)sd_event_source_set_time(m->timer, clock_boot(&real) + delay);
        (void)sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

usec_t sweep_interval(const Config *config) {
        usec_t shortest = 4 * USEC_PER_HOUR;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const RuleSet *rules = config->domains[i].rules[SOURCE_IMMUNIWEB];
                if (rules)
                        shortest = MIN(shortest, rules->interval);
        }
        return CLAMP(shortest / 4, 10 * USEC_PER_SEC, USEC_PER_HOUR);
}

static void item_due(Monitor *m, ScheduleItem *item, Moment now) {
        switch ((ItemKind)item->kind) {
        case ITEM_TARGET:
                account_target_due(container_of(item, Target, item), now);
                return;
        case ITEM_RUN:
                run_wake(container_of(item, Run, item), now);
                return;
        case ITEM_ALERT:
                standing_wake(container_of(item, Standing, item), now);
                return;
        case ITEM_ACCOUNT:
                account_dispatch(container_of(item, Account, item), now);
                return;
        case ITEM_SWEEP:
                judge_sweep(m, now);
                monitor_queue(m, &m->sweep, ITEM_SWEEP, now.boot + sweep_interval(m->config));
                return;
        case ITEM_HEARTBEAT:
                announce_heartbeat(m, now);
                monitor_queue(m, &m->heartbeat, ITEM_HEARTBEAT, now.boot + m->config->heartbeat);
                return;
        case ITEM_MUTE:
                mute_review(m, now);
                return;
        case ITEM_STORE:
                persist_retry(m, now);
                return;
        case ITEM_SITE:
                site_retry(m);
                return;
        case ITEM_TIDY:
                persist_tidy(m, now);
                return;
        case ITEM_SELF:
                self_look(m, now);
                return;
        case ITEM_EVIDENCE:
                evidence_sweep(m, now);
                return;
        case ITEM_ALERTMANAGER:
                return; /* the end of the turn looks: alertmanagers_turn() */
        }
}

static int monitor_tick(sd_event_source *source, uint64_t usec, void *userdata) {
        Monitor *m = userdata;
        Moment now = monitor_now(m);
        (void)source;
        (void)usec;

        m->armed = USEC_INFINITY;
        for (unsigned i = 0; i < TICK_ITEMS;) {
                ScheduleItem *first = schedule_first(&m->due);
                if (!first || first->key > now.boot)
                        break;
                /* Reminders of one moment are told together: they cost little and do not count. */
                i += first->kind != ITEM_ALERT;
                schedule_remove(&m->due, first);
                item_due(m, first, now);
        }
        monitor_arm(m);
        return 0;
}

int monitor_new(sd_event *event, const Clock *clock, Config *config, run_done_t done, bool once,
                Monitor **ret) {
        _cleanup_(monitor_freep) Monitor *m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        m->event = sd_event_ref(event);
        m->clock = *clock;
        m->done = done;
        m->once = once;
        m->site.fd = -1;
        m->pending_tail = &m->pending;
        m->armed = USEC_INFINITY;
        if (getrandom(&m->random, sizeof(m->random), GRND_NONBLOCK) < 0 || m->random == 0)
                m->random = clock_wall(clock) | 1;

        int r = sd_event_add_time(event, &m->timer, CLOCK_BOOTTIME, 0, 1000, monitor_tick, m);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(m->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = http_new(event, "mailsecd/" VERSION, &m->http);
        if (r < 0)
                return r;
        r = monitor_build(m, config, monitor_now(m));
        if (r < 0)
                return r;
        m->config = config;
        *ret = TAKE_PTR(m);
        return 0;
}

int monitor_start(Monitor *m) {
        Moment now = monitor_now(m);

        for (uint32_t i = 0; i < m->n_accounts; i++) {
                Account *a = &m->accounts[i];
                /* What the store remembers is planned already. */
                for (uint32_t t = 0; t < a->n_targets; t++)
                        if (a->targets[t].item.at == 0)
                                account_hold(&a->targets[t]);
                monitor_queue(m, &a->item, ITEM_ACCOUNT, now.boot);
        }
        if (!m->once) {
                monitor_queue(m, &m->sweep, ITEM_SWEEP, now.boot + sweep_interval(m->config));
                if (m->config->heartbeat != USEC_INFINITY)
                        monitor_queue(m, &m->heartbeat, ITEM_HEARTBEAT,
                                      now.boot + m->config->heartbeat);
                mute_review(m, now);
                evidence_tidy(m, NULL, now);
        }
        monitor_arm(m);
        return 0;
}

Monitor *monitor_free(Monitor *m) {
        if (!m)
                return NULL;
        site_done(&m->site); /* replies under way read all the rest */
        page_sparks_free(m->page_sparks);
        alertmanagers_free(m->alertmanagers);
        while (m->runs)
                run_free(m->runs);
        http_free(m->http);
        accounts_free(m->accounts, m->n_accounts);
        schedule_done(&m->due);
        for (size_t i = 0; i < m->n_retired; i++)
                config_free(m->retired[i]);
        free(m->retired);
        free(m->odd);
        persist_close(m);
        evidence_room_reset(&m->evidence);
        silences_done(&m->silences);
        free(m->windows_active);
        free(m->tells);
        free(m->health.config_problem);
        free(m->health.store_problem);
        control_free(m->control);
        config_free(m->config);
        sinks_free(m->sinks);
        sd_event_source_disable_unref(m->timer);
        sd_event_unref(m->event);
        free(m);
        return NULL;
}
