/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/voice.h"

/* The writing of rows: parameters in the order of the columns in store-sql.c. */

#define TIME_DIGITS 20 /* of a microsecond, with the blank before it */

/* What one row needs while it is bound: the parameter counts up. */
typedef struct Put {
        Store *store;
        sqlite3_stmt *statement;
        int parameter;
} Put;

static bool put_begin(Put *put, Store *store, StoreStatement which) {
        *put = (Put){ .store = store, .statement = store_change_by(store, which) };
        return put->statement != NULL;
}

static void put_name(Put *put, const char *name) {
        store_bind_name(put->store, put->statement, ++put->parameter, name);
}

static void put_text(Put *put, const char *text, size_t longest) {
        store_bind_text(put->store, put->statement, ++put->parameter, text, longest);
}

static void put_usec(Put *put, usec_t value) {
        store_bind_usec(put->statement, ++put->parameter, value);
}

static void put_number(Put *put, uint64_t value) {
        store_bind_number(put->store, put->statement, ++put->parameter, value);
}

/* NAN is NULL. */
static void put_double(Put *put, double value) {
        sqlite3_bind_double(put->statement, ++put->parameter, value);
}

static void put_level(Put *put, Level level) {
        put_name(put, (unsigned)level < _LEVEL_MAX ? level_name(level) : NULL);
}

static void put_end(Put *put) {
        store_run(put->store, put->statement);
}

/* "1764000000000000 1764000060000000": the newest FLAP_LIMIT_MAX + 1 of them, more are never kept.
 * A time before the one it follows would make the row a damaged one: it is raised to that. */
static void put_changes(Put *put, const usec_t *changes, size_t n,
                        char text[static(FLAP_LIMIT_MAX + 1) * TIME_DIGITS + 1]) {
        size_t first = n > FLAP_LIMIT_MAX + 1 ? n - (FLAP_LIMIT_MAX + 1) : 0, size = 0;

        usec_t last = 0;

        text[0] = '\0';
        for (size_t i = first; i < n; i++) {
                last = CLAMP(changes[i], last, (usec_t)INT64_MAX);
                size += (size_t)sprintf(text + size, "%s%" PRIu64, size > 0 ? " " : "", last);
        }
        put_text(put, text, STORE_TEXT_LONGEST);
}

/* Without a name there is no acknowledgement, and nothing of the rest. */
static void put_ack(Put *put, const AlertRow *row) {
        if (!row->ack_by || !*row->ack_by)
                return;
        put_text(put, row->ack_by, STORE_TEXT_LONGEST);
        put_text(put, row->ack_comment, STORE_TEXT_LONGEST);
        put_usec(put, row->ack_at);
        put_usec(put, row->ack_until);
        put_double(put, row->ack_ceiling);
}

void store_put_alert(Store *store, const AlertRow *row) {
        char changes[(FLAP_LIMIT_MAX + 1) * TIME_DIGITS + 1];
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_ALERT))
                return;
        put_name(&put, row->source);
        put_name(&put, row->target);
        put_name(&put, row->metric);
        put_level(&put, row->level);
        for (int i = 0; i < _LEVEL_MAX; i++)
                put_number(&put, row->streak[i]);
        put_usec(&put, row->since);
        put_usec(&put, row->remind_at);
        put_usec(&put, row->remind_wait);
        put_double(&put, row->value);
        put_usec(&put, row->measured_at);
        put_text(&put, row->outcome, STORE_NAME_LONGEST);
        put_text(&put, row->detail, STORE_TEXT_LONGEST);
        put_level(&put, row->told);
        put_number(&put, row->muted);
        put_number(&put, row->flapping);
        put_changes(&put, row->changes, row->n_changes, changes);
        put_ack(&put, row);
        put_end(&put);
}

void store_drop_alert(Store *store, const char *source, const char *target, const char *metric) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_DROP_ALERT))
                return;
        put_name(&put, source);
        put_name(&put, target);
        put_name(&put, metric);
        put_end(&put);
}

