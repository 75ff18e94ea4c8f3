/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the store share: a folder of their own, the file by hand, and processes that
 * end. */

#include "unit/check.h"

#include "io/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define T0 ((usec_t)1763780400 * USEC_PER_SEC) /* 2025-11-22 03:00:00 UTC */

/* A text that tries everything: quotes, SQL, a format, UTF-8, control characters, bytes that are no
 * UTF-8. */
#define HOSTILE                                                                                    \
        "'); DROP TABLE alerts; --\" \\ %s \xc3\xbc\xe2\x80\xae\xf0\x9f\x92\xa9\n\t\x01\xff\xfe"

typedef struct Fixture {
        char dir[200];
        char file[220];
        StrBuf problem;    /* of the last fixture_try() */
        uint64_t sequence; /* the same */
        Store *store;
} Fixture;

static inline _unused_ int fixture_try(Fixture *f) {
        strbuf_reset(&f->problem);
        f->sequence = 0;
        return store_open(f->dir, T0, &f->problem, &f->sequence, &f->store);
}

static inline _unused_ void fixture_open(Fixture *f) {
        int r = fixture_try(f);
        if (r < 0)
                fail_msg("store_open: %d, %s", r, strbuf_text(&f->problem));
}

static inline _unused_ void fixture_close(Fixture *f) {
        f->store = store_close(f->store);
}

static inline _unused_ void fixture_reopen(Fixture *f) {
        fixture_close(f);
        fixture_open(f);
}

static inline _unused_ void fixture_commit(Fixture *f) {
        assert_int_equal(store_commit(f->store, false), 0);
}

/* Whether there is such a file in the folder; its path. */
static inline _unused_ bool fixture_has(const Fixture *f, const char *name) {
        char path[1200];
        struct stat st;
        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        return lstat(path, &st) == 0;
}

/* How many names of the folder begin so, logs and their indexes left out; the last of them. */
static inline _unused_ size_t fixture_count(const Fixture *f, const char *prefix,
                                            char ret_name[256]) {
        size_t n = 0;
        DIR *dir = opendir(f->dir);
        assert_non_null(dir);
        for (struct dirent *entry; (entry = readdir(dir));) {
                const char *name = entry->d_name;
                if (strncmp(name, prefix, strlen(prefix)) != 0 || strstr(name, "-wal") ||
                    strstr(name, "-shm"))
                        continue;
                n++;
                if (ret_name)
                        snprintf(ret_name, 256, "%s", name);
        }
        closedir(dir);
        return n;
}

static inline _unused_ void fixture_delete(const Fixture *f, const char *name) {
        char path[1200];
        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        unlink(path);
}

/* Runs SQL on a database by hand, as an administrator or a fault would. */
static inline _unused_ void fixture_sql_in(const char *file, const char *sql) {
        sqlite3 *db = NULL;
        char *error = NULL;
        assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
        if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
                fail_msg("%s: %s", sql, error ? error : "?");
        sqlite3_close(db);
}

static inline _unused_ void fixture_sql(const Fixture *f, const char *sql) {
        fixture_sql_in(f->file, sql);
}

/* The first column of the first row, as text; "-" = no row. */
static inline _unused_ void fixture_ask(const char *file, const char *sql, char ret[200]) {
        sqlite3 *db = NULL;
        sqlite3_stmt *statement = NULL;
        assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
                fail_msg("%s: %s", sql, sqlite3_errmsg(db));
        const char *text = sqlite3_step(statement) == SQLITE_ROW
                                   ? (const char *)sqlite3_column_text(statement, 0)
                                   : "-";
        snprintf(ret, 200, "%s", text ? text : "NULL");
        sqlite3_finalize(statement);
        sqlite3_close(db);
}

static inline _unused_ int fixture_set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));
        if (!f)
                return -1;
        strcpy(f->dir, "/tmp/test-store-XXXXXX");
        if (!mkdtemp(f->dir)) {
                free(f);
                return -1;
        }
        snprintf(f->file, sizeof(f->file), "%s/state.db", f->dir);
        *state = f;
        return 0;
}

static inline _unused_ int fixture_tear_down(void **state) {
        Fixture *f = *state;
        store_close(f->store);
        DIR *dir = opendir(f->dir);
        for (struct dirent *entry; dir && (entry = readdir(dir));)
                fixture_delete(f, entry->d_name);
        if (dir)
                closedir(dir);
        rmdir(f->dir);
        strbuf_done(&f->problem);
        free(f);
        return 0;
}

#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

/* --- children -------------------------------------------------------------------------------- */

/* A child ends by _exit(): 0, or the line at which something was not so (up to 255, else 255). The
 * code that it runs fails no assertion of the parent's. */
#define CHILD_CHECK(condition)                                                                     \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "child: line %d: not so: %s\n", __LINE__, #condition);     \
                        _exit(1);                                                                  \
                }                                                                                  \
        } while (0)

#define CHILD_SKIPPED 77

static inline _unused_ int child_wait(pid_t pid) {
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* --- rows ------------------------------------------------------------------------------------ */

static inline _unused_ int commit_number(Store *store, uint64_t value, bool durable) {
        store_begin(store);
        store_put_number(store, "n", value);
        return store_commit(store, durable);
}

static inline _unused_ void put_event(Store *store, uint64_t sequence, usec_t at,
                                      const char *identity) {
        EventRow row = {
                .sequence = sequence,
                .at = at,
                .event = "raised",
                .identity = identity,
                .level = "warning",
                .priority = 4,
                .data = "MESSAGE=x\0PRIORITY=4",
                .size = sizeof("MESSAGE=x\0PRIORITY=4"),
        };
        store_put_event(store, &row);
}

static inline _unused_ int take_sequence(void *userdata, const EventRow *row) {
        StrBuf *b = userdata;
        return strbuf_addf(b, "%s%" PRIu64, b->size > 0 ? " " : "", row->sequence);
}

/* The numbers of the records that a filter lets through, with blanks between. */
static inline _unused_ void check_events(size_t i, Store *store, const EventFilter *filter,
                                         const char *expected) {
        _cleanup_strbuf_ StrBuf found = {};
        CHECK_INT(i, store_read_events(store, filter, take_sequence, &found), 0);
        CHECK_STR(i, strbuf_text(&found), expected);
}
