/* SPDX-License-Identifier: MIT */
#include "sim/tag.h"

#include <string.h>

#include "base/macro.h"
#include "sim/setting.h"

static const struct {
        const char *word;
        Tag tag;
        const char *title;
        const char *color;
} words[] = {
        { "good", TAG_GOOD, "Good configuration", "green" },
        { "information", TAG_INFORMATION, "Information", "blue" },
        { "weakness", TAG_WEAKNESS, "Misconfiguration or weakness", "orange" },
        { "failure", TAG_FAILURE, "Misconfiguration or weakness", "red" },
};

Tag tag_read(const config_setting_t *setting, Tag fallback) {
        if (!setting)
                return fallback;
        const char *text = setting_as_text(setting, NULL);
        for (size_t i = 0; text && i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].word, text) == 0)
                        return words[i].tag;
        if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
                return setting_as_bool(setting, false) ? TAG_WEAKNESS : TAG_GOOD;
        return (Tag)setting_as_number(setting, fallback);
}

static size_t row_of(Tag tag) {
        if (tag == 0 || tag == TAG_GOOD || tag == 7 || tag == 8)
                return 0;
        if (tag == TAG_INFORMATION)
                return 1;
        return tag == TAG_FAILURE ? 3 : 2;
}

const char *tag_word(Tag tag) {
        return words[row_of(tag)].word;
}

bool tag_is_issue(Tag tag) {
        return row_of(tag) >= 2;
}

struct json_object *tag_entry(const char *shape, Tag tag, const char *text) {
        size_t row = row_of(tag);

        if (strcmp(shape, "text") == 0)
                return json_object_new_string(text);
        if (strcmp(shape, "bool") == 0)
                return json_object_new_boolean(tag_is_issue(tag));

        struct json_object *entry = json_object_new_object();
        if (strcmp(shape, "class") == 0)
                json_object_object_add(entry, "class", json_object_new_string(words[row].word));
        else if (strcmp(shape, "color") == 0)
                json_object_object_add(entry, "color", json_object_new_string(words[row].color));
        else
                json_object_object_add(entry, "tag", json_object_new_int(tag));
        json_object_object_add(entry, "title", json_object_new_string(words[row].title));
        json_object_object_add(entry, "text", json_object_new_string(text));
        return entry;
}

static bool is_list(const char *shape) {
        return strcmp(shape, "list") == 0 || strcmp(shape, "empty") == 0;
}

struct json_object *tag_alerts_new(const char *shape) {
        return is_list(shape) ? json_object_new_array() : json_object_new_object();
}

void tag_alerts_add(struct json_object *alerts, const char *shape, const char *key,
                    const char *name, Tag tag, const char *text) {
        if (strcmp(shape, "empty") == 0)
                return;
        struct json_object *entry = tag_entry(shape, tag, text);
        if (is_list(shape)) {
                json_object_object_add(entry, key, json_object_new_string(name));
                json_object_array_add(alerts, entry);
        } else
                json_object_object_add(alerts, name, entry);
}
