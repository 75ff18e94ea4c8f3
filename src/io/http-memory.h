/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stddef.h>

/* Memory for libcurl, which copies user names, passwords, request heads and bodies into buffers of
 * its own: whatever is given back is overwritten first, so that no secret stays in freed memory
 * (spec section 3). Memory comes from malloc(), so free() may be used for it as well, without that
 * care. */

void memory_wipe_free(void *p);

/* As realloc(), moved by hand: the old place is overwritten. */
void *memory_wipe_realloc(void *p, size_t size);
