/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mutes on purpose, made with mailsecctl: alerts by shell globs over their identities, until an
 * end. */

#define SILENCES_MAX          1000u
#define SILENCE_MATCH_LONGEST 300u /* bytes of a glob */
#define SILENCE_STARS_MAX     8u   /* more could make matching slow */
#define SILENCE_TEXT_LONGEST  500u /* bytes of a comment or a name */

typedef struct Silence {
        uint64_t id; /* 1 or more, never used again */
        char *match; /* glob: * ? [...]; a * also stands for slashes; compared in lower case */
        char *comment;
        char *by;       /* who asked for it */
        usec_t created; /* wall */
        usec_t until;   /* wall; from then on it is over */
} Silence;

typedef struct Silences {
        Silence *list; /* by id */
        size_t n;
} Silences;

/* NULL, or why a glob cannot be one: empty, too long, too many stars, a bracket without an end. */
const char *glob_problem(const char *match);

/* Whether the glob (checked by glob_problem()) covers the whole identity "SOURCE/TARGET/METRIC". */
bool glob_matches(const char *match, const char *identity);

/* Adds one (texts are copied). -ENOMEM, -E2BIG when there are SILENCES_MAX, -EEXIST for a known id,
 * or 0. */
int silences_add(Silences *s, const Silence *silence);

/* Takes one out; false when there is none of that id. */
bool silences_remove(Silences *s, uint64_t id);

/* The first one in force at `now` (wall) that covers the identity, or NULL. */
const Silence *silences_find(const Silences *s, const char *identity, usec_t now);

/* When the next of those in force ends (wall), or USEC_INFINITY. */
usec_t silences_next_end(const Silences *s, usec_t now);

void silences_done(Silences *s);
