/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

/* From a name to its place in a list that does not change: open addressing, 4 bytes a slot, at most
 * half of them used. Names are put in when the configuration loads; a name that a peer sends is
 * only ever looked up. All-zero is a valid empty one. */
typedef struct Names {
        uint32_t *slots;
        uint32_t mask; /* slots - 1 */
        const char *(*name_of)(const void *list, uint32_t i);
        const void *list;
} Names;

/* Indexes names 0 .. n-1 of `list` (borrowed) as name_of() tells them. Of equal names the first is
 * found; *ret_duplicate, where not NULL, is the second of the first equal pair met, or NAMES_NONE.
 * 0, or -ENOMEM with *names empty. */
int names_init(Names *names, const void *list, uint32_t n,
               const char *(*name_of)(const void *list, uint32_t i), uint32_t *ret_duplicate);

/* The place of a name of `size` bytes (compared as it stands), or NAMES_NONE. */
uint32_t names_find(const Names *names, const char *name, size_t size);

/* Frees what names_init() made; the list stays. */
void names_done(Names *names);
