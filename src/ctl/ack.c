/* SPDX-License-Identifier: MIT */
#include "ctl/alerts.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/value.h"

/* The alert, and who has taken it on. */
static CtlStatus print_ack(const Ctl *ctl, struct json_object *alert) {
        _cleanup_strbuf_ StrBuf out = {}, words = {}, line = {};

        if (ctl->options->json)
                return ask_print_json(alert);
        words_of_ack(&words, member_object(alert, "acknowledged"), member_text(alert, "unit"),
                     ctl_now(ctl));
        if (words.size > 0)
                strbuf_addf(&line, "Acknowledged %s", strbuf_text(&words));
        else
                strbuf_adds(&line, "Not acknowledged");
        alert_print(ctl, alert, &out);
        screen_line(&ctl->screen, &out, PAINT_PLAIN, strbuf_text(&line));
        return ctl_print(&out);
}

CtlStatus command_ack(const Ctl *ctl, char **arguments) {
        const Options *o = ctl->options;
        _cleanup_json_ struct json_object *alert = NULL;
        _cleanup_body_ Body body = {};
        double ceiling;

        if (o->ceiling && value_read(o->ceiling, &ceiling) < 0) {
                ctl_complain("--ceiling %s is neither a number nor a time span such as \"2h\"",
                             o->ceiling);
                return CTL_USAGE;
        }
        body_add_text(&body, "identity", arguments[0]);
        body_add_who(&body);
        body_add_text(&body, "comment", o->comment);
        body_add_span(&body, "for", o->span);
        if (o->ceiling)
                body_add_number(&body, "ceiling", ceiling);
        CtlStatus status = ask_body(ctl, "POST", "/v1/acks", &body, &alert);
        return status != CTL_DONE ? status : print_ack(ctl, alert);
}

CtlStatus command_unack(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *alert = NULL;
        _cleanup_strbuf_ StrBuf target = {};

        strbuf_adds(&target, "/v1/acks");
        target_add(&target, "identity", arguments[0]);
        CtlStatus status = ask(ctl, "DELETE", strbuf_text(&target), NULL, &alert);
        return status != CTL_DONE ? status : print_ack(ctl, alert);
}
