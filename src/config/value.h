/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"
#include "config/schema.h"
#include "config/tree.h"

/* What the types of keys read and write: one table, indexed by KeyType. */

typedef struct ValueContext {
        Arena *arena;          /* where texts go */
        const char *directory; /* of the file that names a path, absolute */
        StrBuf problem;        /* what is wrong, when it is: "must be ..., not ..." */
} ValueContext;

/* Checks a value against its key and stores it at `ret`, which is untouched on failure. -EINVAL
 * with context->problem, -ENOMEM, or 0. */
int value_store(const Key *key, const Value *value, ValueContext *context, void *ret);

/* Reads a default as the tables have it: true, false, a whole number or "text". -ENOMEM or 0. */
int value_from_text(const char *text, Arena *arena, Value *ret);

/* Adds a stored value as a configuration would have it. */
void value_print(const Key *key, const void *stored, StrBuf *b);

/* Adds `text` as a libconfig string, quoted. */
void value_print_text(const char *text, StrBuf *b);

/* Adds a value as it was written, shortened and safe to print: for "not ...". */
void value_describe(const Value *value, StrBuf *b);

/* Adds what a key takes ("a duration from 10s to 1d"): for "must be ..." and the table of keys. */
void key_describe(const Key *key, StrBuf *b);
void key_describe_bounds(const Key *key, StrBuf *b);

/* "duration", "count", ...: the column of the table of keys. */
const char *key_type_name(KeyType type);
