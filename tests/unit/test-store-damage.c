/* SPDX-License-Identifier: MIT */
#include "unit/test-store.h"

#include "io/store-internal.h"

#include <errno.h>

/* Files and rows that are not as they were written. */

#define FILE_MOST ((size_t)1 << 20)

typedef struct File {
        unsigned char *data; /* of FILE_MOST */
        size_t size;
} File;

static void file_done(File *file) {
        free(file->data);
}

static File file_read(const char *path) {
        File file = { .data = malloc(FILE_MOST) };
        FILE *in = fopen(path, "re");
        assert_non_null(in);
        assert_non_null(file.data);
        file.size = fread(file.data, 1, FILE_MOST, in);
        assert_true(file.size > 0 && file.size < FILE_MOST);
        fclose(in);
        return file;
}

static void file_write(const char *path, const File *file) {
        FILE *out = fopen(path, "we");
        assert_non_null(out);
        assert_int_equal(fwrite(file->data, 1, file->size, out), file->size);
        assert_int_equal(fclose(out), 0);
}

/* Rows enough for some pages of each table, and records up to 77. */
static void fill(Store *store) {
        char name[40], text[600];

        memset(text, 'x', sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        store_begin(store);
        for (int i = 0; i < 60; i++) {
                snprintf(name, sizeof(name), "d%d.example", i);
                store_put_alert(store, &(AlertRow){ .source = "symantec",
                                                    .target = name,
                                                    .metric = "up",
                                                    .level = LEVEL_WARNING,
                                                    .detail = text });
                store_put_target(
                        store, &(TargetRow){ .source = "immuniweb", .target = name, .ids = text });
        }
        store_put_account(store, &(AccountRow){ .source = "symantec", .name = "main" });
        store_put_missing(store, &(MissingRow){ .target = "a", .good_at = 1 });
        store_put_test(store, T0, T0);
        store_put_silence(store, &(Silence){ .id = 1, .match = (char *)"*", .until = T0 });
        for (uint64_t i = 1; i <= 77; i++)
                put_event(store, i, T0, text);
        store_put_sent(store, 70);
        assert_int_equal(store_commit(store, true), 0);
}

static int count_alert(void *userdata, const AlertRow *row) {
        (void)row;
        ++*(size_t *)userdata;
        return 0;
}
static int count_target(void *userdata, const TargetRow *row) {
        (void)row;
        ++*(size_t *)userdata;
        return 0;
}
static int count_account(void *userdata, const AccountRow *row) {
        (void)row;
        ++*(size_t *)userdata;
        return 0;
}
static int count_missing(void *userdata, const MissingRow *row) {
        (void)row;
        ++*(size_t *)userdata;
        return 0;
}
static int count_test(void *userdata, usec_t started) {
        (void)started;
        ++*(size_t *)userdata;
        return 0;
}
static int count_silence(void *userdata, const Silence *silence) {
        (void)silence;
        ++*(size_t *)userdata;
        return 0;
}
static int count_event(void *userdata, const EventRow *row) {
        (void)row;
        ++*(size_t *)userdata;
        return 0;
}

static const StoreReader count_all = { count_alert,   count_target, count_account,
                                       count_missing, count_test,   count_silence };

/* --- damaged files ------------------------------------------------------------------------------
 */

/* The page at which a table begins, from 0. */
static size_t root_of(const Fixture *f, const char *table) {
        char sql[100], found[200];
        snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
        fixture_ask(f->file, sql, found);
        return (size_t)atoi(found) - 1;
}

static void damage_is_put_aside(void **state) {
        static const struct {
                const char *page;  /* of this table, else from the start of the file */
                size_t from, size; /* bytes that are overwritten */
                int with;
                size_t keep; /* the file is cut to this many bytes, 0 = not */
                uint64_t sequence;
        } rows[] = {
                { NULL, 0, 16, 'x', 0, 0 },          /* the mark of SQLite's files */
                { NULL, 0, 100, 0, 0, 0 },           /* the header */
                { NULL, 100, 400, 0xff, 0, 0 },      /* the first page of the schema */
                { NULL, 18, 2, 9, 0, 0 },            /* a format of the future */
                { NULL, 0, 0, 0, 50, 0 },            /* cut within the header */
                { NULL, 0, 0, 0, 4096, 0 },          /* cut after the first page */
                { NULL, 0, 0, 0, 4096 * 6 + 17, 0 }, /* cut somewhere */
                { "alerts", 0, 4096, 0xff, 0, 77 },
                { "alerts", 0, 4096, 0, 0, 77 },
                { "targets", 3, 2, 0xff, 0, 77 },   /* more cells than a page can have */
                { "events", 0, 4096, 'x', 0, 77 },  /* the numbers know it, too */
                { "numbers", 0, 4096, 'x', 0, 77 }, /* the records know it, too */
        };
        Fixture *f = *state;

        fixture_open(f);
        fill(f->store);
        fixture_close(f);
        _cleanup_(file_done) File whole = file_read(f->file);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                file_write(f->file, &whole);
                size_t start = rows[i].page ? root_of(f, rows[i].page) * 4096 : 0;
                _cleanup_(file_done) File bad = file_read(f->file);
                memset(bad.data + start + rows[i].from, rows[i].with, rows[i].size);
                if (rows[i].keep > 0)
                        bad.size = rows[i].keep;
                file_write(f->file, &bad);

                char name[256], path[500];
                CHECK_INT(i, fixture_try(f), -EBADMSG);
                CHECK(i, !f->store);
                CHECK(i, strstr(strbuf_text(&f->problem), "damaged"));
                CHECK_INT(i, fixture_count(f, "state.db.damaged-2", name), 1);
                CHECK(i, strstr(strbuf_text(&f->problem), name));
                if (rows[i].sequence != 0 || rows[i].keep == 0)
                        CHECK_INT(i, f->sequence, rows[i].sequence);
                /* Byte for byte what it was. */
                snprintf(path, sizeof(path), "%s/%s", f->dir, name);
                _cleanup_(file_done) File aside = file_read(path);
                CHECK_INT(i, aside.size, bad.size);
                CHECK(i, memcmp(aside.data, bad.data, bad.size) == 0);
                fixture_open(f);
                CHECK_INT(i, store_last_sequence(f->store), 0);
                fill(f->store);
                fixture_close(f);
                fixture_delete(f, name);
        }
}

