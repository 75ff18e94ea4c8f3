/* SPDX-License-Identifier: MIT */
#include "engine/monitor.h"

#include "base/diag.h"
#include "config/hostname.h"
#include "engine/account.h"
#include "engine/announce.h"
#include "engine/judge.h"
#include "engine/run.h"

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
        usec_t now = clock_boot(&m->clock);
        usec_t delay = clock_real_delay(&m->clock, key > now ? key - now : 0);
        (void)sd_event_source_set_time(m->timer, clock_boot(&real) + delay);
        (void)sd_event_source_set_enabled(m->timer, SD_EVENT_ONESHOT);
}

usec_t monitor_sweep_interval(const Monitor *m) {
        usec_t shortest = 4 * USEC_PER_HOUR;
        for (uint32_t i = 0; i < m->n_accounts; i++) {
                const Account *a = &m->accounts[i];
                if (a->ops->id != SOURCE_IMMUNIWEB)
                        continue;
                for (uint32_t d = 0; d < a->n; d++)
                        shortest = MIN(shortest,
                                       account_domain(a, d)->rules[SOURCE_IMMUNIWEB]->interval);
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
                judge_remind(m, container_of(item, Standing, item), now);
                return;
        case ITEM_ACCOUNT:
                account_dispatch(container_of(item, Account, item), now);
                return;
        case ITEM_SWEEP:
                judge_sweep(m, now);
                monitor_queue(m, &m->sweep, ITEM_SWEEP, now.boot + monitor_sweep_interval(m));
                return;
        case ITEM_HEARTBEAT:
                announce_heartbeat(m, now);
                monitor_queue(m, &m->heartbeat, ITEM_HEARTBEAT, now.boot + m->config->heartbeat);
                return;
        }
}

static int monitor_tick(sd_event_source *source, uint64_t usec, void *userdata) {
        Monitor *m = userdata;
        Moment now = monitor_now(m);
        (void)source;
        (void)usec;

        m->armed = USEC_INFINITY;
        for (unsigned i = 0; i < TICK_ITEMS; i++) {
                ScheduleItem *first = schedule_first(&m->due);
                if (!first || first->key > now.boot)
                        break;
                schedule_remove(&m->due, first);
                item_due(m, first, now);
        }
        monitor_arm(m);
        return 0;
}

static void targets_init(Account *a) {
        for (uint32_t i = 0; i < a->n_targets; i++)
                a->targets[i] = (Target){
                        .account = a,
                        .domain = a->ops->id == SOURCE_SYMANTEC ? NAMES_NONE : i,
                };
}

/* The domains that this account carries, and their subjects and targets. */
static int account_fill(Account *a, const Config *config, uint32_t index, Moment now) {
        SourceId id = a->ops->id;
        uint32_t n = 0;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const Domain *d = &config->domains[i];
                n += d->rules[id] && (id != SOURCE_SYMANTEC || d->account == index);
        }
        a->domains = calloc(MAX(n, 1u), sizeof(*a->domains));
        a->subjects = calloc(MAX(n, 1u), sizeof(*a->subjects));
        a->names = calloc(MAX(n, 1u), sizeof(*a->names));
        a->n_targets = id == SOURCE_SYMANTEC ? 1 : n;
        a->targets = calloc(MAX(a->n_targets, 1u), sizeof(*a->targets));
        if (!a->domains || !a->subjects || !a->names || !a->targets)
                return -ENOMEM;

        for (uint32_t i = 0; i < config->n_domains; i++) {
                const Domain *d = &config->domains[i];
                if (!d->rules[id] || (id == SOURCE_SYMANTEC && d->account != index))
                        continue;
                a->domains[a->n] = i;
                a->names[a->n] = d->name;
                a->subjects[a->n].good_at = now.boot;
                a->n++;
        }
        a->subject.good_at = now.boot;
        targets_init(a);
        return schedule_reserve(&a->ready, a->n_targets);
}

