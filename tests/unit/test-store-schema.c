/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>
#include <math.h>

/* Versions of the file: an older one is brought up to date, a newer one is put aside. */

/* Version 1 as it was written, for good. */
static const char version_1[] =
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
        "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
        "INSERT INTO alerts VALUES ('symantec', 'a.example', 'queue_size', 'warning', 0, 3, 0, 5, "
        "-1, 6,"
        " 12.5, 7, NULL, 'why', 'warning', 0, 1, '1 2 2', 'root', 'known', 8, -1);"
        "INSERT INTO events VALUES (41, 5, 'raised', 'symantec/a.example/queue_size', 'warning', "
        "4, x'4D00');"
        "INSERT INTO numbers VALUES ('sequence', 42), ('sent', 40);"
        "INSERT INTO tests VALUES (3, 0);"
        "PRAGMA application_id = 0x6d736563; PRAGMA user_version = 1";

static int see_migrated(void *userdata, const AlertRow *row) {
        assert_string_equal(row->target, "a.example");
        assert_int_equal(row->level, LEVEL_WARNING);
        assert_int_equal(row->streak[LEVEL_WARNING], 3);
        assert_int_equal(row->remind_at, USEC_INFINITY);
        assert_true(row->value == 12.5);
        assert_true(row->flapping && row->n_changes == 3 && row->changes[2] == 2);
        assert_string_equal(row->ack_by, "root");
        assert_int_equal(row->ack_until, USEC_INFINITY);
        assert_true(isnan(row->ack_ceiling));
        ++*(int *)userdata;
        return 0;
}

static void check_migrated(Fixture *f) {
        char found[200];
        int alerts = 0;

        assert_int_equal(store_read(f->store, &(StoreReader){ .alert = see_migrated }, &alerts), 0);
        assert_int_equal(alerts, 1);
        assert_int_equal(store_skipped(f->store), 0);
        assert_int_equal(store_last_sequence(f->store), 42);
        assert_int_equal(store_sent(f->store), 40);
        check_events(0, f->store, &(EventFilter){}, "41");
        fixture_ask(f->file, "PRAGMA user_version", found);
        assert_string_equal(found, "3");
}

static void older_version_is_brought_up(void **state) {
        Fixture *f = *state;

        fixture_sql(f, version_1);
        fixture_open(f);
        assert_non_null(
                strstr(strbuf_text(&f->problem), "was brought from version 1 to version 3"));
        check_migrated(f);
        fixture_reopen(f);
        assert_int_equal(f->problem.size, 0);
        check_migrated(f);
        assert_int_equal(fixture_count(f, "state.db.", NULL), 0);
}

/* Version 2 had no ends; all the rest stays. */
static void version_2_is_brought_up(void **state) {
        Fixture *f = *state;

        fixture_open(f);
        store_begin(f->store);
        put_event(f->store, 9, T0, "x");
        fixture_commit(f);
        fixture_close(f);
        fixture_sql(f, "DROP TABLE ends; PRAGMA user_version = 2");
        fixture_open(f);
        assert_non_null(
                strstr(strbuf_text(&f->problem), "was brought from version 2 to version 3"));
        check_events(0, f->store, &(EventFilter){}, "9");
        store_begin(f->store);
        store_drop_ends(f->store, 1);
        fixture_commit(f);
        fixture_reopen(f);
        assert_int_equal(f->problem.size, 0);
}

/* A file of the version 1 and a new one end with the same tables. */
static void ways_lead_to_one_schema(void **state) {
        static const char schema[] =
                "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema "
                "WHERE name <> ?1 ORDER BY name)";
        static const char compare[] =
                "SELECT (SELECT hex(user_version) FROM pragma_user_version) || "
                "(SELECT application_id FROM pragma_application_id)";
        Fixture *f = *state;
        sqlite3 *db = NULL;
        sqlite3_stmt *statement = NULL;
        char *texts[2] = {}, marks[2][200];

        for (int i = 0; i < 2; i++) {
                if (i == 1)
                        fixture_sql(f, version_1);
                fixture_open(f);
                fixture_close(f);
                fixture_ask(f->file, compare, marks[i]);
                assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
                assert_int_equal(sqlite3_prepare_v2(db, schema, -1, &statement, NULL), SQLITE_OK);
                sqlite3_bind_text(statement, 1, "", -1, SQLITE_STATIC);
                assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
                texts[i] = strdup((const char *)sqlite3_column_text(statement, 0));
                sqlite3_finalize(statement);
                sqlite3_close(db);
                fixture_delete(f, "state.db");
        }
        assert_non_null(strstr(texts[0], "ack_ceiling"));
        assert_string_equal(texts[0], texts[1]);
        assert_string_equal(marks[0], marks[1]);
        free(texts[0]);
        free(texts[1]);
}

