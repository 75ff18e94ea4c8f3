/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

Secret *secret_new(const char *text, size_t size) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t mapped = (sizeof(Secret) + size + 1 + page - 1) / page * page;

        Secret *secret =
                mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (secret == MAP_FAILED)
                return NULL;
        /* Both are best effort: RLIMIT_MEMLOCK may be 0, and a dump may be off anyway. */
        (void)madvise(secret, mapped, MADV_DONTDUMP);
        (void)mlock(secret, mapped);

        secret->size = size;
        secret->mapped = mapped;
        memcpy(secret->text, text, size);
        return secret;
}

Secret *secret_free(Secret *secret) {
        if (!secret)
                return NULL;
        size_t mapped = secret->mapped;
        explicit_bzero(secret, mapped);
        munmap(secret, mapped);
        return NULL;
}
