/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/fault.h"
#include "sim/scenario.h"

/* The document of the queue API: what is in it. */
typedef struct StatsQuery {
        Account *account;
        Domain *const *domains; /* NULL: all of the account */
        size_t n_domains;
        const Verdict *verdict;
        moment_t now;
} StatsQuery;

/* Renders it. The caller holds one reference. The usual document of all domains is kept by the
 * account for as long as no number changes; then only what can change is rendered anew. */
Blob *stats_render(const StatsQuery *query);
