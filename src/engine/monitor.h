/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "core/alert.h"
#include "core/budget.h"
#include "core/notice.h"
#include "core/outcome.h"
#include "core/schedule.h"
#include "core/silence.h"
#include "core/source.h"
#include "core/voice.h"
#include "engine/metrics-histogram.h"
#include "io/control.h"
#include "io/evidence-prune.h"
#include "io/http.h"
#include "io/sink.h"
#include "io/store.h"
#include "io/web-listener.h"
#include "source/immuniweb.h"
#include "source/symantec.h"

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* The running state of everything that is watched. The structs are shared by the files of
 * src/engine/: monitor.c makes them from a Config, account.c decides who runs, run.c does the
 * asking, judge.c turns readings into alerts, tell.c decides what is said of them, announce.c words
 * it, persist.c keeps it all and hands the records to the sinks. */

typedef struct Monitor Monitor;
typedef struct Account Account;
typedef struct Target Target;
typedef struct Run Run;

/* What a ScheduleItem in Monitor.due is embedded in. */
typedef enum ItemKind {
        ITEM_TARGET,       /* Target.item: run it */
        ITEM_RUN,          /* Run.item: its WAIT is over */
        ITEM_ALERT,        /* Standing.item: a reminder, or an end of flapping */
        ITEM_ACCOUNT,      /* Account.item: its gate opens or a test of the budget is free again */
        ITEM_SWEEP,        /* Monitor.sweep: ages grow without a reply */
        ITEM_HEARTBEAT,    /* Monitor.heartbeat */
        ITEM_MUTE,         /* Monitor.mute: a silence ends, a quiet window begins or ends */
        ITEM_STORE,        /* Monitor.store_retry: the store is tried again */
        ITEM_SITE,         /* Monitor.site_retry: the status page's address is tried again */
        ITEM_TIDY,         /* Monitor.tidy: history and event log are brought in order */
        ITEM_SELF,         /* Monitor.self_look: the daemon's own alerts are sampled */
        ITEM_EVIDENCE,     /* Monitor.evidence_sweep: evidence is counted, and the oldest removed */
        ITEM_ALERTMANAGER, /* a server's: its turn has come to be posted to */
} ItemKind;

/* Somebody knows of an alert: no reminders until it clears, gets worse, or what is said here. */
typedef struct Ack {
        char *by;
        char *comment;
        usec_t at;      /* wall */
        usec_t until;   /* wall; USEC_INFINITY = until it clears */
        double ceiling; /* NAN = none: a value past it speaks again */
} Ack;

/* An alert that is anything but quiet, with what its last sample and event said. */
typedef struct Standing {
        struct Standing *next; /* of the same subject */
        ScheduleItem item;     /* in Monitor.due while a reminder is planned */
        Account *account;
        uint32_t domain; /* index in the account's domains, or NAMES_NONE: the account's own */
        uint8_t metric;
        uint8_t outcome;    /* Outcome: why an `up` is down */
        bool removed;       /* its rule went away: it ends when that is told */
        uint8_t shown;      /* Level: what Alertmanagers were let know, see engine/alertmanager.h */
        uint16_t tells;     /* of Monitor.tells that are about it: it stays until they are told */
        uint64_t change;    /* number of what they were let know last; 0 = nothing since there are
                               servers */
        usec_t shown_since; /* wall: since when it stands there; kept however often it comes and
                             * goes while nothing is told */
        Alert alert;
        Voice voice;
        Ack *ack; /* NULL = not acknowledged */
        double value;
        usec_t measured_at; /* wall */
        char *detail;       /* evidence at the last event, or NULL */
} Standing;

/* What is judged: an account, or a domain as one source sees it. */
typedef struct Subject {
        Standing *standing;
        usec_t good_at;    /* boot: last good value, or since when one is awaited */
        usec_t sampled_at; /* wall: of the values in account_values(); 0 = none yet */
        uint32_t series;   /* of the history; 0 = not known yet */
        bool missing;      /* a symantec domain that the last good answer did not hold */
} Subject;

/* What is run: an account's poll, or a domain's test. */
typedef struct Target {
        ScheduleItem item; /* in Monitor.due, or in Account.ready while it is held back */
        Account *account;
        Run *run;      /* under way, or NULL */
        char *job_id;  /* a test begun and not fetched yet, or NULL */
        char *ids;     /* the vendor's ids of the last result, "LABEL ID" lines, or NULL */
        float *values; /* of a test: the last known of each metric, NAN = never; or NULL */
        struct EvidenceMark *evidence; /* the newest set, see engine/evidence.h; NULL = none */
        usec_t job_started; /* wall: of the job, or of a start whose answer is not known; 0 = none
                             */
        usec_t last_start;  /* wall; 0 = never */
        usec_t last_result; /* wall; 0 = never */
        usec_t result_at;   /* boot: when the vendor ran the test; 0 = unknown */
        uint32_t domain;    /* index in the account's domains, NAMES_NONE = the account itself */
        uint16_t failures;  /* in a row */
        uint8_t outcome;    /* Outcome: of the last run that ended */
        bool held;          /* item is in Account.ready */
        bool interrupted; /* the process ended between a start and its answer: the test may be done
                           */
        bool asked;       /* by a person: it goes before the others */
        bool evidence_known; /* it was looked for on the disk */
} Target;

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
        usec_t asked;    /* real monotonic: when the exchange began */
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
        float *values; /* of a symantec account's domains: the last sample of each, one after the
                        * other */
        float *own_values; /* the account's own last sample */

        Target *targets;
        uint32_t n_targets;
        Schedule ready;    /* due and held back, oldest result first */
        ScheduleItem item; /* in Monitor.due while it waits for its gate */

        uint32_t concurrency;
        uint32_t running;
        uint16_t failures;  /* of the API in a row; > 0 closes the gate */
        Outcome outcome;    /* of the last run that says something about the API */
        usec_t retry_at;    /* boot: when the gate opens */
        usec_t failed_at;   /* boot */
        usec_t answered_at; /* boot: of the last good answer; 0 = none */

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
        uint64_t ended[SOURCE_VENDORS][_OUTCOME_MAX]; /* runs */
        Histogram replies[SOURCE_VENDORS];            /* from a request to its reply; real time */
        Histogram turns;                              /* of the event loop; real time */
} Counters;

