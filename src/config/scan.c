/* SPDX-License-Identifier: MIT */
#include "config/scan.h"

#include "base/macro.h"

#include <ctype.h>
#include <string.h>

static bool is_name_start(char c) {
        return isalpha((unsigned char)c) || c == '*';
}

static bool is_name(char c) {
        return isalnum((unsigned char)c) || c == '*' || c == '-' || c == '_';
}

/* Skips to behind `end`, counting lines; false when it never comes. */
static bool skip_behind(Scanner *s, const char *end) {
        size_t size = strlen(end);

        for (; s->text[s->at]; s->at++) {
                if (strncmp(s->text + s->at, end, size) == 0) {
                        s->at += size;
                        return true;
                }
                if (s->text[s->at] == '\n')
                        s->line++;
        }
        return false;
}

static void skip_line(Scanner *s) {
        s->at += strcspn(s->text + s->at, "\n");
}

/* Skips blanks and comments; false at a comment that never ends, *token being it. */
static bool skip_blank(Scanner *s, Token *token) {
        for (;;) {
                const char *p = s->text + s->at;
                *token = (Token){ TOKEN_CUT_COMMENT, s->at, 2, s->line };

                if (p[0] == '\n') {
                        s->line++;
                        s->at++;
                } else if (p[0] == ' ' || p[0] == '\t' || p[0] == '\r' || p[0] == '\f')
                        s->at++;
                else if (p[0] == '#' || (p[0] == '/' && p[1] == '/'))
                        skip_line(s);
                else if (p[0] == '/' && p[1] == '*') {
                        s->at += 2;
                        if (!skip_behind(s, "*/"))
                                return false;
                } else
                        return true;
        }
}

/* Skips a string whose opening quote was taken; false when it never ends. */
static bool skip_string(Scanner *s) {
        for (; s->text[s->at]; s->at++) {
                char c = s->text[s->at];
                if (c == '"') {
                        s->at++;
                        return true;
                }
                if (c == '\n')
                        s->line++;
                if (c == '\\' && (s->text[s->at + 1] == '"' || s->text[s->at + 1] == '\\'))
                        s->at++;
        }
        return false;
}

Token scan_next(Scanner *s) {
        Token token;

        if (!skip_blank(s, &token))
                return token;

        const char *p = s->text + s->at;
        token = (Token){ TOKEN_OTHER, s->at, 0, s->line };
        if (!p[0]) {
                token.type = TOKEN_END;
                return token;
        }
        if (is_name_start(p[0])) {
                token.type = TOKEN_NAME;
                while (is_name(s->text[s->at]))
                        s->at++;
        } else if (isdigit((unsigned char)p[0]) || strchr("+-.", p[0])) {
                token.type = TOKEN_NUMBER;
                s->at++;
                while (isalnum((unsigned char)s->text[s->at]) || s->text[s->at] == '.' ||
                       (strchr("+-", s->text[s->at]) && s->text[s->at] &&
                        strchr("eE", s->text[s->at - 1])))
                        s->at++;
        } else if (strncmp(p, "@include", STRLEN("@include")) == 0) {
                token.type = TOKEN_INCLUDE;
                skip_line(s);
        } else if (p[0] == '"') {
                s->at++;
                token.type = skip_string(s) ? TOKEN_STRING : TOKEN_CUT_STRING;
        } else {
                s->at++;
                token.type = strchr("([{", p[0])   ? TOKEN_OPEN
                             : strchr(")]}", p[0]) ? TOKEN_CLOSE
                             : strchr("=:", p[0])  ? TOKEN_EQUALS
                             : p[0] == ','         ? TOKEN_COMMA
                             : p[0] == ';'         ? TOKEN_SEMICOLON
                                                   : TOKEN_OTHER;
        }
        token.size = s->at - token.at;
        return token;
}