static void foreign_file_is_put_aside(void **state) {
        Fixture *f = *state;
        char name[256], path[500], found[200];
        File text = { .data = (unsigned char *)"This is not a database. It never was one.\n",
                      .size = 42 };

        file_write(f->file, &text);
        assert_int_equal(fixture_try(f), -EBADMSG);
        assert_int_equal(fixture_count(f, "state.db.damaged-2", name), 1);
        fixture_delete(f, name);

        fixture_sql(
                f, "PRAGMA journal_mode = WAL; CREATE TABLE mine (a); INSERT INTO mine VALUES (5)");
        assert_int_equal(fixture_try(f), -EBADMSG);
        assert_non_null(strstr(strbuf_text(&f->problem), "it is not a state of mailsecd"));
        assert_int_equal(fixture_count(f, "state.db.damaged-2", name), 1);
        snprintf(path, sizeof(path), "%s/%s", f->dir, name);
        fixture_ask(path, "SELECT a FROM mine", found);
        assert_string_equal(found, "5");
        fixture_open(f);
        assert_false(fixture_has(f, "state.db.suspect"));
}

/* Damage that shows up only while working is looked for when the file is opened next. */
static void damage_at_work_is_found(void **state) {
        Fixture *f = *state;
        size_t n = 0;

        fixture_open(f);
        fill(f->store);
        size_t page = root_of(f, "targets");
        /* Another connection changes the file, so that no page of it is known to be unchanged. */
        fixture_sql(f, "UPDATE numbers SET value = 76 WHERE name = 'sent';"
                       "PRAGMA wal_checkpoint(TRUNCATE)");
        int fd = open(f->file, O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, (off_t)page * 4096), 8);
        close(fd);
        assert_int_equal(store_read(f->store, &count_all, &n), -EBADMSG);
        assert_true(fixture_has(f, "state.db.suspect"));
        /* And so it is for a change. */
        store_begin(f->store);
        store_put_missing(f->store, &(MissingRow){ .target = "b", .good_at = 1 });
        store_put_target(f->store, &(TargetRow){ .source = "immuniweb", .target = "d7.example" });
        assert_int_equal(store_commit(f->store, true), -EBADMSG);
        fixture_close(f);

        assert_int_equal(fixture_try(f), -EBADMSG);
        assert_int_equal(f->sequence, 77);
        assert_false(fixture_has(f, "state.db.suspect"));
        fixture_open(f);

        /* A suspicion without a ground goes away. */
        fill(f->store);
        fixture_close(f);
        char path[300];
        snprintf(path, sizeof(path), "%s/state.db.suspect", f->dir);
        fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        close(fd);
        fixture_open(f);
        assert_false(fixture_has(f, "state.db.suspect"));
        assert_int_equal(store_last_sequence(f->store), 77);
}

/* Whatever bytes are wrong, in the file or its log: it works, or it says that it is damaged and a
 * new one does. */
