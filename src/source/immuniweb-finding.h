/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

/* What an entry of `alerts`, `highlights` or the like says. Nothing public shows their inside, so
 * every shape seen in the vendor's sibling services is read (apis.md section 3 rows 15, 17). */

/* The values of a UNIT_GRADE metric. */
typedef enum Grade {
        GRADE_UNKNOWN = -1,
        GRADE_GOOD,
        GRADE_INFORMATION,
        GRADE_WEAKNESS,
        GRADE_FAILURE,
} Grade;

typedef struct Finding {
        Grade grade;
        const char
                *text; /* the vendor's words as they came (HTML and all), borrowed; NULL = none */
        size_t size;
} Finding;

/* Calls `seen` for each single entry in `value` (JSON_READ_DEPTH bounds the nesting), in order:
 * - an object by the first of tag (0, 1, 7, 8 good; 4 information; others weakness), class, color
 *   and first word of title that can be read, else by flags such as valid or vulnerable; an
 *   object without any of these but with objects or arrays inside is a list of entries;
 * - a bool or number (or text of one) by being non-zero: weakness; negative says nothing;
 * - any other text is information; an array is a list of entries.
 * Null and empty values are no entries. What could not be judged comes with GRADE_UNKNOWN. */
typedef void (*finding_seen_t)(void *userdata, const Finding *finding);
void finding_walk(struct json_object *value, finding_seen_t seen, void *userdata);

/* The first of the worst entries in `value`. *odd is set where an entry could not be judged. */
Finding finding_worst(struct json_object *value, bool *odd);

/* 0 green, 1 blue, 2 orange, 3 red (ASCII case ignored), -1 for anything else. */
int finding_color(struct json_object *value);

/* Whether two names are the same but for ASCII case, '_', '-', '.' and blanks. */
bool finding_same_name(const char *a, const char *b);

/* Whether one of the texts of an entry (the entry itself when it is a string; text, title, ...)
 * names `name`, which is lower-case letters only; blanks and case are ignored as above. */
bool finding_mentions(struct json_object *entry, const char *name);

/* What a member such as name, type or record calls the entry, or NULL. Borrowed. */
const char *finding_name(struct json_object *entry);

/* An explicit yes (1) or no (0) about being there and right: valid, found, exists, present, ... of
 * an object; -1 where none says so. The worst counts. */
int finding_flag(struct json_object *object);
