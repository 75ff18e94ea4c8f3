/* SPDX-License-Identifier: MIT */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>

#include "sim/moment.h"

/* The twelve numbers of a domain in the order of the vendor's guide: what, which queue, direction.
 */
#define QUEUE_FIELDS 12

typedef struct QueueField {
        const char *name;  /* in a scenario; the metric's name */
        const char *alias; /* the shorter word for the delivery queue, or NULL */
        const char *wire;  /* the vendor's key */
} QueueField;

extern const QueueField queue_fields[QUEUE_FIELDS];

/* The index of a field by its name, alias or the vendor's key; -1 when it is none. */
int queue_field_find(const char *name);

/* The indices of QUEUE_FIELDS hold messages, then oldest, then mean, four each. */
static inline bool queue_field_is_outbound(int field) {
        return field % 2 == 1;
}

/* From some moment on: fields set, and how fast they grow from there. */
typedef struct QueueStep {
        moment_t at;
        unsigned sets;   /* bit per field */
        unsigned slopes; /* bit per field */
        double value[QUEUE_FIELDS];
        double slope[QUEUE_FIELDS]; /* per second */
        int absent;                 /* -1 as before, else 0 or 1 */
} QueueStep;

/* What the scenario says of one domain, or of all that one `generate` line makes. */
typedef struct Plan {
        QueueStep *steps; /* ascending; the first one is the state before all others */
        size_t n_steps;
        bool vary;             /* small numbers that differ per domain, instead of 0 */
        const char *wire_name; /* what `Name` says instead of the domain's name, or NULL */
        const config_setting_t
                *immuniweb; /* the domain's own group or NULL; owned by the scenario */
} Plan;

/* Reads the group of a domain or generator (its `symantec` and `immuniweb` members). Complaints go
 * to stderr and *errors. */
Plan *plan_new(const config_setting_t *domain, unsigned *errors);
Plan *plan_free(Plan *plan);

/* The numbers of the index-th domain at a moment. Returns false when the domain is absent from the
 * answer then. *ret_until: the moment from which they differ; MOMENT_MAX when they never do. */
bool plan_queue(const Plan *plan, unsigned index, moment_t now, uint64_t value[QUEUE_FIELDS],
                moment_t *ret_until);
