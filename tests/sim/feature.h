/* SPDX-License-Identifier: MIT */
#pragma once

#include <libconfig.h>
#include <stdbool.h>

#include "sim/moment.h"

/* What the ImmuniWeb side does for a domain at a moment: the newest step of the domain's group that
 * sets a key, else the group itself, else the same of the group for all domains, else the default
 * that the caller names. */
typedef struct FeatureView {
        const config_setting_t *domain; /* may be NULL */
        const config_setting_t *common; /* may be NULL */
        moment_t now;
} FeatureView;

/* Checks an `immuniweb` group with its steps. `top`: the group for all, which may also hold the
 * keys of the service itself. */
void feature_check(const config_setting_t *group, bool top, unsigned *errors);

/* Reads the `at` of a step, which must be there and not before the previous one's. */
void feature_check_step(const config_setting_t *step, moment_t *at, moment_t previous,
                        unsigned *errors);

const config_setting_t *feature_find(const FeatureView *view, const char *key);
double feature_number(const FeatureView *view, const char *key, double fallback);
const char *feature_text(const FeatureView *view, const char *key, const char *fallback);
bool feature_bool(const FeatureView *view, const char *key, bool fallback);
moment_t feature_moment(const FeatureView *view, const char *key, moment_t fallback);
bool feature_is(const FeatureView *view, const char *key, const char *word);
