/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE  "lock"
#define PROBE_FILE STORE_FILE ".probe"

/* SQLite's own bound is 512, with room for the names it makes of it. */
#define PATH_LONGEST 480

/* The longest row or text that is ever read or written: what is made longer by hand is refused by
 * SQLite. */
#define LENGTH_MOST (4 << 20)

/* What stands after the open of every connection. The page cache is all the memory that the size of
 * the file could make it take; the log is cut to 8 MiB when it was longer once. */
static const char settings[] = "PRAGMA cache_size = -1024; PRAGMA mmap_size = 0;"
                               "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
                               "PRAGMA journal_size_limit = 8388608;";

static int execute(Store *store, const char *sql) {
        return store_errno(store->db, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

static int store_new(Store **ret) {
        Store *store = calloc(1, sizeof(*store));
        if (!store)
                return -ENOMEM;
        store->dir_fd = store->lock_fd = -1;
        *ret = store;
        return 0;
}

/* A directory that was there keeps its mode: it may be shared, and the files in it are closed
 * anyway. */
static int folder_open(Store *store, const char *dir, bool make) {
        bool made = false;
        int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0 && errno == ENOENT && make) {
                if (mkdir(dir, 0700) < 0)
                        return -errno;
                made = true;
                fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        if (fd < 0)
                return -errno;
        store->dir_fd = fd;
        if (!made)
                return 0;
        if (fchmod(fd, 0700) < 0)
                return -errno;
        int parent = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent >= 0) {
                fsync(parent);
                close(parent);
        }
        return 0;
}

static int lock_take(Store *store) {
        int fd = openat(store->dir_fd, LOCK_FILE,
                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0)
                return -errno;
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                int error = errno == EWOULDBLOCK ? EBUSY : errno;
                close(fd);
                return -error;
        }
        store->lock_fd = fd;
        return fchmod(fd, 0600) < 0 ? -errno : 0;
}

/* Looks at what stands where the file should. 0 when a regular file does. */
static int file_look(int dir_fd, struct stat *ret) {
        if (fstatat(dir_fd, STORE_FILE, ret, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (S_ISLNK(ret->st_mode))
                return -ELOOP;
        return S_ISREG(ret->st_mode) ? 0 : -EISDIR;
}

/* Makes the file before SQLite does, which would ask the umask. One that is there is not opened:
 * closing it would drop SQLite's locks on it in this process. */
static int file_make(int dir_fd) {
        struct stat st;
        int r = file_look(dir_fd, &st);

        if (r == 0 && (st.st_mode & 07777) != 0600 && fchmodat(dir_fd, STORE_FILE, 0600, 0) < 0)
                return -errno;
        if (r != -ENOENT)
                return r;
        int fd = openat(dir_fd, STORE_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                        0600);
        if (fd < 0)
                return -errno;
        r = fchmod(fd, 0600) < 0 ? -errno : 0;
        close(fd);
        return r;
}

/* The file is used through its real path, for SQLite refuses symbolic links on all of the way, and
 * the directory's may be one (systemd's StateDirectory= with DynamicUser=). */
static int database_open(Store *store, const char *dir, int flags, const char *parameters) {
        _cleanup_strbuf_ StrBuf path = {};
        _cleanup_free_ char *real = realpath(dir, NULL);

        if (!real)
                return -errno;
        if (strlen(real) + STRLEN("/" STORE_FILE) > PATH_LONGEST)
                return -ENAMETOOLONG;
        strbuf_adds(&path, "file:");
        for (const char *c = real; *c; c++)
                if (*c == '%' || *c == '?' || *c == '#')
                        strbuf_addf(&path, "%%%02X", (unsigned)*c);
                else
                        strbuf_addc(&path, *c);
        strbuf_addf(&path, "/" STORE_FILE "%s", parameters);
        if (path.error < 0)
                return path.error;

        int rc = sqlite3_open_v2(strbuf_text(&path), &store->db,
                                 flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                 NULL);
        if (rc != SQLITE_OK)
                return store_errno(store->db, rc);
        /* Nothing that a file says is run. */
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
        sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LENGTH_MOST);
        sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
        sqlite3_busy_timeout(store->db, 0);
        return execute(store, settings);
}

/* One number that the file tells of itself. */
static int ask(Store *store, const char *sql, int64_t *ret) {
        sqlite3_stmt *statement = NULL;
        int r = store_errno(store->db, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL));

        if (r == 0) {
                int rc = sqlite3_step(statement);
                r = rc == SQLITE_DONE ? -EBADMSG : store_errno(store->db, rc);
                if (r == 0)
                        *ret = sqlite3_column_int64(statement, 0);
        }
        sqlite3_finalize(statement);
        return r;
}

