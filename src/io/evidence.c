/* SPDX-License-Identifier: MIT */
#include "io/evidence.h"

#include "base/text.h"
#include "io/evidence-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define RESULTS "results"

/* Sets of one domain within one second: a fast clock, or a clock that was set back. */
#define SAME_SECOND_MAX 60

static int result_name(const char *domain, char *name, size_t size) {
        if (!evidence_is_domain(domain))
                return -EINVAL;
        return snprintf(name, size, "%s.json", domain) > NAME_MAX ? -ENAMETOOLONG : 0;
}

int evidence_result_read(const char *state_dir, const char *domain, StrBuf *ret) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        char name[NAME_MAX + 1];

        int r = result_name(domain, name, sizeof(name));
        if (r < 0)
                return r;
        _cleanup_close_ int dir = evidence_folder(state_dir, RESULTS, false);
        if (dir < 0)
                return dir;
        r = evidence_file_read(dir, name, EVIDENCE_RESULT_MAX, &b);
        if (r == 0)
                r = strbuf_add(ret, strbuf_text(&b), b.size);
        return r;
}

int evidence_result_write(const char *state_dir, const char *domain, const char *json,
                          size_t size) {
        char name[NAME_MAX + 1];

        int r = result_name(domain, name, sizeof(name));
        if (r < 0)
                return r;
        if (size > EVIDENCE_RESULT_MAX)
                return -EFBIG;
        _cleanup_close_ int dir = evidence_folder(state_dir, RESULTS, true);
        if (dir < 0)
                return dir;
        (void)unlinkat(dir, EVIDENCE_NEW, 0);
        r = evidence_file_write(dir, EVIDENCE_NEW, json, size, false);
        if (r == 0 && renameat(dir, EVIDENCE_NEW, dir, name) < 0) {
                r = -errno;
                (void)unlinkat(dir, EVIDENCE_NEW, 0);
        }
        return r;
}

static int sha256(const char *data, size_t size, char *ret) {
        unsigned char digest[32];

        if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, size, digest) < 0)
                return -EIO;
        for (size_t i = 0; i < sizeof(digest); i++)
                snprintf(ret + 2 * i, 3, "%02x", digest[i]);
        return 0;
}

/* Fills the folder of a set that is being made. */
static int write_set(int dir, const EvidencePart parts[3], EvidenceSet *set) {
        static const size_t max[] = { EVIDENCE_RESULT_MAX, EVIDENCE_RESULT_MAX, EVIDENCE_PDF_MAX };
        _cleanup_strbuf_ StrBuf sums = { 0 };

        for (size_t i = 0; i < 3; i++) {
                if (!parts[i].data)
                        continue;
                if (parts[i].size > max[i])
                        return -EFBIG;
                struct EvidenceFile *file = &set->files[set->n++];
                snprintf(file->name, sizeof(file->name), "%s", evidence_file_name(i));
                file->size = parts[i].size;
                int r = sha256(parts[i].data, parts[i].size, file->sha256);
                if (r == 0)
                        r = evidence_file_write(dir, file->name, parts[i].data, parts[i].size,
                                                true);
                if (r < 0)
                        return r;
                strbuf_addf(&sums, "%s  %s\n", file->sha256, file->name);
        }
        if (set->n == 0)
                return -EINVAL;
        if (sums.error < 0)
                return sums.error;
        return evidence_file_write(dir, EVIDENCE_SUMS, strbuf_text(&sums), sums.size, true);
}

