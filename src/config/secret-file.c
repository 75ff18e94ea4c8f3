/* SPDX-License-Identifier: MIT */
#include "config/secret-file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_BYTES_MAX 4096

static int refuse(StrBuf *problem, const char *path, const char *format, ...) _printf_(3, 4);

static int refuse(StrBuf *problem, const char *path, const char *format, ...) {
        va_list ap;

        text_escape(problem, path, strlen(path), 4096);
        strbuf_addc(problem, ' ');
        va_start(ap, format);
        strbuf_vaddf(problem, format, ap);
        va_end(ap);
        return problem->error < 0 ? problem->error : -EINVAL;
}

static bool is_credential(const char *path, const char *credentials) {
        size_t size = credentials ? strlen(credentials) : 0;

        while (size > 0 && credentials[size - 1] == '/')
                size--;
        /* ".." would lead out of the directory again. */
        return size > 0 && strncmp(path, credentials, size) == 0 && path[size] == '/' &&
               !strstr(path + size, "/../");
}

static int check_file(int fd, const char *path, const char *credentials, StrBuf *problem) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return refuse(problem, path, "cannot be read: %s", strerror(errno));
        if (!S_ISREG(st.st_mode))
                return refuse(problem, path, "is not a regular file");
        if (is_credential(path, credentials))
                return 0;
        if (st.st_mode & 077)
                return refuse(problem, path,
                              "can be read or written by others (mode %04o); chmod 600 it",
                              (unsigned)st.st_mode & 07777);
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return refuse(problem, path,
                              "belongs to user %u, neither to root nor to the one who reads it",
                              (unsigned)st.st_uid);
        return 0;
}

static int check_text(const char *path, const char *text, size_t size, StrBuf *problem) {
        if (size == 0)
                return refuse(problem, path, "is empty");
        for (size_t i = 0; i < size; i++)
                if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
                        return refuse(
                                problem, path,
                                "holds a control character; one line with the secret is wanted");
        return 0;
}

/* Reads all of it into `text`, up to one byte more than a secret may have. */
static ssize_t read_bounded(int fd, char text[static SECRET_BYTES_MAX + 1]) {
        size_t size = 0;

        while (size <= SECRET_BYTES_MAX) {
                ssize_t n = read(fd, text + size, SECRET_BYTES_MAX + 1 - size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t)n;
        }
        return (ssize_t)size;
}

static int read_secret(int fd, const char *path, StrBuf *problem, Secret **ret) {
        char text[SECRET_BYTES_MAX + 1];
        int r;

        ssize_t n = read_bounded(fd, text);
        size_t size = n < 0 ? 0 : (size_t)n;
        if (n < 0)
                r = refuse(problem, path, "cannot be read: %s", strerror((int)-n));
        else if (size > SECRET_BYTES_MAX)
                r = refuse(problem, path, "is larger than 4 KiB");
        else {
                if (size > 0 && text[size - 1] == '\n')
                        size -= size > 1 && text[size - 2] == '\r' ? 2 : 1;
                r = check_text(path, text, size, problem);
        }
        if (r == 0) {
                Secret *secret = secret_new(text, size);
                if (secret)
                        *ret = secret;
                else
                        r = -ENOMEM;
        }
        explicit_bzero(text, sizeof(text));
        return r;
}

int secret_file_read(const char *path, const char *credentials, StrBuf *problem, Secret **ret) {
        /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
                int error = errno;
                int r = refuse(problem, path, "cannot be read: %s", strerror(error));
                return r == -EINVAL && error == ENOENT ? -ENOENT : r;
        }
        int r = check_file(fd, path, credentials, problem);
        if (r == 0)
                r = read_secret(fd, path, problem, ret);
        close(fd);
        return r;
}
