/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stamp.h"
#include "base/text.h"

/* How many files that were put aside are left lying: each may be as big as the state itself. */
#define ASIDE_MOST 3

#define STAMP_SIZE STRLEN("20251122T031205Z")

#define NAME_SIZE 128

/* With the file go its log, and the log's index. */
static const char *const companions[] = { "", "-wal", "-shm" };

/* Where the stamp stands in a name that store_put_aside() gave, or NULL when it gave none such:
 * foreign files are left alone, and the companions go with theirs. */
static const char *aside_stamp(const char *name) {
        static const char damaged[] = STORE_FILE ".damaged-", version[] = STORE_FILE ".version-";

        if (strlen(name) >= NAME_SIZE - STRLEN("-wal"))
                return NULL;
        if (startswith(name, damaged)) {
                name += sizeof(damaged) - 1;
        } else if (startswith(name, version)) {
                name += sizeof(version) - 1;
                size_t digits = strspn(name, "0123456789");
                if (digits == 0 || name[digits] != '-')
                        return NULL;
                name += digits + 1;
        } else {
                return NULL;
        }
        static const char pattern[] = "00000000T000000Z";
        for (size_t i = 0; i < STAMP_SIZE; i++)
                if (pattern[i] == '0' ? !isdigit((unsigned char)name[i]) : name[i] != pattern[i])
                        return NULL;
        const char *rest = name + STAMP_SIZE;
        if (*rest == '.' && rest[1] && rest[1 + strspn(rest + 1, "0123456789")] == '\0')
                return name;
        return *rest == '\0' ? name : NULL;
}

static void aside_delete(int dir_fd, const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(companions); i++) {
                char path[NAME_SIZE];
                snprintf(path, sizeof(path), "%s%s", name, companions[i]);
                unlinkat(dir_fd, path, 0);
        }
}

/* Counts those there are, and copies the name of the one with the oldest stamp. */
static size_t aside_count(DIR *dir, char oldest[static NAME_SIZE]) {
        size_t n = 0;
        struct dirent *entry;

        rewinddir(dir);
        oldest[0] = '\0';
        while ((entry = readdir(dir))) {
                const char *stamp = aside_stamp(entry->d_name);
                if (!stamp)
                        continue;
                n++;
                if (!oldest[0] || strverscmp(stamp, aside_stamp(oldest)) < 0)
                        strcpy(oldest, entry->d_name); /* as long as aside_stamp() allows */
        }
        return n;
}

/* Makes room for one more. Before it, so that a clock set back cannot make the new one the oldest.
 */
static void aside_trim(int dir_fd) {
        char oldest[NAME_SIZE];
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);

        if (!dir) {
                if (fd >= 0)
                        close(fd);
                return;
        }
        /* What cannot be deleted is not tried for ever. */
        for (int tries = 0; tries < 100 && aside_count(dir, oldest) >= ASIDE_MOST; tries++)
                aside_delete(dir_fd, oldest);
        closedir(dir);
}

static bool is_taken(int dir_fd, const char *name) {
        struct stat st;

        for (size_t i = 0; i < ELEMENTSOF(companions); i++) {
                char path[NAME_SIZE];
                snprintf(path, sizeof(path), "%s%s", name, companions[i]);
                if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
                        return true;
        }
        return false;
}

/* "20251122T031205Z": sorts by time, and needs no quoting. */
static void stamp_compact(usec_t now, char ret[static STAMP_SIZE + 1]) {
        _cleanup_strbuf_ StrBuf stamp = {};
        size_t n = 0;

        stamp_format_utc(&stamp, now);
        for (const char *p = strbuf_text(&stamp); *p && n < STAMP_SIZE; p++)
                if (*p != '-' && *p != ':')
                        ret[n++] = *p;
        ret[n] = '\0';
}

int store_put_aside(int dir_fd, const char *kind, usec_t now, StrBuf *ret_name) {
        char name[NAME_SIZE], stamp[STAMP_SIZE + 1];

        aside_trim(dir_fd);
        stamp_compact(now, stamp);
        snprintf(name, sizeof(name), STORE_FILE ".%s-%s", kind, stamp);
        for (int i = 2; is_taken(dir_fd, name); i++) {
                if (i > 100)
                        return -EEXIST;
                snprintf(name, sizeof(name), STORE_FILE ".%s-%s.%d", kind, stamp, i);
        }

        /* The file first: a log without its file is dropped by SQLite, a file without its log would
         * pass for a whole one. */
        for (size_t i = 0; i < ELEMENTSOF(companions); i++) {
                char from[NAME_SIZE], to[NAME_SIZE];
                snprintf(from, sizeof(from), STORE_FILE "%s", companions[i]);
                snprintf(to, sizeof(to), "%s%s", name, companions[i]);
                if (renameat(dir_fd, from, dir_fd, to) < 0 && (i == 0 || errno != ENOENT))
                        return -errno;
        }
        unlinkat(dir_fd, STORE_SUSPECT, 0);
        fsync(dir_fd);
        return strbuf_adds(ret_name, name);
}
