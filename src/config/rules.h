/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "config/draft.h"
#include "config/load.h"
#include "core/rule.h"

#include <stdbool.h>
#include <stdint.h>

/* From policies and limits as written to RuleSets. Nearest wins, key by key and part by part. */

#define POLICY_LAYERS_MAX   4 /* domain, group, source, top */
#define POLICY_LAYER_SOURCE 2 /* the place of the source's: those before it are nearer */
#define LIMIT_LAYERS_MAX    3 /* domain, group, top */

/* What one target's rules are made of. Nearest first; NULL = nothing written there. */
typedef struct Layers {
        const PolicyDraft *policies[POLICY_LAYERS_MAX];
        const LimitsDraft *limits[LIMIT_LAYERS_MAX];
} Layers;

/* The policy where nothing is written, and RuleSets that exist already: targets that resolve alike
 * share one. */
typedef struct RuleTable {
        PolicyDraft built_in;
        const RuleSet **slots;
        uint32_t mask;
        uint32_t n;
} RuleTable;

/* -ENOMEM or 0. The RuleSets are the arena's and outlive the table. */
int rule_table_init(RuleTable *table);
void rule_table_done(RuleTable *table);

/* The rules for a metric set, from the table where there are equal ones. Says what does not fit
 * together, at the nearest line that takes part. NULL only without memory (and l->error). */
const RuleSet *rules_resolve(Load *l, RuleTable *table, const MetricSet *set, usec_t interval,
                             const Layers *layers);

/* The policy that the layers give for a source, with the origin of each value. */
void policy_resolve(const RuleTable *table, SourceId source, const Layers *layers,
                    PolicyDraft *ret);

/* The limit of each metric of a set, with the origin of each part; .origin is the nearest layer
 * that has a say. */
void limits_resolve(const MetricSet *set, usec_t interval, uint32_t stale_after,
                    const Layers *layers, LimitDraft ret[static METRICS_MAX]);
