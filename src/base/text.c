/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define ELLIPSIS    "…"
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Longest "did you mean" word: three rows of distances fit on the stack. */
#define NEAREST_CHARS_MAX 64u

/* Why not <ctype.h>: its answers depend on the locale, and a negative char is undefined. */
static char ascii_lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool ascii_is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool ascii_is_digit(char c) {
        return c >= '0' && c <= '9';
}

/* The length of the character that the text begins with, 0 when that is not valid UTF-8. */
static size_t utf8_decode(const char *text, size_t size, uint32_t *ret) {
        static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *bytes = (const unsigned char *)text;
        uint32_t c = bytes[0];
        size_t n;

        if (c < 0x80) {
                *ret = c;
                return 1;
        }
        if (c >= 0xc2 && c <= 0xdf)
                n = 2;
        else if ((c & 0xf0) == 0xe0)
                n = 3;
        else if (c >= 0xf0 && c <= 0xf4)
                n = 4;
        else
                return 0;
        if (n > size)
                return 0;

        c &= 0x7fu >> n;
        for (size_t i = 1; i < n; i++) {
                if ((bytes[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (bytes[i] & 0x3f);
        }
        if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return n;
}

static void utf8_add(StrBuf *b, uint32_t c) {
        if (c < 0x80)
                strbuf_addc(b, (char)c);
        else if (c < 0x800)
                strbuf_addf(b, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
        else if (c < 0x10000)
                strbuf_addf(b, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
                            (int)(0x80 | (c & 0x3f)));
        else
                strbuf_addf(b, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
                            (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

bool text_is_utf8(const char *text, size_t size) {
        uint32_t c;

        for (size_t i = 0, n; i < size; i += n) {
                n = utf8_decode(text + i, size - i, &c);
                if (n == 0)
                        return false;
        }
        return true;
}

/* What a terminal, a pager or a log reader could take for more than text. */
static bool is_unsafe(uint32_t c) {
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || /* C0, DEL, C1 */
               c == 0x2028 || c == 0x2029 ||           /* line, paragraph separator */
               c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
               (c >= 0x2066 && c <= 0x2069); /* bidirectional controls */
}

static bool is_blank(uint32_t c) {
        return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 || c == 0x1680 ||
               (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
               c == 0x205f || c == 0x3000;
}

/* One character or escape: fills `out`, returns its length. At most 3 bytes become \xHH each, since
 * no unsafe character is longer. */
static size_t escape_next(const char *text, size_t size, const char *backslash, char out[13],
                          size_t *ret_taken) {
        uint32_t c = 0;
        size_t n = utf8_decode(text, size, &c);

        if (n > 0 && !is_unsafe(c)) {
                *ret_taken = n;
                if (c == '\\')
                        return (size_t)snprintf(out, 13, "%s", backslash);
                memcpy(out, text, n);
                return n;
        }
        *ret_taken = MAX(n, (size_t)1);
        for (size_t i = 0; i < *ret_taken; i++)
                snprintf(out + 4 * i, 5, "\\x%02x", (unsigned)(unsigned char)text[i]);
        return 4 * *ret_taken;
}

static void escape(StrBuf *b, const char *text, size_t size, const char *backslash, size_t max) {
        char out[13];
        size_t total = 0, taken;

        for (size_t i = 0; i < size && total <= max; i += taken)
                total += escape_next(text + i, size - i, backslash, out, &taken);

        bool cut = total > max;
        size_t room = !cut ? max : max >= STRLEN(ELLIPSIS) ? max - STRLEN(ELLIPSIS) : max;
        for (size_t i = 0; i < size; i += taken) {
                size_t n = escape_next(text + i, size - i, backslash, out, &taken);
                if (n > room)
                        break;
                strbuf_add(b, out, n);
                room -= n;
        }
        if (cut && max >= STRLEN(ELLIPSIS))
                strbuf_adds(b, ELLIPSIS);
}

void text_escape(StrBuf *b, const char *text, size_t size, size_t max) {
        escape(b, text, size, "\\\\", max);
}

void text_clean(StrBuf *b, const char *text, size_t size, size_t max) {
        escape(b, text, size, "\\", max);
}

/* Reads an entity whose '&' was just passed. Returns the bytes read including ';', or 0. */
static size_t entity_decode(const char *text, size_t size, uint32_t *ret) {
        static const struct {
                const char *name;
                uint32_t c;
        } names[] = {
                { "amp;", '&' },  { "lt;", '<' },    { "gt;", '>' },
                { "quot;", '"' }, { "apos;", '\'' }, { "nbsp;", 0xa0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                size_t n = strlen(names[i].name);
                if (n <= size && memcmp(text, names[i].name, n) == 0) {
                        *ret = names[i].c;
                        return n;
                }
        }
        if (size < 3 || text[0] != '#')
                return 0;
        uint32_t base = ascii_lower(text[1]) == 'x' ? 16 : 10, c = 0;
        size_t start = base == 16 ? 2 : 1, i = start;
        for (; i < size; i++) {
                char d = ascii_lower(text[i]);
                uint32_t digit = ascii_is_digit(d)                    ? (uint32_t)(d - '0')
                                 : base == 16 && d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a' + 10)
                                                                      : base;
                if (digit == base)
                        break;
                c = MIN(c * base + digit, 0x110000u);
        }
        if (i == start || i == size || text[i] != ';')
                return 0;
        *ret = c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0xfffd : c;
        return i + 1;
}

static void decode_entities(StrBuf *b, const char *text, size_t size) {
        for (size_t i = 0; i < size;) {
                const char *amp = memchr(text + i, '&', size - i);
                size_t plain = amp ? (size_t)(amp - text) - i : size - i;
                strbuf_add(b, text + i, plain);
                i += plain;
                if (i == size)
                        break;

                uint32_t c = '&';
                size_t n = entity_decode(text + i + 1, size - i - 1, &c);
                i += 1 + n;
                if (n > 0 && c == '&') /* escaped twice: "&amp;quot;" */
                        i += entity_decode(text + i, size - i, &c);
                utf8_add(b, c);
        }
}

/* Whether "<..." begins a tag rather than "< 3" or "<someone@example.com>"; *ret_breaks tells
 * whether it separates words. */
static bool tag_begins(const char *text, size_t size, bool *ret_breaks) {
        static const char *const breaking[] = { "br", "div", "h1",    "h2", "h3", "hr", "li",
                                                "ol", "p",   "table", "td", "th", "tr", "ul" };
        size_t start = size > 1 && text[1] == '/' ? 2 : 1, end = start;

        *ret_breaks = false;
        if (start == 1 && size > 1 && text[1] == '!')
                return true;
        while (end < size &&
               (ascii_is_letter(text[end]) || (end > start && ascii_is_digit(text[end]))))
                end++;
        if (end == start || end == size || !strchr(" \t\r\n/>", text[end]) || text[end] == '\0')
                return false;
        for (size_t i = 0; i < ELEMENTSOF(breaking); i++)
                if (strlen(breaking[i]) == end - start &&
                    text_contains(text + start, end - start, breaking[i]))
                        *ret_breaks = true;
        return true;
}

/* Strips tags, folds blanks; stops soon after `max` bytes. */
static void strip_markup(StrBuf *b, const char *text, size_t size, size_t max) {
        bool blank = false, breaks;
        size_t closing = 0; /* the next '>', or size: found once, so that time is linear */
        uint32_t c;

        for (size_t i = 0, n; i < size && b->size <= max; i += n) {
                if (text[i] == '<' && tag_begins(text + i, size - i, &breaks)) {
                        if (closing <= i) {
                                const char *p = memchr(text + i, '>', size - i);
                                closing = p ? (size_t)(p - text) : size;
                        }
                        if (closing < size) {
                                n = closing - i + 1;
                                blank |= breaks;
                                continue;
                        }
                }
                n = utf8_decode(text + i, size - i, &c);
                if (n > 0 && is_blank(c))
                        blank = true;
                if (n > 0 && (is_blank(c) || is_unsafe(c)))
                        continue;
                if (blank && b->size > 0)
                        strbuf_addc(b, ' ');
                blank = false;
                if (n > 0)
                        strbuf_add(b, text + i, n);
                else
                        strbuf_adds(b, REPLACEMENT);
                n = MAX(n, (size_t)1);
        }
}

void text_plain(StrBuf *b, const char *text, size_t size, size_t max) {
        _cleanup_strbuf_ StrBuf decoded = {}, plain = {};

        decode_entities(&decoded, text, size);
        strip_markup(&plain, strbuf_text(&decoded), decoded.size, max);
        if (b->error == 0)
                b->error = MIN(decoded.error, plain.error);
        text_clean(b, strbuf_text(&plain), plain.size, max);
}

/* Edit distance (insert, delete, change, swap neighbours), case ignored. */
static size_t distance(const char *a, size_t a_n, const char *b, size_t b_n) {
        size_t rows[3][NEAREST_CHARS_MAX + 1];
        size_t *before = rows[0], *last = rows[1], *row = rows[2];

        for (size_t j = 0; j <= b_n; j++)
                last[j] = before[j] = j;
        for (size_t i = 1; i <= a_n; i++) {
                row[0] = i;
                for (size_t j = 1; j <= b_n; j++) {
                        char x = ascii_lower(a[i - 1]), y = ascii_lower(b[j - 1]);
                        size_t best = last[j - 1] + (x != y);
                        best = MIN(best, MIN(last[j], row[j - 1]) + 1);
                        if (i > 1 && j > 1 && x == ascii_lower(b[j - 2]) &&
                            ascii_lower(a[i - 2]) == y)
                                best = MIN(best, before[j - 2] + 1);
                        row[j] = best;
                }
                size_t *oldest = before;
                before = last;
                last = row;
                row = oldest;
        }
        return last[b_n];
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n) {
        size_t size = strlen(word);
        size_t best = CLAMP(size / 3, (size_t)1, (size_t)3) + 1;
        const char *nearest = NULL;

        if (size == 0 || size > NEAREST_CHARS_MAX)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t length = strlen(candidates[i]);
                if (length > NEAREST_CHARS_MAX)
                        continue;
                size_t d = distance(word, size, candidates[i], length);
                if (d < best) {
                        best = d;
                        nearest = candidates[i];
                }
        }
        return nearest;
}

bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

bool streq_nocase(const char *a, const char *b) {
        for (; *a && ascii_lower(*a) == ascii_lower(*b); a++, b++)
                ;
        return ascii_lower(*a) == ascii_lower(*b);
}

bool startswith(const char *text, const char *prefix) {
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_contains(const char *text, size_t size, const char *needle) {
        size_t n = strlen(needle), j;

        for (size_t i = 0; i + n <= size; i++) {
                for (j = 0; j < n && ascii_lower(text[i + j]) == needle[j]; j++)
                        ;
                if (j == n)
                        return true;
        }
        return false;
}

static void form_encode(StrBuf *b, const char *text) {
        for (; *text; text++) {
                if (ascii_is_letter(*text) || ascii_is_digit(*text) || strchr("-._*", *text))
                        strbuf_addc(b, *text);
                else if (*text == ' ')
                        strbuf_addc(b, '+');
                else
                        strbuf_addf(b, "%%%02X", (unsigned)(unsigned char)*text);
        }
}

void text_add_form(StrBuf *b, const char *name, const char *value) {
        if (b->size > 0)
                strbuf_addc(b, '&');
        form_encode(b, name);
        strbuf_addc(b, '=');
        form_encode(b, value);
}

uint64_t text_hash(const char *text, size_t size) {
        uint64_t hash = 0xcbf29ce484222325u;

        for (size_t i = 0; i < size; i++)
                hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
        return hash;
}

void text_mask(char *text, size_t size, const char *secret, size_t secret_size) {
        char *end = text + size;

        if (secret_size < 4)
                return;
        for (char *p = text; (p = memmem(p, (size_t)(end - p), secret, secret_size));
             p += secret_size)
                memset(p, '*', secret_size);
}
