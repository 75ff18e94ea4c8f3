/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-c/json.h>
#include <libconfig.h>
#include <stdbool.h>

/* The vendor's `tag` of a finding: 0, 1, 7, 8 good; 4 information; all others weakness. */
typedef int Tag;

#define TAG_GOOD        1
#define TAG_WEAKNESS    3
#define TAG_INFORMATION 4
#define TAG_FAILURE     5 /* our own: weakness, and the record's results say so as well */

/* A number is the tag itself; "good", "information", "weakness", "failure" and bools are words for
 * one; NULL gives the fallback. */
Tag tag_read(const config_setting_t *setting, Tag fallback);

const char *tag_word(Tag tag);
bool tag_is_issue(Tag tag);

/* One finding in the shape that the scenario wants. */
struct json_object *tag_entry(const char *shape, Tag tag, const char *text);

/* An `alerts` value of that shape, to which findings are added by name. key: how an entry of a list
 * names itself. */
struct json_object *tag_alerts_new(const char *shape);
void tag_alerts_add(struct json_object *alerts, const char *shape, const char *key,
                    const char *name, Tag tag, const char *text);
