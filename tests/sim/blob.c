/* SPDX-License-Identifier: MIT */
#include "sim/blob.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of a scenario; a document of 100,000 domains has about 50 MiB. */
#define FILE_SIZE_MAX ((size_t)64 << 20)

static void *must(void *memory) {
        if (!memory) {
                fputs("mailsec-sim: out of memory\n", stderr);
                abort();
        }
        return memory;
}

Blob *blob_new(size_t room) {
        Blob *blob = must(calloc(1, sizeof(*blob)));
        blob->holders = 1;
        blob->room = room + 1;
        blob->data = must(malloc(blob->room));
        blob->data[0] = '\0';
        return blob;
}

Blob *blob_of(const char *bytes, size_t size) {
        Blob *blob = blob_new(size);
        blob_add(blob, bytes, size);
        return blob;
}

Blob *blob_of_text(const char *text) {
        return blob_of(text, strlen(text));
}

Blob *blob_ref(Blob *blob) {
        blob->holders++;
        return blob;
}

Blob *blob_free(Blob *blob) {
        if (!blob || --blob->holders > 0)
                return NULL;
        free(blob->data);
        free(blob);
        return NULL;
}

char *blob_reserve(Blob *blob, size_t more) {
        /* One byte stays for the closing NUL, so that a body is a C string as well. */
        if (blob->room - blob->size <= more) {
                blob->room = MAX(blob->room * 2, blob->size + more + 1);
                blob->data = must(realloc(blob->data, blob->room));
        }
        return blob->data + blob->size;
}

void blob_add(Blob *blob, const char *bytes, size_t size) {
        memcpy(blob_reserve(blob, size), bytes, size);
        blob->size += size;
        blob->data[blob->size] = '\0';
}

void blob_add_text(Blob *blob, const char *text) {
        blob_add(blob, text, strlen(text));
}

void blob_add_format(Blob *blob, const char *format, ...) {
        va_list arguments;
        size_t room = 256;

        for (;;) {
                char *place = blob_reserve(blob, room);
                va_start(arguments, format);
                int size = vsnprintf(place, room, format, arguments);
                va_end(arguments);
                if (size >= 0 && (size_t)size < room) {
                        blob->size += (size_t)size;
                        return;
                }
                must(size < 0 ? NULL : place);
                room = (size_t)size + 1;
        }
}

void blob_add_number(Blob *blob, unsigned long long number) {
        char digits[24];
        size_t i = sizeof(digits);

        do {
                digits[--i] = (char)('0' + number % 10);
                number /= 10;
        } while (number > 0);
        blob_add(blob, digits + i, sizeof(digits) - i);
}

void blob_add_json(Blob *blob, const char *bytes, size_t size) {
        blob_reserve(blob, size + 2);
        blob_add(blob, "\"", 1);
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char)bytes[i];
                if (c == '"' || c == '\\')
                        blob_add(blob, (char[]){ '\\', (char)c }, 2);
                else if (c == '\n')
                        blob_add(blob, "\\n", 2);
                else if (c < 0x20 || c == 0x7f)
                        blob_add_format(blob, "\\u%04x", c);
                else
                        blob_add(blob, (const char *)&bytes[i], 1);
        }
        blob_add(blob, "\"", 1);
}

Blob *blob_read(const char *path) {
        FILE *file = fopen(path, "re");
        if (!file)
                return NULL;

        Blob *blob = blob_new(4096);
        size_t size = 1;
        while (size > 0 && blob->size <= FILE_SIZE_MAX) {
                char *place = blob_reserve(blob, 65536);
                size = fread(place, 1, 65536, file);
                blob->size += size;
        }
        blob->data[blob->size] = '\0';
        int error = ferror(file) ? EIO : blob->size > FILE_SIZE_MAX ? EFBIG : 0;
        fclose(file);
        if (error != 0) {
                blob = blob_free(blob);
                errno = error;
        }
        return blob;
}
