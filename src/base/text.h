/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds foreign text made safe to print anywhere (spec section 5): valid UTF-8 is kept, every
 * control character (C0, DEL, C1), line or paragraph separator, bidirectional control and byte that
 * is not UTF-8 becomes \xHH (each byte, lower-case hex), and a backslash becomes "\\" so that the
 * escape is unambiguous. At most `max` bytes are added, whole characters and whole escapes, ending
 * in "…" where something was cut (no "…" where max is below its 3 bytes). */
void text_escape(StrBuf *b, const char *text, size_t size, size_t max);

/* The same, but a backslash stays as it is: for text of our own, or escaped before, that must be
 * one safe line. Cleaning twice changes nothing. */
void text_clean(StrBuf *b, const char *text, size_t size, size_t max);

/* Adds a vendor's free text as plain text (apis.md section 3 row 19): HTML entities decoded (amp,
 * lt, gt, quot, apos, nbsp, decimal, hex; also doubly escaped ones), tags stripped, white space and
 * line breaks folded to one blank and trimmed, control characters dropped, bytes that are not UTF-8
 * replaced by U+FFFD. At most `max` bytes, whole characters, "…" where cut. Not yet escaped: markup
 * is gone, backslashes stay. */
void text_plain(StrBuf *b, const char *text, size_t size, size_t max);

/* Whether all of it is valid UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool text_is_utf8(const char *text, size_t size) _pure_;

/* The candidate nearest to `word`, the first of equally near ones, or NULL: edit distance with
 * transposition, ASCII case ignored, at most a third of the word's length, at least 1 and at
 * most 3. The one place that says "did you mean". */
const char *text_nearest(const char *word, const char *const *candidates, size_t n) _pure_;

bool streq(const char *a, const char *b) _pure_;
bool streq_nocase(const char *a, const char *b) _pure_; /* ASCII case only */
bool startswith(const char *text, const char *prefix) _pure_;

/* Whether `needle` (lower case) occurs in the `size` bytes of `text`, ASCII case ignored. */
bool text_contains(const char *text, size_t size, const char *needle) _pure_;

/* Adds a form field "name=value" percent-encoded as application/x-www-form-urlencoded, with '&'
 * first where the buffer is not empty. */
void text_add_form(StrBuf *b, const char *name, const char *value);

/* A stable 64-bit hash of a text (FNV-1a): decides a target's place in its interval, so it must
 * never change between versions. Not for keys that a peer can choose. */
uint64_t text_hash(const char *text, size_t size) _pure_;

/* Overwrites every occurrence of `secret` (at least 4 bytes long; shorter ones would hit by chance)
 * in a text by '*'. */
void text_mask(char *text, size_t size, const char *secret, size_t secret_size);