/* Whose file it is, before anything is written to it. *ret_version is 0 for one without anything in
 * it. */
static int database_identify(Store *store, int *ret_version, StrBuf *found) {
        int64_t application = 0, version = 0, things = 0;

        int r = ask(store, "PRAGMA application_id", &application);
        if (r == 0)
                r = ask(store, "PRAGMA user_version", &version);
        if (r == 0)
                r = ask(store, "SELECT count(*) FROM sqlite_schema", &things);
        if (r < 0)
                return r;
        bool empty = application == 0 && version == 0 && things == 0;
        if (!empty && (application != STORE_APPLICATION || version < 1)) {
                strbuf_adds(found, "it is not a state of mailsecd");
                return -EBADMSG;
        }
        *ret_version = (int)version;
        return version > STORE_VERSION ? -EPROTO : 0;
}

/* A file system without shared memory answers another mode. */
static int log_mode(Store *store) {
        sqlite3_stmt *statement = NULL;
        int rc = sqlite3_prepare_v2(store->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);

        if (rc == SQLITE_OK)
                rc = sqlite3_step(statement);
        const char *mode =
                rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
        int r = store_errno(store->db, rc);
        if (r == 0 && (!mode || strcmp(mode, "wal") != 0))
                r = -EOPNOTSUPP;
        sqlite3_finalize(statement);
        return r;
}

static int on_log_written(void *userdata, sqlite3 *db, const char *name, int pages) {
        Store *store = userdata;

        (void)db;
        (void)name;
        store->log_pages = (uint32_t)pages;
        return SQLITE_OK;
}

/* Every statement is made here, which is the check that all tables and columns are there. */
static int database_settle(Store *store) {
        sqlite3_stmt *statement;
        int64_t page_size = 0;

        int r = ask(store, "PRAGMA page_size", &page_size);
        for (int i = 0; i < _STATEMENT_MAX && r == 0; i++)
                r = store_statement(store, (StoreStatement)i, &statement);
        store->page_size = (uint32_t)CLAMP(page_size, 512, 65536);
        return r;
}

static int database_begin(Store *store, int *ret_version, StrBuf *found) {
        bool suspect = faccessat(store->dir_fd, STORE_SUSPECT, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
        int version = 0;

        int r = database_identify(store, ret_version, found);
        if (r < 0)
                return r;
        version = *ret_version;
        if (r == 0)
                r = log_mode(store);
        if (r == 0 && version > 0)
                r = store_check(store->db, suspect, found);
        /* Until here every commit waits for the disk (FULL); store_commit() does it where it is
         * asked to. */
        if (r == 0 && version < STORE_VERSION)
                r = store_upgrade(store->db, version);
        if (r == 0)
                r = database_settle(store);
        if (r == 0)
                r = execute(store, "PRAGMA synchronous = NORMAL");
        if (r < 0)
                return r;
        /* In place of SQLite's own, which would bring the log into the file whenever it pleases. */
        sqlite3_wal_hook(store->db, on_log_written, store);
        int pages, highest;
        sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1);
        store->settled = true;
        if (suspect)
                unlinkat(store->dir_fd, STORE_SUSPECT, 0);
        store_log_empty(store);
        fsync(store->dir_fd);
        return 0;
}

/* A file that cannot be used any more makes room for a new one. Its evidence is left as it is: the
 * log of a damaged one is not brought into it. */
static int set_aside(Store *store, const char *dir, int error, int version, usec_t now,
                     const char *found, StrBuf *problem) {
        char kind[32] = "damaged";
        _cleanup_strbuf_ StrBuf name = {};

        if (error == -EPROTO)
                snprintf(kind, sizeof(kind), "version-%d", version);
        else
                sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        store_close_database(store);

        int r = store_put_aside(store->dir_fd, kind, now, &name);
        if (error == -EPROTO)
                strbuf_addf(problem, "%s/" STORE_FILE " is from a newer version of mailsecd (%d)",
                            dir, version);
        else
                strbuf_addf(problem, "%s/" STORE_FILE " is damaged (%s)", dir,
                            *found ? found : "it cannot be read");
        if (r < 0)
                strbuf_addf(problem, " and cannot be put aside: %s", store_words(r));
        else
                strbuf_addf(problem, " and was put aside as %s", strbuf_text(&name));
        return r < 0 ? r : error;
}

