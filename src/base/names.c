/* SPDX-License-Identifier: MIT */
#include "base/names.h"

#include <errno.h>
#include <string.h>

/* FNV-1a, folded: the slots are its low bits, and those alone mix little. */
static uint32_t names_hash(const char *name, size_t size) {
        uint32_t hash = 0x811c9dc5u;

        for (size_t i = 0; i < size; i++)
                hash = (hash ^ (unsigned char)name[i]) * 0x01000193u;
        return hash ^ hash >> 15;
}

/* The slot that holds the name, or the empty one where it would go: at least half are empty. */
static uint32_t *names_slot(const Names *names, const char *name, size_t size) {
        for (uint32_t i = names_hash(name, size) & names->mask;; i = (i + 1) & names->mask) {
                uint32_t *slot = &names->slots[i];
                if (*slot == NAMES_NONE)
                        return slot;
                const char *other = names->name_of(names->list, *slot);
                /* A name that a peer sends may hold a NUL, where strncmp() would stop. */
                if (strnlen(other, size + 1) == size && memcmp(other, name, size) == 0)
                        return slot;
        }
}

int names_init(Names *names, const void *list, uint32_t n,
               const char *(*name_of)(const void *list, uint32_t i), uint32_t *ret_duplicate) {
        uint32_t slots = 2, duplicate = NAMES_NONE;

        *names = (Names){};
        if (n > UINT32_MAX / 8)
                return -ENOMEM;
        while (slots < 2 * n)
                slots *= 2;
        uint32_t *table = malloc(slots * sizeof(*table));
        if (!table)
                return -ENOMEM;
        memset(table, 0xff, slots * sizeof(*table)); /* NAMES_NONE everywhere */
        *names = (Names){ .slots = table, .mask = slots - 1, .name_of = name_of, .list = list };

        for (uint32_t i = 0; i < n; i++) {
                const char *name = name_of(list, i);
                uint32_t *slot = names_slot(names, name, strlen(name));
                if (*slot == NAMES_NONE)
                        *slot = i;
                else if (duplicate == NAMES_NONE)
                        duplicate = i;
        }
        if (ret_duplicate)
                *ret_duplicate = duplicate;
        return 0;
}

uint32_t names_find(const Names *names, const char *name, size_t size) {
        return names->slots ? *names_slot(names, name, size) : NAMES_NONE;
}

void names_done(Names *names) {
        free(names->slots);
        *names = (Names){};
}
