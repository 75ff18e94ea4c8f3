/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool store_is_writing(const Store *store) {
        return store->in_transaction && store->error == 0;
}

/* Damage that was met while working: the next store_open() looks more closely. */
static int error_note(Store *store, int error) {
        if (error != -EBADMSG || store->lock_fd < 0)
                return error;
        int fd = openat(store->dir_fd, STORE_SUSPECT,
                        O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
        if (fd >= 0)
                close(fd);
        return error;
}

int store_fail_errno(Store *store, int error) {
        if (error < 0 && store->error == 0)
                store->error = error;
        return error;
}

int store_fail(Store *store, int sqlite_rc) {
        return store_fail_errno(store, error_note(store, store_errno(store->db, sqlite_rc)));
}

int store_prepare(Store *store, const char *sql, sqlite3_stmt **cached) {
        if (*cached)
                return 0;
        int rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, cached, NULL);
        return error_note(store, store_errno(store->db, rc));
}

int store_statement(Store *store, StoreStatement which, sqlite3_stmt **ret) {
        int r = store_prepare(store, store_sql[which], &store->statements[which]);
        if (r < 0)
                return r;
        *ret = store->statements[which];
        return 0;
}

sqlite3_stmt *store_change(Store *store, const char *sql, sqlite3_stmt **cached) {
        assert(store->in_transaction);
        if (store->error < 0 || store_fail_errno(store, store_prepare(store, sql, cached)) < 0)
                return NULL;
        if (store->begun)
                return *cached;

        sqlite3_stmt *begin;
        int r = store_statement(store, STATEMENT_BEGIN, &begin);
        if (r < 0 || store_run(store, begin) < 0) {
                store_fail_errno(store, r);
                return NULL;
        }
        store->begun = true;
        return *cached;
}

sqlite3_stmt *store_change_by(Store *store, StoreStatement which) {
        return store_change(store, store_sql[which], &store->statements[which]);
}

int store_run(Store *store, sqlite3_stmt *statement) {
        int r = store->error;
        /* A value that could not be bound has failed the transaction already. */
        if (r == 0)
                r = store_fail(store, sqlite3_step(statement));
        store_reset(statement);
        return r;
}

int store_step(Store *store, sqlite3_stmt *statement) {
        int rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW)
                return 1;
        int r = error_note(store, store_errno(store->db, rc));
        store_reset(statement);
        return r;
}

void store_reset(sqlite3_stmt *statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
}
