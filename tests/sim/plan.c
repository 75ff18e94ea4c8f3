/* SPDX-License-Identifier: MIT */
#include "sim/plan.h"

#include <string.h>

#include "base/macro.h"
#include "sim/feature.h"
#include "sim/setting.h"

const QueueField queue_fields[QUEUE_FIELDS] = {
        { "receive_inbound_messages", NULL, "ReceiveQueueCountInbound" },
        { "receive_outbound_messages", NULL, "ReceiveQueueCountOutbound" },
        { "delivery_inbound_messages", "inbound_messages", "DeliveryQueueCountInbound" },
        { "delivery_outbound_messages", "outbound_messages", "DeliveryQueueCountOutbound" },
        { "receive_inbound_oldest", NULL, "LongestTimeInReceiveQueueInbound" },
        { "receive_outbound_oldest", NULL, "LongestTimeInReceiveQueueOutbound" },
        { "delivery_inbound_oldest", "inbound_oldest", "LongestTimeInDeliveryQueueInbound" },
        { "delivery_outbound_oldest", "outbound_oldest", "LongestTimeInDeliveryQueueOutbound" },
        { "receive_inbound_mean", NULL, "MeanTimeInReceiveQueueInbound" },
        { "receive_outbound_mean", NULL, "MeanTimeInReceiveQueueOutbound" },
        { "delivery_inbound_mean", "inbound_mean", "MeanTimeInDeliveryQueueInbound" },
        { "delivery_outbound_mean", "outbound_mean", "MeanTimeInDeliveryQueueOutbound" },
};

/* Where the guide's order has the oldest message of the delivery queues. */
enum {
        FIELD_INBOUND_OLDEST = 6,
        FIELD_OUTBOUND_OLDEST = 7,
};

/* No queue holds more; a uint64_t does, and so does a double without rounding. */
#define QUEUE_VALUE_MAX 9e15

int queue_field_find(const char *name) {
        for (int i = 0; i < QUEUE_FIELDS; i++)
                if (strcmp(queue_fields[i].name, name) == 0 ||
                    strcmp(queue_fields[i].wire, name) == 0 ||
                    (queue_fields[i].alias && strcmp(queue_fields[i].alias, name) == 0))
                        return i;
        return -1;
}

/* Every field under both of its names, with one type. */
#define QUEUE_KEYS(type)                                                                           \
        { "receive_inbound_messages", type }, { "receive_outbound_messages", type },               \
                { "delivery_inbound_messages", type }, { "delivery_outbound_messages", type },     \
                { "receive_inbound_oldest", type }, { "receive_outbound_oldest", type },           \
                { "delivery_inbound_oldest", type }, { "delivery_outbound_oldest", type },         \
                { "receive_inbound_mean", type }, { "receive_outbound_mean", type },               \
                { "delivery_inbound_mean", type }, { "delivery_outbound_mean", type },             \
                { "inbound_messages", type }, { "outbound_messages", type },                       \
                { "inbound_oldest", type }, { "outbound_oldest", type }, { "inbound_mean", type }, \
        {                                                                                          \
                "outbound_mean", type                                                              \
        }

#define STEP_KEYS                                                                                  \
        QUEUE_KEYS(SETTING_MOMENT), { "ramp", SETTING_GROUP }, { "absent", SETTING_BOOL },         \
                { "inbound_stuck", SETTING_BOOL }, {                                               \
                "outbound_stuck", SETTING_BOOL                                                     \
        }

static const SettingKey base_keys[] = {
        STEP_KEYS,
        { "steps", SETTING_LIST },
        { "vary", SETTING_BOOL },
        { "name", SETTING_TEXT },
};

static const SettingKey step_keys[] = {
        STEP_KEYS,
        { "at", SETTING_MOMENT },
};

static const SettingKey ramp_keys[] = {
        QUEUE_KEYS(SETTING_NUMBER),
};

/* The members of a group that name a field, in seconds or messages; a bit of the result for each.
 */
static unsigned read_fields(const config_setting_t *group, double numbers[QUEUE_FIELDS]) {
        unsigned mask = 0;

        for (int i = 0; i < config_setting_length(group); i++) {
                const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
                int field = queue_field_find(config_setting_name(member));
                if (field < 0)
                        continue;
                numbers[field] = config_setting_type(member) == CONFIG_TYPE_STRING
                                         ? (double)setting_as_moment(member, 0) / USEC_PER_SEC
                                         : setting_as_number(member, 0);
                mask |= 1U << field;
        }
        return mask;
}

static void read_stuck(QueueStep *step, const config_setting_t *group, const char *key, int field) {
        const config_setting_t *member = setting_member(group, key);
        if (!member)
                return;
        step->slope[field] = setting_as_bool(member, false) ? 1 : 0;
        step->slopes |= 1U << field;
}

