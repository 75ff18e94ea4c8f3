/* SPDX-License-Identifier: MIT */
#include "io/evidence-prune.h"

#include "base/text.h"
#include "io/evidence-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One part in so many of the total is made free at once. */
#define FREE_PART 10

/* A set on the disk, of any domain. */
typedef struct Place {
        uint64_t size;
        uint32_t domain; /* index in EvidenceSweep.domains */
        char stamp[17];
} Place;

typedef struct EvidenceSweep {
        char **domains; /* in order */
        size_t n_domains;
        size_t domains_allocated;
        size_t next; /* domain to be counted */
        uint64_t bytes;
        bool counted;

        Place *oldest; /* the oldest sets of all, with others until they are trimmed */
        size_t n;
        size_t allocated;
        bool trimmed; /* there are more */
        size_t removed_to;
        size_t n_removed;
        int error; /* what kept a set from being removed, the first time */
} EvidenceSweep;

static EvidenceSweep *sweep_free(EvidenceSweep *sweep) {
        if (!sweep)
                return NULL;
        for (size_t i = 0; i < sweep->n_domains; i++)
                free(sweep->domains[i]);
        free(sweep->domains);
        free(sweep->oldest);
        free(sweep);
        return NULL;
}

void evidence_room_reset(EvidenceRoom *room) {
        sweep_free(room->sweep);
        *room = (EvidenceRoom){ 0 };
}

static int compare_age(const void *a, const void *b) {
        return strcmp(((const Place *)a)->stamp, ((const Place *)b)->stamp);
}

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Removes a set, and its domain's folder when it was the last. */
static int remove_set(int evidence, const char *domain, const char *stamp) {
        _cleanup_close_ int fd = evidence_folder_at(evidence, domain, false);
        int r = fd < 0 ? fd : evidence_remove_set(fd, stamp);
        if (r >= 0)
                (void)unlinkat(evidence, domain, AT_REMOVEDIR);
        return r;
}

/* --- the sets of one domain ----------------------------------------------------------------- */

typedef struct Stamps {
        char (*items)[17];
        size_t n;
        size_t allocated;
} Stamps;