static void any_damage_is_survived(void **state) {
        Fixture *f = *state;
        uint64_t random = check_seed("any_damage_is_survived");
        char log[300];

        snprintf(log, sizeof(log), "%s-wal", f->file);
        fixture_open(f);
        fill(f->store);
        store_begin(f->store);
        put_event(f->store, 78, T0, "x");
        assert_int_equal(store_commit(f->store, true), 0);
        _cleanup_(file_done) File whole = file_read(f->file), whole_log = file_read(log);
        fixture_close(f);
        for (size_t i = 0; i < 150; i++) {
                _cleanup_(file_done) File bad = file_read(f->file), bad_log = file_read(f->file);
                bad.size = whole.size;
                bad_log.size = whole_log.size;
                memcpy(bad.data, whole.data, whole.size);
                memcpy(bad_log.data, whole_log.data, whole_log.size);
                File *victim = i % 3 == 0 ? &bad_log : &bad;
                for (uint64_t k = 1 + check_below(&random, 6); k > 0; k--) {
                        /* Half of them where pages and the file have their headers. */
                        size_t at = check_below(&random, victim->size);
                        if (k % 2)
                                at = at / 4096 * 4096 + check_below(&random, 24);
                        victim->data[MIN(at, victim->size - 1)] =
                                (unsigned char)check_random(&random);
                }
                fixture_delete(f, "state.db-shm");
                file_write(f->file, &bad);
                file_write(log, &bad_log);

                int r = fixture_try(f);
                CHECK(i, r == 0 || r == -EBADMSG || r == -EPROTO);
                if (r < 0)
                        fixture_open(f);
                size_t n = 0;
                r = store_read(f->store, &count_all, &n);
                CHECK(i, r == 0 || r == -EBADMSG);
                r = store_read_events(f->store, &(EventFilter){}, count_event, &n);
                CHECK(i, r == 0 || r == -EBADMSG);
                store_begin(f->store);
                store_clear_state(f->store);
                store_trim_events(f->store, T0 + 1, 3);
                r = store_commit(f->store, false);
                CHECK(i, r == 0 || r == -EBADMSG);
                fixture_close(f);
                if (fixture_has(f, "state.db.suspect"))
                        fixture_delete(f, "state.db.suspect");
                fixture_delete(f, "state.db");
                fixture_sql(f, "SELECT 1"); /* for file_read() */
                file_write(f->file, &whole);
        }
}

/* --- damaged rows -------------------------------------------------------------------------------
 */

