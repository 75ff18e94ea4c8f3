/* SPDX-License-Identifier: MIT */
#include "base/strbuf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Makes room for `more` bytes and the NUL. */
static int strbuf_reserve(StrBuf *b, size_t more) {
        if (b->error < 0)
                return b->error;
        if (more > SIZE_MAX / 4 || b->size > SIZE_MAX / 4)
                return b->error = -ENOMEM;
        size_t need = b->size + more;
        if (b->max > 0 && need > b->max)
                return b->error = -E2BIG;
        if (need < b->allocated)
                return 0;

        size_t allocated = MAX(MAX(b->allocated * 2, need + 1), (size_t)64);
        /* Moved by hand, so that text holding a secret never stays behind in a freed block. */
        char *data = malloc(allocated);
        if (!data)
                return b->error = -ENOMEM;
        if (b->data) {
                memcpy(data, b->data, b->size + 1);
                explicit_bzero(b->data, b->allocated);
                free(b->data);
        }
        b->data = data;
        b->allocated = allocated;
        return 0;
}

int strbuf_add(StrBuf *b, const char *data, size_t size) {
        int r = strbuf_reserve(b, size);
        if (r < 0)
                return r;
        if (size > 0)
                memcpy(b->data + b->size, data, size);
        b->size += size;
        b->data[b->size] = '\0';
        return 0;
}

int strbuf_adds(StrBuf *b, const char *text) {
        return strbuf_add(b, text, strlen(text));
}

int strbuf_addc(StrBuf *b, char c) {
        return strbuf_add(b, &c, 1);
}

int strbuf_vaddf(StrBuf *b, const char *format, va_list ap) {
        va_list again;
        va_copy(again, ap);
        int n = vsnprintf(NULL, 0, format, again);
        va_end(again);
        if (n < 0)
                return b->error = -EINVAL;
        int r = strbuf_reserve(b, (size_t)n);
        if (r < 0)
                return r;
        vsnprintf(b->data + b->size, (size_t)n + 1, format, ap);
        b->size += (size_t)n;
        return 0;
}

int strbuf_addf(StrBuf *b, const char *format, ...) {
        va_list ap;
        va_start(ap, format);
        int r = strbuf_vaddf(b, format, ap);
        va_end(ap);
        return r;
}

const char *strbuf_text(const StrBuf *b) {
        return b->data ? b->data : "";
}

void strbuf_reset(StrBuf *b) {
        b->size = 0;
        b->error = 0;
        if (b->data)
                b->data[0] = '\0';
}

char *strbuf_take(StrBuf *b) {
        if (b->error < 0)
                return NULL;
        char *data = TAKE_PTR(b->data);
        b->size = b->allocated = 0;
        return data;
}

void strbuf_done(StrBuf *b) {
        free(TAKE_PTR(b->data));
        b->size = b->allocated = 0;
        b->error = 0;
}

void strbuf_wipe(StrBuf *b) {
        if (b->data)
                explicit_bzero(b->data, b->allocated);
        strbuf_done(b);
}
