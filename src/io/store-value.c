/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Binding fails for want of memory only, or when the transaction is lost already. */
static void bind_check(Store *store, int rc) {
        if (rc != SQLITE_OK)
                store_fail(store, rc);
}

void store_bind_usec(sqlite3_stmt *statement, int parameter, usec_t value) {
        int64_t number = value == USEC_INFINITY ? -1 : (int64_t)MIN(value, (usec_t)INT64_MAX);
        sqlite3_bind_int64(statement, parameter, number);
}

void store_bind_text(Store *store, sqlite3_stmt *statement, int parameter, const char *text,
                     size_t longest) {
        if (!text || !*text) {
                sqlite3_bind_null(statement, parameter);
                return;
        }
        size_t size = strnlen(text, longest + 1);
        if (size > longest)
                store_fail_errno(store, -E2BIG);
        else
                bind_check(store,
                           sqlite3_bind_text(statement, parameter, text, (int)size, SQLITE_STATIC));
}

void store_bind_name(Store *store, sqlite3_stmt *statement, int parameter, const char *name) {
        if (!name || !*name)
                store_fail_errno(store, -EINVAL);
        else
                store_bind_text(store, statement, parameter, name, STORE_NAME_LONGEST);
}

void store_bind_number(Store *store, sqlite3_stmt *statement, int parameter, uint64_t value) {
        if (value > INT64_MAX)
                store_fail_errno(store, -ERANGE);
        else
                sqlite3_bind_int64(statement, parameter, (int64_t)value);
}

void store_bind_data(Store *store, sqlite3_stmt *statement, int parameter, const char *data,
                     size_t size) {
        if (size > STORE_DATA_LONGEST)
                store_fail_errno(store, -E2BIG);
        else
                bind_check(store, sqlite3_bind_blob(statement, parameter, size > 0 ? data : "",
                                                    (int)size, SQLITE_STATIC));
}

const char *store_row_text(StoreRow *row, size_t longest) {
        int column = row->column++;
        int type = sqlite3_column_type(row->statement, column);
        if (type == SQLITE_NULL)
                return NULL;
        const char *text = type == SQLITE_TEXT
                                   ? (const char *)sqlite3_column_text(row->statement, column)
                                   : NULL;
        size_t size = text ? (size_t)sqlite3_column_bytes(row->statement, column) : 0;
        if (!text || size > longest || strlen(text) != size) {
                row->bad = true;
                return NULL;
        }
        return size > 0 ? text : NULL;
}

const char *store_row_name(StoreRow *row) {
        const char *name = store_row_text(row, STORE_NAME_LONGEST);
        if (!name)
                row->bad = true;
        return name;
}

usec_t store_row_usec(StoreRow *row) {
        int column = row->column++;
        int type = sqlite3_column_type(row->statement, column);
        if (type == SQLITE_NULL)
                return 0;
        int64_t value = sqlite3_column_int64(row->statement, column);
        if (type != SQLITE_INTEGER || value < -1) {
                row->bad = true;
                return 0;
        }
        return value < 0 ? USEC_INFINITY : (usec_t)value;
}

uint64_t store_row_number(StoreRow *row, uint64_t most) {
        int column = row->column++;
        int64_t value = sqlite3_column_int64(row->statement, column);
        if (sqlite3_column_type(row->statement, column) != SQLITE_INTEGER || value < 0 ||
            (uint64_t)value > most) {
                row->bad = true;
                return 0;
        }
        return (uint64_t)value;
}

double store_row_double(StoreRow *row) {
        int column = row->column++;
        int type = sqlite3_column_type(row->statement, column);
        if (type == SQLITE_NULL)
                return NAN;
        if (type != SQLITE_FLOAT && type != SQLITE_INTEGER) {
                row->bad = true;
                return NAN;
        }
        return sqlite3_column_double(row->statement, column);
}

const char *store_row_data(StoreRow *row, size_t *ret_size) {
        int column = row->column++;
        /* Fetching an empty blob answers NULL. */
        const char *data = sqlite3_column_blob(row->statement, column);
        size_t size = data ? (size_t)sqlite3_column_bytes(row->statement, column) : 0;

        if (sqlite3_column_type(row->statement, column) != SQLITE_BLOB || size > STORE_DATA_LONGEST)
                row->bad = true;
        *ret_size = size;
        return data ? data : "";
}

int store_row_done(Store *store, const StoreRow *row) {
        if (!row->bad)
                return 0;
        if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
                return -ENOMEM;
        store->skipped++;
        return 0;
}
