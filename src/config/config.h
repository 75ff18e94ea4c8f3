/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "base/names.h"
#include "core/quiet.h"
#include "core/rule.h"
#include "core/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_PATH_DEFAULT SYSCONFDIR "/mailsecd/mailsecd.conf"

/* One watched domain. Small: there may be 100,000 (design.md section 3). */
typedef struct Domain {
        const char *name;                     /* lower case, A-labels, no trailing dot */
        const char *owner;                    /* the domain's, else its group's; NULL = none */
        const char *runbook;                  /* likewise */
        const char *group;                    /* NULL = none */
        const RuleSet *rules[SOURCE_VENDORS]; /* for the source's domain metrics; NULL = not watched
                                                 by that source */
        Origin origin;
        uint16_t account; /* index in Config.symantec */
} Domain;

typedef struct SymantecAccount {
        SymantecSettings settings;
        const RuleSet *rules; /* for the account metrics */
        Origin origin;
} SymantecAccount;

typedef enum OutputChoice { /* the words of output.journal, in the order of io/sink.h's SinkChoice
                             */
        OUTPUT_AUTO,
        OUTPUT_JOURNAL,
        OUTPUT_SYSLOG,
        OUTPUT_BOTH,
        OUTPUT_STDERR,
        _OUTPUT_CHOICE_MAX,
} OutputChoice;

/* A whole configuration, read-only once loaded. */
typedef struct Config {
        Arena arena;        /* every text and small table below */
        const char **files; /* files[0] = "default"; then in the order read */
        uint16_t n_files;

        SymantecAccount *symantec; /* those that are on (username not empty) */
        uint32_t n_symantec;
        ImmuniwebSettings immuniweb;
        const RuleSet *immuniweb_rules; /* for its account metrics; NULL when the source is off */
        const RuleSet *self_rules; /* for the daemon itself: account metrics of source mailsecd */

        Domain *domains; /* in the order written */
        uint32_t n_domains;
        Names names; /* of domains */

        OutputChoice output;
        int syslog_facility; /* not shifted */
        const char *identifier;
        usec_t heartbeat;                    /* USEC_INFINITY = off */
        AlertmanagerSettings *alertmanagers; /* in the order written */
        uint32_t n_alertmanagers;
        WebSettings web;
        const char *state_dir;

        usec_t history_full;   /* how long every value is kept */
        usec_t history_hourly; /* how long one an hour is, at least history_full; 0 = none are */
        QuietWindow *quiet;    /* in the order written */
        uint32_t n_quiet;
        const char *control_group; /* its members may use the control socket, too; NULL = none */

        struct Draft *draft; /* as it was written, for --print-config: config/draft.h */
} Config;

typedef enum Severity {
        SEVERITY_ERROR,
        SEVERITY_WARNING,
} Severity;

/* What is wrong with a configuration: all of it, in the order of the files and lines. */
typedef struct Problem {
        char *file;    /* path as named or found */
        unsigned line; /* 0 = the file as a whole */
        Severity severity;
        char *text;      /* without file and line; foreign text escaped */
        uint32_t order;  /* of the file among those read */
        uint32_t serial; /* when it was found: the order of problems of one line */
} Problem;

typedef struct Problems {
        Problem *list;
        size_t n;
        size_t allocated;
        size_t errors;
} Problems;

/* Adds one; `text` and `file` are copied. 0 or -ENOMEM. */
int problems_add(Problems *problems, const char *file, uint32_t order, unsigned line,
                 Severity severity, const char *text);

/* Puts them in the order of files and lines and drops repetitions. */
void problems_sort(Problems *problems);

void problems_done(Problems *problems);

/* Prints each as "FILE:LINE: message" ("FILE:LINE: warning: message"), a line each. */
void problems_print(const Problems *problems, FILE *out);

/* What the surroundings say, so that loading itself reads no environment. NULL where not set. */
typedef struct ConfigEnvironment {
        const char *credentials_directory; /* $CREDENTIALS_DIRECTORY */
        const char *state_directory;       /* $STATE_DIRECTORY */
} ConfigEnvironment;

/* Reads `path`, then the files of its include_dir in name order, then resolves and checks
 * everything, secrets included. Every error of every file is added to `problems`. 0 with *ret, or
 * -EINVAL when there was an error (or -ENOMEM). Warnings do not make it fail. No network, no
 * logging. */
int config_load(const char *path, const ConfigEnvironment *environment, Problems *problems,
                Config **ret);

/* Wipes the secrets and frees all; NULL is fine. */
Config *config_free(Config *config);
DEFINE_CLEANUP(Config *, config_free)

/* The effective configuration with the origin of each value, secrets masked (--print-config). */
int config_print(const Config *config, FILE *out);

/* The table of keys, for mailsecd.conf(5) and the sample: name, type, bounds, default and help of
 * each. */
int config_print_keys(FILE *out);
