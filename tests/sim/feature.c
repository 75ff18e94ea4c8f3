/* SPDX-License-Identifier: MIT */
#include "sim/feature.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/macro.h"
#include "sim/setting.h"

/* How a test runs. */
#define RUN_KEYS                                                                                   \
        { "test_duration", SETTING_MOMENT }, { "polls", SETTING_NUMBER },                          \
                { "eta", SETTING_SCALAR }, { "started_again", SETTING_NUMBER },                    \
                { "started_status_id", SETTING_NUMBER }, { "status_id_text", SETTING_BOOL },       \
                { "finish", SETTING_TEXT }, { "fetch_by", SETTING_TEXT },                          \
                { "never_ends", SETTING_BOOL }, { "job_ttl", SETTING_MOMENT },                     \
                { "cached_age", SETTING_MOMENT }, {                                                \
                "cache_ttl", SETTING_MOMENT                                                        \
        }

/* What its result says. */
#define RESULT_KEYS                                                                                \
        { "hostname", SETTING_TEXT }, { "ts_as", SETTING_TEXT },                                   \
                { "server_issues", SETTING_NUMBER }, { "ssl_issues", SETTING_NUMBER },             \
                { "dns_issues", SETTING_NUMBER }, { "blacklists_issues", SETTING_NUMBER },         \
                { "darkweb_issues", SETTING_NUMBER }, { "phishing_issues", SETTING_NUMBER },       \
                { "server_color", SETTING_TEXT }, { "ssl_color", SETTING_TEXT },                   \
                { "dns_color", SETTING_TEXT }, { "blacklists_color", SETTING_TEXT },               \
                { "darkweb_color", SETTING_TEXT }, { "phishing_color", SETTING_TEXT },             \
                { "spf", SETTING_SCALAR }, { "dkim", SETTING_SCALAR },                             \
                { "dmarc", SETTING_SCALAR }, { "mx_hosts", SETTING_NUMBER },                       \
                { "mx_firewalled", SETTING_NUMBER }, { "blacklist_count", SETTING_NUMBER },        \
                { "ioc_count", SETTING_NUMBER }, { "open_relay", SETTING_NUMBER },                 \
                { "vrfy", SETTING_NUMBER }, { "expn", SETTING_NUMBER },                            \
                { "rcpt", SETTING_NUMBER }, { "plaintext_auth", SETTING_NUMBER },                  \
                { "ptr_missing", SETTING_NUMBER }, { "open_ports", SETTING_NUMBERS },              \
                { "dnssec_failures", SETTING_NUMBER }, { "mx", SETTING_LIST },                     \
                { "mx_shape", SETTING_TEXT }, { "alerts_shape", SETTING_TEXT },                    \
                { "count_shape", SETTING_TEXT }, { "firewalled_shape", SETTING_TEXT },             \
                { "patch", SETTING_TEXT }, { "json_file", SETTING_TEXT }, {                        \
                "restamp", SETTING_BOOL                                                            \
        }

#define BASE_KEYS                                                                                  \
        RUN_KEYS, RESULT_KEYS, {                                                                   \
                "steps", SETTING_LIST                                                              \
        }

static const SettingKey step_keys[] = {
        RUN_KEYS,
        RESULT_KEYS,
        { "at", SETTING_MOMENT },
};

static const SettingKey domain_keys[] = {
        BASE_KEYS,
};

/* The service itself, whoever is tested. */
static const SettingKey common_keys[] = {
        BASE_KEYS,
        { "api_keys", SETTING_WORDS },
        { "prefixes", SETTING_WORDS },
        { "daily_tests", SETTING_NUMBER },
        { "quota_error_id", SETTING_NUMBER },
        { "quota_text", SETTING_TEXT },
        { "unknown_domains", SETTING_TEXT },
};

static const SettingKey mx_keys[] = {
        { "hostname", SETTING_TEXT },
        { "ip", SETTING_TEXT },
        { "priority", SETTING_NUMBER },
        { "firewalled", SETTING_BOOL },
        { "bl_cnt", SETTING_SCALAR },
        { "ioc_cnt", SETTING_SCALAR },
        { "ptr", SETTING_TEXT },
        { "open_ports", SETTING_NUMBERS },
        { "open_relay", SETTING_SCALAR },
        { "vrfy", SETTING_SCALAR },
        { "expn", SETTING_SCALAR },
        { "rcpt", SETTING_SCALAR },
        { "plaintext_auth", SETTING_SCALAR },
};

