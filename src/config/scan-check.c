/* SPDX-License-Identifier: MIT */
#include "config/scan.h"

#include "base/macro.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any key stands (domains, a domain, limits, a limit: 4), far below where libconfig's
 * parser or its recursion would give up. */
#define DEPTH_MAX 32

#define QUOTED_MAX 40 /* bytes of the text that a problem repeats */

/* What may come next. libconfig's grammar is small; its only words are "syntax error". */
typedef enum Expect {
        EXPECT_NAME,      /* a setting, or the end of the group */
        EXPECT_EQUALS,    /* behind a name */
        EXPECT_VALUE,     /* behind = */
        EXPECT_ENTRY,     /* of a list, or its end */
        EXPECT_SEPARATOR, /* behind a value */
} Expect;

typedef struct Bracket {
        char bracket;
        unsigned line;
} Bracket;

typedef struct Check {
        char *text;
        ScanLines *lines;
        ScanProblem problem;
        void *userdata;
        Token before;
        Expect expect;
        Bracket open[DEPTH_MAX];
        size_t depth;
        int error;
} Check;

static void report(Check *c, unsigned line, const char *format, ...) _printf_(3, 4);

static void report(Check *c, unsigned line, const char *format, ...) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        va_list ap;

        va_start(ap, format);
        strbuf_vaddf(&b, format, ap);
        va_end(ap);
        if (b.error < 0)
                c->error = b.error;
        else
                c->problem(c->userdata, line, strbuf_text(&b));
}

/* Reports a token that does not fit, shown as it stands; false: the text ends here. */
static bool refuse(Check *c, const Token *token, const char *format) {
        _cleanup_strbuf_ StrBuf quoted = { 0 };

        /* A string may be a secret that somebody put into the wrong place. */
        if (token->type == TOKEN_STRING)
                strbuf_adds(&quoted, "a string");
        else
                text_escape(&quoted, c->text + token->at, token->size, QUOTED_MAX);
        strbuf_addf(&quoted, " %s", format);
        report(c, token->line, "%s", strbuf_text(&quoted));
        return false;
}

static bool in_list(const Check *c) {
        return c->depth > 0 && c->open[c->depth - 1].bracket != '{';
}

void scan_lines_done(ScanLines *lines) {
        free(lines->lines);
        *lines = (ScanLines){ 0 };
}

static void lines_add(Check *c, unsigned line) {
        ScanLines *lines = c->lines;

        if (lines->n == lines->allocated) {
                size_t allocated = MAX(lines->allocated * 2, (size_t)64);
                uint32_t *list = reallocarray(lines->lines, allocated, sizeof(*list));
                if (!list) {
                        c->error = -ENOMEM;
                        return;
                }
                lines->lines = list;
                lines->allocated = allocated;
        }
        lines->lines[lines->n++] = line;
}

/* Whether all of a token is a number as libconfig reads one, and whether libconfig 1.5 would let it
 * wrap: an integer that ends in no L and is beyond 32 bits, or is beyond 64. */
static bool is_number(const char *text, size_t size, bool *ret_wraps) {
        char copy[64], *end;

        if (size >= sizeof(copy))
                return false;
        memcpy(copy, text, size);
        copy[size] = '\0';

        bool hex = copy[0] == '0' && (copy[1] == 'x' || copy[1] == 'X') &&
                   isxdigit((unsigned char)copy[2]);
        errno = 0;
        long long number = hex ? (long long)strtoull(copy, &end, 16) : strtoll(copy, &end, 10);
        *ret_wraps = errno == ERANGE || (*end != 'L' && (number > INT32_MAX || number < INT32_MIN));
        if (end != copy && (streq(end, "") || streq(end, "L") || streq(end, "LL")))
                return true;

        *ret_wraps = false;
        if (hex || copy[strspn(copy, "+-0123456789.eE")])
                return false;
        (void)strtod(copy, &end);
        return end != copy && !*end;
}

static bool has_nul_escape(const char *text, size_t size) {
        for (size_t i = 0; i + 3 < size; i++)
                if (text[i] == '\\') {
                        if ((text[i + 1] == 'x' || text[i + 1] == 'X') && text[i + 2] == '0' &&
                            text[i + 3] == '0')
                                return true;
                        if (text[i + 1] == '\\')
                                i++;
                }
        return false;
}

/* A value where a comma should stand first. With a blank to put it in, reading goes on behind it.
 */
static bool mend_comma(Check *c, const Token *token) {
        report(c, token->line,
               "a comma is missing between this entry of a list and the one before it");
        if (c->text[token->at - 1] != ' ' && c->text[token->at - 1] != '\t')
                return false;
        c->text[token->at - 1] = ',';
        c->expect = EXPECT_ENTRY;
        return true;
}

/* Whether a value may stand here. */
static bool take_value(Check *c, const Token *token) {
        switch (c->expect) {
        case EXPECT_SEPARATOR:
                if (!in_list(c)) /* "a" "b" is one string: whoever writes that means it */
                        return (token->type == TOKEN_STRING && c->before.type == TOKEN_STRING) ||
                               refuse(c, token,
                                      "comes unexpected: a name = in front of it, or a quote, is "
                                      "missing");
                if (!mend_comma(c, token))
                        return false;
                break;
        case EXPECT_NAME:
                return refuse(c, token, "comes unexpected: a name = in front of it is missing");
        case EXPECT_EQUALS:
                return refuse(c, token, "comes unexpected: an = in front of it is missing");
        case EXPECT_VALUE:
        case EXPECT_ENTRY:
                break;
        }
        c->expect = EXPECT_SEPARATOR;
        return true;
}

