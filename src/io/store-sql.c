/* SPDX-License-Identifier: MIT */
#include "io/store-internal.h"

/* Every statement but the history's. Columns are always named, in the order in which the functions
 * of store-put.c bind and those of store-read.c read them. A + before a column keeps the planner
 * from its index. */

#define ALERT_COLUMNS                                                                              \
        "source, target, metric, level, streak_ok, streak_warning, streak_critical, since, "       \
        "remind_at, remind_wait, value, measured_at, outcome, detail, told, muted, flapping, "     \
        "changes, ack_by, ack_comment, ack_at, ack_until, ack_ceiling"
#define TARGET_COLUMNS                                                                             \
        "source, target, last_start, last_result, next_run, failures, job_id, job_started, ids, "  \
        "result_at, good_at, \"values\""
#define ACCOUNT_COLUMNS "source, name, failures, outcome, retry_at, failed_at, good_at"
#define SILENCE_COLUMNS "id, match, comment, \"by\", created, until"
#define END_COLUMNS     "id, of_level, level, since, at, data"
#define EVENT_COLUMNS   "sequence, at, event, identity, level, priority, data"

const char *const store_sql[_STATEMENT_MAX] = {
        /* Nothing waits: who cannot write now is told so at the first change, not at the commit. */
        [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
        [STATEMENT_COMMIT] = "COMMIT",
        [STATEMENT_ROLLBACK] = "ROLLBACK",
        [STATEMENT_SNAPSHOT] = "BEGIN",

        [STATEMENT_PUT_ALERT] = "REPLACE INTO alerts (" ALERT_COLUMNS ") VALUES "
                                "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        [STATEMENT_PUT_TARGET] = "REPLACE INTO targets (" TARGET_COLUMNS ") VALUES "
                                 "(?,?,?,?,?,?,?,?,?,?,?,?)",
        [STATEMENT_PUT_ACCOUNT] = "REPLACE INTO accounts (" ACCOUNT_COLUMNS ") VALUES "
                                  "(?,?,?,?,?,?,?)",
        [STATEMENT_PUT_MISSING] = "REPLACE INTO missing (target, good_at) VALUES (?,?)",
        /* Several may start at one time: each has a place of its own. */
        [STATEMENT_PUT_TEST] = "INSERT INTO tests (started, place) "
                               "SELECT ?1, count(*) FROM tests WHERE started = ?1",
        [STATEMENT_PUT_SILENCE] = "REPLACE INTO silences (" SILENCE_COLUMNS ") VALUES "
                                  "(?,?,?,?,?,?)",
        [STATEMENT_PUT_END] = "REPLACE INTO ends (" END_COLUMNS ") VALUES (?,?,?,?,?,?)",
        [STATEMENT_PUT_EVENT] = "REPLACE INTO events (" EVENT_COLUMNS ") VALUES (?,?,?,?,?,?,?)",
        [STATEMENT_PUT_NUMBER] = "REPLACE INTO numbers (name, value) VALUES (?,?)",
        [STATEMENT_RAISE_NUMBER] = "INSERT INTO numbers (name, value) VALUES (?,?) "
                                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value "
                                   "WHERE typeof(value) <> 'integer' OR value < excluded.value",

        [STATEMENT_DROP_ALERT] =
                "DELETE FROM alerts WHERE source = ? AND target = ? AND metric = ?",
        [STATEMENT_DROP_TARGET] = "DELETE FROM targets WHERE source = ? AND target = ?",
        [STATEMENT_DROP_ACCOUNT] = "DELETE FROM accounts WHERE source = ? AND name = ?",
        [STATEMENT_DROP_MISSING] = "DELETE FROM missing WHERE target = ?",
        [STATEMENT_DROP_TESTS] = "DELETE FROM tests WHERE started < ?",
        [STATEMENT_DROP_SILENCE] = "DELETE FROM silences WHERE id = ?",
        [STATEMENT_DROP_ENDS] = "DELETE FROM ends WHERE id <= ?",
        [STATEMENT_DROP_NUMBERS] = "DELETE FROM numbers WHERE substr(name, 1, length(?1)) = ?1",
        [STATEMENT_DROP_OLD_EVENTS] = "DELETE FROM events WHERE at < ? AND +sequence <= ?",
        [STATEMENT_DROP_FIRST_EVENTS] = "DELETE FROM events WHERE sequence <= ?2 AND sequence IN "
                                        "(SELECT sequence FROM events ORDER BY sequence LIMIT ?1)",

        [STATEMENT_CLEAR_ALERTS] = "DELETE FROM alerts",
        [STATEMENT_CLEAR_TARGETS] = "DELETE FROM targets",
        [STATEMENT_CLEAR_ACCOUNTS] = "DELETE FROM accounts",
        [STATEMENT_CLEAR_MISSING] = "DELETE FROM missing",
        [STATEMENT_CLEAR_SILENCES] = "DELETE FROM silences",

        [STATEMENT_READ_ALERTS] = "SELECT " ALERT_COLUMNS " FROM alerts",
        [STATEMENT_READ_TARGETS] = "SELECT " TARGET_COLUMNS " FROM targets",
        [STATEMENT_READ_ACCOUNTS] = "SELECT " ACCOUNT_COLUMNS " FROM accounts",
        [STATEMENT_READ_MISSING] = "SELECT target, good_at FROM missing",
        [STATEMENT_READ_TESTS] = "SELECT started FROM tests ORDER BY started, place",
        [STATEMENT_READ_SILENCES] = "SELECT " SILENCE_COLUMNS " FROM silences ORDER BY id",
        [STATEMENT_READ_ENDS] = "SELECT " END_COLUMNS " FROM ends ORDER BY id",
        [STATEMENT_READ_EVENTS] = "SELECT " EVENT_COLUMNS " FROM events WHERE sequence > ?1 "
                                  "AND sequence <= ?2 AND +at >= ?3 ORDER BY sequence",
        [STATEMENT_READ_EVENTS_BACK] = "SELECT " EVENT_COLUMNS " FROM events WHERE sequence > ?1 "
                                       "AND sequence <= ?2 AND +at >= ?3 ORDER BY sequence DESC",
        [STATEMENT_READ_NUMBER] = "SELECT value FROM numbers WHERE name = ?",
        [STATEMENT_LAST_EVENT] = "SELECT max(sequence) FROM events",
        [STATEMENT_COUNT_EVENTS] = "SELECT count(*) FROM events",
};