/* Gives the set its name: that of its second, or of the next one that is free. */
static int name_set(int dir, usec_t at, EvidenceSet *set) {
        for (int i = 0; i < SAME_SECOND_MAX; i++) {
                time_t seconds = (time_t)(at / USEC_PER_SEC) + i;
                struct tm tm;
                struct stat st;

                if (!gmtime_r(&seconds, &tm) ||
                    strftime(set->stamp, sizeof(set->stamp), "%Y%m%dT%H%M%SZ", &tm) != 16)
                        return -ERANGE;
                if (fstatat(dir, set->stamp, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        continue;
                set->at = (usec_t)seconds * USEC_PER_SEC;
                return renameat(dir, EVIDENCE_NEW, dir, set->stamp) < 0 ? -errno : 0;
        }
        return -EEXIST;
}

static int make_set(int dir, usec_t at, const EvidencePart parts[3], EvidenceSet *set) {
        int r = evidence_remove(dir, EVIDENCE_NEW);
        if (r < 0)
                return r;
        int new = evidence_folder_at(dir, EVIDENCE_NEW, true);
        if (new < 0)
                return new;
        r = write_set(new, parts, set);
        close(new);
        if (r == 0)
                r = name_set(dir, at, set);
        if (r < 0)
                (void)evidence_remove(dir, EVIDENCE_NEW);
        return r;
}

int evidence_store(const char *state_dir, const char *domain, usec_t at, EvidencePart before,
                   EvidencePart after, EvidencePart pdf, uint32_t keep, EvidenceRoom *room,
                   EvidenceSet *ret) {
        const EvidencePart parts[3] = { before, after, pdf };
        EvidenceSet set = { 0 };

        if (!evidence_is_domain(domain))
                return -EINVAL;
        _cleanup_close_ int evidence = evidence_folder(state_dir, EVIDENCE_FOLDER, true);
        if (evidence < 0)
                return evidence;
        int dir = evidence_folder_at(evidence, domain, true);
        if (dir < 0)
                return dir;
        int r = make_set(dir, at, parts, &set);
        uint64_t size = r == 0 ? evidence_set_size(dir, set.stamp) : 0;
        close(dir);
        if (r < 0) {
                /* Goes only when it is empty. */
                (void)unlinkat(evidence, domain, AT_REMOVEDIR);
                return r;
        }
        uint64_t freed = evidence_prune(evidence, domain, set.stamp, keep);
        evidence_room_change(room, domain, set.stamp, size, freed);
        *ret = set;
        return 0;
}

static bool is_sum(const char *text) {
        return strspn(text, "0123456789abcdef") == SHA256_HEX - 1;
}

/* One line of SHA256SUMS, "SUM  NAME"; what is of no file of ours that is there is left out. */
static void add_line(int dir, const char *line, EvidenceSet *set) {
        struct stat st;

        if (!is_sum(line) || strncmp(line + SHA256_HEX - 1, "  ", 2) != 0 ||
            set->n == ELEMENTSOF(set->files))
                return;
        const char *name = line + SHA256_HEX + 1;
        if (evidence_file_index(name) < 0)
                return;
        for (size_t i = 0; i < set->n; i++)
                if (streq(set->files[i].name, name))
                        return;
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                return;
        struct EvidenceFile *file = &set->files[set->n++];
        snprintf(file->name, sizeof(file->name), "%s", name);
        snprintf(file->sha256, sizeof(file->sha256), "%.64s", line);
        file->size = (uint64_t)st.st_size;
}

static int read_sums(int dir, EvidenceSet *set) {
        _cleanup_strbuf_ StrBuf sums = { 0 };
        char *rest;

        int r = evidence_file_read(dir, EVIDENCE_SUMS, EVIDENCE_SUMS_MAX, &sums);
        if (r < 0)
                return r;
        if (!sums.data)
                return 0;
        for (char *line = strtok_r(sums.data, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
                add_line(dir, line, set);
        return 0;
}

typedef struct Sets {
        EvidenceSet *items;
        size_t n;
} Sets;

static int add_set(void *userdata, int dir, const char *name) {
        Sets *sets = userdata;
        EvidenceSet set = { 0 };

        if (!evidence_is_stamp(name, &set.at))
                return 0;
        _cleanup_close_ int fd = evidence_folder_at(dir, name, false);
        if (fd < 0)
                return 0;
        memcpy(set.stamp, name, sizeof(set.stamp));
        /* Sums that are damaged or gone leave a set without files: it is there all the same. */
        if (read_sums(fd, &set) == -ENOMEM)
                return -ENOMEM;
        EvidenceSet *items = realloc(sets->items, (sets->n + 1) * sizeof(*items));
        if (!items)
                return -ENOMEM;
        sets->items = items;
        items[sets->n++] = set;
        return 0;
}

static int compare_newest(const void *a, const void *b) {
        return strcmp(((const EvidenceSet *)b)->stamp, ((const EvidenceSet *)a)->stamp);
}

static int open_domain(const char *state_dir, const char *domain) {
        if (!evidence_is_domain(domain))
                return -ENOENT;
        _cleanup_close_ int evidence = evidence_folder(state_dir, EVIDENCE_FOLDER, false);
        return evidence < 0 ? evidence : evidence_folder_at(evidence, domain, false);
}

int evidence_list(const char *state_dir, const char *domain, EvidenceSet **ret, size_t *ret_n) {
        Sets sets = { 0 };
        _cleanup_close_ int dir = open_domain(state_dir, domain);
        if (dir < 0 && dir != -ENOENT)
                return dir;
        int r = dir < 0 ? 0 : evidence_each(dir, add_set, &sets);
        if (r < 0) {
                free(sets.items);
                return r;
        }
        if (sets.n > 0)
                qsort(sets.items, sets.n, sizeof(*sets.items), compare_newest);
        *ret = sets.items;
        *ret_n = sets.n;
        return 0;
}

int evidence_open(const char *state_dir, const char *domain, const char *stamp, const char *file,
                  int *ret_fd, uint64_t *ret_size) {
        usec_t at;

        if (!evidence_is_stamp(stamp, &at) ||
            (evidence_file_index(file) < 0 && !streq(file, EVIDENCE_SUMS)))
                return -ENOENT;
        _cleanup_close_ int dir = open_domain(state_dir, domain);
        if (dir < 0)
                return dir;
        _cleanup_close_ int set = evidence_folder_at(dir, stamp, false);
        if (set < 0)
                return set;
        int fd = evidence_file_open(set, file, EVIDENCE_PDF_MAX, ret_size);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        return 0;
}

/* Whom evidence_forget() asks. */
typedef struct Keep {
        bool (*keep)(void *userdata, const char *domain);
        void *userdata;
} Keep;

static int forget_result(void *userdata, int dir, const char *name) {
        const Keep *keep = userdata;
        char domain[NAME_MAX + 1];
        size_t n = strlen(name);

        if (n <= STRLEN(".json") || n > NAME_MAX || !streq(name + n - STRLEN(".json"), ".json"))
                return 0;
        snprintf(domain, sizeof(domain), "%.*s", (int)(n - STRLEN(".json")), name);
        if (evidence_is_domain(domain) && !keep->keep(keep->userdata, domain))
                (void)unlinkat(dir, name, 0);
        return 0;
}

void evidence_forget(const char *state_dir, bool (*keep)(void *userdata, const char *domain),
                     void *userdata) {
        Keep whom = { keep, userdata };
        _cleanup_close_ int dir = evidence_folder(state_dir, RESULTS, false);
        if (dir >= 0)
                (void)evidence_each(dir, forget_result, &whom);
}