/* SQLite opens its files once more for reading when it cannot make them, so that it tells "no such
 * file" for whatever the reason was. Making one of our own tells it. */
static int explain_missing(int dir_fd) {
        int fd = openat(dir_fd, PROBE_FILE,
                        O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd < 0)
                return -errno;
        close(fd);
        unlinkat(dir_fd, PROBE_FILE, 0);
        return -ESTALE;
}

static int complain(const char *dir, int error, StrBuf *problem) {
        strbuf_addf(problem, "%s/" STORE_FILE " cannot be used: %s", dir, store_words(error));
        return error;
}

int store_open(const char *dir, usec_t now, StrBuf *problem, uint64_t *ret_sequence, Store **ret) {
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_strbuf_ StrBuf found = {};
        int version = 0;

        int r = store_new(&store);
        if (r == 0)
                r = folder_open(store, dir, true);
        if (r == 0)
                r = lock_take(store);
        if (r == 0)
                r = file_make(store->dir_fd);
        if (r < 0)
                return complain(dir, r, problem);

        r = database_open(store, dir, SQLITE_OPEN_READWRITE, "");
        if (r == 0)
                r = database_begin(store, &version, &found);
        if (r == -EBADMSG || r == -EPROTO) {
                uint64_t sequence = store_last_readable(store->db);
                r = set_aside(store, dir, r, version, now, strbuf_text(&found), problem);
                if (r == -EBADMSG || r == -EPROTO)
                        *ret_sequence = sequence;
                return r;
        }
        if (r == -ENOENT)
                r = explain_missing(store->dir_fd);
        if (r < 0)
                return complain(dir, r, problem);
        if (version > 0 && version < STORE_VERSION)
                strbuf_addf(problem, "%s/" STORE_FILE " was brought from version %d to version %d",
                            dir, version, STORE_VERSION);
        *ret = TAKE_PTR(store);
        return 0;
}

/* Ways to read a file that cannot be written, the next one where one fails. */
typedef enum Reading {
        READ_SHARED,    /* beside whoever writes: needs the index of the log, or room for it */
        READ_IMMUTABLE, /* takes no lock and needs nothing; for a file without a log */
        READ_ALONE,     /* with the index of the log in memory: on a full disk */
        _READING_MAX,
} Reading;

static int read_open(Store *store, const char *dir, Reading reading) {
        static const char alone[] = "PRAGMA locking_mode = EXCLUSIVE";
        struct stat st;
        int r = -EINVAL;

        switch (reading) {
        case READ_SHARED:
                return database_open(store, dir, SQLITE_OPEN_READONLY, "");
        case READ_IMMUTABLE:
                if (fstatat(store->dir_fd, STORE_LOG, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                    st.st_size > 0)
                        return -EBUSY;
                return database_open(store, dir, SQLITE_OPEN_READONLY, "?immutable=1");
        case READ_ALONE:
                r = database_open(store, dir, SQLITE_OPEN_READWRITE, "");
                if (r == 0)
                        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
                return r == 0 ? execute(store, alone) : r;
        case _READING_MAX:
                break;
        }
        return r;
}

static int read_begin(const char *dir, Reading reading, Store **ret) {
        _cleanup_(store_closep) Store *store = NULL;
        _cleanup_strbuf_ StrBuf found = {};
        struct stat st;
        int version = 0;

        int r = store_new(&store);
        if (r == 0)
                r = folder_open(store, dir, false);
        if (r == 0)
                r = file_look(store->dir_fd, &st);
        if (r == 0)
                r = read_open(store, dir, reading);
        if (r == 0)
                r = database_identify(store, &version, &found);
        if (r == 0 && version == 0)
                r = -ENOENT;
        if (r == 0 && version < STORE_VERSION)
                r = -EPROTO;
        if (r == 0)
                r = database_settle(store);
        if (r == 0)
                *ret = TAKE_PTR(store);
        return r;
}

int store_open_readonly(const char *dir, StrBuf *problem, Store **ret) {
        int r = read_begin(dir, READ_SHARED, ret), first = r;

        for (Reading reading = READ_IMMUTABLE;
             reading < _READING_MAX && r < 0 && r != -EPROTO && r != -EBADMSG; reading++)
                r = read_begin(dir, reading, ret);
        return r < 0 ? complain(dir, first, problem) : 0;
}
