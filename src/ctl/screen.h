/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* What the standard output is. */
typedef struct Screen {
        bool terminal;
        bool color;   /* a terminal, and nobody said otherwise */
        bool utf8;    /* the locale's character set */
        size_t width; /* columns of the terminal; 0 in a pipe: nothing is cut */
} Screen;

typedef enum Paint {
        PAINT_PLAIN,
        PAINT_HEAD,
        PAINT_OK,
        PAINT_WARNING,
        PAINT_CRITICAL,
        _PAINT_MAX,
} Paint;

/* Looks at the file, the locale that is set, NO_COLOR, TERM and COLUMNS. */
void screen_look(int fd, bool no_color, Screen *ret);

/* The paint of a level's name; plain for NULL and other words. */
Paint screen_paint(const char *level);

/* Begins and ends a colour; nothing without colours. */
void screen_begin(const Screen *screen, Paint paint, StrBuf *b);
void screen_end(const Screen *screen, Paint paint, StrBuf *b);

/* What cells_clean() has to know: bytes beyond ASCII would be controls to a terminal without UTF-8.
 */
bool screen_ascii(const Screen *screen);

/* Adds a label, blanks, and foreign text wrapped to the terminal, as a line; "-" for NULL. */
void screen_field(const Screen *screen, StrBuf *b, const char *label, Paint paint,
                  const char *text);

/* Adds foreign text wrapped to the terminal, as a line. */
void screen_line(const Screen *screen, StrBuf *b, Paint paint, const char *text);
