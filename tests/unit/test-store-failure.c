/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

/* Processes that end, locks, disks that are full. */

/* --- processes ----------------------------------------------------------------------------------
 */

/* A child opens the store, does its work, tells so, and waits to be killed. */
static pid_t child_start(Fixture *f, void (*work)(Store *store)) {
        int pipe_fds[2];
        char byte = 0;

        assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                CHILD_CHECK(fixture_try(f) == 0);
                work(f->store);
                CHILD_CHECK(write(pipe_fds[1], "x", 1) == 1);
                for (;;)
                        pause();
        }
        close(pipe_fds[1]);
        ssize_t n = read(pipe_fds[0], &byte, 1);
        close(pipe_fds[0]);
        assert_int_equal(n, 1);
        return pid;
}

static void child_kill(pid_t pid) {
        kill(pid, SIGKILL);
        assert_int_equal(child_wait(pid), 128);
}

static void commit_two_and_begin_a_third(Store *store) {
        CHILD_CHECK(commit_number(store, 1, true) == 0);
        store_begin(store);
        store_put_number(store, "n", 2);
        put_event(store, 7, T0, "x");
        CHILD_CHECK(store_commit(store, false) == 0);
        store_begin(store);
        store_put_number(store, "n", 3);
        put_event(store, 8, T0, "x");
}

static void crash_keeps_what_was_committed(void **state) {
        Fixture *f = *state;

        for (size_t i = 0; i < 3; i++) {
                child_kill(child_start(f, commit_two_and_begin_a_third));
                assert_true(fixture_has(f, "state.db-wal"));
                fixture_open(f);
                CHECK_INT(i, f->problem.size, 0);
                CHECK_INT(i, store_number(f->store, "n"), 2);
                CHECK_INT(i, store_last_sequence(f->store), 7);
                fixture_close(f);
                assert_false(fixture_has(f, "state.db-wal"));
        }
}

static void only_one_process_opens_it(void **state) {
        Fixture *f = *state;
        Store *other = NULL;

        pid_t pid = child_start(f, commit_two_and_begin_a_third);
        assert_int_equal(fixture_try(f), -EBUSY);
        assert_null(f->store);
        assert_non_null(strstr(strbuf_text(&f->problem), "another process uses it"));
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &other), 0);
        assert_int_equal(store_number(other, "n"), 2); /* as committed */
        other = store_close(other);
        child_kill(pid);
        fixture_open(f);
        strbuf_reset(&f->problem);
        assert_int_equal(store_open(f->dir, T0, &f->problem, &f->sequence, &other), -EBUSY);
        assert_null(other);
        assert_int_equal(commit_number(f->store, 9, true), 0);
}

static void locked_by_another_connection(void **state) {
        Fixture *f = *state;
        sqlite3 *db = NULL;

        fixture_open(f);
        assert_int_equal(commit_number(f->store, 1, false), 0);
        assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(commit_number(f->store, 2, true), -EBUSY);
        assert_int_equal(store_number(f->store, "n"), 1);
        assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(commit_number(f->store, 2, true), 0);

        /* One who reads stands in nobody's way. */
        assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT * FROM numbers", NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(commit_number(f->store, 3, true), 0);
        assert_false(store_tidy(f->store));
        fixture_reopen(f);
        assert_int_equal(store_number(f->store, "n"), 3);
        assert_int_equal(commit_number(f->store, 4, true), 0);
        assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        fixture_close(f);

        assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", NULL,
                                      NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(fixture_try(f), -EBUSY);
        assert_int_equal(fixture_count(f, "state.db.", NULL), 0);
        sqlite3_close(db);
        fixture_open(f);
        assert_int_equal(store_number(f->store, "n"), 4);
}

/* --- the disk -----------------------------------------------------------------------------------
 */

/* Runs `work` in a child that has a disk of its own, of `size`, at the fixture's folder. */
static void with_disk(Fixture *f, const char *size, void (*work)(Fixture *f)) {
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                char options[60];
                snprintf(options, sizeof(options), "mode=0755,size=%s", size);
                if (unshare(CLONE_NEWNS) < 0 ||
                    mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) < 0 ||
                    mount("tmpfs", f->dir, "tmpfs", 0, options) < 0)
                        _exit(CHILD_SKIPPED);
                work(f);
                _exit(0);
        }
        int status = child_wait(pid);
        if (status == CHILD_SKIPPED) {
                print_message("not allowed to mount: skipped\n");
                skip();
        }
        assert_int_equal(status, 0);
}

