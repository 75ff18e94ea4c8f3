/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>

/* Where the file stands, who may read it, what may stand in its way, and words for that. */

static mode_t mode_of(const Fixture *f, const char *name) {
        char path[500];
        struct stat st;
        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        assert_int_equal(lstat(path, &st), 0);
        return st.st_mode & 07777;
}

static void files_are_closed_to_others(void **state) {
        static const mode_t masks[] = { 0, 022, 077, 0777 };
        static const char *const names[] = { "new/state.db", "new/state.db-wal", "new/state.db-shm",
                                             "new/lock" };
        Fixture *f = *state, g = *f;

        snprintf(g.dir, sizeof(g.dir), "%.40s/new", f->dir);
        for (size_t i = 0; i < ELEMENTSOF(masks); i++) {
                mode_t before = umask(masks[i]);
                int r = fixture_try(&g);
                if (r == 0)
                        r = commit_number(g.store, 1, true);
                umask(before);
                CHECK_INT(i, r, 0);
                CHECK_INT(i, mode_of(f, "new"), 0700);
                for (size_t k = 0; k < ELEMENTSOF(names); k++)
                        CHECK_INT(i * 10 + k, mode_of(f, names[k]), 0600);
                fixture_close(&g);

                /* One that was opened to others is closed again. */
                char path[300];
                snprintf(path, sizeof(path), "%s/state.db", g.dir);
                assert_int_equal(chmod(path, 0666), 0);
                fixture_open(&g);
                CHECK_INT(i, mode_of(f, "new/state.db"), 0600);
                fixture_close(&g);
                fixture_delete(&g, "state.db");
                fixture_delete(&g, "lock");
                assert_int_equal(rmdir(g.dir), 0);
        }
        strbuf_done(&g.problem);
        /* A directory that was there is left as it is. */
        assert_int_equal(chmod(f->dir, 0750), 0);
        fixture_open(f);
        assert_int_equal(mode_of(f, "."), 0750);
}

static void unusable_places_are_told(void **state) {
        static const struct {
                const char *make; /* run by a shell in the folder */
                const char *dir;
                int error;
                const char *words;
        } rows[] = {
                { "true", "a/b", -ENOENT, "there is no such file or directory" },
                { "touch a", "a", -ENOTDIR, "it is not in a directory" },
                { "touch a", "a/b", -ENOTDIR, "it is not in a directory" },
                { "ln -s /nonexistent/x a", "a", -EEXIST, "" },
                { "ln -s a a", "a", -ELOOP, "a symbolic link" },
                { "mkdir a && touch x && ln -s ../x a/state.db", "a", -ELOOP, "a symbolic link" },
                { "mkdir a && ln -s ../x a/state.db", "a", -ELOOP, "a symbolic link" },
                { "mkdir a && ln -s ../x a/lock", "a", -ELOOP, "a symbolic link" },
                { "mkdir -p a/state.db", "a", -EISDIR, "something other than a file" },
                { "mkdir a && mkfifo a/state.db", "a", -EISDIR, "something other than a file" },
                { "mkdir -p a/lock", "a", -EISDIR, "something other than a file" },
                { "mkdir b && ln -s b a", "a", 0, "" },
                { "mkdir a && touch a/state.db", "a", 0, "" },
                { "true", "a", 0, "" },
        };
        Fixture *f = *state, g = *f;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char command[400];
                snprintf(command, sizeof(command), "cd %s && %s", f->dir, rows[i].make);
                CHECK_INT(i, system(command), 0);
                snprintf(g.dir, sizeof(g.dir), "%.40s/%s", f->dir, rows[i].dir);
                CHECK_INT(i, fixture_try(&g), rows[i].error);
                CHECK(i, strstr(strbuf_text(&g.problem), rows[i].words));
                CHECK(i, !g.store == (rows[i].error < 0));
                CHECK(i, (g.problem.size > 0) == (rows[i].error < 0));
                if (rows[i].error == 0)
                        CHECK_INT(i, commit_number(g.store, 1, true), 0);
                fixture_close(&g);
                CHECK(i, !fixture_has(f, "x") || i == 5);
                snprintf(command, sizeof(command), "rm -rf %s/?", f->dir);
                CHECK_INT(i, system(command), 0);
        }
        strbuf_done(&g.problem);
        char *long_path = malloc(2000);
        assert_non_null(long_path);
        memset(long_path, 'x', 1999);
        long_path[1999] = '\0';
        assert_int_equal(store_open(long_path, T0, &f->problem, &f->sequence, &f->store),
                         -ENAMETOOLONG);
        free(long_path);
}

