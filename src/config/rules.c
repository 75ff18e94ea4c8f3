/* SPDX-License-Identifier: MIT */
#include "config/rules.h"

#include "base/duration.h"
#include "config/limits.h"
#include "config/schema.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Built in (spec section 3): a test a day is too rare to wait for a second one, and what the
 * daemon knows of itself is never in doubt. */
static const struct {
        uint32_t raise_after;
        uint32_t clear_after;
} built_in[_SOURCE_MAX] = {
        [SOURCE_SYMANTEC] = { 2, 2 },
        [SOURCE_IMMUNIWEB] = { 1, 1 },
        [SOURCE_MAILSECD] = { 1, 1 },
};

int rule_table_init(RuleTable *table) {
        Arena scratch = { 0 };

        *table = (RuleTable){ 0 };
        int r = section_defaults(&config_sections[SECTION_POLICY], &table->built_in, &scratch);
        arena_done(&scratch);
        return r;
}

void rule_table_done(RuleTable *table) {
        free(table->slots);
        *table = (RuleTable){ 0 };
}

void policy_resolve(const RuleTable *table, SourceId source, const Layers *layers,
                    PolicyDraft *ret) {
        const Section *section = &config_sections[SECTION_POLICY];

        *ret = table->built_in;
        ret->raise_after = built_in[source].raise_after;
        ret->clear_after = built_in[source].clear_after;
        for (size_t i = POLICY_LAYERS_MAX; i-- > 0;) {
                const PolicyDraft *layer = layers->policies[i];
                for (const Key *key = section->keys; layer && key < section->keys + section->n;
                     key++) {
                        Origin origin = key_origin_of(section, key, layer);
                        if (origin.file == 0 ||
                            ((key->flags & KEY_SOURCE) && i < POLICY_LAYER_SOURCE))
                                continue;
                        memcpy(key_value(key, ret), key_value_const(key, layer),
                               key->type == KEY_COUNT ? sizeof(uint32_t) : sizeof(usec_t));
                        *key_origin(section, key, ret) = origin;
                }
        }
}

static double scale_factor(Scale scale, usec_t interval, uint32_t stale_after) {
        double seconds = (double)interval / (double)USEC_PER_SEC;

        switch (scale) {
        case SCALE_INTERVAL:
                return seconds;
        case SCALE_STALE:
                return seconds * stale_after;
        case SCALE_PLAIN:
                break;
        }
        return 1;
}

static void limit_built_in(const Metric *metric, double factor, LimitDraft *ret) {
        *ret = (LimitDraft){
                .metric = metric->name,
                .parts = {
                        [PART_WARNING] = metric->limit.warning * factor,
                        [PART_CRITICAL] = metric->limit.critical * factor,
                        [PART_CLEAR] = metric->limit.clear * factor,
                },
        };
}

static void limit_overlay(LimitDraft *limit, const LimitDraft *nearer) {
        limit->origin = nearer->origin;
        limit->never = nearer->never;
        limit->bad |= nearer->bad;
        for (LimitPart part = 0; part < _PART_MAX; part++) {
                if (!nearer->never && nearer->origins[part].file == 0)
                        continue;
                limit->parts[part] = nearer->parts[part];
                limit->origins[part] = nearer->origins[part];
        }
}

void limits_resolve(const MetricSet *set, usec_t interval, uint32_t stale_after,
                    const Layers *layers, LimitDraft ret[static METRICS_MAX]) {
        for (size_t i = 0; i < set->n; i++)
                limit_built_in(&set->metrics[i],
                               scale_factor(set->metrics[i].scale, interval, stale_after), &ret[i]);
        for (size_t i = LIMIT_LAYERS_MAX; i-- > 0;) {
                const LimitsDraft *layer = layers->limits[i];
                for (uint32_t j = 0; layer && j < layer->n; j++) {
                        uint8_t place = layer->list[j].places[set->source][set->scope];
                        if (place != PLACE_NONE)
                                limit_overlay(&ret[place], &layer->list[j]);
                }
        }
}

/* Says that a limit's parts are in the wrong order: each with its value and where it comes from. */
static void refuse_limit(Load *l, const Metric *metric, const LimitDraft *limit,
                         const char *problem) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        const char *between = "";

        strbuf_addf(&b, "the limit of %s does not work: %s (", metric->name, problem);
        for (LimitPart part = 0; part < _PART_MAX; part++) {
                if (isnan(limit->parts[part]))
                        continue;
                strbuf_addf(&b, "%s%s = ", between, limit_part_name(part));
                limit_print_value(metric, limit->parts[part], &b);
                if (limit->origins[part].file == 0)
                        strbuf_adds(&b, " built in");
                else if (limit->origins[part].file != limit->origin.file ||
                         limit->origins[part].line != limit->origin.line)
                        strbuf_addf(&b, " from %s", load_place(l, limit->origins[part]));
                between = ", ";
        }
        strbuf_addc(&b, ')');
        load_error(l, limit->origin, "%s", strbuf_text(&b));
}

