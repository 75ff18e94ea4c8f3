/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/metrics-text.h"
#include "engine/monitor.h"

/* One answer to GET /metrics while it is given out. It is made family by family, because a family's
 * samples have to stand together, and piece by piece: a cursor (family, account, domain) says what
 * comes next. */

/* Longer than any family's name. */
#define METRICS_NAME_MAX 96

typedef struct Exposition Exposition;

/* A family that does not come from a row of core/metric.h. */
typedef struct FamilyRow {
        const char *name; /* without _total and _info */
        FamilyType type;
        const char *unit; /* NULL = none; else the name's last word */
        const char *help;
        bool (*add)(Exposition *e); /* adds the next samples to `block`; true = there are more */
        double (*of_alert)(const Standing *s); /* of those with a sample for each alert */
} FamilyRow;

struct Exposition {
        Monitor *m;
        bool openmetrics;
        uint64_t reloads; /* when it began: after another one its cursor means nothing */
        Moment now;

        size_t family;
        char name[METRICS_NAME_MAX]; /* of the family */
        const MetricSet *set;        /* of a family that comes from a row: its set and place */
        size_t metric;
        const FamilyRow *row; /* of any other */
        bool begun;           /* its header was added */
        bool over;            /* nothing comes after `block` */
        uint32_t account;     /* the cursor in the family */
        uint32_t domain;
        const RuleSet *general; /* what holds for most domains of `account` */

        StrBuf prefix; /* of the samples of `account`'s domains, up to the domain's name */
        StrBuf block;  /* made and not given out yet, from `given` on */
        size_t given;
};

/* Blocks are given out when they are at least this long. */
#define METRICS_BLOCK 4096u

/* A table of families. */
typedef struct FamilyTable {
        const FamilyRow *rows;
        size_t n;
} FamilyTable;

const FamilyTable *metrics_alert_families(void);   /* limits and alerts */
const FamilyTable *metrics_health_families(void);  /* the daemon's work */
const FamilyTable *metrics_process_families(void); /* its process */

/* How many families there are, and the one at that place: its name (with `set` and `metric`, or
 * `row`) is put into the exposition. */
size_t metrics_families(void);
void metrics_family(Exposition *e, size_t family);

/* Adds the family's header. */
void metrics_add_family(Exposition *e);

/* Adds the samples of an account's metric. */
void metrics_add_accounts(Exposition *e);

/* Writes samples of a domain's metric while they fit, and moves the cursor on. Returns how many
 * bytes; `account` is n_accounts when all are written. */
size_t metrics_put_domains(Exposition *e, char *buffer, size_t size);

/* Adds a sample of the family, with labels (name, value, ..., NULL) unless it is NAN. */
void metrics_sample(Exposition *e, double value, ...) __attribute__((sentinel));

/* Calls `each` for the accounts (NAMES_NONE) and their domains from the cursor on, until the block
 * is long enough (true) or all were there (false). */
bool metrics_each_subject(Exposition *e, void (*each)(Exposition *e, Account *a, uint32_t domain));