/* No room for the migration: the file stays as it was, and works once there is room. */
static void failed_upgrade_leaves_the_old(void **state) {
        Fixture *f = *state;
        char found[200];
        sqlite3 *db = NULL;

        fixture_sql(f, version_1);
        assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(store_upgrade(db, 1), -ENOSPC);
        assert_true(sqlite3_get_autocommit(db));
        sqlite3_close(db);
        fixture_ask(f->file, "PRAGMA user_version", found);
        assert_string_equal(found, "1");
        fixture_ask(f->file, "SELECT count(*) FROM pragma_table_info('alerts')", found);
        assert_string_equal(found, "22");
        fixture_open(f);
        check_migrated(f);
}

/* Tables that are not what the version says: damage. */
static void wrong_tables_are_put_aside(void **state) {
        static const char *const changes[] = {
                "DROP TABLE numbers",
                "ALTER TABLE alerts DROP COLUMN detail",
                "DROP TABLE targets; CREATE VIEW targets AS SELECT * FROM accounts",
                "PRAGMA user_version = 0",
                "PRAGMA user_version = -1",
                "PRAGMA application_id = 0",
                "PRAGMA application_id = 7",
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(changes); i++) {
                fixture_open(f);
                store_begin(f->store);
                put_event(f->store, 77, T0, "x");
                store_put_number(f->store, "n", 1);
                fixture_commit(f);
                fixture_close(f);
                fixture_sql(f, changes[i]);
                CHECK_INT(i, fixture_try(f), -EBADMSG);
                CHECK_INT(i, f->sequence, 77);
                CHECK(i,
                      strstr(strbuf_text(&f->problem), "and was put aside as state.db.damaged-"));
                fixture_open(f);
                CHECK_INT(i, store_number(f->store, "n"), 0);
                CHECK_INT(i, fixture_count(f, "state.db.", NULL), MIN(i + 1, 3u));
                fixture_close(f);
        }
}

static void newer_version_is_put_aside(void **state) {
        Fixture *f = *state;
        char name[256], path[500], found[200];

        fixture_open(f);
        store_begin(f->store);
        put_event(f->store, 9, T0, "x");
        fixture_commit(f);
        fixture_close(f);
        fixture_sql(f, "PRAGMA user_version = 4; CREATE TABLE further (a)");
        Store *reader = NULL;
        assert_int_equal(store_open_readonly(f->dir, &f->problem, &reader), -EPROTO);

        assert_int_equal(fixture_try(f), -EPROTO);
        assert_int_equal(f->sequence, 9);
        assert_non_null(strstr(strbuf_text(&f->problem), "newer version of mailsecd (4)"));
        assert_int_equal(fixture_count(f, "state.db.version-4-20251122T030000Z", name), 1);
        assert_non_null(strstr(strbuf_text(&f->problem), name));
        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        fixture_ask(path, "SELECT sequence FROM events", found);
        assert_string_equal(found, "9");
        fixture_open(f);
        assert_int_equal(store_last_sequence(f->store), 0);
}

/* Put aside at one and the same time, and again and again: never over another, three at most, ours
 * only. */
static void aside_is_bounded(void **state) {
        Fixture *f = *state;
        char found[200], path[500];

        snprintf(path, sizeof(path), "%s/state.db.damaged-mine", f->dir);
        fixture_sql_in(path, "CREATE TABLE a (b)");
        for (int i = 1; i <= 5; i++) {
                char sql[100];
                snprintf(sql, sizeof(sql), "CREATE TABLE t (a); INSERT INTO t VALUES (%d)", i);
                fixture_sql(f, sql);
                assert_int_equal(fixture_try(f), -EBADMSG);
        }
        assert_int_equal(fixture_count(f, "state.db.damaged-2", NULL), 3);
        assert_true(fixture_has(f, "state.db.damaged-mine"));
        /* The newest is among them, whatever the names. */
        int sum = 0;
        for (int i = 1; i <= 5; i++) {
                snprintf(path, sizeof(path), "state.db.damaged-20251122T030000Z");
                if (i > 1)
                        snprintf(path, sizeof(path), "state.db.damaged-20251122T030000Z.%d", i);
                if (!fixture_has(f, path))
                        continue;
                char whole[800];
                snprintf(whole, sizeof(whole), "%s/%s", f->dir, path);
                fixture_ask(whole, "SELECT a FROM t", found);
                sum += 1 << atoi(found);
        }
        assert_true(sum & 1 << 5);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(older_version_is_brought_up),   STORE_TEST(ways_lead_to_one_schema),
                STORE_TEST(failed_upgrade_leaves_the_old), STORE_TEST(wrong_tables_are_put_aside),
                STORE_TEST(newer_version_is_put_aside),    STORE_TEST(aside_is_bounded),
                STORE_TEST(version_2_is_brought_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
