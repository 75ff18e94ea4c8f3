/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/macro.h"
#include "base/strbuf.h"

#include <json-c/json_object.h>
#include <stdbool.h>

/* Members of the API's answers. What is missing, null or of another type than expected is unknown;
 * nothing is taken for granted, `object` may be NULL or of any type. What is returned is borrowed
 * from the document. */

static inline void json_putp(struct json_object **object) {
        if (*object)
                json_object_put(*object);
}
#define _cleanup_json_ _cleanup_(json_putp)

const char *member_text(struct json_object *object,
                        const char *key); /* NULL: unknown; foreign: to be cleaned */
double member_number(struct json_object *object,
                     const char *key); /* NAN: unknown; always finite else */
bool member_is_true(struct json_object *object, const char *key);
bool member_is_false(struct json_object *object, const char *key);
usec_t member_when(struct json_object *object, const char *key); /* a stamp; 0: unknown */
struct json_object *member_object(struct json_object *object, const char *key);
struct json_object *member_list(struct json_object *object, const char *key);

/* The elements of a list; 0 and NULL for what is none. */
size_t list_count(struct json_object *list);
struct json_object *list_get(struct json_object *list, size_t i);

/* A number as a double, NAN for what is none. */
double number_of(struct json_object *value);

/* Reads a whole document: strict JSON in UTF-8, nothing behind it. 0, -EBADMSG or -ENOMEM. */
int document_read(const char *text, size_t size, struct json_object **ret);

/* Adds a document as text on one line. What a terminal could take for more than text is written as
 * \uXXXX, which is the same to whoever reads JSON. */
void document_add(StrBuf *b, struct json_object *document);
