/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A first look at a configuration text, token by token as libconfig 1.5 reads it, for what
 * libconfig does not say or gets wrong (design.md section 6): @include, integers that would wrap,
 * strings that run together because a comma is missing, comments and strings without an end,
 * nesting without end. */

typedef enum TokenType {
        TOKEN_END,
        TOKEN_NAME, /* also true and false */
        TOKEN_NUMBER,
        TOKEN_STRING,
        TOKEN_OPEN,  /* ( [ { */
        TOKEN_CLOSE, /* ) ] } */
        TOKEN_COMMA,
        TOKEN_SEMICOLON,
        TOKEN_EQUALS,  /* = or : */
        TOKEN_INCLUDE, /* @include, up to the end of its line */
        TOKEN_OTHER,
        TOKEN_CUT_STRING, /* a string or comment that never ends */
        TOKEN_CUT_COMMENT,
} TokenType;

typedef struct Token {
        TokenType type;
        size_t at; /* offset of the first byte */
        size_t size;
        unsigned line; /* of its first byte */
} Token;

typedef struct Scanner {
        const char *text; /* NUL-terminated */
        size_t at;
        unsigned line;
} Scanner;

/* The next token; TOKEN_END again and again at the end. */
Token scan_next(Scanner *scanner);

/* Lines of the strings that stand as elements in lists and arrays, in the order of the text:
 * libconfig gives such a string the line of the token behind it. */
typedef struct ScanLines {
        uint32_t *lines;
        size_t n;
        size_t allocated;
} ScanLines;

/* What scan_check() reports to: once per problem. */
typedef void (*ScanProblem)(void *userdata, unsigned line, const char *problem);

/* Looks at the whole text and reports what is wrong with it. What libconfig could not take is
 * mended after it was reported (a comma put in or taken out, an @include blanked out), so that
 * parsing goes on behind it; where that is not possible the text is cut off. Returns 0, -EINVAL
 * when it was, or -ENOMEM. */
int scan_check(char *text, size_t *size, ScanLines *ret_lines, ScanProblem problem, void *userdata);

/* Finds the name that is set twice in one group, the second time on `line` or later: what libconfig
 * calls "duplicate setting name" without telling which. */
bool scan_duplicate(const char *text, unsigned line, Token *ret_second, unsigned *ret_first_line);

void scan_lines_done(ScanLines *lines);