static void read_step(const config_setting_t *group, QueueStep *step, unsigned *errors) {
        *step = (QueueStep){ .at = MOMENT_MIN, .absent = -1 };
        step->sets = read_fields(group, step->value);
        for (int i = 0; i < QUEUE_FIELDS; i++)
                if (step->value[i] < 0 || step->value[i] > QUEUE_VALUE_MAX)
                        setting_complain(group, errors, "%s is out of bounds",
                                         queue_fields[i].name);
        const config_setting_t *ramp = setting_member(group, "ramp");
        if (ramp) {
                setting_check(ramp, ramp_keys, ELEMENTSOF(ramp_keys), errors);
                step->slopes = read_fields(ramp, step->slope);
        }
        read_stuck(step, group, "inbound_stuck", FIELD_INBOUND_OLDEST);
        read_stuck(step, group, "outbound_stuck", FIELD_OUTBOUND_OLDEST);
        if (setting_member(group, "absent"))
                step->absent = setting_bool(group, "absent", false);
}

static void read_queue(Plan *plan, const config_setting_t *group, unsigned *errors) {
        const config_setting_t *list = setting_member(group, "steps");
        size_t n = setting_count(list);

        plan->steps = calloc(n + 1, sizeof(*plan->steps));
        if (!plan->steps)
                abort();
        plan->n_steps = n + 1;
        plan->steps[0] = (QueueStep){ .at = MOMENT_MIN, .absent = -1 };
        if (!group)
                return;
        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
                setting_complain(group, errors, "symantec must be a group { ... } here");
                return;
        }
        setting_check(group, base_keys, ELEMENTSOF(base_keys), errors);
        read_step(group, &plan->steps[0], errors);
        plan->vary = setting_bool(group, "vary", false);
        plan->wire_name = setting_text(group, "name", NULL);
        for (size_t i = 0; i < n; i++) {
                const config_setting_t *element = setting_element(list, i);
                if (config_setting_type(element) != CONFIG_TYPE_GROUP) {
                        setting_complain(element, errors, "a step is a group { at = ...; ... }");
                        continue;
                }
                setting_check(element, step_keys, ELEMENTSOF(step_keys), errors);
                read_step(element, &plan->steps[i + 1], errors);
                feature_check_step(element, &plan->steps[i + 1].at, plan->steps[i].at, errors);
        }
}

Plan *plan_new(const config_setting_t *domain, unsigned *errors) {
        Plan *plan = calloc(1, sizeof(*plan));
        if (!plan)
                abort();
        read_queue(plan, setting_member(domain, "symantec"), errors);
        plan->immuniweb = setting_member(domain, "immuniweb");
        if (plan->immuniweb)
                feature_check(plan->immuniweb, false, errors);
        return plan;
}

Plan *plan_free(Plan *plan) {
        if (plan)
                free(plan->steps);
        free(plan);
        return NULL;
}

/* A quiet day: 0 to 4 messages, none older than 45 s, and nothing waits where nothing is. */
static void vary(unsigned index, double value[QUEUE_FIELDS]) {
        for (int pair = 0; pair < 4; pair++) {
                uint32_t hash = (index * 4 + (unsigned)pair + 1) * 2654435761U;
                hash ^= hash >> 15;
                unsigned messages = (hash >> 8) % 5;
                unsigned oldest = messages > 0 ? 1 + (hash >> 16) % 45 : 0;
                value[pair] = messages;
                value[4 + pair] = oldest;
                value[8 + pair] = oldest / 2;
        }
}

bool plan_queue(const Plan *plan, unsigned index, moment_t now, uint64_t value[QUEUE_FIELDS],
                moment_t *ret_until) {
        double number[QUEUE_FIELDS] = { 0 };
        double slope[QUEUE_FIELDS] = { 0 };
        moment_t since[QUEUE_FIELDS] = { 0 };
        bool absent = false;
        moment_t until = MOMENT_MAX;

        if (plan->vary)
                vary(index, number);
        for (size_t s = 0; s < plan->n_steps; s++) {
                const QueueStep *step = &plan->steps[s];
                if (step->at > now) {
                        until = step->at;
                        break;
                }
                moment_t at = MAX(step->at, 0);
                absent = step->absent < 0 ? absent : step->absent;
                for (int i = 0; i < QUEUE_FIELDS; i++) {
                        if (!((step->sets | step->slopes) & (1U << i)))
                                continue;
                        if (step->sets & (1U << i))
                                number[i] = step->value[i];
                        else
                                number[i] += slope[i] * (double)(at - since[i]) / USEC_PER_SEC;
                        slope[i] = step->slopes & (1U << i) ? step->slope[i] : 0;
                        since[i] = at;
                }
        }
        for (int i = 0; i < QUEUE_FIELDS; i++) {
                if (slope[i] != 0) {
                        number[i] += slope[i] * (double)MAX(now - since[i], 0) / USEC_PER_SEC;
                        until = MIN(until, now + (moment_t)(USEC_PER_SEC / 10));
                }
                value[i] = (uint64_t)CLAMP(number[i], 0, QUEUE_VALUE_MAX);
        }
        *ret_until = until;
        return !absent;
}