static void bad_rows_are_left_out(void **state) {
        static const struct {
                const char *sql;
                size_t skipped;
        } rows[] = {
                { "UPDATE alerts SET level = 'fatal'", 1 },
                { "UPDATE alerts SET level = 2", 1 },
                { "UPDATE alerts SET told = NULL", 1 },
                { "UPDATE alerts SET streak_warning = 65536", 1 },
                { "UPDATE alerts SET streak_ok = -1", 1 },
                { "UPDATE alerts SET streak_ok = 'many'", 1 },
                { "UPDATE alerts SET since = -2", 1 },
                { "UPDATE alerts SET since = 1.5", 1 },
                { "UPDATE alerts SET since = NULL", 0 },
                { "UPDATE alerts SET remind_at = -9223372036854775808", 1 },
                { "UPDATE alerts SET value = 'high'", 1 },
                { "UPDATE alerts SET value = x'00'", 1 },
                { "UPDATE alerts SET muted = 2", 1 },
                { "UPDATE alerts SET flapping = 'yes'", 1 },
                { "UPDATE alerts SET detail = x'414243'", 1 },
                { "UPDATE alerts SET detail = 'a' || char(0) || 'b'", 1 },
                { "UPDATE alerts SET detail = printf('%.*c', 8193, 'x')", 1 },
                { "UPDATE alerts SET detail = printf('%.*c', 8192, 'x')", 0 },
                { "UPDATE alerts SET outcome = 5.5e9", 0 }, /* becomes a text */
                { "UPDATE alerts SET target = printf('%.*c', 1025, 'x')", 1 },
                { "UPDATE alerts SET metric = ''", 1 },
                { "UPDATE alerts SET metric = x'00'", 1 },
                { "UPDATE alerts SET ack_by = x'00'", 1 },
                { "UPDATE alerts SET ack_ceiling = 'all'", 1 },
                { "UPDATE alerts SET changes = '1 2 3'", 0 },
                { "UPDATE alerts SET changes = '9223372036854775807'", 0 },
                { "UPDATE alerts SET changes = '9223372036854775808'", 1 },
                { "UPDATE alerts SET changes = '99999999999999999999999999'", 1 },
                { "UPDATE alerts SET changes = '1 3 2'", 1 },
                { "UPDATE alerts SET changes = '1  2'", 1 },
                { "UPDATE alerts SET changes = ' 1'", 1 },
                { "UPDATE alerts SET changes = '1 '", 1 },
                { "UPDATE alerts SET changes = '1,2'", 1 },
                { "UPDATE alerts SET changes = '-1'", 1 },
                { "UPDATE alerts SET changes = x'31'", 1 },
                { "UPDATE alerts SET changes = '1' || printf('%.*c', 100, ' ')", 1 },
                { "UPDATE alerts SET changes = substr(replace(printf('%.*c', 51, 'x'), 'x', ' 1'), "
                  "2)",
                  0 },
                { "UPDATE alerts SET changes = substr(replace(printf('%.*c', 52, 'x'), 'x', ' 1'), "
                  "2)",
                  1 },
                { "UPDATE targets SET failures = 4294967296", 1 },
                { "UPDATE targets SET failures = NULL", 1 },
                { "UPDATE targets SET next_run = 'soon'", 1 },
                { "UPDATE targets SET \"values\" = printf('%.*c', 65537, 'x')", 1 },
                { "UPDATE targets SET job_id = x'ff'", 1 },
                { "UPDATE accounts SET outcome = x'00'", 1 },
                { "UPDATE accounts SET retry_at = x'00'", 1 },
                { "UPDATE missing SET good_at = -5", 1 },
                { "UPDATE missing SET target = ''", 1 },
                { "UPDATE tests SET started = 'then'", 1 },
                { "UPDATE tests SET started = -7", 1 },
                { "UPDATE silences SET id = 0", 1 },
                { "UPDATE silences SET id = -3", 1 },
                { "UPDATE silences SET match = NULL", 1 },
                { "UPDATE silences SET until = 'never'", 1 },
                { "UPDATE events SET sequence = 0", 1 },
                { "UPDATE events SET sequence = 9223372036854775807", 0 },
                { "UPDATE events SET at = 'then'", 1 },
                { "UPDATE events SET event = NULL", 1 },
                { "UPDATE events SET priority = 8", 1 },
                { "UPDATE events SET priority = -1", 1 },
                { "UPDATE events SET data = 'text'", 1 },
                { "UPDATE events SET data = NULL", 1 },
                { "UPDATE events SET data = zeroblob(262145)", 1 },
                { "UPDATE events SET data = zeroblob(0)", 0 },
                { "UPDATE numbers SET value = 'many' WHERE name = 'sent'", 1 },
                { "UPDATE numbers SET value = -1 WHERE name = 'sent'", 0 },
        };
        Fixture *f = *state;

        fixture_open(f);
        store_begin(f->store);
        store_put_alert(f->store, &(AlertRow){ .source = "s", .target = "t", .metric = "m" });
        store_put_target(f->store, &(TargetRow){ .source = "s", .target = "t" });
        store_put_account(f->store, &(AccountRow){ .source = "s", .name = "n" });
        store_put_missing(f->store, &(MissingRow){ .target = "t" });
        store_put_test(f->store, T0, T0);
        store_put_silence(f->store, &(Silence){ .id = 1, .match = (char *)"*" });
        put_event(f->store, 1, T0, "s/t/m");
        store_put_sent(f->store, 1);
        fixture_commit(f);
        fixture_close(f);
        _cleanup_(file_done) File whole = file_read(f->file);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                size_t n = 0;
                file_write(f->file, &whole);
                fixture_sql(f, rows[i].sql);
                fixture_open(f);
                CHECK_INT(i, store_read(f->store, &count_all, &n), 0);
                CHECK_INT(i, store_read_events(f->store, &(EventFilter){}, count_event, &n), 0);
                CHECK_INT(i, store_sent(f->store), strstr(rows[i].sql, "numbers") ? 0 : 1);
                CHECK_INT(i, store_skipped(f->store), rows[i].skipped);
                if (!strstr(rows[i].sql, "numbers"))
                        CHECK_INT(i, n, 7 - rows[i].skipped);
                /* It can be written over. */
                store_begin(f->store);
                put_event(f->store, 2, T0, "x");
                store_put_sent(f->store, 2);
                store_clear_state(f->store);
                fixture_commit(f);
                CHECK_INT(i, store_sent(f->store), 2);
                fixture_close(f);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                STORE_TEST(damage_is_put_aside),     STORE_TEST(foreign_file_is_put_aside),
                STORE_TEST(damage_at_work_is_found), STORE_TEST(any_damage_is_survived),
                STORE_TEST(bad_rows_are_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