static bool is_folder(int dir, const char *name) {
        struct stat st;
        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int add_stamp(void *userdata, int dir, const char *name) {
        Stamps *stamps = userdata;
        usec_t at;

        if (!evidence_is_stamp(name, &at)) {
                /* What a crash left. */
                if (streq(name, EVIDENCE_NEW) || streq(name, EVIDENCE_OLD))
                        (void)evidence_remove(dir, name);
                return 0;
        }
        if (!is_folder(dir, name))
                return 0;
        if (stamps->n == stamps->allocated) {
                size_t allocated = MAX(2 * stamps->allocated, (size_t)32);
                void *items = realloc(stamps->items, allocated * sizeof(*stamps->items));
                if (!items)
                        return -ENOMEM;
                stamps->items = items;
                stamps->allocated = allocated;
        }
        memcpy(stamps->items[stamps->n++], name, sizeof(*stamps->items));
        return 0;
}

static int compare_stamps(const void *a, const void *b) {
        return strcmp(a, b);
}

uint64_t evidence_prune(int evidence, const char *domain, const char *stamp, uint32_t keep) {
        Stamps stamps = { 0 };
        uint64_t freed = 0;
        _cleanup_close_ int dir = evidence_folder_at(evidence, domain, false);

        keep = MAX(keep, 1U);
        if (dir < 0 || evidence_each(dir, add_stamp, &stamps) < 0 || stamps.n <= keep) {
                free(stamps.items);
                return 0;
        }
        qsort(stamps.items, stamps.n, sizeof(*stamps.items), compare_stamps);
        size_t rest = stamps.n;
        for (size_t i = 0; i < stamps.n && rest > keep; i++) {
                if (streq(stamps.items[i], stamp))
                        continue;
                uint64_t size = evidence_set_size(dir, stamps.items[i]);
                if (remove_set(evidence, domain, stamps.items[i]) < 0)
                        continue;
                rest--;
                freed += size;
        }
        free(stamps.items);
        return freed;
}

/* --- all domains ---------------------------------------------------------------------------- */

static int add_domain(void *userdata, int dir, const char *name) {
        EvidenceSweep *sweep = userdata;
        (void)dir;

        if (!evidence_is_domain(name))
                return 0;
        if (sweep->n_domains == sweep->domains_allocated) {
                size_t allocated = MAX(2 * sweep->domains_allocated, (size_t)64);
                char **domains = realloc(sweep->domains, allocated * sizeof(*domains));
                if (!domains)
                        return -ENOMEM;
                sweep->domains = domains;
                sweep->domains_allocated = allocated;
        }
        sweep->domains[sweep->n_domains] = strdup(name);
        return sweep->domains[sweep->n_domains++] ? 0 : -ENOMEM;
}

static int sweep_begin(int evidence, EvidenceSweep **ret) {
        EvidenceSweep *sweep = calloc(1, sizeof(*sweep));
        if (!sweep)
                return -ENOMEM;
        int r = evidence_each(evidence, add_domain, sweep);
        if (r < 0) {
                sweep_free(sweep);
                return r;
        }
        if (sweep->n_domains > 0)
                qsort(sweep->domains, sweep->n_domains, sizeof(*sweep->domains), compare_names);
        *ret = sweep;
        return 0;
}

static bool was_counted(const EvidenceSweep *sweep, const char *domain) {
        char *const *found = bsearch(&domain, sweep->domains, sweep->n_domains,
                                     sizeof(*sweep->domains), compare_names);
        /* A new domain is never come to. */
        return !found || (size_t)(found - sweep->domains) < sweep->next;
}

static void bytes_change(uint64_t *bytes, uint64_t added, uint64_t freed) {
        *bytes += added;
        *bytes -= MIN(*bytes, freed);
}

void evidence_room_change(EvidenceRoom *room, const char *domain, const char *stamp, uint64_t added,
                          uint64_t freed) {
        snprintf(room->domain, sizeof(room->domain), "%s", domain);
        snprintf(room->stamp, sizeof(room->stamp), "%s", stamp);
        if (room->known)
                bytes_change(&room->bytes, added, freed);
        if (room->sweep && was_counted(room->sweep, domain))
                bytes_change(&room->sweep->bytes, added, freed);
}

static void trim(EvidenceSweep *sweep) {
        if (sweep->n > 0)
                qsort(sweep->oldest, sweep->n, sizeof(*sweep->oldest), compare_age);
        if (sweep->n <= EVIDENCE_SWEEP_PLACES)
                return;
        sweep->n = EVIDENCE_SWEEP_PLACES;
        sweep->trimmed = true;
}

static int add_place(EvidenceSweep *sweep, int dir, const char *stamp) {
        if (sweep->n == sweep->allocated && sweep->allocated == 2 * EVIDENCE_SWEEP_PLACES)
                trim(sweep);
        if (sweep->n == sweep->allocated) {
                size_t allocated = CLAMP(2 * sweep->allocated, 64U, 2 * EVIDENCE_SWEEP_PLACES);
                Place *oldest = realloc(sweep->oldest, allocated * sizeof(*oldest));
                if (!oldest)
                        return -ENOMEM;
                sweep->oldest = oldest;
                sweep->allocated = allocated;
        }
        Place *place = &sweep->oldest[sweep->n++];
        *place = (Place){ evidence_set_size(dir, stamp), (uint32_t)sweep->next, "" };
        memcpy(place->stamp, stamp, sizeof(place->stamp));
        sweep->bytes += place->size;
        return 0;
}

static int count_domain(EvidenceSweep *sweep, int evidence) {
        Stamps stamps = { 0 };
        _cleanup_close_ int dir = evidence_folder_at(evidence, sweep->domains[sweep->next], false);
        int r = dir < 0 ? 0 : evidence_each(dir, add_stamp, &stamps);

        for (size_t i = 0; i < stamps.n && r >= 0; i++)
                r = add_place(sweep, dir, stamps.items[i]);
        free(stamps.items);
        sweep->next++;
        return r;
}

static void sweep_counted(EvidenceRoom *room) {
        EvidenceSweep *sweep = room->sweep;

        trim(sweep);
        sweep->counted = true;
        room->bytes = sweep->bytes;
        room->known = true;
        /* What an earlier process stored last is not known: the newest comes closest. */
        if (room->domain[0] == '\0' && sweep->n > 0 && !sweep->trimmed) {
                const Place *newest = &sweep->oldest[sweep->n - 1];
                snprintf(room->domain, sizeof(room->domain), "%s", sweep->domains[newest->domain]);
                snprintf(room->stamp, sizeof(room->stamp), "%s", newest->stamp);
        }
}

static int remove_oldest(EvidenceRoom *room, int evidence) {
        EvidenceSweep *sweep = room->sweep;
        const Place *place = &sweep->oldest[sweep->removed_to++];
        const char *domain = sweep->domains[place->domain];

        if (streq(place->stamp, room->stamp) && streq(domain, room->domain))
                return 0;
        int r = remove_set(evidence, domain, place->stamp);
        if (r >= 0) {
                bytes_change(&room->bytes, 0, place->size);
                sweep->n_removed++;
        } else if (r != -ENOENT && sweep->error == 0)
                sweep->error = r;
        return 0;
}

/* Whether there is more to do once all is counted; a negative errno: not any more, and more than
 * `total` is left because of this. */
static int sweep_rest(const EvidenceRoom *room, uint64_t total, bool *ret_again) {
        const EvidenceSweep *sweep = room->sweep;

        if (room->bytes <= total - (sweep->removed_to > 0 ? total / FREE_PART : 0))
                return 0;
        if (sweep->removed_to < sweep->n)
                return 1;
        if (room->bytes <= total)
                return 0;
        /* There are sets that it had no place for. */
        *ret_again = sweep->error == 0 && sweep->trimmed && sweep->n_removed > 0;
        return sweep->error;
}

static int sweep_step(int evidence, uint64_t total, EvidenceRoom *room, bool *ret_again) {
        int r;

        if (!room->sweep)
                r = sweep_begin(evidence, &room->sweep);
        else if (!room->sweep->counted)
                r = count_domain(room->sweep, evidence);
        else
                r = remove_oldest(room, evidence);
        if (r < 0)
                return r;
        if (room->sweep->next < room->sweep->n_domains)
                return 1;
        if (!room->sweep->counted)
                sweep_counted(room);
        return sweep_rest(room, total, ret_again);
}

int evidence_sweep_step(const char *state_dir, uint64_t total, EvidenceRoom *room) {
        _cleanup_close_ int evidence = evidence_folder(state_dir, EVIDENCE_FOLDER, false);
        bool again = false;
        int r;

        if (evidence == -ENOENT) {
                /* Nothing was stored yet. */
                room->bytes = 0;
                room->known = true;
                r = 0;
        } else
                r = evidence < 0 ? evidence : sweep_step(evidence, total, room, &again);
        if (r <= 0)
                room->sweep = sweep_free(room->sweep);
        return again ? 1 : r;
}
