/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/value.h"

#include <math.h>

/* "FILE:LINE: warning: TEXT", as mailsecd --check-config prints it. */
static void print_problem(const Ctl *ctl, struct json_object *problem, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {};
        const char *file = member_text(problem, "file"), *text = member_text(problem, "text");
        const char *severity = member_text(problem, "severity");
        double number = member_number(problem, "line");
        bool error = !severity || streq(severity, "error");

        if (file) {
                strbuf_adds(&line, file);
                if (number > 0) {
                        strbuf_addc(&line, ':');
                        value_add(&line, NULL, number);
                }
                strbuf_adds(&line, ": ");
        }
        if (!error)
                strbuf_addf(&line, "%s: ", severity);
        strbuf_adds(&line, text ? text : "-");
        screen_line(&ctl->screen, b, error ? PAINT_CRITICAL : PAINT_WARNING, strbuf_text(&line));
}

CtlStatus command_reload(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_body_ Body body = {};
        _cleanup_strbuf_ StrBuf out = {}, line = {};
        (void)arguments;

        CtlStatus status = ask_body(ctl, "POST", "/v1/reload", &body, &document);
        if (status != CTL_DONE)
                return status;
        bool ok = member_is_true(document, "ok");
        CtlStatus verdict = ok ? CTL_DONE : CTL_FAILED;
        if (ctl->options->json)
                return ctl_worse(verdict, ask_print_json(document));

        struct json_object *problems = member_list(document, "problems");
        for (size_t i = 0; i < list_count(problems); i++)
                print_problem(ctl, list_get(problems, i), &out);
        strbuf_adds(&line, ok ? "Reloaded: " : "Refused, the old configuration stays in force: ");
        value_add(&line, NULL, member_number(document, "domains"));
        strbuf_adds(&line, " domains");
        screen_line(&ctl->screen, &out, ok ? PAINT_OK : PAINT_CRITICAL, strbuf_text(&line));
        return ctl_worse(verdict, ctl_print(&out));
}

CtlStatus command_test_alert(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_body_ Body body = {};
        _cleanup_strbuf_ StrBuf out = {}, line = {};
        (void)arguments;

        body_add_who(&body);
        CtlStatus status = ask_body(ctl, "POST", "/v1/test-alerts", &body, &document);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(document);
        struct json_object *sequences = member_list(document, "sequences");
        strbuf_adds(&line, "Sent, marked as a test: records ");
        for (size_t i = 0; i < list_count(sequences); i++) {
                strbuf_adds(&line, i > 0 ? ", " : "");
                value_add(&line, NULL, number_of(list_get(sequences, i)));
        }
        screen_line(&ctl->screen, &out, PAINT_PLAIN, strbuf_text(&line));
        return ctl_print(&out);
}