void store_put_target(Store *store, const TargetRow *row) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_TARGET))
                return;
        put_name(&put, row->source);
        put_name(&put, row->target);
        put_usec(&put, row->last_start);
        put_usec(&put, row->last_result);
        put_usec(&put, row->next_run);
        put_number(&put, row->failures);
        put_text(&put, row->job_id, STORE_TEXT_LONGEST);
        put_usec(&put, row->job_started);
        put_text(&put, row->ids, STORE_LIST_LONGEST);
        put_usec(&put, row->result_at);
        put_usec(&put, row->good_at);
        put_text(&put, row->values, STORE_LIST_LONGEST);
        put_end(&put);
}

static void drop_pair(Store *store, StoreStatement which, const char *source, const char *name) {
        Put put;

        if (!put_begin(&put, store, which))
                return;
        put_name(&put, source);
        put_name(&put, name);
        put_end(&put);
}

void store_drop_target(Store *store, const char *source, const char *target) {
        drop_pair(store, STATEMENT_DROP_TARGET, source, target);
}

void store_put_account(Store *store, const AccountRow *row) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_ACCOUNT))
                return;
        put_name(&put, row->source);
        put_name(&put, row->name);
        put_number(&put, row->failures);
        put_text(&put, row->outcome, STORE_NAME_LONGEST);
        put_usec(&put, row->retry_at);
        put_usec(&put, row->failed_at);
        put_usec(&put, row->good_at);
        put_end(&put);
}

void store_drop_account(Store *store, const char *source, const char *name) {
        drop_pair(store, STATEMENT_DROP_ACCOUNT, source, name);
}

void store_put_missing(Store *store, const MissingRow *row) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_MISSING))
                return;
        put_name(&put, row->target);
        put_usec(&put, row->good_at);
        put_end(&put);
}

void store_drop_missing(Store *store, const char *target) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_DROP_MISSING))
                return;
        put_name(&put, target);
        put_end(&put);
}

void store_put_test(Store *store, usec_t started, usec_t now) {
        Put put;

        if (put_begin(&put, store, STATEMENT_PUT_TEST)) {
                put_usec(&put, started);
                put_end(&put);
        }
        if (now > USEC_PER_DAY && put_begin(&put, store, STATEMENT_DROP_TESTS)) {
                put_usec(&put, now - USEC_PER_DAY);
                put_end(&put);
        }
}

void store_put_silence(Store *store, const Silence *silence) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_SILENCE))
                return;
        put_number(&put, silence->id);
        put_name(&put, silence->match);
        put_text(&put, silence->comment, STORE_TEXT_LONGEST);
        put_text(&put, silence->by, STORE_TEXT_LONGEST);
        put_usec(&put, silence->created);
        put_usec(&put, silence->until);
        put_end(&put);
}

void store_drop_silence(Store *store, uint64_t id) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_DROP_SILENCE))
                return;
        put_number(&put, id);
        put_end(&put);
}

void store_put_end(Store *store, const EndRow *row) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_PUT_END))
                return;
        put_number(&put, row->id);
        put_number(&put, row->of_level);
        put_level(&put, row->level);
        put_usec(&put, row->since);
        put_usec(&put, row->at);
        store_bind_data(store, put.statement, ++put.parameter, row->data, row->size);
        put_end(&put);
}

void store_drop_ends(Store *store, uint64_t up_to) {
        Put put;

        if (!put_begin(&put, store, STATEMENT_DROP_ENDS))
                return;
        put_number(&put, MIN(up_to, (uint64_t)INT64_MAX));
        put_end(&put);
}

void store_clear_state(Store *store) {
        static const StoreStatement all[] = {
                STATEMENT_CLEAR_ALERTS,  STATEMENT_CLEAR_TARGETS,  STATEMENT_CLEAR_ACCOUNTS,
                STATEMENT_CLEAR_MISSING, STATEMENT_CLEAR_SILENCES,
        };
        Put put;

        for (size_t i = 0; i < ELEMENTSOF(all); i++)
                if (put_begin(&put, store, all[i]))
                        put_end(&put);
}
