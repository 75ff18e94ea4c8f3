/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-decode.h"

/* The MX entries of a result: one per host and address, so several may share a host name. Counts
 * are of entries, only mx_hosts is of distinct host names. */
typedef struct MxEntry {
        struct json_object *object; /* NULL when only the name is known */
        const char *host;           /* hostname, the key of a map, or NULL; borrowed */
        const char *ip;             /* or NULL; borrowed */
        const char *label;          /* for evidence, once made */
        bool firewalled; /* what needs a connection was not tested (apis.md section 3 row 16) */
} MxEntry;

/* More than any domain has; later entries are not read and make every count a lower bound. */
#define MX_ENTRIES_MAX 128

typedef struct MxList {
        MxEntry entries[MX_ENTRIES_MAX];
        size_t n;
        bool known;   /* test_email.mx is there and has a shape that can be read */
        bool partial; /* holds more than `entries` */
} MxList;

/* Reads test_email.mx, an array, a single entry or a map of them (apis.md section 3 row 11). */
void mx_list_read(MxList *list, Decode *d);

/* The readers of the rows with READ_MX_*: of distinct host names, and the sum of all entries'
 * shares. NAN = unknown. */
double mx_read_hosts(MxList *list, Decode *d, const Metric *metric);
double mx_read_count(MxList *list, Decode *d, const Metric *metric);

/* One entry's share of such a count (not of READ_MX_HOSTS; NAN = unknown), and the vendor's words
 * for it: `words` where something was added to it, else the finding's text. */
double mx_entry_share(Decode *d, const Metric *metric, const MxEntry *entry, Finding *finding,
                      StrBuf *words);

/* Whether an entry of `alerts` is about one of the checks that have a metric; `key` is its name in
 * a map, or NULL. */
bool mx_is_check(const char *key, struct json_object *entry);
