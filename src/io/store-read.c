/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/voice.h"

/* The reading of rows: columns in the order of store-sql.c. */

static Level read_level(StoreRow *row) {
        Level level = LEVEL_OK;

        if (!level_find(store_row_text(row, STORE_NAME_LONGEST), &level))
                row->bad = true;
        return level;
}

/* Whole numbers with one blank between, none before the one it follows. */
static size_t read_changes(StoreRow *row, usec_t changes[static FLAP_LIMIT_MAX + 1]) {
        const char *p = store_row_text(row, STORE_TEXT_LONGEST);
        size_t n = 0;

        while (p && *p) {
                usec_t value = 0;
                const char *digits = p;
                while (isdigit((unsigned char)*p) && p - digits < 20 && value <= INT64_MAX / 10)
                        value = value * 10 + (usec_t)(*p++ - '0');
                if (p == digits || value > INT64_MAX || n > FLAP_LIMIT_MAX ||
                    (n > 0 && value < changes[n - 1]) || (*p != '\0' && (*p != ' ' || !p[1]))) {
                        row->bad = true;
                        return 0;
                }
                changes[n++] = value;
                p += *p == ' ';
        }
        return n;
}

static void read_ack(StoreRow *row, AlertRow *alert) {
        alert->ack_by = store_row_text(row, STORE_TEXT_LONGEST);
        alert->ack_comment = store_row_text(row, STORE_TEXT_LONGEST);
        alert->ack_at = store_row_usec(row);
        alert->ack_until = store_row_usec(row);
        alert->ack_ceiling = store_row_double(row);
        if (alert->ack_by)
                return;
        alert->ack_comment = NULL;
        alert->ack_at = alert->ack_until = 0;
        alert->ack_ceiling = NAN;
}

static int take_alert(const StoreReader *reader, void *userdata, StoreRow *row) {
        usec_t changes[FLAP_LIMIT_MAX + 1];
        AlertRow alert = { .changes = changes };

        alert.source = store_row_name(row);
        alert.target = store_row_name(row);
        alert.metric = store_row_name(row);
        alert.level = read_level(row);
        for (int i = 0; i < _LEVEL_MAX; i++)
                alert.streak[i] = (uint16_t)store_row_number(row, UINT16_MAX);
        alert.since = store_row_usec(row);
        alert.remind_at = store_row_usec(row);
        alert.remind_wait = store_row_usec(row);
        alert.value = store_row_double(row);
        alert.measured_at = store_row_usec(row);
        alert.outcome = store_row_text(row, STORE_NAME_LONGEST);
        alert.detail = store_row_text(row, STORE_TEXT_LONGEST);
        alert.told = read_level(row);
        alert.muted = store_row_number(row, 1);
        alert.flapping = store_row_number(row, 1);
        alert.n_changes = read_changes(row, changes);
        read_ack(row, &alert);
        return row->bad ? 0 : reader->alert(userdata, &alert);
}

static int take_target(const StoreReader *reader, void *userdata, StoreRow *row) {
        TargetRow target = {};

        target.source = store_row_name(row);
        target.target = store_row_name(row);
        target.last_start = store_row_usec(row);
        target.last_result = store_row_usec(row);
        target.next_run = store_row_usec(row);
        target.failures = (uint32_t)store_row_number(row, UINT32_MAX);
        target.job_id = store_row_text(row, STORE_TEXT_LONGEST);
        target.job_started = store_row_usec(row);
        target.ids = store_row_text(row, STORE_LIST_LONGEST);
        target.result_at = store_row_usec(row);
        target.good_at = store_row_usec(row);
        target.values = store_row_text(row, STORE_LIST_LONGEST);
        return row->bad ? 0 : reader->target(userdata, &target);
}

static int take_account(const StoreReader *reader, void *userdata, StoreRow *row) {
        AccountRow account = {};

        account.source = store_row_name(row);
        account.name = store_row_name(row);
        account.failures = (uint32_t)store_row_number(row, UINT32_MAX);
        account.outcome = store_row_text(row, STORE_NAME_LONGEST);
        account.retry_at = store_row_usec(row);
        account.failed_at = store_row_usec(row);
        account.good_at = store_row_usec(row);
        return row->bad ? 0 : reader->account(userdata, &account);
}