static void fill_the_disk(Fixture *f) {
        static char text[STORE_LIST_LONGEST + 1];
        StoreFigures figures;
        int r = 0, i, more = 0;

        memset(text, 'x', sizeof(text) - 1);
        CHILD_CHECK(fixture_try(f) == 0);
        for (i = 0; i < 200 && r == 0; i++) {
                char name[20];
                snprintf(name, sizeof(name), "t%d", i);
                store_begin(f->store);
                store_put_target(f->store,
                                 &(TargetRow){ .source = "s", .target = name, .ids = text });
                store_put_number(f->store, "n", (uint64_t)i + 1);
                r = store_commit(f->store, i % 2);
        }
        CHILD_CHECK(r == -ENOSPC);
        CHILD_CHECK(i > 2);
        /* What was committed before is there, and it goes on when there is room. */
        CHILD_CHECK(store_number(f->store, "n") == (uint64_t)i - 1);
        CHILD_CHECK(store_commit((store_begin(f->store), f->store), true) == 0);
        /* What is left may be enough for some of them. */
        for (r = 0; more < 50 && r == 0; more += r == 0) {
                char name[20];
                snprintf(name, sizeof(name), "more%d", more);
                store_begin(f->store);
                store_put_target(f->store,
                                 &(TargetRow){ .source = "s", .target = name, .ids = text });
                r = store_commit(f->store, true);
        }
        CHILD_CHECK(r == -ENOSPC);
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT, "size=64m") == 0);
        CHILD_CHECK(commit_number(f->store, 999, true) == 0);
        store_figures(f->store, &figures);
        CHILD_CHECK(figures.commits == (uint64_t)(i + more));
        f->store = store_close(f->store);
        CHILD_CHECK(fixture_try(f) == 0);
        CHILD_CHECK(f->problem.size == 0);
        CHILD_CHECK(store_number(f->store, "n") == 999);
        f->store = store_close(f->store);

        /* Not even room to open it: nothing is put aside. */
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT, "nr_inodes=4") == 0);
        CHILD_CHECK(fixture_try(f) == -ENOSPC);
        CHILD_CHECK(strstr(strbuf_text(&f->problem), "the disk is full"));
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT, "nr_inodes=100") == 0);
        CHILD_CHECK(fixture_try(f) == 0);
        CHILD_CHECK(store_number(f->store, "n") == 999);
        store_close(f->store);
        strbuf_done(&f->problem);
}

static void disk_is_full(void **state) {
        with_disk(*state, "1m", fill_the_disk);
}

static void make_it_read_only(Fixture *f) {
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT | MS_RDONLY, "") == 0);
        CHILD_CHECK(fixture_try(f) == -EROFS);
        CHILD_CHECK(strstr(strbuf_text(&f->problem), "the file system is read-only"));
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT, "") == 0);
        CHILD_CHECK(fixture_try(f) == 0);
        CHILD_CHECK(commit_number(f->store, 5, true) == 0);
        f->store = store_close(f->store);
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT | MS_RDONLY, "") == 0);
        CHILD_CHECK(fixture_try(f) == -EROFS);
        CHILD_CHECK(mount("none", f->dir, "", MS_REMOUNT, "") == 0);
        CHILD_CHECK(fixture_try(f) == 0);
        CHILD_CHECK(store_number(f->store, "n") == 5);
        store_close(f->store);
        strbuf_done(&f->problem);
}

static void disk_is_read_only(void **state) {
        with_disk(*state, "4m", make_it_read_only);
}

static void file_is_moved_away(void **state) {
        Fixture *f = *state;
        char away[300];

        snprintf(away, sizeof(away), "%s/away", f->dir);
        fixture_open(f);
        assert_int_equal(commit_number(f->store, 1, true), 0);
        assert_int_equal(rename(f->file, away), 0);
        assert_int_equal(commit_number(f->store, 2, true), -ESTALE);
        fixture_reopen(f);
        assert_int_equal(store_number(f->store, "n"), 0);
        assert_int_equal(unlink(f->file), 0);
        assert_int_equal(commit_number(f->store, 2, false), -ESTALE);
        fixture_reopen(f);
        assert_int_equal(commit_number(f->store, 3, false), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(crash_keeps_what_was_committed),
                STORE_TEST(only_one_process_opens_it),
                STORE_TEST(locked_by_another_connection),
                STORE_TEST(disk_is_full),
                STORE_TEST(disk_is_read_only),
                STORE_TEST(file_is_moved_away),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
