/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* What a name stands for, from a person or from the store. */

typedef struct Place {
        Account *account;
        uint32_t domain; /* NAMES_NONE = the account itself */
        const MetricSet *set;
        size_t metric;
        const Metric *row;
        Standing *standing; /* NULL while it is quiet */
} Place;

/* The account of that source and name, or NULL. */
Account *place_account(const Monitor *m, const char *source, const char *name);

/* The account that carries a domain for a source, and its place there; NULL when none does. */
Account *place_domain(const Monitor *m, const char *source, const char *name, uint32_t *ret_domain);

/* The same of one of Config.domains, without a search for its name or account; *ret_domain is
 * NAMES_NONE with NULL. */
Account *place_source(const Monitor *m, uint32_t index, SourceId source, uint32_t *ret_domain);

/* What "SOURCE/TARGET/METRIC" in its parts stands for, whether it alerts or not. False when nothing
 * configured is called that. */
bool place_find(const Monitor *m, const char *source, const char *target, const char *metric,
                Place *ret);
