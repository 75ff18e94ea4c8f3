/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <errno.h>
#include <string.h>

/* A result of SQLite and what it means; its extended codes stand for their primary one unless they
 * are here. */
static const struct ResultMeaning {
        int result;
        int error;
        bool ask; /* the system's errno says more, where there is one */
} meanings[] = {
        { SQLITE_FULL, ENOSPC, false },
        { SQLITE_READONLY_DBMOVED, ESTALE, false },
        { SQLITE_READONLY, EROFS, false },
        { SQLITE_CANTOPEN_SYMLINK, ELOOP, false },
        { SQLITE_CANTOPEN, EACCES, true },
        { SQLITE_PERM, EACCES, false },
        { SQLITE_AUTH, EACCES, false },
        { SQLITE_BUSY, EBUSY, false },
        { SQLITE_LOCKED, EBUSY, false },
        { SQLITE_PROTOCOL, EBUSY, false },
        { SQLITE_SCHEMA, EBUSY, false },
        { SQLITE_CORRUPT, EBADMSG, false },
        { SQLITE_NOTADB, EBADMSG, false },
        /* A table or column that should be there is not: our statements are fixed. */
        { SQLITE_ERROR, EBADMSG, false },
        { SQLITE_IOERR_NOMEM, ENOMEM, false },
        { SQLITE_IOERR, EIO, true },
        { SQLITE_NOMEM, ENOMEM, false },
        { SQLITE_TOOBIG, E2BIG, false },
        { SQLITE_NOLFS, EFBIG, false },
};

/* Of the system's, those that tell people more than "the disk fails". */
static const int telling[] = { ENOSPC, EDQUOT, EROFS,  EACCES, EPERM, EFBIG,
                               EMFILE, ENFILE, ENOMEM, ELOOP,  ENOENT };

static const struct ErrorWords {
        int error;
        const char *words;
} all_words[] = {
        { ENOSPC, "the disk is full" },
        { EDQUOT, "the disk quota is used up" },
        { EROFS, "the file system is read-only" },
        { EACCES, "access is denied" },
        { EPERM, "access is denied" },
        { EBUSY, "another process uses it" },
        { EBADMSG, "the file is damaged" },
        { EPROTO, "the file is from another version" },
        { EIO, "the disk fails to read or write" },
        { ENOMEM, "there is not enough memory" },
        { ENOENT, "there is no such file or directory" },
        { ENOTDIR, "it is not in a directory" },
        { EISDIR, "something other than a file stands in its place" },
        { ELOOP, "a symbolic link stands in its place" },
        { ESTALE, "the file was moved or deleted while it was in use" },
        { EMFILE, "too many files are open" },
        { ENFILE, "too many files are open" },
        { EFBIG, "the file is too big for the file system" },
        { ENAMETOOLONG, "the path is too long" },
        { EOPNOTSUPP, "the file system cannot share memory between processes" },
        { E2BIG, "a text is too long" },
        { ERANGE, "a number is too big" },
        { EINVAL, "a value is not valid" },
};

static const struct ResultMeaning *meaning_find(int result) {
        for (size_t i = 0; i < ELEMENTSOF(meanings); i++)
                if (meanings[i].result == result)
                        return &meanings[i];
        return NULL;
}

int store_errno(sqlite3 *db, int sqlite_rc) {
        if (sqlite_rc == SQLITE_OK || sqlite_rc == SQLITE_ROW || sqlite_rc == SQLITE_DONE)
                return 0;

        const struct ResultMeaning *meaning = meaning_find(sqlite_rc);
        if (!meaning)
                meaning = meaning_find(sqlite_rc & 0xff);
        if (!meaning)
                return -EINVAL;
        int known = db && meaning->ask ? sqlite3_system_errno(db) : 0;
        for (size_t i = 0; i < ELEMENTSOF(telling); i++)
                if (known == telling[i])
                        return -known;
        return -meaning->error;
}

const char *store_words(int error) {
        for (size_t i = 0; i < ELEMENTSOF(all_words); i++)
                if (error == -all_words[i].error)
                        return all_words[i].words;
        const char *words = error < 0 ? strerrordesc_np(-error) : NULL;
        return words ? words : "no reason is known";
}