static void check_policy(Load *l, const Layers *layers, const PolicyDraft *policy) {
        const Section *section = &config_sections[SECTION_POLICY];
        const Key *first = section_find(section, "remind_first"),
                  *max = section_find(section, "remind_max");

        if (policy->remind_first == USEC_INFINITY || policy->remind_max >= policy->remind_first)
                return;
        /* At the nearer of the two: what is farther was right before. */
        Origin origin = { 0 };
        for (size_t i = 0; i < POLICY_LAYERS_MAX && origin.file == 0; i++) {
                if (!layers->policies[i])
                        continue;
                origin = key_origin_of(section, max, layers->policies[i]);
                if (origin.file == 0)
                        origin = key_origin_of(section, first, layers->policies[i]);
        }
        _cleanup_strbuf_ StrBuf b = { 0 };
        strbuf_adds(&b, "remind_max (");
        duration_format_exact(&b, policy->remind_max);
        strbuf_adds(&b, ") is shorter than remind_first (");
        duration_format_exact(&b, policy->remind_first);
        strbuf_adds(&b, ")");
        load_error(l, origin, "%s", strbuf_text(&b));
}

/* FNV-1a over 64-bit words: all of a RuleSet is words, and this is done for every domain with
 * limits of its own. */
static uint32_t rules_hash(const RuleSet *rules) {
        uint64_t hash = 0xcbf29ce484222325u, word;

        for (size_t at = 0; at + sizeof(word) <= sizeof(*rules); at += sizeof(word)) {
                memcpy(&word, (const char *)rules + at, sizeof(word));
                hash = (hash ^ word) * 0x100000001b3u;
                hash ^= hash >> 29;
        }
        return (uint32_t)(hash ^ hash >> 32);
}

static const RuleSet **rules_slot(const RuleTable *table, const RuleSet *rules) {
        for (uint32_t i = rules_hash(rules) & table->mask;; i = (i + 1) & table->mask)
                if (!table->slots[i] || memcmp(table->slots[i], rules, sizeof(*rules)) == 0)
                        return &table->slots[i];
}

static bool rule_table_grow(RuleTable *table) {
        RuleTable larger = { .mask = table->slots ? table->mask * 2 + 1 : 63 };

        larger.slots = calloc((size_t)larger.mask + 1, sizeof(*larger.slots));
        if (!larger.slots)
                return false;
        for (uint32_t i = 0; table->slots && i <= table->mask; i++)
                if (table->slots[i])
                        *rules_slot(&larger, table->slots[i]) = table->slots[i];
        free(table->slots);
        table->slots = larger.slots;
        table->mask = larger.mask;
        return true;
}

/* The RuleSet that equals this one, or a copy of it. */
static const RuleSet *rules_intern(Load *l, RuleTable *table, const RuleSet *rules) {
        if ((!table->slots || table->n > table->mask / 2) && !rule_table_grow(table)) {
                l->error = -ENOMEM;
                return NULL;
        }
        const RuleSet **slot = rules_slot(table, rules);
        if (*slot)
                return *slot;
        RuleSet *copy = load_alloc(l, sizeof(*copy));
        if (!copy)
                return NULL;
        memcpy(copy, rules, sizeof(*copy));
        table->n++;
        return *slot = copy;
}

const RuleSet *rules_resolve(Load *l, RuleTable *table, const MetricSet *set, usec_t interval,
                             const Layers *layers) {
        LimitDraft limits[METRICS_MAX];
        PolicyDraft policy;
        RuleSet rules;

        memset(&rules, 0, sizeof(rules)); /* padding, too: it is compared as memory */
        policy_resolve(table, set->source, layers, &policy);
        check_policy(l, layers, &policy);
        rules.set = set;
        rules.interval = interval;
        rules.policy.raise_after = (uint16_t)policy.raise_after;
        rules.policy.clear_after = (uint16_t)policy.clear_after;
        rules.policy.stale_after = (uint16_t)policy.stale_after;
        rules.policy.remind_first = policy.remind_first;
        rules.policy.remind_max = policy.remind_max;
        rules.policy.flap_limit = (uint16_t)policy.flap_limit;
        rules.policy.flap_window = policy.flap_window;
        rules.policy.group_over = policy.group_over;

        limits_resolve(set, interval, policy.stale_after, layers, limits);
        for (size_t i = 0; i < set->n; i++) {
                const Metric *metric = &set->metrics[i];
                Limit limit = { limits[i].parts[PART_WARNING], limits[i].parts[PART_CRITICAL],
                                limits[i].parts[PART_CLEAR] };
                const char *problem = limit_problem(&limit, metric->bad);
                if (problem && !limits[i].bad)
                        refuse_limit(l, metric, &limits[i], problem);
                rules.limits[i] = limit;
                rules.origins[i].file = limits[i].origin.file;
                rules.origins[i].line = limits[i].origin.line;
                if (limit_is_set(&limit))
                        rules.judged[rules.n_judged++] = (uint8_t)i;
        }
        return rules_intern(l, table, &rules);
}
