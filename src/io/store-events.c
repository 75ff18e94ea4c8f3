/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <errno.h>

#include "core/silence.h"

/* The log of records, which is the outbox, too; and the numbers that go with it. */

#define NUMBER_SEQUENCE                                                                            \
        "sequence" /* of the last record: kept here, too, for when the record is forgotten */
#define NUMBER_SENT "sent"

#define PRIORITY_MOST 7 /* syslog(3): LOG_DEBUG */

static void put_named_number(Store *store, StoreStatement which, const char *name, int64_t value) {
        sqlite3_stmt *statement = store_change_by(store, which);

        if (!statement)
                return;
        store_bind_name(store, statement, 1, name);
        sqlite3_bind_int64(statement, 2, value);
        store_run(store, statement);
}

/* Past INT64_MAX the file shows a negative number, which reads as the same one again. */
void store_put_number(Store *store, const char *name, uint64_t value) {
        put_named_number(store, STATEMENT_PUT_NUMBER, name, (int64_t)value);
}

void store_drop_numbers(Store *store, const char *prefix) {
        sqlite3_stmt *statement = store_change_by(store, STATEMENT_DROP_NUMBERS);

        if (!statement)
                return;
        store_bind_name(store, statement, 1, prefix);
        store_run(store, statement);
}

void store_put_event(Store *store, const EventRow *row) {
        sqlite3_stmt *statement = store_change_by(store, STATEMENT_PUT_EVENT);

        if (!statement)
                return;
        store_bind_number(store, statement, 1, row->sequence);
        /* Records are searched by their time: one without an end would sort before all. */
        sqlite3_bind_int64(statement, 2, (int64_t)MIN(row->at, (usec_t)INT64_MAX));
        store_bind_name(store, statement, 3, row->event);
        store_bind_text(store, statement, 4, row->identity, STORE_TEXT_LONGEST);
        store_bind_text(store, statement, 5, row->level, STORE_NAME_LONGEST);
        if (row->priority < 0 || row->priority > PRIORITY_MOST)
                store_fail_errno(store, -EINVAL);
        sqlite3_bind_int(statement, 6, row->priority);
        store_bind_data(store, statement, 7, row->data, row->size);
        if (store_run(store, statement) == 0)
                put_named_number(store, STATEMENT_RAISE_NUMBER, NUMBER_SEQUENCE,
                                 (int64_t)row->sequence);
}

void store_put_sent(Store *store, uint64_t sequence) {
        put_named_number(store, STATEMENT_RAISE_NUMBER, NUMBER_SENT,
                         (int64_t)MIN(sequence, (uint64_t)INT64_MAX));
}

/* A number that counts records, or 0: a negative one is none. */
static uint64_t counting_number(Store *store, const char *name) {
        uint64_t value = store_number(store, name);

        return value <= INT64_MAX ? value : 0;
}

uint64_t store_sent(Store *store) {
        return counting_number(store, NUMBER_SENT);
}

static int64_t ask_number(Store *store, StoreStatement which) {
        sqlite3_stmt *statement;
        int64_t value = 0;

        if (store_statement(store, which, &statement) < 0)
                return 0;
        if (store_step(store, statement) > 0)
                value = sqlite3_column_int64(statement, 0);
        store_reset(statement);
        return MAX(value, 0);
}

uint64_t store_last_sequence(Store *store) {
        uint64_t number = counting_number(store, NUMBER_SEQUENCE);
        uint64_t last = (uint64_t)ask_number(store, STATEMENT_LAST_EVENT);

        return MAX(number, last);
}

void store_trim_events(Store *store, usec_t before, uint32_t most) {
        int64_t sent = (int64_t)store_sent(store);
        int64_t n = ask_number(store, STATEMENT_COUNT_EVENTS);

        if (sent == 0 || n == 0)
                return;
        sqlite3_stmt *statement = store_change_by(store, STATEMENT_DROP_OLD_EVENTS);
        if (!statement)
                return;
        sqlite3_bind_int64(statement, 1, (int64_t)MIN(before, (usec_t)INT64_MAX));
        sqlite3_bind_int64(statement, 2, sent);
        if (store_run(store, statement) < 0)
                return;

        n -= sqlite3_changes(store->db);
        if (n <= (int64_t)most)
                return;
        statement = store_change_by(store, STATEMENT_DROP_FIRST_EVENTS);
        if (!statement)
                return;
        sqlite3_bind_int64(statement, 1, n - (int64_t)most);
        sqlite3_bind_int64(statement, 2, sent);
        store_run(store, statement);
}

/* Reads one record; `bad` where it cannot be one. */
static EventRow read_event(StoreRow *row) {
        EventRow event = {};

        event.sequence = store_row_number(row, INT64_MAX);
        event.at = store_row_usec(row);
        event.event = store_row_name(row);
        event.identity = store_row_text(row, STORE_TEXT_LONGEST);
        event.level = store_row_text(row, STORE_NAME_LONGEST);
        event.priority = (int)store_row_number(row, PRIORITY_MOST);
        event.identity = event.identity ? event.identity : "";
        event.level = event.level ? event.level : "";
        event.data = store_row_data(row, &event.size);
        if (event.sequence == 0)
                row->bad = true;
        return event;
}

static int take_event(Store *store, sqlite3_stmt *statement, const char *match,
                      int (*take)(void *userdata, const EventRow *row), void *userdata,
                      uint32_t *taken) {
        StoreRow row = { .statement = statement };
        EventRow event = read_event(&row);

        if (row.bad)
                return store_row_done(store, &row);
        if (match && (!*event.identity || !glob_matches(match, event.identity)))
                return 0;
        ++*taken;
        return take(userdata, &event);
}

static void bind_bound(sqlite3_stmt *statement, int parameter, uint64_t least) {
        sqlite3_bind_int64(statement, parameter,
                           least > 0 ? (int64_t)MIN(least, (uint64_t)INT64_MAX) : INT64_MIN);
}

int store_read_events(Store *store, const EventFilter *filter,
                      int (*take)(void *userdata, const EventRow *row), void *userdata) {
        sqlite3_stmt *statement;
        uint64_t last = filter->before > 0 ? filter->before - 1 : INT64_MAX;
        uint32_t taken = 0;

        if (filter->match && glob_problem(filter->match))
                return -EINVAL;
        int r = store_statement(
                store, filter->newest_first ? STATEMENT_READ_EVENTS_BACK : STATEMENT_READ_EVENTS,
                &statement);
        if (r < 0)
                return r;
        /* Without a bound also what is damaged, so that it is counted. */
        bind_bound(statement, 1, filter->after);
        sqlite3_bind_int64(statement, 2, (int64_t)MIN(last, (uint64_t)INT64_MAX));
        bind_bound(statement, 3, filter->since);
        while ((r = store_step(store, statement)) > 0) {
                r = take_event(store, statement, filter->match, take, userdata, &taken);
                if (r != 0 || (filter->most > 0 && taken == filter->most)) {
                        store_reset(statement);
                        return r;
                }
        }
        return r;
}
