/* SPDX-License-Identifier: MIT */
#include "config/file.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 100,000 domains take 3 MB. */
#define FILE_BYTES_MAX ((size_t)64 * 1024 * 1024)

static void closep(int *fd) {
        if (*fd >= 0)
                close(*fd);
}

static int refuse(StrBuf *problem, const char *words) {
        int r = strbuf_adds(problem, words);
        return r < 0 ? r : -EINVAL;
}

/* Reads up to `size` bytes; less at the end of the file. */
static ssize_t read_all(int fd, char *data, size_t size) {
        size_t n = 0;

        while (n < size) {
                ssize_t m = read(fd, data + n, size - n);
                if (m < 0 && errno == EINTR)
                        continue;
                if (m < 0)
                        return -errno;
                if (m == 0)
                        break;
                n += (size_t)m;
        }
        return (ssize_t)n;
}

/* Opens a regular file and tells its size. */
static int open_regular(const char *path, StrBuf *problem, size_t *ret_size) {
        struct stat st;

        /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0) {
                strbuf_addf(problem, "cannot be read: %s", strerror(errno));
                return problem->error < 0 ? problem->error : -EINVAL;
        }
        if (!S_ISREG(st.st_mode))
                return refuse(problem, "is not a regular file");
        if ((uintmax_t)st.st_size > FILE_BYTES_MAX)
                return refuse(problem, "is larger than 64 MiB");
        *ret_size = (size_t)st.st_size;

        int opened = fd;
        fd = -1;
        return opened;
}

int file_read_text(const char *path, char **ret, size_t *ret_size, StrBuf *problem,
                   unsigned *ret_line) {
        size_t size = 0;

        *ret_line = 0;
        _cleanup_(closep) int fd = open_regular(path, problem, &size);
        if (fd < 0)
                return fd;

        _cleanup_free_ char *text = malloc(size + 2);
        if (!text)
                return -ENOMEM;
        ssize_t n = read_all(fd, text, size);
        if (n < 0) {
                strbuf_addf(problem, "cannot be read: %s", strerror((int)-n));
                return problem->error < 0 ? problem->error : -EINVAL;
        }
        size = (size_t)n;

        int r = file_check_text(text, size, problem, ret_line);
        if (r < 0)
                return r;
        if (size == 0 || text[size - 1] != '\n')
                text[size++] = '\n';
        text[size] = '\0';
        *ret = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

static unsigned line_of(const char *text, size_t at) {
        unsigned line = 1;

        for (size_t i = 0; i < at; i++)
                line += text[i] == '\n';
        return line;
}

int file_check_text(const char *text, size_t size, StrBuf *problem, unsigned *ret_line) {
        *ret_line = 1;
        if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                return refuse(problem,
                              "begins with a byte order mark; save it as UTF-8 without one");

        const char *nul = memchr(text, '\0', size);
        if (nul) {
                *ret_line = line_of(text, (size_t)(nul - text));
                return refuse(problem, "a NUL character; this is no text file");
        }
        if (text_is_utf8(text, size))
                return 0;

        /* Only now that it is known to be wrong: which line is the first that is. */
        size_t at = 0;
        for (;;) {
                const char *end = memchr(text + at, '\n', size - at);
                size_t next = end ? (size_t)(end - text) + 1 : size;
                if (!text_is_utf8(text + at, next - at) || next == size)
                        break;
                at = next;
        }
        *ret_line = line_of(text, at);
        return refuse(problem, "a character that is not UTF-8");
}

static int is_conf(const struct dirent *entry) {
        size_t size = strlen(entry->d_name);

        return entry->d_name[0] != '.' && size > STRLEN(".conf") &&
               streq(entry->d_name + size - STRLEN(".conf"), ".conf");
}

static int compare_bytes(const struct dirent **a, const struct dirent **b) {
        return strcmp((*a)->d_name, (*b)->d_name); /* not alphasort(): that asks the locale */
}

int file_list(const char *directory, char ***ret) {
        struct dirent **entries = NULL;
        int r = 0;

        int n = scandir(directory, &entries, is_conf, compare_bytes);
        if (n < 0)
                return -errno;

        char **list = calloc((size_t)n + 1, sizeof(*list));
        if (!list)
                r = -ENOMEM;
        for (int i = 0; i < n; i++) {
                if (r == 0 && asprintf(&list[i], "%s/%s", directory, entries[i]->d_name) < 0) {
                        list[i] = NULL;
                        r = -ENOMEM;
                }
                free(entries[i]);
        }
        free(entries);
        if (r < 0)
                file_list_free(list);
        else
                *ret = list;
        return r;
}

char **file_list_free(char **list) {
        for (char **p = list; p && *p; p++)
                free(*p);
        free(list);
        return NULL;
}
