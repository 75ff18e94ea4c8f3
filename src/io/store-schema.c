/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Files up to this size are checked as a whole: some 0.2 s on a slow disk. */
#define CHECK_WHOLE_MOST ((int64_t)64 << 20)

#define PROBLEM_LONGEST 300 /* bytes of what SQLite found, in words */

/* Version 1. Texts are for people, too: names as in the manual pages, times in microseconds since
 * 1970 (0 = none, -1 = never or without an end), NULL where there is nothing. No column is checked
 * here: one bad row is left out when it is read, where a constraint that fails would cost the whole
 * file. */
static const char schema_1[] =
        "CREATE TABLE alerts (source TEXT, target TEXT, metric TEXT, level TEXT,"
        " streak_ok INTEGER, streak_warning INTEGER, streak_critical INTEGER, since INTEGER,"
        " remind_at INTEGER, remind_wait INTEGER, value REAL, measured_at INTEGER, outcome TEXT,"
        " detail TEXT, told TEXT, muted INTEGER, flapping INTEGER, changes TEXT, ack_by TEXT,"
        " ack_comment TEXT, ack_at INTEGER, ack_until INTEGER,"
        " PRIMARY KEY (source, target, metric)) WITHOUT ROWID;"
        "CREATE TABLE targets (source TEXT, target TEXT, last_start INTEGER, last_result INTEGER,"
        " next_run INTEGER, failures INTEGER, job_id TEXT, job_started INTEGER, ids TEXT,"
        " result_at INTEGER, good_at INTEGER, \"values\" TEXT,"
        " PRIMARY KEY (source, target)) WITHOUT ROWID;"
        "CREATE TABLE accounts (source TEXT, name TEXT, failures INTEGER, outcome TEXT,"
        " retry_at INTEGER, failed_at INTEGER, good_at INTEGER,"
        " PRIMARY KEY (source, name)) WITHOUT ROWID;"
        "CREATE TABLE missing (target TEXT PRIMARY KEY, good_at INTEGER) WITHOUT ROWID;"
        "CREATE TABLE tests (started INTEGER, place INTEGER,"
        " PRIMARY KEY (started, place)) WITHOUT ROWID;"
        "CREATE TABLE silences (id INTEGER PRIMARY KEY, match TEXT, comment TEXT, \"by\" TEXT,"
        " created INTEGER, until INTEGER);"
        "CREATE TABLE events (sequence INTEGER PRIMARY KEY, at INTEGER, event TEXT, identity TEXT,"
        " level TEXT, priority INTEGER, data BLOB);"
        "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;";

/* Version 2: the highest value up to which an acknowledgement holds, the age of records, and the
 * history. */
static const char schema_2[] = "ALTER TABLE alerts ADD COLUMN ack_ceiling REAL;"
                               "CREATE INDEX events_at ON events (at);";

/* Version 3: ends of alerts that an Alertmanager has not taken yet. */
static const char schema_3[] = "CREATE TABLE ends (id INTEGER PRIMARY KEY, of_level INTEGER,"
                               " level TEXT, since INTEGER, at INTEGER, data BLOB);";

/* What leads from a version to the next. A new file takes all of them, so that none is ever
 * untried. */
static const struct SchemaStep {
        int from;
        const char *sql[2];
} steps[] = {
        { 0, { schema_1 } },
        { 1, { schema_2, store_history_schema } },
        { 2, { schema_3 } },
};

static_assert(ELEMENTSOF(steps) == STORE_VERSION, "one step to each version");

static int run_steps(sqlite3 *db, int version) {
        int rc = SQLITE_OK;

        for (size_t i = 0; i < ELEMENTSOF(steps) && rc == SQLITE_OK; i++)
                for (size_t k = 0; k < ELEMENTSOF(steps[i].sql) && rc == SQLITE_OK; k++)
                        if (steps[i].from >= version && steps[i].sql[k])
                                rc = sqlite3_exec(db, steps[i].sql[k], NULL, NULL, NULL);
        return rc;
}

int store_upgrade(sqlite3 *db, int version) {
        char mark[80];
        snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 STORE_APPLICATION, STORE_VERSION);

        int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (rc == SQLITE_OK)
                rc = run_steps(db, version);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(db, mark, NULL, NULL, NULL);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        /* Before the rollback, which would hide what the system said. */
        int r = store_errno(db, rc);
        if (r < 0 && !sqlite3_get_autocommit(db))
                sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return r;
}

/* Runs a check that answers one row of text. */
static int check_run(sqlite3 *db, const char *sql, StrBuf *problem) {
        sqlite3_stmt *statement = NULL;
        int r = store_errno(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL));

        if (r == 0) {
                int rc = sqlite3_step(statement);
                const char *found =
                        rc == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
                r = store_errno(db, rc);
                if (found && !streq(found, "ok")) {
                        text_clean(problem, found, strlen(found), PROBLEM_LONGEST);
                        r = -EBADMSG;
                }
        }
        sqlite3_finalize(statement);
        return r;
}

static int64_t file_size(sqlite3 *db) {
        sqlite3_stmt *statement = NULL;
        int64_t size = INT64_MAX;

        sqlite3_prepare_v2(db,
                           "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                           -1, &statement, NULL);
        if (statement && sqlite3_step(statement) == SQLITE_ROW)
                size = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return size;
}

static int check_tables(sqlite3 *db, StrBuf *problem) {
        sqlite3_stmt *list = NULL;
        int rc = sqlite3_prepare_v2(db,
                                    "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                    " AND name NOT LIKE 'history%'",
                                    -1, &list, NULL);
        int r = store_errno(db, rc);

        while (r == 0 && (rc = sqlite3_step(list)) == SQLITE_ROW) {
                char *sql = sqlite3_mprintf("PRAGMA quick_check(%Q)", sqlite3_column_text(list, 0));
                r = sql ? check_run(db, sql, problem) : -ENOMEM;
                sqlite3_free(sql);
        }
        if (r == 0)
                r = store_errno(db, rc);
        sqlite3_finalize(list);
        return r;
}

int store_check(sqlite3 *db, bool suspect, StrBuf *problem) {
        if (suspect)
                return check_run(db, "PRAGMA integrity_check(1)", problem);
        if (file_size(db) <= CHECK_WHOLE_MOST)
                return check_run(db, "PRAGMA quick_check(1)", problem);
        return check_tables(db, problem);
}

static uint64_t read_one(sqlite3 *db, const char *sql) {
        sqlite3_stmt *statement = NULL;
        int64_t value = 0;

        sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
        if (statement && sqlite3_step(statement) == SQLITE_ROW)
                value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        return value > 0 ? (uint64_t)value : 0;
}

uint64_t store_last_readable(sqlite3 *db) {
        uint64_t number = read_one(db, "SELECT value FROM numbers WHERE name = 'sequence'");
        uint64_t event = read_one(db, "SELECT max(sequence) FROM events");

        return MAX(number, event);
}
