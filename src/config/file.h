/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include "base/macro.h"

#include <stddef.h>

/* Reads a configuration file of at most 64 MiB: regular, UTF-8, without NUL and byte order mark.
 * *ret is malloc()ed and ends in a newline (added where the file has none: libconfig needs it
 * behind a last comment) and a NUL. -EINVAL with the words in `problem` and the line (0 = the file)
 * in *ret_line, or -ENOMEM. */
int file_read_text(const char *path, char **ret, size_t *ret_size, StrBuf *problem,
                   unsigned *ret_line);

/* Checks a text as file_read_text() does: -EINVAL or 0. */
int file_check_text(const char *text, size_t size, StrBuf *problem, unsigned *ret_line);

/* The paths of a directory's *.conf files in the order of their bytes, without dot files; a
 * NULL-terminated list in one block to be freed with file_list_free(). -errno of the directory, or
 * -ENOMEM. */
int file_list(const char *directory, char ***ret);
char **file_list_free(char **list);
DEFINE_CLEANUP(char **, file_list_free)
