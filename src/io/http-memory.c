/* SPDX-License-Identifier: MIT */
#include "io/http-memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void memory_wipe_free(void *p) {
        if (!p)
                return;
        explicit_bzero(p, malloc_usable_size(p));
        free(p);
}

void *memory_wipe_realloc(void *p, size_t size) {
        if (!p)
                return malloc(size);
        if (size == 0) {
                memory_wipe_free(p);
                return NULL;
        }
        void *moved = malloc(size);
        if (!moved)
                return NULL;
        memcpy(moved, p, MIN(size, malloc_usable_size(p)));
        memory_wipe_free(p);
        return moved;
}
