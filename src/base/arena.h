/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stddef.h>

/* Memory that lives and dies together, such as all names of one configuration: no per-string
 * allocation overhead, one free. All-zero is a valid empty arena. */
typedef struct Arena {
        struct ArenaBlock *blocks;
        size_t used; /* of the newest block */
} Arena;

/* `size` zeroed bytes aligned for any object, or NULL without memory. */
void *arena_alloc(Arena *arena, size_t size);

/* A copy of a text (unaligned, so a name costs its length and one byte). NULL without memory. */
char *arena_strdup(Arena *arena, const char *text);
char *arena_strndup(Arena *arena, const char *text, size_t size);

void arena_done(Arena *arena);
