/* SPDX-License-Identifier: MIT */
#include "io/store-history-internal.h"

#include <errno.h>
#include <string.h>

/* Which column of the file stands for which metric: by name, for the tables change between
 * versions. */

int history_load_columns(Store *store, const MetricSet *set, uint8_t ret[static METRICS_MAX],
                         uint64_t *ret_used) {
        _cleanup_statement_ sqlite3_stmt *s = NULL;
        uint8_t columns[METRICS_MAX];
        uint64_t used = 0;
        int r = store_prepare(
                store, "SELECT name, number FROM history_column WHERE source = ?1 AND scope = ?2",
                &s);
        if (r < 0)
                return r;
        memset(columns, HISTORY_NO_COLUMN, sizeof(columns));
        sqlite3_bind_text(s, 1, source_name(set->source), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, history_scope_name(set->scope), -1, SQLITE_STATIC);
        while ((r = store_step(store, s)) > 0) {
                const char *name = (const char *)sqlite3_column_text(s, 0);
                int64_t number = sqlite3_column_int64(s, 1);
                /* A damaged row: a column of two metrics would mix them. */
                if (!name || number < 0 || number >= (int64_t)HISTORY_COLUMNS ||
                    (used >> number & 1) != 0)
                        continue;
                used |= UINT64_C(1) << number;
                size_t metric = metric_find(set, name);
                if (metric != SIZE_MAX)
                        columns[metric] = (uint8_t)number;
        }
        if (r < 0)
                return r;
        memcpy(ret, columns, sizeof(columns));
        if (ret_used)
                *ret_used = used;
        return 0;
}

static int put_column(Store *store, History *h, const MetricSet *set, size_t metric,
                      unsigned number) {
        sqlite3_stmt *s = store_change(store,
                                       "INSERT OR REPLACE INTO history_column (source, scope, "
                                       "name, number) VALUES (?1, ?2, ?3, ?4)",
                                       &h->statements[HISTORY_PUT_COLUMN]);
        if (!s)
                return -ECANCELED;
        sqlite3_bind_text(s, 1, source_name(set->source), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 2, history_scope_name(set->scope), -1, SQLITE_STATIC);
        sqlite3_bind_text(s, 3, set->metrics[metric].name, -1, SQLITE_STATIC);
        sqlite3_bind_int(s, 4, (int)number);
        return store_run(store, s);
}

int history_columns(Store *store, History *h, const MetricSet *set, const uint8_t **ret) {
        uint8_t *columns = h->columns[set->source][set->scope];
        uint64_t used = 0;

        *ret = columns;
        if (h->sets[set->source][set->scope] == set)
                return 0;
        int r = history_load_columns(store, set, columns, &used);
        for (size_t i = 0; r >= 0 && i < set->n; i++) {
                if (columns[i] != HISTORY_NO_COLUMN || ~used == 0)
                        continue;
                columns[i] = (uint8_t)__builtin_ctzll(~used);
                used |= UINT64_C(1) << columns[i];
                r = put_column(store, h, set, i, columns[i]);
        }
        if (r < 0)
                return r;
        h->sets[set->source][set->scope] = set;
        return 0;
}
