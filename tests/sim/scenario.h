/* SPDX-License-Identifier: MIT */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "sim/fault.h"
#include "sim/plan.h"

/* A domain of the queue API. */
typedef struct Domain {
        char *name; /* lower case */
        const Plan *plan;
        unsigned index;   /* in the scenario: what `vary` goes by */
        unsigned account; /* index */
        unsigned stamp; /* the last request that named it: a domain asked twice is answered once */
} Domain;

/* Where the bytes of one domain are in a document; size 0: it is not there. */
typedef struct Part {
        size_t start;
        size_t size;
} Part;

/* A credential of the queue API, and the document it last got. */
typedef struct Account {
        const char *name;
        const char *prefix; /* of the path: "" or "/NAME" */
        const char *username;
        const char *password;
        bool view_stats;
        bool pretty;
        size_t max_query; /* longer ones get a 414; 0: no limit */
        Domain **domains;
        size_t n_domains;

        Blob *body;  /* of all domains without any fault, or NULL */
        Part *parts; /* of each domain in it */
        moment_t body_from;
        moment_t body_until;
} Account;

/* One scenario file as read: replaced as a whole on reload. */
typedef struct Scenario {
        config_t config; /* the texts of everything below */
        Account *accounts;
        size_t n_accounts;
        Domain *domains;
        size_t n_domains;
        Plan **plans;
        size_t n_plans;
        FaultList faults;
        const config_setting_t *immuniweb; /* or NULL */
        const Plan *quiet;                 /* of a domain that is in no list */
        Domain **slots;                    /* hash table of the names, a power of two */
        size_t n_slots;
        unsigned stamp;
} Scenario;

/* Reads a scenario file; every error goes to stderr as FILE:LINE: words. -EINVAL when there was
 * one. */
int scenario_load(const char *path, Scenario **ret);
Scenario *scenario_free(Scenario *scenario);
DEFINE_CLEANUP(Scenario *, scenario_free)

/* The domain of that name in any case and with or without trailing dot; NULL when there is none. */
Domain *scenario_domain(Scenario *scenario, const char *name);

/* Lower case, no trailing dot. The text must fit: size counts its NUL. False when it does not. */
bool scenario_fold_name(const char *name, char *folded, size_t size);
