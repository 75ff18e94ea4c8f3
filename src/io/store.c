/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* From this size of the log on, store_tidy() brings it into the file. */
#define LOG_TIDY_BYTES (4u << 20)

#define FRAME_HEADER 24 /* bytes before each page in the log */

/* --- transactions ---------------------------------------------------------------------------- */

void store_begin(Store *store) {
        assert(!store->in_transaction && store->lock_fd >= 0);
        store->in_transaction = true;
        store->begun = false;
        store->error = 0;
}

static void roll_back(Store *store) {
        /* Some errors (a full disk) roll back by themselves. */
        sqlite3_stmt *statement;
        if (!sqlite3_get_autocommit(store->db) &&
            store_statement(store, STATEMENT_ROLLBACK, &statement) == 0) {
                sqlite3_step(statement);
                sqlite3_reset(statement);
        }
        store->begun = false;
        history_rolled_back(store);
}

/* Whether somebody moved or deleted the file that is open: what is written then is lost. */
static bool has_moved(Store *store) {
        int moved = 0;

        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
        return moved != 0;
}

/* Copies the log into the file. Where `whole` is asked for, the file is on the disk and the log is
 * empty afterwards, or it fails with -EBUSY. */
static int checkpoint(Store *store, bool whole) {
        int in_log = 0, done = 0;
        int rc = sqlite3_wal_checkpoint_v2(
                store->db, "main", whole ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
                &in_log, &done);
        uint32_t threshold = LOG_TIDY_BYTES / store->page_size;

        if (rc == SQLITE_OK && in_log == done) {
                store->log_pages = 0;
                store->tidy_at = threshold;
                return 0;
        }
        /* A reader still needs it, or the disk is full: not again before it has grown further. */
        store->tidy_at = store->log_pages + threshold / 4;
        return rc == SQLITE_OK ? -EBUSY : store_errno(store->db, rc);
}

/* Commits with synchronous = NORMAL write the log but do not wait for the disk; this does. It is
 * all that FULL would do: there, too, a commit in WAL mode ends with this one call, xSync() of the
 * log, on the same descriptor (which also brings the directory to the disk when the log is new).
 * The pragma itself cannot be changed within a transaction, and who begins one does not know yet
 * whether it matters.
 *
 * After a failed sync the kernel may drop what it could not write and call the next sync a success.
 * So the log is not trusted any more: the commit counts once all of it was copied into the file and
 * that is on the disk. */
static int log_sync(Store *store) {
        sqlite3_file *log = NULL;

        if (!store->unsynced) {
                int rc =
                        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
                if (rc == SQLITE_OK && log && log->pMethods)
                        rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
                if (rc == SQLITE_OK)
                        return 0;
                store->unsynced = true;
        }
        if (checkpoint(store, true) < 0)
                return -EIO;
        store->unsynced = false;
        return 0;
}

/* Counts the pages that went to the log since the last call, spilled ones of a long transaction
 * too. */
static uint64_t count_written(Store *store) {
        int pages = 0, highest = 0;

        sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1);
        uint64_t bytes = (uint64_t)(unsigned)pages * (store->page_size + FRAME_HEADER);
        store->bytes_written += bytes;
        return bytes;
}

int store_commit(Store *store, bool durable) {
        assert(store->in_transaction);

        if (store->begun && store->error == 0 && has_moved(store))
                store->error = -ESTALE;
        sqlite3_stmt *commit = NULL;
        if (store->begun && store->error == 0 &&
            store_fail_errno(store, store_statement(store, STATEMENT_COMMIT, &commit)) == 0)
                store_run(store, commit);

        store->in_transaction = false;
        if (store->error < 0) {
                roll_back(store);
                count_written(store);
                return store->error;
        }
        if (!store->begun)
                return 0;
        store->begun = false;
        if (count_written(store) == 0)
                return 0;
        store->commits++;
        return durable ? log_sync(store) : 0;
}

/* --- the log --------------------------------------------------------------------------------- */

bool store_tidy(Store *store) {
        if (store->lock_fd < 0 || store->in_transaction || store->log_pages < store->tidy_at)
                return false;
        checkpoint(store, false);
        return store->log_pages >= store->tidy_at;
}

static uint64_t file_bytes(Store *store, const char *name) {
        struct stat st;

        return fstatat(store->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size
                                                                           : 0;
}

void store_figures(Store *store, StoreFigures *ret) {
        *ret = (StoreFigures){
                .file_bytes = file_bytes(store, STORE_FILE) + file_bytes(store, STORE_LOG),
                .commits = store->commits,
                .bytes_written = store->bytes_written,
        };
}

uint64_t store_skipped(Store *store) {
        return store->skipped;
}

void store_log_empty(Store *store) {
        checkpoint(store, true);
}

void store_close_database(Store *store) {
        history_done(store);
        for (size_t i = 0; i < ELEMENTSOF(store->statements); i++) {
                sqlite3_finalize(store->statements[i]);
                store->statements[i] = NULL;
        }
        /* So that a clean stop leaves one file without a log, even while somebody has it open. */
        if (store->settled)
                checkpoint(store, true);
        sqlite3_close(store->db);
        store->db = NULL;
        store->settled = false;
}

Store *store_close(Store *store) {
        if (!store)
                return NULL;
        if (store->in_transaction)
                roll_back(store);
        store_close_database(store);
        /* Last: until then nobody else may open it. */
        if (store->lock_fd >= 0)
                close(store->lock_fd);
        if (store->dir_fd >= 0)
                close(store->dir_fd);
        free(store);
        return NULL;
}
