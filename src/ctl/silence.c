/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* "Silence 3 mutes symantec/STAR until 18:00, 2 alerts now." */
static CtlStatus print_silence(const Ctl *ctl, struct json_object *silence, const char *verb) {
        _cleanup_strbuf_ StrBuf line = {}, out = {};
        const char *match = member_text(silence, "match");
        double alerts = member_number(silence, "alerts");

        if (ctl->options->json)
                return ask_print_json(silence);
        strbuf_adds(&line, "Silence ");
        value_add(&line, NULL, member_number(silence, "id"));
        strbuf_addf(&line, " %s: %s, until ", verb, match ? match : "-");
        when_add_both(&line, member_when(silence, "until"), ctl_now(ctl));
        if (!isnan(alerts)) {
                strbuf_adds(&line, ", alerts that match now: ");
                value_add(&line, NULL, alerts);
        }
        screen_line(&ctl->screen, &out, PAINT_PLAIN, strbuf_text(&line));
        return ctl_print(&out);
}

CtlStatus command_silence_add(const Ctl *ctl, char **arguments) {
        const Options *o = ctl->options;
        _cleanup_json_ struct json_object *silence = NULL;
        _cleanup_body_ Body body = {};
        _cleanup_strbuf_ StrBuf stamp = {};
        usec_t until = 0;

        if (!o->comment || !*o->comment || !o->span == !o->until) {
                ctl_complain(
                        "silence add needs --comment TEXT, and either --for SPAN or --until TIME");
                return CTL_USAGE;
        }
        int r = o->until ? when_read_until(o->until, ctl_now(ctl), &until) : 0;
        if (r < 0) {
                ctl_complain(r == -ERANGE ? "--until %s is not in the future"
                                          : "--until %s is no time; write it like 18:00, "
                                            "\"2025-11-22 18:00\" or 2025-11-22T18:00:00Z",
                             o->until);
                return CTL_USAGE;
        }
        body_add_text(&body, "match", arguments[0]);
        body_add_span(&body, "for", o->span);
        if (until > 0) {
                stamp_format_utc(&stamp, until);
                body_add_text(&body, "until", strbuf_text(&stamp));
        }
        body_add_text(&body, "comment", o->comment);
        body_add_who(&body);
        CtlStatus status = ask_body(ctl, "POST", "/v1/silences", &body, &silence);
        return status != CTL_DONE ? status : print_silence(ctl, silence, "added");
}

CtlStatus command_silence_list(const Ctl *ctl, char **arguments) {
        static const Column columns[] = {
                { "ID", .right = true },
                { "MATCH", .flex = true },
                { "UNTIL" },
                { "LEFT", .right = true, .drop = 1 },
                { "ALERTS", .right = true, .drop = 2 },
                { "BY", .flex = true, .drop = 4 },
                { "COMMENT", .flex = true, .drop = 3 },
        };
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_table_ Table table = {};
        _cleanup_strbuf_ StrBuf out = {};
        usec_t now = ctl_now(ctl);
        (void)arguments;

        CtlStatus status = ask_list(ctl, "/v1/silences", "silences", 0, &document);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(document);

        struct json_object *silences = member_list(document, "silences");
        table_init(&table, columns, ELEMENTSOF(columns), &ctl->screen);
        for (size_t i = 0; i < list_count(silences); i++) {
                struct json_object *silence = list_get(silences, i);
                _cleanup_strbuf_ StrBuf left = {};
                usec_t until = member_when(silence, "until");
                row_number(&table, silence, "id");
                row_text(&table, silence, "match");
                row_when(&table, silence, "until", now);
                /* From now to then is as old as now is when then has come. */
                when_add_age(&left, until > 0 ? now : 0, until);
                table_add(&table, PAINT_PLAIN, strbuf_text(&left));
                row_number(&table, silence, "alerts");
                row_text(&table, silence, "by");
                row_text(&table, silence, "comment");
        }
        if (list_count(silences) > 0)
                table_print(&table, &ctl->screen, 0, &out);
        else
                strbuf_adds(&out, "Nothing is silenced.\n");
        return ctl_print(&out);
}

CtlStatus command_silence_remove(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *silence = NULL;
        _cleanup_strbuf_ StrBuf target = {};

        if (!*arguments[0] || strspn(arguments[0], "0123456789") != strlen(arguments[0])) {
                ctl_complain("%s is no number of a silence; see mailsecctl silence list",
                             arguments[0]);
                return CTL_USAGE;
        }
        strbuf_addf(&target, "/v1/silences/%s", arguments[0]);
        CtlStatus status = ask(ctl, "DELETE", strbuf_text(&target), NULL, &silence);
        return status != CTL_DONE ? status : print_silence(ctl, silence, "removed");
}
