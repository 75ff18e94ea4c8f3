/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "config/config.h"

#include <stddef.h>
#include <stdint.h>

/* What a key takes, and what it is stored as. */
typedef enum KeyType {
        KEY_BOOL,       /* bool */
        KEY_COUNT,      /* uint32_t, min to max */
        KEY_DURATION,   /* usec_t, min to max; USEC_INFINITY for "never" with KEY_NEVER */
        KEY_CHOICE,     /* uint32_t: place among words */
        KEY_NAME,       /* const char *: [a-z0-9-]+, from here on: */
        KEY_TEXT,       /* anything printable */
        KEY_IDENTIFIER, /* of syslog: no blank, colon or bracket */
        KEY_HOST,       /* A-labels, lower case */
        KEY_URL,        /* https */
        KEY_SERVER,     /* http or https, without a trailing slash */
        KEY_LINK,       /* http or https, for people */
        KEY_LISTEN,     /* an address and a port of this machine */
        KEY_PROXY,
        KEY_PATH,      /* made absolute, seen from the file that names it */
        KEY_DIRECTORY, /* as written */
        KEY_MATCH,     /* a glob over identities */
        KEY_DAYS,      /* days of the week */
        KEY_TIME,      /* a time of day */
        KEY_ZONE,      /* of the tz database */
        KEY_MEMBERS,   /* a group of this machine's accounts */
        _KEY_VALUE_MAX,
        KEY_SOURCES =
                _KEY_VALUE_MAX, /* uint32_t: a bit per SourceId; from here on a list or group: */
        KEY_POLICY,             /* PolicyDraft * */
        KEY_LIMITS,             /* LimitsDraft */
        KEY_OUTPUT,
        KEY_ALERTMANAGER,
        KEY_WEB,
        KEY_HISTORY,
        KEY_CONTROL,
        KEY_QUIET,
        KEY_SYMANTEC,
        KEY_IMMUNIWEB,
        KEY_GROUPS,
        KEY_DOMAINS,
        _KEY_TYPE_MAX,
} KeyType;

enum {
        KEY_NEVER = 1,    /* a duration may be "never" */
        KEY_OPTIONAL = 2, /* a text may be "", stored as NULL */
        KEY_ACCOUNTS = 4, /* limits may be those of accounts' metrics, too */
        KEY_MAIN = 8,     /* for the main file only */
        KEY_SOURCE = 16,  /* of a policy: groups and domains have no say in it */
};

/* A key of the configuration is a row (spec section 3). */
typedef struct Key {
        const char *name;
        KeyType type;
        unsigned flags;
        size_t offset; /* in the struct that the table fills */
        uint64_t min;
        uint64_t max;             /* of a text: its longest, in bytes */
        const char *fallback;     /* as a user would write it; NULL = there is none */
        const char *const *words; /* NULL-terminated */
        const char *help;
} Key;

typedef enum SectionId {
        SECTION_TOP,
        SECTION_SYMANTEC,
        SECTION_IMMUNIWEB,
        SECTION_POLICY,
        SECTION_OUTPUT,
        SECTION_ALERTMANAGER,
        SECTION_WEB,
        SECTION_HISTORY,
        SECTION_QUIET,
        SECTION_CONTROL,
        SECTION_GROUP,
        SECTION_DOMAIN,
        _SECTION_MAX,
} SectionId;

/* The keys of one group. The struct that it fills begins with their origins (config/draft.h). */
typedef struct Section {
        const char *path; /* "symantec", "groups.NAME"; "" for the top */
        const Key *keys;
        size_t n;
} Section;

extern const Section config_sections[_SECTION_MAX];

/* The row, or NULL. */
const Key *section_find(const Section *section, const char *name);

/* The place of a key's value in the struct, and of its origin. */
static inline void *key_value(const Key *key, void *values) {
        return (char *)values + key->offset;
}

static inline const void *key_value_const(const Key *key, const void *values) {
        return (const char *)values + key->offset;
}

static inline Origin *key_origin(const Section *section, const Key *key, void *values) {
        return (Origin *)values + (key - section->keys);
}

static inline Origin key_origin_of(const Section *section, const Key *key, const void *values) {
        return ((const Origin *)values)[key - section->keys];
}

/* Where the key of that name was written. */
Origin origin_in(SectionId id, const char *name, const void *values);

/* Fills in the default of every key that has one. -ENOMEM or 0. */
int section_defaults(const Section *section, void *values, Arena *arena);

/* The names of output.syslog_facility, and their numbers (not shifted) in the same order. */
extern const char *const facility_words[];
int facility_number(uint32_t word);
