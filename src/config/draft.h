/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "config/config.h"
#include "core/limit.h"
#include "core/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A configuration as it was written: what the files of the tables in config/schema.c fill. Nothing
 * is resolved: a group is a name, a part of a limit that was not written is NAN. Each struct begins
 * with the origins of its keys, in the order of its table; file 0 = not written, the default
 * stands. */

enum { /* keys per table; schema.c asserts it */
        TOP_KEYS = 13,
        SYMANTEC_KEYS = 10,
        IMMUNIWEB_KEYS = 17,
        POLICY_KEYS = 8,
        OUTPUT_KEYS = 5,
        ALERTMANAGER_KEYS = 8,
        WEB_KEYS = 8,
        HISTORY_KEYS = 2,
        QUIET_KEYS = 6,
        CONTROL_KEYS = 1,
        GROUP_KEYS = 5,
        DOMAIN_KEYS = 9,
};

typedef struct PolicyDraft {
        Origin origins[POLICY_KEYS];
        uint32_t raise_after;
        uint32_t clear_after;
        uint32_t stale_after;
        usec_t remind_first; /* USEC_INFINITY = never */
        usec_t remind_max;
        uint32_t flap_limit; /* 0 = never */
        usec_t flap_window;
        uint32_t group_over; /* 0 = never */
} PolicyDraft;

typedef enum LimitPart {
        PART_WARNING,
        PART_CRITICAL,
        PART_CLEAR,
        _PART_MAX,
} LimitPart;

#define PLACE_NONE UINT8_MAX

/* The limit of one metric, or of all that share its name. */
typedef struct LimitDraft {
        const char *metric;                      /* the table's text */
        uint8_t places[_SOURCE_MAX][_SCOPE_MAX]; /* its index in each metric set, or PLACE_NONE */
        bool bad;   /* a part was refused: the rest is not judged by it */
        bool never; /* forgets what is inherited; the parts are NAN */
        Origin origin;
        Origin origins[_PART_MAX];
        double parts[_PART_MAX]; /* NAN = not written */
} LimitDraft;

typedef struct LimitsDraft {
        LimitDraft *list;
        uint32_t n;
} LimitsDraft;

typedef struct SymantecDraft {
        Origin origins[SYMANTEC_KEYS];
        Origin origin; /* of the group */
        const char *name;
        const char *url;
        const char *username; /* NULL = off */
        const char *password_file;
        usec_t interval;
        usec_t timeout;
        uint32_t filter; /* 0 all, 1 configured */
        const char *ca_file;
        const char *proxy;
        PolicyDraft *policy; /* NULL = none written */
} SymantecDraft;

typedef struct ImmuniwebDraft {
        Origin origins[IMMUNIWEB_KEYS];
        bool enabled;
        const char *url;
        const char *api_key_file;
        usec_t interval;
        bool recheck;
        bool publish;
        uint32_t daily_tests;
        uint32_t concurrency;
        usec_t poll_min;
        usec_t poll_max;
        usec_t deadline;
        usec_t timeout;
        const char *ca_file;
        const char *proxy;
        PolicyDraft *policy;
        uint32_t evidence;
        uint32_t evidence_size; /* MiB */
} ImmuniwebDraft;

typedef struct AlertmanagerDraft {
        Origin origins[ALERTMANAGER_KEYS];
        Origin origin;   /* of the group */
        const char *url; /* NULL = none */
        const char *username;
        const char *password_file;
        const char *ca_file;
        const char *proxy;
        usec_t timeout;
        usec_t resend;
        bool severity_label;
} AlertmanagerDraft;

typedef struct OutputDraft {
        Origin origins[OUTPUT_KEYS];
        uint32_t journal;         /* OutputChoice */
        uint32_t syslog_facility; /* place among facility_words */
        const char *identifier;
        usec_t heartbeat;                 /* USEC_INFINITY = never */
        AlertmanagerDraft *alertmanagers; /* at least one, which may be none */
        uint32_t n_alertmanagers;
        bool alertmanager_list; /* written as a list */
} OutputDraft;

typedef struct WebDraft {
        Origin origins[WEB_KEYS];
        const char *listen; /* NULL = off */
        bool allow_remote;
        const char *url;
        const char *certificate_file;
        const char *key_file;
        const char *client_ca_file;
        const char *username;
        const char *password_file;
} WebDraft;

typedef struct HistoryDraft {
        Origin origins[HISTORY_KEYS];
        usec_t full;
        usec_t hourly; /* USEC_INFINITY = never */
} HistoryDraft;

/* Times and days are checked when they are read, and kept as they were written. */
typedef struct QuietDraft {
        Origin origins[QUIET_KEYS];
        Origin origin; /* of the group */
        const char *name;
        const char *match;
        const char *days;
        const char *from;
        const char *to;
        const char *timezone; /* NULL = the machine's */
} QuietDraft;

typedef struct ControlDraft {
        Origin origins[CONTROL_KEYS];
        const char *group; /* NULL = none */
} ControlDraft;

typedef struct GroupDraft {
        Origin origins[GROUP_KEYS];
        Origin origin;
        const char *name;
        const char *owner;
        const char *runbook;
        usec_t test_interval; /* 0 = not written */
        PolicyDraft *policy;
        LimitsDraft limits;
} GroupDraft;

/* A domain written as a group: { name = ...; ... }. One written as a string has none. */
typedef struct DomainDraft {
        Origin origins[DOMAIN_KEYS];
        uint32_t domain;  /* its place in Config.domains */
        uint32_t sources; /* bit of each SourceId; 0 = not written */
        const char *name;
        const char *group;
        const char *owner;
        const char *runbook;
        const char *account;
        usec_t test_interval; /* 0 = not written */
        PolicyDraft *policy;
        LimitsDraft limits;
} DomainDraft;

typedef struct Draft {
        Origin origins[TOP_KEYS]; /* of the groups: where they were written first */
        const char *include_dir;  /* as written; NULL = none */
        const char *state_dir;    /* NULL = not written */

        SymantecDraft *symantec; /* at least one, which may be off */
        uint32_t n_symantec;
        bool symantec_list; /* written as a list */
        ImmuniwebDraft immuniweb;
        PolicyDraft *policy;
        LimitsDraft limits;
        OutputDraft output;
        HistoryDraft history;
        QuietDraft *quiet;
        uint32_t n_quiet;
        ControlDraft control;
        WebDraft web;

        GroupDraft *groups;
        uint32_t n_groups;
        uint32_t groups_allocated;
        Names group_names; /* of those that draft_index_groups() found */
        uint32_t n_indexed;

        DomainDraft **domains; /* ascending by .domain */
        uint32_t n_domains;
        uint32_t domains_allocated;
} Draft;

/* An all-default one in the arena, or NULL without memory. */
Draft *draft_new(Arena *arena);
void draft_done(Draft *draft);

/* Indexes the groups that are there now; groups may be added afterwards. -ENOMEM or 0. */
int draft_index_groups(Draft *draft);
