/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

#include "base/macro.h"

/* Bytes of a reply that several requests may be sending at once: counted, freed with the last one.
 * One thread only. A failing allocation ends the program: a simulator has nothing better to do. */
typedef struct Blob {
        unsigned holders;
        size_t size;
        size_t room;
        char *data;
} Blob;

/* A new, empty one with room for so many bytes. */
Blob *blob_new(size_t room);
Blob *blob_of(const char *bytes, size_t size);
Blob *blob_of_text(const char *text);

Blob *blob_ref(Blob *blob);
Blob *blob_free(Blob *blob);
DEFINE_CLEANUP(Blob *, blob_free)

/* Makes sure that so many more bytes fit and returns where they go; the caller adds to size. */
char *blob_reserve(Blob *blob, size_t more);

void blob_add(Blob *blob, const char *bytes, size_t size);
void blob_add_text(Blob *blob, const char *text);
_printf_(2, 3) void blob_add_format(Blob *blob, const char *format, ...);
void blob_add_number(Blob *blob, unsigned long long number);

/* The text as a JSON string with its quotes. */
void blob_add_json(Blob *blob, const char *bytes, size_t size);

/* The whole file, NULL with errno set when it cannot be read or is larger than 64 MiB. */
Blob *blob_read(const char *path);
