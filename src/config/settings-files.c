/* SPDX-License-Identifier: MIT */
#include "config/settings.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void settings_check_readable(Load *l, const char *key, const char *path, Origin origin) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        struct stat st;

        if (!path)
                return;
        text_escape(&b, path, strlen(path), 4096);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0) {
                load_error(l, origin, "%s %s cannot be read: %s", key, strbuf_text(&b),
                           strerror(errno));
                return;
        }
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                load_error(l, origin, "%s %s is not a regular file", key, strbuf_text(&b));
        close(fd);
}

void settings_read_named(Load *l, SecretReader reader, const char *key, const char *path,
                         Origin origin, Secret **ret) {
        _cleanup_strbuf_ StrBuf problem = { 0 };

        int r = reader(path, l->environment->credentials_directory, &problem, ret);
        if (r == -ENOMEM)
                l->error = r;
        else if (r < 0)
                load_error(l, origin, "%s %s", key, strbuf_text(&problem));
}

bool settings_read_credential(Load *l, SecretReader reader, const char *name, Origin origin,
                              Secret **ret) {
        const char *directory = l->environment->credentials_directory;
        _cleanup_strbuf_ StrBuf path = { 0 }, problem = { 0 };

        if (!directory)
                return false;
        strbuf_addf(&path, "%s/%s", directory, name);
        int r = path.error < 0 ? path.error : reader(strbuf_text(&path), directory, &problem, ret);
        if (r == -ENOENT)
                return false;
        if (r == -ENOMEM)
                l->error = r;
        else if (r < 0)
                load_error(l, origin, "credential %s", strbuf_text(&problem));
        return true;
}
