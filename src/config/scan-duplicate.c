/* SPDX-License-Identifier: MIT */
#include "config/scan.h"

#include "base/macro.h"

#include <stdlib.h>
#include <string.h>

/* One name seen, or (size 0) the beginning of a group: names behind the last beginning are the
 * innermost group's. */
typedef struct Seen {
        size_t at;
        size_t size;
        unsigned line;
} Seen;

typedef struct SeenList {
        Seen *list;
        size_t n;
        size_t allocated;
} SeenList;

static void seen_done(SeenList *seen) {
        free(seen->list);
}

static bool seen_add(SeenList *seen, Seen item) {
        if (seen->n == seen->allocated) {
                size_t allocated = MAX(seen->allocated * 2, (size_t)64);
                Seen *list = reallocarray(seen->list, allocated, sizeof(*list));
                if (!list)
                        return false;
                seen->list = list;
                seen->allocated = allocated;
        }
        seen->list[seen->n++] = item;
        return true;
}

/* The earlier setting of the same name in the innermost group, or NULL. */
static const Seen *seen_find(const SeenList *seen, const char *text, const Token *name) {
        for (size_t i = seen->n; i > 0 && seen->list[i - 1].size > 0; i--) {
                const Seen *item = &seen->list[i - 1];
                if (item->size == name->size &&
                    memcmp(text + item->at, text + name->at, name->size) == 0)
                        return item;
        }
        return NULL;
}

static void seen_leave(SeenList *seen) {
        while (seen->n > 0 && seen->list[--seen->n].size > 0)
                ;
}

bool scan_duplicate(const char *text, unsigned line, Token *ret_second, unsigned *ret_first_line) {
        Scanner scanner = { .text = text, .line = 1 };
        _cleanup_(seen_done) SeenList seen = { 0 };
        Token name = { .type = TOKEN_END };

        for (;;) {
                Token token = scan_next(&scanner);

                if (token.type == TOKEN_END || token.type == TOKEN_CUT_STRING ||
                    token.type == TOKEN_CUT_COMMENT)
                        return false;
                if (token.type == TOKEN_OPEN && !seen_add(&seen, (Seen){ .line = token.line }))
                        return false;
                if (token.type == TOKEN_CLOSE)
                        seen_leave(&seen);
                if (token.type == TOKEN_EQUALS && name.type == TOKEN_NAME) {
                        /* Only the line that libconfig stopped at is looked up: nothing is
                         * quadratic. */
                        const Seen *first =
                                name.line >= line ? seen_find(&seen, text, &name) : NULL;
                        if (first) {
                                *ret_second = name;
                                *ret_first_line = first->line;
                                return true;
                        }
                        if (!seen_add(&seen, (Seen){ name.at, name.size, name.line }))
                                return false;
                }
                name = token;
        }
}