static int take_missing(const StoreReader *reader, void *userdata, StoreRow *row) {
        MissingRow missing = {};

        missing.target = store_row_name(row);
        missing.good_at = store_row_usec(row);
        return row->bad ? 0 : reader->missing(userdata, &missing);
}

static int take_test(const StoreReader *reader, void *userdata, StoreRow *row) {
        usec_t started = store_row_usec(row);

        return row->bad ? 0 : reader->test(userdata, started);
}

static int take_silence(const StoreReader *reader, void *userdata, StoreRow *row) {
        Silence silence = {};

        silence.id = store_row_number(row, INT64_MAX);
        silence.match = (char *)store_row_name(row);
        silence.comment = (char *)store_row_text(row, STORE_TEXT_LONGEST);
        silence.by = (char *)store_row_text(row, STORE_TEXT_LONGEST);
        silence.created = store_row_usec(row);
        silence.until = store_row_usec(row);
        if (silence.id == 0)
                row->bad = true;
        return row->bad ? 0 : reader->silence(userdata, &silence);
}

static int take_end(const StoreReader *reader, void *userdata, StoreRow *row) {
        EndRow end = {};

        end.id = store_row_number(row, INT64_MAX);
        end.of_level = store_row_number(row, 1);
        end.level = read_level(row);
        end.since = store_row_usec(row);
        end.at = store_row_usec(row);
        end.data = store_row_data(row, &end.size);
        if (end.id == 0)
                row->bad = true;
        return row->bad ? 0 : reader->end(userdata, &end);
}

typedef int (*take_row_t)(const StoreReader *reader, void *userdata, StoreRow *row);

static int read_kind(Store *store, StoreStatement which, take_row_t take, const StoreReader *reader,
                     void *userdata) {
        sqlite3_stmt *statement;
        int r = store_statement(store, which, &statement);

        if (r < 0)
                return r;
        while ((r = store_step(store, statement)) > 0) {
                StoreRow row = { .statement = statement };
                r = take(reader, userdata, &row);
                if (r == 0)
                        r = store_row_done(store, &row);
                if (r != 0) {
                        store_reset(statement);
                        return r;
                }
        }
        return r;
}

static int read_all(Store *store, const StoreReader *reader, void *userdata) {
        const struct {
                bool wanted;
                StoreStatement which;
                take_row_t take;
        } kinds[] = {
                { reader->alert, STATEMENT_READ_ALERTS, take_alert },
                { reader->target, STATEMENT_READ_TARGETS, take_target },
                { reader->account, STATEMENT_READ_ACCOUNTS, take_account },
                { reader->missing, STATEMENT_READ_MISSING, take_missing },
                { reader->test, STATEMENT_READ_TESTS, take_test },
                { reader->silence, STATEMENT_READ_SILENCES, take_silence },
                { reader->end, STATEMENT_READ_ENDS, take_end },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(kinds) && r == 0; i++)
                if (kinds[i].wanted)
                        r = read_kind(store, kinds[i].which, kinds[i].take, reader, userdata);
        return r;
}

int store_read(Store *store, const StoreReader *reader, void *userdata) {
        sqlite3_stmt *statement;

        /* Within a transaction all is of one moment already. */
        if (!sqlite3_get_autocommit(store->db))
                return read_all(store, reader, userdata);

        int r = store_statement(store, STATEMENT_SNAPSHOT, &statement);
        if (r == 0)
                r = store_step(store, statement);
        if (r < 0)
                return r;
        r = read_all(store, reader, userdata);
        int end = store_statement(store, STATEMENT_COMMIT, &statement);
        if (end == 0)
                end = store_step(store, statement);
        return r == 0 ? end : r;
}

uint64_t store_number(Store *store, const char *name) {
        sqlite3_stmt *statement;
        int64_t value = 0;

        if (store_statement(store, STATEMENT_READ_NUMBER, &statement) < 0)
                return 0;
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        if (store_step(store, statement) > 0) {
                if (sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
                        value = sqlite3_column_int64(statement, 0);
                else
                        store->skipped++;
        }
        store_reset(statement);
        return (uint64_t)value;
}
