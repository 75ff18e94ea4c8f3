/* SPDX-License-Identifier: MIT */
#include "io/evidence-file.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DOMAIN_MAX ((size_t)253)

static const char *const file_names[] = { "before.json", "after.json", "report.pdf" };

bool evidence_is_domain(const char *name) {
        size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
        return n > 0 && n <= DOMAIN_MAX && name[n] == '\0' && name[0] != '.' &&
               name[n - 1] != '.' && !strstr(name, "..");
}

bool evidence_is_stamp(const char *name, usec_t *ret) {
        struct tm tm = { 0 };
        char again[17];

        if (strlen(name) != 16 || strspn(name, "0123456789") != 8 || name[8] != 'T' ||
            strspn(name + 9, "0123456789") != 6 || name[15] != 'Z')
                return false;
        const char *end = strptime(name, "%Y%m%dT%H%M%SZ", &tm);
        time_t seconds = end && *end == '\0' ? timegm(&tm) : -1;
        if (seconds < 0)
                return false;
        /* 30 February and the like become another day. */
        gmtime_r(&seconds, &tm);
        strftime(again, sizeof(again), "%Y%m%dT%H%M%SZ", &tm);
        if (!streq(again, name))
                return false;
        *ret = (usec_t)seconds * USEC_PER_SEC;
        return true;
}

int evidence_file_index(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(file_names); i++)
                if (streq(name, file_names[i]))
                        return (int)i;
        return -1;
}

const char *evidence_file_name(size_t i) {
        return file_names[i];
}

int evidence_folder_at(int dir, const char *name, bool create) {
        if (create && mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
                return -errno;
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        /* Linux answers so for a symbolic link to a folder. */
        return fd < 0 ? -errno : fd;
}

int evidence_folder(const char *state_dir, const char *name, bool create) {
        _cleanup_close_ int dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -errno : evidence_folder_at(dir, name, create);
}

static int write_all(int fd, const char *data, size_t size, bool durable) {
        while (size > 0) {
                ssize_t n = write(fd, data, size);
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                }
        }
        return durable && fdatasync(fd) < 0 ? -errno : 0;
}

int evidence_file_write(int dir, const char *name, const char *data, size_t size, bool durable) {
        int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int r = write_all(fd, data, size, durable);
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(dir, name, 0);
        return r;
}

static int read_all(int fd, size_t max, StrBuf *ret) {
        char piece[16384];
        size_t size = 0;

        for (;;) {
                ssize_t n = read(fd, piece, sizeof(piece));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return 0;
                size += (size_t)n;
                if (size > max)
                        return -EFBIG;
                int r = strbuf_add(ret, piece, (size_t)n);
                if (r < 0)
                        return r;
        }
}

int evidence_file_open(int dir, const char *name, size_t max, uint64_t *ret_size) {
        /* Not waiting for the other end of a pipe that somebody put there. */
        _cleanup_close_ int fd =
                openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        if ((uint64_t)st.st_size > max)
                return -EFBIG;
        int r = fd;
        *ret_size = (uint64_t)st.st_size;
        fd = -1;
        return r;
}

int evidence_file_read(int dir, const char *name, size_t max, StrBuf *ret) {
        uint64_t size;
        _cleanup_close_ int fd = evidence_file_open(dir, name, max, &size);

        return fd < 0 ? fd : read_all(fd, max, ret);
}

static void closedirp(DIR **dir) {
        if (*dir)
                closedir(*dir);
}

int evidence_each(int dir, int (*seen)(void *userdata, int dir, const char *name), void *userdata) {
        /* A descriptor of its own: closedir() closes it, and where `dir` has been read to is not
         * ours. */
        int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        _cleanup_(closedirp) DIR *stream = fdopendir(fd);
        if (!stream) {
                int r = -errno;
                close(fd);
                return r;
        }
        for (;;) {
                errno = 0;
                const struct dirent *entry = readdir(stream);
                if (!entry)
                        return -errno;
                if (streq(entry->d_name, ".") || streq(entry->d_name, ".."))
                        continue;
                int r = seen(userdata, dir, entry->d_name);
                if (r != 0)
                        return r;
        }
}

static int remove_file(void *userdata, int dir, const char *name) {
        (void)userdata;
        return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int evidence_remove(int dir, const char *name) {
        int fd = evidence_folder_at(dir, name, false);
        if (fd == -ENOENT)
                return 0;
        /* A link or a file that stands in its place. */
        if (fd == -ENOTDIR || fd == -ELOOP)
                return unlinkat(dir, name, 0) < 0 ? -errno : 0;
        if (fd < 0)
                return fd;
        int r = evidence_each(fd, remove_file, NULL);
        close(fd);
        return r < 0 ? r : unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int evidence_remove_set(int dir, const char *stamp) {
        int r = evidence_remove(dir, EVIDENCE_OLD);
        if (r < 0)
                return r;
        if (renameat(dir, stamp, dir, EVIDENCE_OLD) < 0)
                return -errno;
        return evidence_remove(dir, EVIDENCE_OLD);
}

uint64_t evidence_set_size(int dir, const char *stamp) {
        uint64_t size = 0;

        for (size_t i = 0; i <= ELEMENTSOF(file_names); i++) {
                char path[64];
                struct stat st;
                snprintf(path, sizeof(path), "%s/%s", stamp,
                         i < ELEMENTSOF(file_names) ? file_names[i] : EVIDENCE_SUMS);
                if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
                        size += (uint64_t)st.st_size;
        }
        return size;
}
