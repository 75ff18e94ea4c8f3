/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdint.h>
#include <string.h>

typedef struct ArenaBlock {
        struct ArenaBlock *next;
        size_t size;
        max_align_t data[];
} ArenaBlock;

#define ARENA_BLOCK_BYTES ((size_t)16 * 1024)

static void *arena_take(Arena *arena, size_t size, size_t align) {
        size_t start = (arena->used + align - 1) & ~(align - 1);

        if (!arena->blocks || start + size < size || start + size > arena->blocks->size) {
                if (size > SIZE_MAX / 2)
                        return NULL;
                size_t bytes = MAX(size, ARENA_BLOCK_BYTES);
                ArenaBlock *block = calloc(1, sizeof(*block) + bytes);
                if (!block)
                        return NULL;
                block->size = bytes;
                block->next = arena->blocks;
                arena->blocks = block;
                start = 0;
        }
        arena->used = start + size;
        return (char *)arena->blocks->data + start;
}

void *arena_alloc(Arena *arena, size_t size) {
        return arena_take(arena, size, _Alignof(max_align_t));
}

char *arena_strndup(Arena *arena, const char *text, size_t size) {
        char *copy = arena_take(arena, size + 1, 1);
        if (copy)
                memcpy(copy, text, size); /* the arena is zeroed: the NUL is there */
        return copy;
}

char *arena_strdup(Arena *arena, const char *text) {
        return arena_strndup(arena, text, strlen(text));
}

void arena_done(Arena *arena) {
        while (arena->blocks) {
                ArenaBlock *next = arena->blocks->next;
                free(arena->blocks);
                arena->blocks = next;
        }
        arena->used = 0;
}