static const struct {
        const char *key;
        const char *words[8];
} choices[] = {
        { "finish", { "result", "cached" } },
        { "fetch_by", { "both", "id", "test_id" } },
        { "unknown_domains", { "test", "no-mx", "invalid" } },
        { "ts_as", { "seconds", "text", "milliseconds", "future", "zero" } },
        { "mx_shape", { "array", "object", "map", "priority-map", "empty" } },
        { "alerts_shape", { "object", "list", "text", "bool", "class", "color", "empty" } },
        { "count_shape", { "number", "text", "array", "object", "null" } },
        { "firewalled_shape", { "bool", "number", "text" } },
};

static void check_choices(const config_setting_t *group, unsigned *errors) {
        for (size_t i = 0; i < ELEMENTSOF(choices); i++) {
                size_t n = 0;
                while (n < ELEMENTSOF(choices[i].words) && choices[i].words[n])
                        n++;
                setting_word(group, choices[i].key, choices[i].words, n, 0, errors);
        }
}

static void check_mx(const config_setting_t *group, unsigned *errors) {
        const config_setting_t *mx = setting_member(group, "mx");
        for (size_t i = 0; i < setting_count(mx); i++) {
                const config_setting_t *host = setting_element(mx, i);
                if (config_setting_type(host) == CONFIG_TYPE_GROUP)
                        setting_check(host, mx_keys, ELEMENTSOF(mx_keys), errors);
                else
                        setting_complain(host, errors, "an mx host is a group { ... }");
        }
}

static void check_json(const config_setting_t *group, unsigned *errors) {
        const config_setting_t *patch = setting_member(group, "patch");
        const config_setting_t *file = setting_member(group, "json_file");
        struct json_object *json = NULL;

        if (patch && !(json = json_tokener_parse(setting_as_text(patch, ""))))
                setting_complain(patch, errors, "patch is not JSON");
        json_object_put(json);
        if (!file)
                return;
        _cleanup_(blob_freep) Blob *blob = setting_read_file(file);
        if (!blob)
                setting_complain(file, errors, "%s: %s", setting_as_text(file, ""),
                                 strerror(errno));
}

void feature_check_step(const config_setting_t *step, moment_t *at, moment_t previous,
                        unsigned *errors) {
        const config_setting_t *member = setting_member(step, "at");
        *at = setting_as_moment(member, previous);
        if (!member)
                setting_complain(step, errors, "a step needs \"at\"");
        else if (*at < previous)
                setting_complain(member, errors, "steps must be in the order of time");
}

void feature_check(const config_setting_t *group, bool top, unsigned *errors) {
        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
                setting_complain(group, errors, "immuniweb must be a group { ... }");
                return;
        }
        if (top)
                setting_check(group, common_keys, ELEMENTSOF(common_keys), errors);
        else
                setting_check(group, domain_keys, ELEMENTSOF(domain_keys), errors);
        check_choices(group, errors);
        check_mx(group, errors);
        check_json(group, errors);

        const config_setting_t *steps = setting_member(group, "steps");
        moment_t at = MOMENT_MIN;
        for (size_t i = 0; i < setting_count(steps); i++) {
                const config_setting_t *step = setting_element(steps, i);
                if (config_setting_type(step) != CONFIG_TYPE_GROUP) {
                        setting_complain(step, errors, "a step is a group { at = ...; ... }");
                        continue;
                }
                setting_check(step, step_keys, ELEMENTSOF(step_keys), errors);
                check_choices(step, errors);
                check_mx(step, errors);
                check_json(step, errors);
                feature_check_step(step, &at, at, errors);
        }
}

static const config_setting_t *find_in(const config_setting_t *group, moment_t now,
                                       const char *key) {
        const config_setting_t *steps = setting_member(group, "steps");
        for (size_t i = setting_count(steps); i > 0; i--) {
                const config_setting_t *step = setting_element(steps, i - 1);
                if (setting_moment(step, "at", 0) > now)
                        continue;
                const config_setting_t *member = setting_member(step, key);
                if (member)
                        return member;
        }
        return setting_member(group, key);
}

const config_setting_t *feature_find(const FeatureView *view, const char *key) {
        const config_setting_t *found = find_in(view->domain, view->now, key);
        return found ? found : find_in(view->common, view->now, key);
}

double feature_number(const FeatureView *view, const char *key, double fallback) {
        return setting_as_number(feature_find(view, key), fallback);
}

const char *feature_text(const FeatureView *view, const char *key, const char *fallback) {
        return setting_as_text(feature_find(view, key), fallback);
}

bool feature_bool(const FeatureView *view, const char *key, bool fallback) {
        return setting_as_bool(feature_find(view, key), fallback);
}

moment_t feature_moment(const FeatureView *view, const char *key, moment_t fallback) {
        return setting_as_moment(feature_find(view, key), fallback);
}

bool feature_is(const FeatureView *view, const char *key, const char *word) {
        return strcmp(feature_text(view, key, ""), word) == 0;
}
