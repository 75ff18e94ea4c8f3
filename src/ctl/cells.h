/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Text measured in the cells of a terminal. Text that comes in here is clean already
 * (text_clean()); where `utf8` the process's LC_CTYPE is a UTF-8 locale, else every character takes
 * one cell. */

/* Adds foreign text that is safe to print (text_clean()); where `ascii`, what is not ASCII becomes
 * '?', for a terminal that would take its bytes for controls. NULL adds nothing. */
void cells_clean(StrBuf *b, const char *text, bool ascii);

/* How many cells a text takes. */
size_t cells_count(const char *text, bool utf8);

/* Adds at most `width` cells of a text, ending in "…" ("..." without UTF-8) where something was
 * cut. Returns how many cells were added. */
size_t cells_cut(StrBuf *b, const char *text, size_t width, bool utf8);

/* Adds `n` blanks. */
void cells_pad(StrBuf *b, size_t n);

/* Adds a text in lines of at most `width` cells, broken at blanks where there are any, the second
 * and later ones indented by `indent` blanks. `width` 0: one line. No line break at the end. */
void cells_wrap(StrBuf *b, const char *text, size_t width, size_t indent, bool utf8);