static int account_init_symantec(Account *a, const Config *config, uint32_t index, Moment now) {
        const SymantecAccount *s = &config->symantec[index];

        a->ops = &source_symantec;
        a->name = s->settings.name;
        a->symantec = &s->settings;
        a->endpoint = &s->settings.endpoint;
        a->rules = s->rules;
        a->concurrency = 1;
        int r = account_fill(a, config, index, now);
        if (r >= 0)
                r = symantec_table_new(a->names, a->n, &a->table);
        if (r >= 0)
                symantec_table_set_to_ascii(a->table, hostname_normalize);
        return r;
}

static int account_init_immuniweb(Account *a, const Config *config, Moment now) {
        const ImmuniwebSettings *s = &config->immuniweb;

        a->ops = &source_immuniweb;
        a->name = "default";
        a->immuniweb = s;
        a->endpoint = &s->endpoint;
        a->rules = config->immuniweb_rules;
        a->concurrency = s->concurrency;
        int r = budget_init(&a->budget, s->daily_tests);
        return r < 0 ? r : account_fill(a, config, 0, now);
}

int monitor_build(Monitor *m, const Config *config, Moment now) {
        uint32_t n = config->n_symantec + (config->immuniweb_rules ? 1u : 0u);
        size_t targets = 0;
        int r = 0;

        Account *accounts = calloc(MAX(n, 1u), sizeof(*accounts));
        if (!accounts)
                return -ENOMEM;
        for (uint32_t i = 0; i < n && r >= 0; i++) {
                accounts[i].monitor = m;
                if (i < config->n_symantec)
                        r = account_init_symantec(&accounts[i], config, i, now);
                else
                        r = account_init_immuniweb(&accounts[i], config, now);
                targets += accounts[i].n_targets;
        }
        if (r >= 0)
                r = schedule_reserve(&m->due, targets + n + 2);
        if (r < 0) {
                accounts_free(accounts, n);
                return r;
        }
        m->accounts = accounts;
        m->n_accounts = n;
        return 0;
}

static void subject_done(Subject *subject) {
        while (subject->standing) {
                Standing *s = subject->standing;
                subject->standing = s->next;
                free(s->detail);
                free(s);
        }
}

void accounts_free(Account *accounts, uint32_t n) {
        for (uint32_t i = 0; accounts && i < n; i++) {
                Account *a = &accounts[i];
                for (uint32_t t = 0; a->targets && t < a->n_targets; t++) {
                        free(a->targets[t].job_id);
                        free(a->targets[t].ids);
                        free(a->targets[t].values);
                }
                for (uint32_t d = 0; a->subjects && d < a->n; d++)
                        subject_done(&a->subjects[d]);
                subject_done(&a->subject);
                free(a->targets);
                free(a->subjects);
                free(a->domains);
                free(a->names);
                symantec_table_free(a->table);
                budget_done(&a->budget);
                schedule_done(&a->ready);
        }
        free(accounts);
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
                for (uint32_t t = 0; t < a->n_targets; t++)
                        account_hold(&a->targets[t]);
                monitor_queue(m, &a->item, ITEM_ACCOUNT, now.boot);
        }
        if (!m->once) {
                monitor_queue(m, &m->sweep, ITEM_SWEEP, now.boot + monitor_sweep_interval(m));
                if (m->config->heartbeat != USEC_INFINITY)
                        monitor_queue(m, &m->heartbeat, ITEM_HEARTBEAT,
                                      now.boot + m->config->heartbeat);
        }
        monitor_arm(m);
        return 0;
}

Monitor *monitor_free(Monitor *m) {
        if (!m)
                return NULL;
        while (m->runs)
                run_free(m->runs);
        http_free(m->http);
        accounts_free(m->accounts, m->n_accounts);
        schedule_done(&m->due);
        for (size_t i = 0; i < m->n_retired; i++)
                config_free(m->retired[i]);
        free(m->retired);
        free(m->odd);
        config_free(m->config);
        sinks_free(m->sinks);
        sd_event_source_disable_unref(m->timer);
        sd_event_unref(m->event);
        free(m);
        return NULL;
}