/* What is to be told at the end of a turn of the loop. */
typedef struct Tell {
        Standing *standing;
        Event event;
        Level previous;
        const char *reason; /* NULL = the one that follows from the metric */
} Tell;

/* How the daemon itself is doing: what its own alerts and mailsecctl tell. Times are wall clock, 0
 * = never. */
typedef struct Health {
        const char *config_path;
        usec_t started;
        usec_t config_loaded;
        usec_t config_refused; /* since when a refused reload keeps the old configuration */
        char *config_problem;  /* why, or NULL */
        char *store_problem;   /* why the state is kept in memory only, or NULL */
        usec_t lost_at;        /* boot: when a record was last lost; 0 = never */
        uint64_t lost;         /* records, in the 24 hours up to then */
        uint64_t lost_in_all;
        int evidence_error; /* errno: why test results cannot be kept, as it was told; 0 = they are
                             */
        int sweep_error;    /* errno: why the evidence cannot be counted or the oldest removed */
} Health;

/* Where the pages and /metrics are. */
typedef struct Site {
        WebListener *listener; /* NULL = none */
        int fd;                /* the socket that the service manager opened; -1 = none */
        bool inherited;        /* there is one: the listener's is a copy of it */
        bool remote;           /* and others than this machine can reach it */
        bool failed;           /* it is not as the configuration wants it: that was told */
        char *url;             /* site_url() */
} Site;

/* Loads the configuration anew: 0, or a negative errno with the problems told. Set by the daemon
 * for mailsecctl. */
typedef int (*reload_t)(void *userdata, Problems *problems);

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

        Account *accounts; /* the vendors', then the daemon's own */
        uint32_t n_accounts;
        Run *runs;
        Schedule due;
        ScheduleItem sweep;
        ScheduleItem heartbeat;
        ScheduleItem mute;
        ScheduleItem store_retry;
        ScheduleItem site_retry;
        ScheduleItem tidy;
        ScheduleItem self_look;
        ScheduleItem evidence_sweep;
        ImmuniwebService service;

        Store *store;    /* NULL: everything is in memory only */
        Record *pending; /* records of this turn, to be sent when it is committed */
        Record **pending_tail;
        uint64_t queued_to; /* the last record handed to the sinks */
        uint64_t marked;    /* up to which the store knows that the sinks took them */
        bool unread;        /* what an earlier run left could not be read yet */
        bool locked;        /* because another process uses it: no test is started on guesses */
        bool late;          /* records of an earlier run wait behind newer ones: none is marked */
        bool backlog;       /* records behind queued_to wait in the store */
        bool durable;       /* this turn's commit must survive a power failure */
        Silences silences;
        bool *windows_active; /* per Config.quiet, as it was looked last */
        Tell *tells;
        size_t n_tells;
        size_t tells_allocated;
        Health health;
        Control *control;
        Site site;
        EvidenceRoom evidence;
        struct PageSparks *page_sparks;      /* engine/page-spark.h; NULL = none yet */
        struct Alertmanagers *alertmanagers; /* NULL = none */
        reload_t reload;
        void *reload_userdata;

        run_done_t done;
        bool once;                   /* every target a single time, nothing is planned */
        uint32_t alerts[_LEVEL_MAX]; /* standing ones by level */
        uint64_t sequence;           /* of the last record */
        uint64_t last_silence;       /* the highest id ever given */
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

/* The account's own subject for NAMES_NONE, else a domain's. */
Subject *account_subject(Account *a, uint32_t domain);

/* The rules that a subject is judged by; NULL when a reload took them away. */
const RuleSet *account_rules(const Account *a, uint32_t domain);

/* The account's name, or a domain's. */
const char *account_target_name(const Account *a, uint32_t domain);

/* The place among the account's domains of one of Config.domains, or NAMES_NONE. */
uint32_t account_place(const Account *a, uint32_t index);

/* The metrics of a subject. */
const MetricSet *account_set(const Account *a, uint32_t domain);

/* The last values of a subject, in the order of its metric set, NAN = unknown; NULL when there
 * never were any. */
float *account_values(const Account *a, uint32_t domain);

/* The daemon's own account: source mailsecd, target "self". */
Account *monitor_self(const Monitor *m);

/* How many accounts are a vendor's. */
uint32_t monitor_vendors(const Monitor *m);

/* How often ages are looked at where no reply comes: a quarter of the shortest test interval, 10 s
 * to 1 h. */
usec_t sweep_interval(const Config *config);
