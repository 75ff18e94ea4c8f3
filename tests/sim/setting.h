/* SPDX-License-Identifier: MIT */
#pragma once

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "sim/blob.h"
#include "sim/moment.h"

typedef enum SettingType {
        SETTING_TEXT,
        SETTING_NUMBER,
        SETTING_BOOL,
        SETTING_MOMENT, /* duration text or a number of seconds */
        SETTING_WORDS,  /* text, or an array or list of texts */
        SETTING_NUMBERS,
        SETTING_LIST, /* of groups (or one group alone) or texts */
        SETTING_GROUP,
        SETTING_SCALAR, /* text, number or bool */
        _SETTING_TYPE_MAX
} SettingType;

typedef struct SettingKey {
        const char *name;
        SettingType type;
} SettingKey;

/* Says "FILE:LINE: words" on stderr and counts it in *errors. */
_printf_(3, 4) void setting_complain(const config_setting_t *setting, unsigned *errors,
                                     const char *format, ...);

/* Holds every member of a group against a table; unknown keys and wrong types are complaints. */
void setting_check(const config_setting_t *group, const SettingKey *keys, size_t n_keys,
                   unsigned *errors);

/* One value of a scalar setting. The number of a bool is 0 or 1; NULL gives the fallback. */
double setting_as_number(const config_setting_t *setting, double fallback);
const char *setting_as_text(const config_setting_t *setting, const char *fallback);
bool setting_as_bool(const config_setting_t *setting, bool fallback);
moment_t setting_as_moment(const config_setting_t *setting, moment_t fallback);

/* The same for a member of a group (which may be NULL). */
const config_setting_t *setting_member(const config_setting_t *group, const char *key);
double setting_number(const config_setting_t *group, const char *key, double fallback);
const char *setting_text(const config_setting_t *group, const char *key, const char *fallback);
bool setting_bool(const config_setting_t *group, const char *key, bool fallback);
moment_t setting_moment(const config_setting_t *group, const char *key, moment_t fallback);

/* How many elements a "one or a list of" setting has, and the one at an index. */
size_t setting_count(const config_setting_t *setting);
const config_setting_t *setting_element(const config_setting_t *setting, size_t index);

/* The index of a text member in a list of words; the fallback when it is absent, a complaint when
 * it is none of them. */
size_t setting_word(const config_setting_t *group, const char *key, const char *const *words,
                    size_t n_words, size_t fallback, unsigned *errors);

/* The file that a text setting names, relative to the file the setting stands in; NULL with errno
 * set when it cannot be read. */
Blob *setting_read_file(const config_setting_t *setting);
