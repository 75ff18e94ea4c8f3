/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "io/evidence-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One part in so many of the total is made free at once. */
#define FREE_PART 10

/* A set on the disk, of any domain. */
typedef struct Place {
        char *domain; /* shared by its sets: owned by Places.domains */
        char stamp[17];
        uint64_t size;
} Place;

typedef struct Places {
        Place *items;
        size_t n;
        size_t allocated;
        char **domains;
        size_t n_domains;
        uint64_t size;
} Places;

static void places_done(Places *places) {
        for (size_t i = 0; i < places->n_domains; i++)
                free(places->domains[i]);
        free(places->domains);
        free(places->items);
}

static bool is_folder(int dir, const char *name) {
        struct stat st;
        return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int add_place(void *userdata, int dir, const char *name) {
        Places *places = userdata;
        usec_t at;

        if (!evidence_is_stamp(name, &at)) {
                /* What a crash left. */
                if (streq(name, EVIDENCE_NEW) || streq(name, EVIDENCE_OLD))
                        (void)evidence_remove(dir, name);
                return 0;
        }
        if (!is_folder(dir, name))
                return 0;
        if (places->n == places->allocated) {
                size_t allocated = MAX(2 * places->allocated, (size_t)32);
                Place *items = realloc(places->items, allocated * sizeof(*items));
                if (!items)
                        return -ENOMEM;
                places->items = items;
                places->allocated = allocated;
        }
        Place *place = &places->items[places->n++];
        *place = (Place){ .domain = places->domains[places->n_domains - 1] };
        memcpy(place->stamp, name, sizeof(place->stamp));
        place->size = evidence_set_size(dir, name);
        places->size += place->size;
        return 0;
}

static int add_domain(void *userdata, int dir, const char *name) {
        Places *places = userdata;
        if (!evidence_is_domain(name))
                return 0;
        _cleanup_close_ int fd = evidence_folder_at(dir, name, false);
        if (fd < 0)
                return 0;
        char **domains =
                realloc(places->domains, (places->n_domains + 1) * sizeof(*places->domains));
        if (!domains)
                return -ENOMEM;
        places->domains = domains;
        domains[places->n_domains] = strdup(name);
        if (!domains[places->n_domains])
                return -ENOMEM;
        places->n_domains++;
        return evidence_each(fd, add_place, places);
}

static int compare_age(const void *a, const void *b) {
        return strcmp(((const Place *)a)->stamp, ((const Place *)b)->stamp);
}

static bool remove_place(int evidence, const Place *place) {
        _cleanup_close_ int fd = evidence_folder_at(evidence, place->domain, false);
        if (fd < 0 || evidence_remove_set(fd, place->stamp) < 0)
                return false;
        /* Goes only when it is empty. */
        (void)unlinkat(evidence, place->domain, AT_REMOVEDIR);
        return true;
}

static void prune_domain(int evidence, const char *domain, const char *stamp, uint32_t keep,
                         uint64_t *bytes) {
        _cleanup_(places_done) Places places = { 0 };

        if (add_domain(&places, evidence, domain) < 0 || places.n <= keep)
                return;
        qsort(places.items, places.n, sizeof(*places.items), compare_age);
        size_t rest = places.n;
        for (size_t i = 0; i < places.n && rest > keep; i++) {
                const Place *place = &places.items[i];
                if (streq(place->stamp, stamp) || !remove_place(evidence, place))
                        continue;
                rest--;
                *bytes -= MIN(*bytes, place->size);
        }
}

static void prune_all(int evidence, const char *domain, const char *stamp, uint64_t total,
                      uint64_t *bytes) {
        _cleanup_(places_done) Places places = { 0 };

        (void)evidence_each(evidence, add_domain, &places);
        *bytes = places.size;
        if (*bytes <= total)
                return;
        qsort(places.items, places.n, sizeof(*places.items), compare_age);
        for (size_t i = 0; i<places.n && * bytes> total - total / FREE_PART; i++) {
                const Place *place = &places.items[i];
                if (streq(place->stamp, stamp) && streq(place->domain, domain))
                        continue;
                if (remove_place(evidence, place))
                        *bytes -= place->size;
        }
}

void evidence_prune(int evidence, const char *domain, const char *stamp, uint32_t keep,
                    uint64_t total, uint64_t *bytes) {
        prune_domain(evidence, domain, stamp, MAX(keep, 1U), bytes);
        if (*bytes == 0 || *bytes > total)
                prune_all(evidence, domain, stamp, total, bytes);
}
