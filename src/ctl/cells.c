/* SPDX-License-Identifier: MIT */
#include "ctl/cells.h"

#include "base/macro.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

/* The bytes of a character by its first one; the text is valid UTF-8. */
static size_t utf8_length(unsigned char first) {
        return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

void cells_clean(StrBuf *b, const char *text, bool ascii) {
        _cleanup_strbuf_ StrBuf clean = {};

        if (!text)
                return;
        if (!ascii) {
                text_clean(b, text, strlen(text), SIZE_MAX);
                return;
        }
        text_clean(&clean, text, strlen(text), SIZE_MAX);
        for (const char *p = strbuf_text(&clean); *p; p += utf8_length((unsigned char)*p))
                strbuf_addc(b, (unsigned char)*p < 0x80 ? *p : '?');
        if (b->error == 0)
                b->error = clean.error;
}

/* The cells of the character that `p` begins with, and its bytes. */
static size_t next_cells(const char *p, size_t size, bool utf8, size_t *ret_bytes) {
        mbstate_t state = {};
        wchar_t c;

        if (!utf8) {
                *ret_bytes = MIN(utf8_length((unsigned char)*p), size);
                return 1;
        }
        size_t n = mbrtowc(&c, p, size, &state);
        if (n == 0 || n > size) { /* not of this locale: a byte that the terminal shows somehow */
                *ret_bytes = 1;
                return 1;
        }
        int width = wcwidth(c);
        *ret_bytes = n;
        return width < 0 ? 1 : (size_t)width;
}

size_t cells_count(const char *text, bool utf8) {
        size_t size = strlen(text), total = 0;

        for (size_t i = 0, n; i < size; i += n)
                total += next_cells(text + i, size - i, utf8, &n);
        return total;
}

/* The bytes of the longest beginning that takes at most `width` cells. */
static size_t fitting_bytes(const char *text, size_t width, bool utf8, size_t *ret_cells) {
        size_t size = strlen(text), total = 0, i = 0, n;

        for (; i < size; i += n) {
                size_t cells = next_cells(text + i, size - i, utf8, &n);
                if (total + cells > width)
                        break;
                total += cells;
        }
        *ret_cells = total;
        return i;
}

size_t cells_cut(StrBuf *b, const char *text, size_t width, bool utf8) {
        const char *mark = utf8 ? "…" : "...";
        size_t mark_cells = utf8 ? 1 : 3, cells;
        size_t bytes = fitting_bytes(text, width, utf8, &cells);

        if (text[bytes] == '\0' || width < mark_cells) {
                strbuf_add(b, text, bytes);
                return cells;
        }
        bytes = fitting_bytes(text, width - mark_cells, utf8, &cells);
        strbuf_add(b, text, bytes);
        strbuf_adds(b, mark);
        return cells + mark_cells;
}

void cells_pad(StrBuf *b, size_t n) {
        while (n-- > 0)
                strbuf_addc(b, ' ');
}

void cells_wrap(StrBuf *b, const char *text, size_t width, size_t indent, bool utf8) {
        size_t cells, rest;

        if (width == 0) {
                strbuf_adds(b, text);
                return;
        }
        for (;;) {
                size_t bytes = fitting_bytes(text, width, utf8, &cells);
                if (bytes == 0 && *text) /* a character wider than the line */
                        (void)next_cells(text, strlen(text), utf8, &bytes);
                rest = bytes;
                if (text[bytes]) {
                        const char *blank = memrchr(text, ' ', bytes + 1);
                        if (blank && blank > text) {
                                bytes = (size_t)(blank - text);
                                rest = bytes + 1;
                        }
                }
                strbuf_add(b, text, bytes);
                text += rest;
                if (!*text)
                        return;
                strbuf_addc(b, '\n');
                cells_pad(b, indent);
        }
}
