/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/alerts.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <math.h>

/* "1 critical, 2 warning, 1 muted", or that nothing is wrong. */
static Paint add_counts(StrBuf *b, struct json_object *alerts) {
        static const char *const names[] = { "critical", "warning", "muted", "acknowledged",
                                             "flapping" };
        Paint paint = PAINT_OK;

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                double count = member_number(alerts, names[i]);
                if (!(count > 0))
                        continue;
                if (paint == PAINT_OK)
                        paint = i < 2 ? screen_paint(names[i]) : PAINT_PLAIN;
                if (b->size > 0)
                        strbuf_adds(b, ", ");
                value_add(b, NULL, count);
                strbuf_addf(b, " %s", names[i]);
        }
        if (b->size == 0)
                strbuf_adds(b, alerts ? "nothing wrong" : "unknown");
        return paint;
}

static void add_count(StrBuf *b, struct json_object *object, const char *key, const char *before,
                      const char *after) {
        strbuf_adds(b, before);
        value_add(b, NULL, member_number(object, key));
        strbuf_adds(b, after);
}

static void print_daemon(const Ctl *ctl, struct json_object *status, usec_t now, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {}, counts = {};
        const char *version = member_text(status, "version");

        strbuf_addf(&line, "%s, started ", version ? version : "-");
        when_add_both(&line, member_when(status, "started"), now);
        screen_field(&ctl->screen, b, "mailsecd", PAINT_PLAIN, strbuf_text(&line));
        strbuf_reset(&line);
        add_count(&line, status, "domains", "", "");
        screen_field(&ctl->screen, b, "Domains", PAINT_PLAIN, strbuf_text(&line));
        Paint paint = add_counts(&counts, member_object(status, "alerts"));
        screen_field(&ctl->screen, b, "Alerts", paint, strbuf_text(&counts));
}

static void print_config(const Ctl *ctl, struct json_object *config, usec_t now, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {};
        const char *file = member_text(config, "file"), *problem = member_text(config, "problem");
        usec_t refused = member_when(config, "refused");

        strbuf_addf(&line, "%s, loaded ", file ? file : "-");
        when_add(&line, member_when(config, "loaded"), now);
        screen_field(&ctl->screen, b, "Configuration", PAINT_PLAIN, strbuf_text(&line));
        if (refused == 0 && !problem)
                return;
        strbuf_reset(&line);
        strbuf_adds(&line, "a newer one is refused");
        if (refused > 0) {
                strbuf_adds(&line, " since ");
                when_add(&line, refused, now);
        }
        if (problem)
                strbuf_addf(&line, ": %s", problem);
        screen_field(&ctl->screen, b, "", PAINT_CRITICAL, strbuf_text(&line));
}

static void print_store(const Ctl *ctl, struct json_object *store, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {};
        const char *file = member_text(store, "file"), *problem = member_text(store, "problem");
        double bytes = member_number(store, "bytes");
        bool down = member_is_false(store, "up");

        strbuf_addf(&line, "%s", file ? file : "-");
        if (bytes >= 0)
                strbuf_addf(&line, ", %.0f KiB", ceil(bytes / 1024));
        if (down)
                strbuf_adds(&line, ", nothing can be kept");
        if (problem)
                strbuf_addf(&line, ": %s", problem);
        screen_field(&ctl->screen, b, "State", down ? PAINT_CRITICAL : PAINT_PLAIN,
                     strbuf_text(&line));
}

static void print_records(const Ctl *ctl, struct json_object *records, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {};
        const char *to = member_text(records, "to");
        bool lost = member_number(records, "lost") > 0;

        add_count(&line, records, "sent", "", " sent");
        if (to)
                strbuf_addf(&line, " to %s", to);
        add_count(&line, records, "queued", ", ", " waiting");
        add_count(&line, records, "lost", ", ", " lost");
        screen_field(&ctl->screen, b, "Records", lost ? PAINT_WARNING : PAINT_PLAIN,
                     strbuf_text(&line));
}

