/* SPDX-License-Identifier: MIT */
#include "core/silence.h"

#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The end of the bracket expression that begins at `at`, behind its ']', or NULL when it has none.
 * A ']' that comes first stands for itself. */
static const char *bracket_end(const char *at) {
        const char *p = at + 1;

        if (*p == '!' || *p == '^')
                p++;
        if (*p == ']')
                p++;
        p = strchr(p, ']');
        return p ? p + 1 : NULL;
}

const char *glob_problem(const char *match) {
        size_t size = strlen(match);
        unsigned stars = 0;

        if (size == 0)
                return "it is empty";
        if (size > SILENCE_MATCH_LONGEST)
                return "it is too long";
        for (const char *p = match; *p; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return "it holds a character that is in no alert's name";
        for (const char *p = match; *p;) {
                stars += *p == '*';
                p = *p == '[' ? bracket_end(p) : p + 1;
                if (!p)
                        return "a bracket has no end";
        }
        return stars > SILENCE_STARS_MAX ? "it has too many stars" : NULL;
}

/* Whether the bracket expression from `p` to `end` covers the character. */
static bool bracket_matches(const char *p, const char *end, char c) {
        bool negated = p[1] == '!' || p[1] == '^', found = false;

        p += negated ? 2 : 1;
        end--; /* the ']' */
        while (p < end) {
                char low = lower(*p), high = low;
                if (end - p > 2 && p[1] == '-') {
                        high = lower(p[2]);
                        p += 2;
                }
                p++;
                found |= low <= c && c <= high;
        }
        return found != negated;
}

/* One element of the glob that is no star against one character: where the next begins, or NULL. */
static const char *element_matches(const char *p, char c) {
        if (*p == '[') {
                const char *end = bracket_end(p);
                return end && bracket_matches(p, end, c) ? end : NULL;
        }
        return *p && (*p == '?' || lower(*p) == c) ? p + 1 : NULL;
}

/* Only the last star is ever tried again: what stands before it has matched as early as it could.
 * So the time is at most the product of both lengths. */
bool glob_matches(const char *match, const char *identity) {
        const char *p = match, *after_star = NULL, *begun = NULL;

        for (const char *text = identity; *text;) {
                if (*p == '*') {
                        after_star = ++p;
                        begun = text;
                        continue;
                }
                const char *next = element_matches(p, lower(*text));
                if (next) {
                        p = next;
                        text++;
                } else if (after_star) {
                        p = after_star;
                        text = ++begun;
                } else
                        return false;
        }
        while (*p == '*')
                p++;
        return !*p;
}

static void silence_done(Silence *silence) {
        free(silence->match);
        free(silence->comment);
        free(silence->by);
}

static char *copy_text(const char *text) {
        return strdup(text ? text : "");
}

/* The place of an id, or where it belongs. */
static size_t silence_place(const Silences *s, uint64_t id) {
        size_t i = s->n;

        while (i > 0 && s->list[i - 1].id >= id)
                i--;
        return i;
}

int silences_add(Silences *s, const Silence *silence) {
        size_t place = silence_place(s, silence->id);

        if (place < s->n && s->list[place].id == silence->id)
                return -EEXIST;
        if (s->n >= SILENCES_MAX)
                return -E2BIG;

        Silence *list = reallocarray(s->list, s->n + 1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        s->list = list;
        Silence copy = {
                .id = silence->id,
                .match = copy_text(silence->match),
                .comment = copy_text(silence->comment),
                .by = copy_text(silence->by),
                .created = silence->created,
                .until = silence->until,
        };
        if (!copy.match || !copy.comment || !copy.by) {
                silence_done(&copy);
                return -ENOMEM;
        }
        memmove(list + place + 1, list + place, (s->n - place) * sizeof(*list));
        list[place] = copy;
        s->n++;
        return 0;
}

bool silences_remove(Silences *s, uint64_t id) {
        size_t place = silence_place(s, id);

        if (place == s->n || s->list[place].id != id)
                return false;
        silence_done(&s->list[place]);
        s->n--;
        memmove(s->list + place, s->list + place + 1, (s->n - place) * sizeof(*s->list));
        return true;
}

const Silence *silences_find(const Silences *s, const char *identity, usec_t now) {
        for (size_t i = 0; i < s->n; i++)
                if (now < s->list[i].until && glob_matches(s->list[i].match, identity))
                        return &s->list[i];
        return NULL;
}

usec_t silences_next_end(const Silences *s, usec_t now) {
        usec_t next = USEC_INFINITY;

        for (size_t i = 0; i < s->n; i++)
                if (now < s->list[i].until)
                        next = MIN(next, s->list[i].until);
        return next;
}

void silences_done(Silences *s) {
        for (size_t i = 0; i < s->n; i++)
                silence_done(&s->list[i]);
        free(s->list);
        *s = (Silences){ 0 };
}