static bool take_string(Check *c, const Token *token) {
        bool goes_on = c->expect == EXPECT_SEPARATOR && !in_list(c);

        if (has_nul_escape(c->text + token->at, token->size))
                report(c, token->line, "a string holds a NUL character (\\x00)");
        if (!take_value(c, token))
                return false;
        if (in_list(c) && !goes_on)
                lines_add(c, token->line);
        return true;
}

static bool take_number(Check *c, const Token *token) {
        bool wraps;

        if (!is_number(c->text + token->at, token->size, &wraps))
                return refuse(c, token, "is no number; texts and durations stand in quotes");
        if (wraps)
                (void)refuse(c, token, "is too large a number");
        return take_value(c, token);
}

static bool take_name(Check *c, const Token *token) {
        const char *text = c->text + token->at;
        bool is_bool = (token->size == 4 && strncasecmp(text, "true", 4) == 0) ||
                       (token->size == 5 && strncasecmp(text, "false", 5) == 0);

        if (c->expect == EXPECT_NAME || (c->expect == EXPECT_SEPARATOR && !in_list(c))) {
                if (is_bool)
                        return refuse(c, token, "cannot be the name of a setting");
                c->expect = EXPECT_EQUALS;
                return true;
        }
        if (c->expect == EXPECT_EQUALS)
                return refuse(c, token, "comes unexpected: an = in front of it is missing");
        return is_bool ? take_value(c, token) : refuse(c, token, "must stand in quotes");
}

static bool take_open(Check *c, const Token *token) {
        char bracket = c->text[token->at];

        if (c->depth == DEPTH_MAX) {
                report(c, token->line, "brackets are nested too deep");
                return false;
        }
        if (c->depth > 0 && c->open[c->depth - 1].bracket == '[')
                return refuse(c, token, "cannot stand in [ ]; use ( )");
        if (!take_value(c, token))
                return false;
        c->open[c->depth++] = (Bracket){ bracket, token->line };
        c->expect = bracket == '{' ? EXPECT_NAME : EXPECT_ENTRY;
        return true;
}

static bool take_close(Check *c, const Token *token) {
        static const char pairs[] = "(){}[]";
        const Bracket *open = c->depth > 0 ? &c->open[c->depth - 1] : NULL;

        if (!open)
                return refuse(c, token, "closes what nothing opened");
        if (c->text[token->at] != strchr(pairs, open->bracket)[1]) {
                report(c, token->line, "%c comes before the %c of line %u is closed",
                       c->text[token->at], open->bracket, open->line);
                return false;
        }
        if (c->expect == EXPECT_EQUALS || c->expect == EXPECT_VALUE)
                return refuse(c, token, "comes unexpected: a value is missing");
        if (c->before.type == TOKEN_COMMA && in_list(c)) {
                report(c, c->before.line,
                       "the comma behind the last entry of a list is one too many");
                c->text[c->before.at] = ' ';
        }
        c->depth--;
        c->expect = EXPECT_SEPARATOR;
        return true;
}

static bool take_separator(Check *c, const Token *token) {
        bool list = in_list(c);

        if (c->expect != EXPECT_SEPARATOR || (list && token->type == TOKEN_SEMICOLON))
                return refuse(c, token, "comes unexpected");
        c->expect = list ? EXPECT_ENTRY : EXPECT_NAME;
        return true;
}

static bool take_end(Check *c) {
        if (c->depth > 0)
                report(c, c->open[c->depth - 1].line, "the %c of this line is never closed",
                       c->open[c->depth - 1].bracket);
        else if (c->expect == EXPECT_EQUALS || c->expect == EXPECT_VALUE)
                report(c, c->before.line, "the file ends in the middle of a setting");
        return c->depth == 0 && c->expect != EXPECT_EQUALS && c->expect != EXPECT_VALUE;
}

/* Whether the text can go on behind this token. */
static bool take(Check *c, const Token *token) {
        switch (token->type) {
        case TOKEN_NAME:
                return take_name(c, token);
        case TOKEN_NUMBER:
                return take_number(c, token);
        case TOKEN_STRING:
                return take_string(c, token);
        case TOKEN_OPEN:
                return take_open(c, token);
        case TOKEN_CLOSE:
                return take_close(c, token);
        case TOKEN_COMMA:
        case TOKEN_SEMICOLON:
                return take_separator(c, token);
        case TOKEN_EQUALS:
                if (c->expect != EXPECT_EQUALS)
                        return refuse(c, token, "comes unexpected");
                c->expect = EXPECT_VALUE;
                return true;
        case TOKEN_INCLUDE:
                report(c, token->line,
                       "@include is not supported; put further files into include_dir");
                memset(c->text + token->at, ' ', token->size);
                return true;
        case TOKEN_OTHER:
                return refuse(c, token, "is a character that can stand in quotes only");
        case TOKEN_CUT_STRING:
                report(c, token->line, "a string begins here that has no end");
                return false;
        case TOKEN_CUT_COMMENT:
                report(c, token->line, "a comment begins here that has no end");
                return false;
        case TOKEN_END:
                return take_end(c);
        }
        return false;
}

int scan_check(char *text, size_t *size, ScanLines *ret_lines, ScanProblem problem,
               void *userdata) {
        Check c = { .text = text, .lines = ret_lines, .problem = problem, .userdata = userdata };
        Scanner scanner = { .text = text, .line = 1 };

        for (;;) {
                Token token = scan_next(&scanner);
                bool fits = take(&c, &token);
                if (c.error < 0)
                        return c.error;
                if (!fits && token.type != TOKEN_END) {
                        text[token.at] = '\n';
                        *size = token.at + 1;
                        text[*size] = '\0';
                }
                if (!fits)
                        return -EINVAL;
                if (token.type == TOKEN_END)
                        return 0;
                if (token.type != TOKEN_INCLUDE)
                        c.before = token;
        }
}