static void readonly_changes_nothing(void **state) {
        Fixture *f = *state;
        Store *reader = NULL;

        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), -ENOENT);
        assert_false(fixture_has(f, "state.db"));
        fixture_sql(f, "SELECT 1");
        int fd = open(f->file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        close(fd);
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), -ENOENT);
        fixture_open(f);
        assert_int_equal(commit_number(f->store, 5, false), 0);
        fixture_close(f);
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), 0);
        assert_int_equal(store_number(reader, "n"), 5);
        /* It is no daemon's rival. */
        fixture_open(f);
        assert_int_equal(commit_number(f->store, 6, true), 0);
        assert_int_equal(store_number(reader, "n"), 6);
        assert_false(store_tidy(reader));
        store_close(reader);
        fixture_sql(f, "PRAGMA user_version = 1");
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), -EPROTO);
        fixture_sql(f, "PRAGMA user_version = 3; DROP TABLE numbers");
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), -EBADMSG);
        assert_int_equal(fixture_count(f, "state.db.", NULL), 0);
}

static void errors_have_words(void **state) {
        static const struct {
                int result, error;
        } rows[] = {
                { SQLITE_OK, 0 },
                { SQLITE_ROW, 0 },
                { SQLITE_DONE, 0 },
                { SQLITE_FULL, -ENOSPC },
                { SQLITE_IOERR, -EIO },
                { SQLITE_IOERR_FSYNC, -EIO },
                { SQLITE_IOERR_NOMEM, -ENOMEM },
                { SQLITE_NOMEM, -ENOMEM },
                { SQLITE_CORRUPT, -EBADMSG },
                { SQLITE_CORRUPT_INDEX, -EBADMSG },
                { SQLITE_NOTADB, -EBADMSG },
                { SQLITE_ERROR, -EBADMSG },
                { SQLITE_READONLY, -EROFS },
                { SQLITE_READONLY_DBMOVED, -ESTALE },
                { SQLITE_READONLY_DIRECTORY, -EROFS },
                { SQLITE_CANTOPEN, -EACCES },
                { SQLITE_CANTOPEN_SYMLINK, -ELOOP },
                { SQLITE_BUSY, -EBUSY },
                { SQLITE_BUSY_SNAPSHOT, -EBUSY },
                { SQLITE_BUSY_RECOVERY, -EBUSY },
                { SQLITE_LOCKED, -EBUSY },
                { SQLITE_PERM, -EACCES },
                { SQLITE_TOOBIG, -E2BIG },
                { SQLITE_CONSTRAINT, -EINVAL },
                { SQLITE_MISUSE, -EINVAL },
                { 12345, -EINVAL },
        };

        (void)state;
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, store_errno(NULL, rows[i].result), rows[i].error);
        assert_string_equal(store_words(-ENOSPC), "the disk is full");
        assert_string_equal(store_words(-EBADMSG), "the file is damaged");
        assert_string_equal(store_words(-EPIPE), "Broken pipe");
        assert_string_equal(store_words(-99999), "no reason is known");
        assert_string_equal(store_words(7), "no reason is known");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(files_are_closed_to_others),
                STORE_TEST(unusable_places_are_told),
                STORE_TEST(readonly_changes_nothing),
                STORE_TEST(errors_have_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
