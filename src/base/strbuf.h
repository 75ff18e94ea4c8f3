/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A growing text, always NUL-terminated once something was added. A failed addition (no memory, or
 * past `max`) marks it `failed`, keeps what was there, and lets every later addition fail too, so
 * one look at strbuf_error() at the end is enough. All-zero is a valid empty one without a ceiling.
 */
typedef struct StrBuf {
        char *data; /* NULL while empty */
        size_t size;
        size_t allocated;
        size_t max; /* most bytes of text, 0 = no ceiling */
        int error;  /* 0, -ENOMEM, -E2BIG or -EINVAL (a format that cannot be printed) */
} StrBuf;

int strbuf_add(StrBuf *b, const char *data, size_t size);
int strbuf_adds(StrBuf *b, const char *text);
int strbuf_addc(StrBuf *b, char c);
int strbuf_addf(StrBuf *b, const char *format, ...) _printf_(2, 3);
int strbuf_vaddf(StrBuf *b, const char *format, va_list ap) _printf_(2, 0);

/* The text so far, "" when empty; valid until the next change. */
const char *strbuf_text(const StrBuf *b);

/* Empties it and clears the error; the memory is kept for reuse. */
void strbuf_reset(StrBuf *b);

/* Hands the text to the caller (free()), or NULL after an error or when nothing was added. */
char *strbuf_take(StrBuf *b);

/* Frees the contents; strbuf_wipe() overwrites them first, for text that held a secret. */
void strbuf_done(StrBuf *b);
void strbuf_wipe(StrBuf *b);

#define _cleanup_strbuf_ _cleanup_(strbuf_done)
