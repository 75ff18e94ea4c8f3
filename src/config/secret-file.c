/* SPDX-License-Identifier: MIT */
#include "config/secret-file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_BYTES_MAX 4096
#define PEM_BYTES_MAX    (64 * 1024)

#define PEM_CERTIFICATE "CERTIFICATE-----"
#define PEM_KEY         "PRIVATE KEY-----"

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

static int check_regular(int fd, const char *path, StrBuf *problem) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return refuse(problem, path, "cannot be read: %s", strerror(errno));
        return S_ISREG(st.st_mode) ? 0 : refuse(problem, path, "is not a regular file");
}

/* What is read and how: `pem` is NULL for a password or key of one line. */
typedef struct Wanted {
        const char *path;
        const char *credentials;
        const char *pem;
        size_t max;
} Wanted;

/* Whether it is for nobody else to write and, where it is private, to read. */
static int check_owner(int fd, const Wanted *wanted, bool private, StrBuf *problem) {
        struct stat st;

        if (is_credential(wanted->path, wanted->credentials))
                return 0;
        if (fstat(fd, &st) < 0)
                return refuse(problem, wanted->path, "cannot be read: %s", strerror(errno));
        if (st.st_mode & (private ? 077 : 022))
                return refuse(problem, wanted->path, "can be %s by others (mode %04o); chmod %s it",
                              private ? "read or written" : "written", (unsigned)st.st_mode & 07777,
                              private ? "600" : "644");
        if (st.st_uid != 0 && st.st_uid != geteuid())
                return refuse(problem, wanted->path,
                              "belongs to user %u, neither to root nor to the one who reads it",
                              (unsigned)st.st_uid);
        return 0;
}

static int check_line(const char *path, const char *text, size_t size, StrBuf *problem) {
        if (size == 0)
                return refuse(problem, path, "is empty");
        for (size_t i = 0; i < size; i++)
                if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
                        return refuse(
                                problem, path,
                                "holds a control character; one line with the secret is wanted");
        return 0;
}

/* `what` is the end of the line that such a part begins with. */
static int check_pem(const char *path, const char *text, size_t size, const char *what,
                     StrBuf *problem) {
        if (size == 0)
                return refuse(problem, path, "is empty");
        if (strlen(text) < size || !strstr(text, what))
                return refuse(problem, path, "holds no %s in PEM",
                              streq(what, PEM_KEY) ? "private key" : "certificate");
        if (strstr(text, "-----BEGIN ENCRYPTED ") || strstr(text, "Proc-Type: 4,ENCRYPTED"))
                return refuse(problem, path,
                              "is protected by a passphrase, and nobody is there to type it");
        return 0;
}

/* Reads all of it into `text` and ends it, up to one byte more than there may be. */
static ssize_t read_bounded(int fd, char *text, size_t max) {
        size_t size = 0;

        while (size <= max) {
                ssize_t n = read(fd, text + size, max + 1 - size);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t)n;
        }
        text[size] = '\0';
        return (ssize_t)size;
}

static int check_text(int fd, const Wanted *wanted, const char *text, size_t *size,
                      StrBuf *problem) {
        const char *path = wanted->path;

        if (wanted->pem) {
                int r = check_pem(path, text, *size, wanted->pem, problem);
                if (r == 0 && streq(wanted->pem, PEM_CERTIFICATE) && strstr(text, PEM_KEY))
                        r = check_owner(fd, wanted, true, problem);
                return r;
        }
        if (*size > 0 && text[*size - 1] == '\n')
                *size -= *size > 1 && text[*size - 2] == '\r' ? 2 : 1;
        return check_line(path, text, *size, problem);
}

static int read_wanted(int fd, const Wanted *wanted, StrBuf *problem, Secret **ret) {
        char text[PEM_BYTES_MAX + 2];
        int r;

        ssize_t n = read_bounded(fd, text, wanted->max);
        size_t size = n < 0 ? 0 : (size_t)n;
        if (n < 0)
                r = refuse(problem, wanted->path, "cannot be read: %s", strerror((int)-n));
        else if (size > wanted->max)
                r = refuse(problem, wanted->path, "is larger than %zu KiB", wanted->max / 1024);
        else
                r = check_text(fd, wanted, text, &size, problem);
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

static int open_wanted(const Wanted *wanted, StrBuf *problem, Secret **ret) {
        /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
        int fd = open(wanted->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
                int error = errno;
                int r = refuse(problem, wanted->path, "cannot be read: %s", strerror(error));
                return r == -EINVAL && error == ENOENT ? -ENOENT : r;
        }
        int r = check_regular(fd, wanted->path, problem);
        if (r == 0)
                r = check_owner(fd, wanted, !wanted->pem || streq(wanted->pem, PEM_KEY), problem);
        if (r == 0)
                r = read_wanted(fd, wanted, problem, ret);
        close(fd);
        return r;
}

int secret_file_read(const char *path, const char *credentials, StrBuf *problem, Secret **ret) {
        const Wanted wanted = { path, credentials, NULL, SECRET_BYTES_MAX };
        return open_wanted(&wanted, problem, ret);
}

int certificate_file_read(const char *path, const char *credentials, StrBuf *problem,
                          Secret **ret) {
        const Wanted wanted = { path, credentials, PEM_CERTIFICATE, PEM_BYTES_MAX };
        return open_wanted(&wanted, problem, ret);
}

int private_key_file_read(const char *path, const char *credentials, StrBuf *problem,
                          Secret **ret) {
        const Wanted wanted = { path, credentials, PEM_KEY, PEM_BYTES_MAX };
        return open_wanted(&wanted, problem, ret);
}
