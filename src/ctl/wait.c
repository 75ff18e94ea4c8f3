/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/progress.h"
#include "ctl/row.h"
#include "ctl/show.h"
#include "ctl/when.h"

/* In real time, also where the daemon's clock runs fast. */
#define ASK_AGAIN (500 * USEC_PER_MSEC)

/* What is waited for: the test of a domain, or the polls of one account or all. */
typedef struct Wait {
        const Ctl *ctl;
        const char *target;  /* to be asked again */
        const char *account; /* of polls: only this one; NULL = all */
        const char *what;    /* for the progress */
        const char *hint;    /* where to see the result when the user does not wait */
        bool polls;
        usec_t began;
} Wait;

/* The element of the polls that matters, from `from` on; NULL at the end. */
static struct json_object *next_poll(const Wait *w, struct json_object *document, size_t *from) {
        struct json_object *polls = member_list(document, "polls");

        while (*from < list_count(polls)) {
                struct json_object *poll = list_get(polls, (*from)++);
                const char *account = member_text(poll, "account");
                if (!w->account || (account && streq(account, w->account)))
                        return poll;
        }
        return NULL;
}

/* The first state that is not "done", or NULL; unknown ones are waited for. */
static const char *pending(const Wait *w, struct json_object *document) {
        struct json_object *poll;
        size_t i = 0;

        if (!w->polls) {
                const char *state = member_text(document, "state");
                return !state ? "unknown" : streq(state, "done") ? NULL : state;
        }
        while ((poll = next_poll(w, document, &i))) {
                const char *state = member_text(poll, "state");
                if (!state || !streq(state, "done"))
                        return state ? state : "unknown";
        }
        return NULL;
}

static void tell(const Wait *w, Progress *progress, const char *state,
                 struct json_object *document) {
        _cleanup_strbuf_ StrBuf words = {}, more = {};
        usec_t now = ctl_now(w->ctl), started = member_when(document, "started");

        strbuf_addf(&words, "%s: ", w->what);
        if (streq(state, "waiting"))
                strbuf_adds(&words, "waiting for a free place");
        else {
                strbuf_adds(&words, state);
                if (started > 0) {
                        strbuf_adds(&words, " since ");
                        when_add(&words, started, now);
                }
        }
        strbuf_adds(&more, " (");
        when_add_age(&more, started > 0 && streq(state, "running") ? started : w->began, now);
        strbuf_addc(&more, ')');
        progress_tell(progress, strbuf_text(&words), strbuf_text(&more));
}

/* Asks again until all is done; *document is the last answer. */
static CtlStatus wait_for(const Wait *w, struct json_object **document) {
        _cleanup_progress_ Progress progress;
        const char *state;

        progress_init(&progress, w->ctl->options->json);
        while ((state = pending(w, *document)) && !*w->ctl->interrupted) {
                _cleanup_answer_ Answer answer = {};
                tell(w, &progress, state, *document);
                ctl_sleep(ASK_AGAIN);
                if (*w->ctl->interrupted)
                        break;
                ask_quietly(w->ctl, "GET", w->target, NULL, &answer);
                if (*w->ctl->interrupted)
                        break;
                if (!answer_is_good(&answer)) {
                        progress_done(&progress);
                        return ask_complain(w->ctl, &answer);
                }
                json_object_put(*document);
                *document = TAKE_PTR(answer.document);
        }
        if (!*w->ctl->interrupted)
                return CTL_DONE;
        progress_done(&progress);
        ctl_complain("not waiting any longer: it goes on in mailsecd; %s shows the result",
                     w->hint);
        return CTL_FAILED;
}

/* Whether it ended well, said in words where not. */
static CtlStatus judge(const char *what, struct json_object *end) {
        const char *outcome = member_text(end, "outcome"), *words = member_text(end, "words");

        if (outcome && streq(outcome, "ok"))
                return CTL_DONE;
        ctl_complain("%s: failed (%s)%s%s", what, outcome ? outcome : "no outcome",
                     words ? ": " : "", words ? words : "");
        return CTL_FAILED;
}

