/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "core/alert.h"
#include "core/budget.h"
#include "core/outcome.h"
#include "core/schedule.h"
#include "core/source.h"
#include "io/http.h"
#include "io/sink.h"
#include "source/immuniweb.h"
#include "source/symantec.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* The running state of everything that is watched. The structs are shared by the files of
 * src/engine/: monitor.c makes them from a Config, account.c decides who runs, run.c does the
 * asking, judge.c turns readings into alerts, announce.c tells them. */

typedef struct Monitor Monitor;
typedef struct Account Account;
typedef struct Target Target;
typedef struct Run Run;

/* What a ScheduleItem in Monitor.due is embedded in. */
typedef enum ItemKind {
        ITEM_TARGET,    /* Target.item: run it */
        ITEM_RUN,       /* Run.item: its WAIT is over */
        ITEM_ALERT,     /* Standing.item: a reminder */
        ITEM_ACCOUNT,   /* Account.item: its gate opens or a test of the budget is free again */
        ITEM_SWEEP,     /* Monitor.sweep: ages grow without a reply */
        ITEM_HEARTBEAT, /* Monitor.heartbeat */
} ItemKind;

/* An alert that is anything but quiet, with what its last sample and event said. */
typedef struct Standing {
        struct Standing *next; /* of the same subject */
        ScheduleItem item;     /* in Monitor.due while a reminder is planned */
        Account *account;
        uint32_t domain; /* index in the account's domains, or NAMES_NONE: the account's own */
        uint8_t metric;
        uint8_t outcome; /* Outcome: why an `up` is down */
        Alert alert;
        double value;
        usec_t measured_at; /* wall */
        char *detail;       /* evidence at the last event, or NULL */
} Standing;

/* What is judged: an account, or a domain as one source sees it. */
typedef struct Subject {
        Standing *standing;
        usec_t good_at; /* boot: last good value, or since when one is awaited */
} Subject;

/* What is run: an account's poll, or a domain's test. */
typedef struct Target {
        ScheduleItem item; /* in Monitor.due, or in Account.ready while it is held back */
        Account *account;
        Run *run;     /* under way, or NULL */
        char *job_id; /* a test begun and not fetched yet, or NULL */
        char *ids;    /* the vendor's ids of the last result, "LABEL ID" lines, or NULL */
        uint16_t *
                values; /* the last result's, VALUE_UNKNOWN = unknown, for EVENT_CHANGED; or NULL */
        usec_t last_start;  /* wall; 0 = never */
        usec_t last_result; /* wall; 0 = never */
        usec_t result_at;   /* boot: when the vendor ran the test; 0 = unknown */
        uint32_t domain;    /* index in the account's domains, NAMES_NONE = the account itself */
        uint16_t failures;  /* in a row */
        bool held;          /* item is in Account.ready */
} Target;

#define VALUE_UNKNOWN UINT16_MAX

/* One run of one target, from its first step to DONE. */
typedef struct Run {
        ScheduleItem item; /* in Monitor.due while it waits */
        Run *next;         /* all runs of the monitor */
        Target *target;
        const Config *config; /* the one whose texts it borrows; kept until it ends */
        const Endpoint *endpoint;
        void *state;    /* the source's */
        HttpCall *call; /* while an exchange is under way */
        Step step;
        usec_t started;  /* boot */
        usec_t deadline; /* boot */
        bool sample;     /* once it is done: it says something new about the API */
} Run;

/* One credential of one vendor and all it carries. */
typedef struct Account {
        Monitor *monitor;
        const Source *ops;
        const char *name;
        const Endpoint *endpoint;
        const RuleSet *rules;
        Subject subject;

        uint32_t n;        /* domains */
        uint32_t *domains; /* their indices in Config.domains */
        const char **names;
        Subject *subjects;

        Target *targets;
        uint32_t n_targets;
        Schedule ready;    /* due and held back, oldest result first */
        ScheduleItem item; /* in Monitor.due while it waits for its gate */

        uint32_t concurrency;
        uint32_t running;
        uint16_t failures; /* of the API in a row; > 0 closes the gate */
        Outcome outcome;   /* of the last run that says something about the API */
        usec_t retry_at;   /* boot: when the gate opens */
        usec_t failed_at;  /* boot */

        const SymantecSettings *symantec; /* of a symantec account, else NULL */
        SymantecTable *table;
        const ImmuniwebSettings *immuniweb;
        Budget budget;
} Account;

typedef struct Counters { /* since start */
        uint64_t runs;
        uint64_t failures[_OUTCOME_MAX];
        uint64_t requests;
        uint64_t events[_EVENT_MAX];
        uint64_t reloads;
        uint64_t reloads_refused;
} Counters;

/* Takes a finished run: the daemon judges and tells, --once collects. `done` is the DONE step. */
typedef void (*run_done_t)(Monitor *monitor, Run *run, const Step *done, Moment now);

typedef struct Monitor {
        sd_event *event;
        sd_event_source *timer;
        usec_t armed; /* key that the timer is set to; USEC_INFINITY = off */
        Clock clock;
        Http *http;
        Sinks *sinks;
        Config *config;   /* owned */
        Config **retired; /* replaced, still borrowed by a run */
        size_t n_retired;

        Account *accounts;
        uint32_t n_accounts;
        Run *runs;
        Schedule due;
        ScheduleItem sweep;
        ScheduleItem heartbeat;
        ImmuniwebService service;

        run_done_t done;
        bool once;                   /* every target a single time, nothing is planned */
        uint32_t alerts[_LEVEL_MAX]; /* standing ones by level */
        uint64_t sequence;           /* of the last record */
        uint64_t *odd;               /* hashes of the oddities that were told already */
        size_t n_odd;
        Counters counters;
        uint64_t random; /* state of the jitter */
} Monitor;

/* The columns that the engine fills, the same in every set that has them. */
typedef enum EngineMetric {
        ENGINE_UP,
        ENGINE_DATA_AGE,
        ENGINE_RESULT_AGE,
        ENGINE_TESTS_LEFT,
        ENGINE_RUNNING,
        _ENGINE_METRIC_MAX,
} EngineMetric;

/* Its index in the set, or METRICS_MAX where the set has none. */
size_t engine_metric(const MetricSet *set, EngineMetric metric);

/* Builds the accounts, subjects and targets of a configuration into `m->accounts` (which must be
 * empty), without running anything. 0 or -ENOMEM. */
int monitor_build(Monitor *m, const Config *config, Moment now);

/* Frees what monitor_build() made; cancels nothing. */
void accounts_free(Account *accounts, uint32_t n);

/* Starts from nothing: event, clock, config (taken over on success) and done are the caller's. */
int monitor_new(sd_event *event, const Clock *clock, Config *config, run_done_t done, bool once,
                Monitor **ret);
Monitor *monitor_free(Monitor *m);
DEFINE_CLEANUP(Monitor *, monitor_free)

/* Queues every target to run at once and arms the timer. */
int monitor_start(Monitor *m);

/* Sets the timer to the first item of `due`; after anything was queued outside a tick. */
void monitor_arm(Monitor *m);

/* Puts an item into `due`; out of memory is logged and makes it come an hour late at worst (the
 * sweep). */
void monitor_queue(Monitor *m, ScheduleItem *item, ItemKind kind, usec_t at);

/* A random number in [0, 1) for back-off. */
double monitor_jitter(Monitor *m);

Moment monitor_now(const Monitor *m);

const Domain *account_domain(const Account *a, uint32_t domain);

/* How often ages are looked at where no reply comes: a quarter of the shortest test interval, 10 s
 * to 1 h. */
usec_t monitor_sweep_interval(const Monitor *m);
