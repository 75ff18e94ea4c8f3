/* SPDX-License-Identifier: MIT */
#include "sim/file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sim/blob.h"

int file_write(const char *path, const char *bytes, size_t size) {
        _cleanup_(blob_freep) Blob *name = blob_new(0);
        blob_add_format(name, "%s.%ld.tmp", path, (long)getpid());

        FILE *file = fopen(name->data, "we");
        if (!file)
                return -errno;
        int r = fwrite(bytes, 1, size, file) == size ? 0 : -EIO;
        if (fclose(file) != 0 && r == 0)
                r = -errno;
        if (r == 0 && rename(name->data, path) < 0)
                r = -errno;
        if (r < 0)
                unlink(name->data);
        return r;
}