static CtlStatus start(const Ctl *ctl, const char *target, const char *key, const char *value,
                       struct json_object **ret) {
        _cleanup_body_ Body body = {};

        body_add_text(&body, key, value);
        return ask_body(ctl, "POST", target, &body, ret);
}

static CtlStatus print_state(const Wait *w, struct json_object *document) {
        _cleanup_strbuf_ StrBuf out = {}, line = {};
        const char *state = pending(w, document);

        strbuf_addf(&line, "%s: %s; %s shows the result", w->what, state ? state : "done", w->hint);
        screen_line(&w->ctl->screen, &out, PAINT_PLAIN, strbuf_text(&line));
        return ctl_print(&out);
}

CtlStatus command_test(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL, *domain = NULL;
        _cleanup_strbuf_ StrBuf target = {}, hint = {}, out = {};

        strbuf_adds(&target, "/v1/tests/");
        call_add_part(&target, arguments[0]);
        strbuf_addf(&hint, "mailsecctl show %s", arguments[0]);
        CtlStatus status = start(ctl, "/v1/tests", "domain", arguments[0], &document);
        if (status != CTL_DONE)
                return status;
        const Wait w = { ctl,   strbuf_text(&target), NULL, arguments[0], strbuf_text(&hint),
                         false, ctl_now(ctl) };
        if (ctl->options->no_wait)
                return ctl->options->json ? ask_print_json(document) : print_state(&w, document);

        status = wait_for(&w, &document);
        if (status != CTL_DONE)
                return status;
        CtlStatus verdict = judge(w.what, document);
        if (ctl->options->json)
                return ctl_worse(verdict, ask_print_json(document));
        if (verdict == CTL_DONE) {
                status = domain_ask(ctl, arguments[0], &domain);
                if (status != CTL_DONE)
                        return status;
                domain_print_sources(ctl, domain, "immuniweb", &out);
        }
        return ctl_worse(verdict, ctl_print(&out));
}

static CtlStatus print_polls(const Wait *w, struct json_object *document) {
        static const Column columns[] = {
                { "ACCOUNT", .flex = true },
                { "OUTCOME" },
                { "LAST" },
                { "WHY", .flex = true, .drop = 1 },
        };
        _cleanup_table_ Table table;
        _cleanup_strbuf_ StrBuf out = {};
        struct json_object *poll;
        usec_t now = ctl_now(w->ctl);
        CtlStatus verdict = CTL_DONE;
        size_t i = 0;

        table_init(&table, columns, ELEMENTSOF(columns), &w->ctl->screen);
        while ((poll = next_poll(w, document, &i))) {
                const char *outcome = member_text(poll, "outcome");
                bool ok = outcome && streq(outcome, "ok");
                if (!ok)
                        verdict = CTL_FAILED;
                row_text(&table, poll, "account");
                table_add(&table, ok ? PAINT_OK : PAINT_CRITICAL, outcome);
                row_when(&table, poll, "last", now);
                row_text(&table, poll, "words");
        }
        if (table.n_cells == 0) {
                ctl_complain("there is no account to poll");
                verdict = CTL_FAILED;
        } else
                table_print(&table, &w->ctl->screen, 0, &out);
        return ctl_worse(verdict,
                         w->ctl->options->json ? ask_print_json(document) : ctl_print(&out));
}

CtlStatus command_poll(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        const Wait w = { ctl,
                         "/v1/polls",
                         arguments[0],
                         arguments[0] ? arguments[0] : "all accounts",
                         "mailsecctl status",
                         true,
                         ctl_now(ctl) };

        CtlStatus status = start(ctl, "/v1/polls", "account", arguments[0], &document);
        if (status != CTL_DONE)
                return status;
        if (ctl->options->no_wait)
                return ctl->options->json ? ask_print_json(document) : print_state(&w, document);
        status = wait_for(&w, &document);
        return status != CTL_DONE ? status : print_polls(&w, document);
}
