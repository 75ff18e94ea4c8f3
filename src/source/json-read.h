/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

static inline _unused_ void json_freep(struct json_object **p) {
        json_object_put(*p);
}
#define _cleanup_json_ _cleanup_(json_freep)

/* Tolerant readers of JSON values, on json-c (apis.md section 3 rows 2, 12, 16, 25). Each takes
 * NULL, which is how json-c gives null, and what is not there. Unknown is NAN, never 0. `odd`,
 * where not NULL, is set (never cleared) when something is there that cannot be meant; null and
 * missing are not odd. */

/* Levels of nesting that are followed: a hostile document cannot make anything recurse further. */
#define JSON_READ_DEPTH 32

/* Parses a whole document: strict syntax, nothing but white space before and after it (and a UTF-8
 * byte order mark before), no NaN or Infinity. *ret is NULL for `null`; json_object_put() it. 0,
 * -ENODATA (nothing but white space), -EBADMSG (not JSON, cut off, too deep), -EFBIG or -ENOMEM. */
int json_read_document(const char *text, size_t size, struct json_object **ret);

/* Whether a parsed value holds no NaN or Infinity literal, at any depth: json-c takes them in
 * strict mode too. A number too large for a double (1e400) is JSON; json_read_number() does not
 * take it. */
bool json_read_is_standard(struct json_object *value);

/* An integer, float or numeric string (a JSON number in quotes, blanks nowhere) from 0 to 2^53.
 * Odd: every other string, a bool, an object, an array, a number that is negative, larger or not
 * finite. */
double json_read_number(struct json_object *value, bool *odd);

/* 0 or 1 from a bool, 0, 1, or the text of either ("true", "false", "0", "1"; ASCII case ignored).
 */
double json_read_bool(struct json_object *value, bool *odd);

/* How many: a number or numeric string says it, an array of numbers is summed up, any other array
 * is as long as it is, an object has so many members (apis.md section 3 row 12). Odd: a bool,
 * another string, a bad number. */
double json_read_count(struct json_object *value, bool *odd);

/* The member of exactly that name (dots and slashes are part of it), NULL where `object` is no
 * object, has none, or has a null. Borrowed. */
struct json_object *json_read_member(struct json_object *object, const char *key);

/* The value at a JSON pointer such as "/summary/ssl/value" (RFC 6901), or NULL. Borrowed. */
struct json_object *json_read_at(struct json_object *root, const char *pointer);

/* A string's text (NUL-terminated, may hold more NULs) and, where not NULL, its size; NULL when it
 * is no string. */
const char *json_read_text(struct json_object *value, size_t *ret_size);

/* Whether there is nothing where something was meant: null, "", false, [] or {}. A number is
 * something. */
bool json_read_is_blank(struct json_object *value);
