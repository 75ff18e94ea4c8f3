/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stddef.h>

/* A password or key in pages of its own: kept out of core dumps (MADV_DONTDUMP), locked where the
 * limits allow, overwritten before they are given back. */
typedef struct Secret {
        size_t size; /* without the NUL */
        size_t mapped;
        char text[]; /* NUL-terminated */
} Secret;

/* Copies `size` bytes; the caller overwrites its own copy. NULL without memory. */
Secret *secret_new(const char *text, size_t size);

/* Overwrites and frees; NULL is fine. Returns NULL. */
Secret *secret_free(Secret *secret);
DEFINE_CLEANUP(Secret *, secret_free)
