/* SPDX-License-Identifier: MIT */
#include "ctl/alerts.h"

#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"

/* What a reader has to know beyond level and value: why it is quiet, and the evidence. */
static void add_note(Table *table, struct json_object *alert, usec_t now) {
        _cleanup_strbuf_ StrBuf note = {}, ack = {};
        struct json_object *acknowledged = member_object(alert, "acknowledged");
        const char *reason = member_text(alert, "reason"), *detail = member_text(alert, "detail");

        if (acknowledged) {
                strbuf_adds(&ack, "acknowledged ");
                words_of_ack(&ack, acknowledged, member_text(alert, "unit"), now);
                words_add(&note, strbuf_text(&ack));
        }
        words_add(&note, member_text(alert, "muted_by"));
        if (member_is_true(alert, "flapping"))
                words_add(&note, "flapping");
        if (reason && !streq(reason, "limit"))
                words_add(&note, reason);
        words_add(&note, detail);
        table_add(table, PAINT_PLAIN, strbuf_text(&note));
}

void alerts_print(const Ctl *ctl, struct json_object *alerts, usec_t now, StrBuf *b) {
        static const Column columns[] = {
                { "LEVEL" },
                { "SINCE", .drop = 1 },
                { "AGE", .right = true, .drop = 4 },
                { "ALERT" },
                { "VALUE", .right = true },
                { "LIMIT", .right = true, .drop = 3 },
                { "OWNER", .drop = 5 },
                { "NOTE", .flex = true, .drop = 2 },
        };
        _cleanup_table_ Table table;

        table_init(&table, columns, ELEMENTSOF(columns), &ctl->screen);
        for (size_t i = 0; i < list_count(alerts); i++) {
                struct json_object *alert = list_get(alerts, i);
                row_level(&table, alert, "level");
                row_when(&table, alert, "since", now);
                row_age(&table, alert, "since", now);
                row_text(&table, alert, "identity");
                row_text(&table, alert, "value_text");
                row_text(&table, alert, "limit_text");
                row_text(&table, alert, "owner");
                add_note(&table, alert, now);
        }
        table_print(&table, &ctl->screen, 0, b);
}

void alert_print(const Ctl *ctl, struct json_object *alert, StrBuf *b) {
        const char *text = member_text(alert, "text");

        screen_line(&ctl->screen, b, screen_paint(member_text(alert, "level")),
                    text ? text : member_text(alert, "identity"));
}

CtlStatus command_alerts(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_strbuf_ StrBuf target = {}, out = {};

        strbuf_adds(&target, "/v1/alerts");
        target_add(&target, "match", arguments[0]);
        CtlStatus status =
                ask_list(ctl, strbuf_text(&target), "alerts", ctl->options->number, &document);
        if (status != CTL_DONE)
                return status;
        if (ctl->options->json)
                return ask_print_json(document);

        struct json_object *alerts = member_list(document, "alerts");
        if (list_count(alerts) > 0)
                alerts_print(ctl, alerts, ctl_now(ctl), &out);
        else
                strbuf_adds(&out,
                            arguments[0] ? "Nothing alerts that matches.\n" : "Nothing alerts.\n");
        return ctl_print(&out);
}
