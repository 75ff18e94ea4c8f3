/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/* Writes a file as a whole: nobody ever sees half of it. Negative errno. */
int file_write(const char *path, const char *bytes, size_t size);