/* A line for each server. */
static void print_alertmanagers(const Ctl *ctl, struct json_object *servers, usec_t now,
                                StrBuf *b) {
        for (size_t i = 0; i < list_count(servers); i++) {
                struct json_object *server = list_get(servers, i);
                const char *url = member_text(server, "url"), *why = member_text(server, "words");
                bool down = member_is_false(server, "up");
                usec_t last = member_when(server, "last");
                _cleanup_strbuf_ StrBuf line = {};

                strbuf_addf(&line, "%s, %s", url ? url : "-",
                            down                           ? "takes no alerts"
                            : member_is_true(server, "up") ? "takes alerts"
                                                           : "not asked yet");
                if (last > 0) {
                        strbuf_adds(&line, ", last ");
                        when_add(&line, last, now);
                }
                double pending = member_number(server, "pending");
                if (pending > 0)
                        add_count(&line, server, "pending", ", ",
                                  pending > 1 ? " ends wait for it" : " end waits for it");
                if (why)
                        strbuf_addf(&line, ": %s", why);
                screen_field(&ctl->screen, b, "Alertmanager", down ? PAINT_WARNING : PAINT_PLAIN,
                             strbuf_text(&line));
        }
}

/* "12 of 50", or "-" without a limit. */
static void add_quota(Table *table, struct json_object *account) {
        _cleanup_strbuf_ StrBuf text = {};
        double left = member_number(account, "tests_left");

        value_add(&text, NULL, left);
        if (!isnan(left) && member_number(account, "daily_tests") > 0)
                add_count(&text, account, "daily_tests", " of ", "");
        table_add(table, left <= 0 ? PAINT_WARNING : PAINT_PLAIN, strbuf_text(&text));
}

static void add_words(Table *table, struct json_object *account) {
        _cleanup_strbuf_ StrBuf text = {};
        double failures = member_number(account, "failures");

        words_add(&text, member_text(account, "reason"));
        words_add(&text, member_text(account, "words"));
        if (failures > 0) {
                strbuf_adds(&text, text.size > 0 ? ", " : "");
                value_add(&text, NULL, failures);
                strbuf_adds(&text, failures > 1 ? " failures in a row" : " failure");
        }
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

static void print_accounts(const Ctl *ctl, struct json_object *accounts, usec_t now, StrBuf *b) {
        static const Column columns[] = {
                { "SOURCE" },
                { "ACCOUNT", .flex = true },
                { "STATE" },
                { "DOMAINS", .right = true, .drop = 5 },
                { "RUNNING", .right = true, .drop = 6 },
                { "LAST", .drop = 4 },
                { "NEXT", .drop = 1 },
                { "TESTS LEFT", .right = true, .drop = 3 },
                { "WHY", .flex = true, .drop = 2 },
        };
        _cleanup_table_ Table table;

        table_init(&table, columns, ELEMENTSOF(columns), &ctl->screen);
        for (size_t i = 0; i < list_count(accounts); i++) {
                struct json_object *account = list_get(accounts, i);
                bool up = member_is_true(account, "up"), down = member_is_false(account, "up");
                row_text(&table, account, "source");
                row_text(&table, account, "name");
                table_add(&table,
                          up     ? PAINT_OK
                          : down ? PAINT_CRITICAL
                                 : PAINT_PLAIN,
                          up     ? "up"
                          : down ? "down"
                                 : "not asked");
                row_number(&table, account, "domains");
                row_number(&table, account, "running");
                row_when(&table, account, "last", now);
                row_when(&table, account, "next", now);
                add_quota(&table, account);
                add_words(&table, account);
        }
        if (list_count(accounts) > 0) {
                strbuf_addc(b, '\n');
                table_print(&table, &ctl->screen, 0, b);
        }
}

CtlStatus command_status(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_strbuf_ StrBuf out = {};
        (void)arguments;

        CtlStatus status = ask(ctl, "GET", "/v1/status", NULL, &document);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(document);

        usec_t now = member_when(document, "now");
        now = now > 0 ? now : ctl_now(ctl);
        print_daemon(ctl, document, now, &out);
        print_config(ctl, member_object(document, "config"), now, &out);
        print_store(ctl, member_object(document, "store"), &out);
        print_records(ctl, member_object(document, "records"), &out);
        print_alertmanagers(ctl, member_list(document, "alertmanagers"), now, &out);
        print_accounts(ctl, member_list(document, "accounts"), now, &out);
        if (list_count(member_list(document, "worst")) > 0) {
                strbuf_addc(&out, '\n');
                alerts_print(ctl, member_list(document, "worst"), now, &out);
        }
        return ctl_print(&out);
}
