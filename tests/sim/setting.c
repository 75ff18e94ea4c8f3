/* SPDX-License-Identifier: MIT */
#include "sim/setting.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const type_names[_SETTING_TYPE_MAX] = {
        [SETTING_TEXT] = "a text",
        [SETTING_NUMBER] = "a number",
        [SETTING_BOOL] = "true or false",
        [SETTING_MOMENT] = "a duration such as \"10min\"",
        [SETTING_WORDS] = "a text or a list of texts",
        [SETTING_NUMBERS] = "a number or a list of numbers",
        [SETTING_LIST] = "a group or a list",
        [SETTING_GROUP] = "a group { ... }",
        [SETTING_SCALAR] = "a text, a number or a bool",
};

void setting_complain(const config_setting_t *setting, unsigned *errors, const char *format, ...) {
        va_list arguments;

        const char *file = config_setting_source_file(setting);
        fprintf(stderr, "%s:%u: ", file ? file : "scenario", config_setting_source_line(setting));
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        (*errors)++;
}

static bool is_number(int type) {
        return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 || type == CONFIG_TYPE_FLOAT;
}

static bool all_of(const config_setting_t *setting, bool numbers) {
        for (int i = 0; i < config_setting_length(setting); i++) {
                int type = config_setting_type(config_setting_get_elem(setting, (unsigned)i));
                if (numbers ? !is_number(type) : type != CONFIG_TYPE_STRING)
                        return false;
        }
        return true;
}

static bool type_fits(const config_setting_t *setting, SettingType wanted) {
        int type = config_setting_type(setting);
        bool several = type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
        moment_t ignored;

        switch (wanted) {
        case SETTING_TEXT:
                return type == CONFIG_TYPE_STRING;
        case SETTING_NUMBER:
                return is_number(type);
        case SETTING_BOOL:
                return type == CONFIG_TYPE_BOOL;
        case SETTING_MOMENT:
                return is_number(type) ||
                       (type == CONFIG_TYPE_STRING &&
                        moment_parse(config_setting_get_string(setting), &ignored) >= 0);
        case SETTING_WORDS:
                return type == CONFIG_TYPE_STRING || (several && all_of(setting, false));
        case SETTING_NUMBERS:
                return is_number(type) || (several && all_of(setting, true));
        case SETTING_LIST:
                return several || type == CONFIG_TYPE_GROUP;
        case SETTING_GROUP:
                return type == CONFIG_TYPE_GROUP;
        case SETTING_SCALAR:
                return type == CONFIG_TYPE_STRING || type == CONFIG_TYPE_BOOL || is_number(type);
        case _SETTING_TYPE_MAX:
                break;
        }
        return false;
}

void setting_check(const config_setting_t *group, const SettingKey *keys, size_t n_keys,
                   unsigned *errors) {
        for (int i = 0; i < config_setting_length(group); i++) {
                const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
                const char *name = config_setting_name(member);
                size_t k = 0;
                while (k < n_keys && strcmp(keys[k].name, name) != 0)
                        k++;
                if (k == n_keys)
                        setting_complain(member, errors, "unknown key \"%s\"", name);
                else if (!type_fits(member, keys[k].type))
                        setting_complain(member, errors, "%s must be %s", name,
                                         type_names[keys[k].type]);
        }
}

double setting_as_number(const config_setting_t *setting, double fallback) {
        if (!setting)
                return fallback;
        switch (config_setting_type(setting)) {
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return (double)config_setting_get_int64(setting);
        case CONFIG_TYPE_FLOAT:
                return config_setting_get_float(setting);
        case CONFIG_TYPE_BOOL:
                return config_setting_get_bool(setting);
        default:
                return fallback;
        }
}

const char *setting_as_text(const config_setting_t *setting, const char *fallback) {
        if (!setting || config_setting_type(setting) != CONFIG_TYPE_STRING)
                return fallback;
        return config_setting_get_string(setting);
}

bool setting_as_bool(const config_setting_t *setting, bool fallback) {
        return setting_as_number(setting, fallback) != 0;
}

moment_t setting_as_moment(const config_setting_t *setting, moment_t fallback) {
        moment_t moment;
        const char *text = setting_as_text(setting, NULL);
        if (text)
                return moment_parse(text, &moment) < 0 ? fallback : moment;
        if (!setting)
                return fallback;
        return (moment_t)(setting_as_number(setting, 0) * (double)USEC_PER_SEC);
}

const config_setting_t *setting_member(const config_setting_t *group, const char *key) {
        if (!group || config_setting_type(group) != CONFIG_TYPE_GROUP)
                return NULL;
        return config_setting_get_member(group, key);
}

double setting_number(const config_setting_t *group, const char *key, double fallback) {
        return setting_as_number(setting_member(group, key), fallback);
}

const char *setting_text(const config_setting_t *group, const char *key, const char *fallback) {
        return setting_as_text(setting_member(group, key), fallback);
}

bool setting_bool(const config_setting_t *group, const char *key, bool fallback) {
        return setting_as_bool(setting_member(group, key), fallback);
}

moment_t setting_moment(const config_setting_t *group, const char *key, moment_t fallback) {
        return setting_as_moment(setting_member(group, key), fallback);
}

static bool is_several(const config_setting_t *setting) {
        int type = config_setting_type(setting);
        return type == CONFIG_TYPE_LIST || type == CONFIG_TYPE_ARRAY;
}

size_t setting_count(const config_setting_t *setting) {
        if (!setting)
                return 0;
        return is_several(setting) ? (size_t)config_setting_length(setting) : 1;
}

const config_setting_t *setting_element(const config_setting_t *setting, size_t index) {
        return is_several(setting) ? config_setting_get_elem(setting, (unsigned)index) : setting;
}

size_t setting_word(const config_setting_t *group, const char *key, const char *const *words,
                    size_t n_words, size_t fallback, unsigned *errors) {
        const config_setting_t *member = setting_member(group, key);
        const char *text = setting_as_text(member, NULL);
        if (!text)
                return fallback;
        for (size_t i = 0; i < n_words; i++)
                if (strcmp(words[i], text) == 0)
                        return i;
        setting_complain(member, errors, "%s \"%s\" is not one of its words (first: \"%s\")", key,
                         text, words[0]);
        return fallback;
}

Blob *setting_read_file(const config_setting_t *setting) {
        const char *name = setting_as_text(setting, "");
        const char *file = config_setting_source_file(setting);
        const char *slash = file ? strrchr(file, '/') : NULL;
        if (name[0] == '/' || !slash)
                return blob_read(name);
        _cleanup_(blob_freep) Blob *path = blob_of(file, (size_t)(slash - file) + 1);
        blob_add_text(path, name);
        return blob_read(path->data);
}
