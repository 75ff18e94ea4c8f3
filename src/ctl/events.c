/* SPDX-License-Identifier: MIT */
#include "ctl/ask.h"
#include "ctl/cells.h"
#include "ctl/command.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <inttypes.h>
#include <math.h>

#define NUMBER_DEFAULT 20u
#define ASK_AGAIN      USEC_PER_SEC

/* What is followed, and how far it was told. */
typedef struct Follow {
        const Ctl *ctl;
        const char *match;
        double last; /* number of the last event told; NAN = none yet */
        bool lost;   /* the daemon does not answer, and the user knows */
} Follow;

/* One line: time, number, level, event, message. */
static void add_event(const Ctl *ctl, struct json_object *event, usec_t now, StrBuf *b) {
        _cleanup_strbuf_ StrBuf when = {}, number = {}, line = {}, clean = {};
        const char *level = member_text(event, "level"), *message = member_text(event, "message");
        const char *kind = member_text(event, "event");
        const Screen *screen = &ctl->screen;

        when_add(&when, member_when(event, "at"), now);
        value_add(&number, NULL, member_number(event, "sequence"));
        strbuf_addf(&line, "%-12s  %5s  ", strbuf_text(&when), strbuf_text(&number));
        strbuf_addf(&line, "%-8s  %-14s  %s", level ? level : "-", kind ? kind : "-",
                    message ? message : "-");
        if (member_is_false(event, "sent"))
                strbuf_adds(&line, " (not sent yet)");
        cells_clean(&clean, strbuf_text(&line), screen_ascii(screen));
        Paint paint = screen_paint(level);
        screen_begin(screen, paint, b);
        if (screen->width > 0)
                cells_cut(b, strbuf_text(&clean), screen->width, screen->utf8);
        else
                strbuf_adds(b, strbuf_text(&clean));
        screen_end(screen, paint, b);
        strbuf_addc(b, '\n');
}

static CtlStatus print_events(const Ctl *ctl, struct json_object *events, bool as_lines) {
        _cleanup_strbuf_ StrBuf out = {};
        usec_t now = ctl_now(ctl);

        for (size_t i = 0; i < list_count(events); i++) {
                if (!as_lines) {
                        add_event(ctl, list_get(events, i), now, &out);
                        continue;
                }
                document_add(&out, list_get(events, i));
                strbuf_addc(&out, '\n');
        }
        return out.size > 0 ? ctl_print(&out) : CTL_DONE;
}

static void note_last(Follow *f, struct json_object *events) {
        for (size_t i = 0; i < list_count(events); i++)
                f->last = fmax(f->last, member_number(list_get(events, i), "sequence"));
}

/* After a gap: a daemon that lost its state counts from the beginning again, and would never reach
 * the number that we wait for. */
static void check_sequence(Follow *f) {
        _cleanup_answer_ Answer answer = {};

        ask_quietly(f->ctl, "GET", "/v1/status", NULL, &answer);
        double sequence = member_number(member_object(answer.document, "records"), "sequence");
        if (answer_is_good(&answer) && sequence < f->last) {
                ctl_complain("mailsecd has begun to count anew");
                f->last = 0;
        }
}

/* Asks once for what is new. */
static CtlStatus follow_step(Follow *f) {
        _cleanup_answer_ Answer answer = {};
        _cleanup_strbuf_ StrBuf target = {}, after = {};

        strbuf_addf(&after, "%.0f", isnan(f->last) ? 0 : f->last);
        strbuf_adds(&target, "/v1/events");
        target_add(&target, "match", f->match);
        target_add(&target, "after", strbuf_text(&after));
        target_add(&target, "limit", "1000");
        ask_quietly(f->ctl, "GET", strbuf_text(&target), NULL, &answer);
        if (answer_is_missing(&answer)) {
                if (!f->lost && !*f->ctl->interrupted) {
                        (void)ask_complain(f->ctl, &answer);
                        ctl_complain("waiting for it");
                }
                f->lost = true;
                return CTL_DONE;
        }
        if (!answer_is_good(&answer))
                return ask_complain(f->ctl, &answer);
        if (f->lost) {
                ctl_complain("mailsecd answers again");
                f->lost = false;
                check_sequence(f);
                return CTL_DONE; /* the next step asks with the right number */
        }
        struct json_object *events = member_list(answer.document, "events");
        note_last(f, events);
        return print_events(f->ctl, events, f->ctl->options->json);
}

/* Without any event that matches yet, what comes later is what is after the last record there is.
 */
static void begin_after_all(Follow *f) {
        _cleanup_answer_ Answer answer = {};

        ask_quietly(f->ctl, "GET", "/v1/status", NULL, &answer);
        f->last = member_number(member_object(answer.document, "records"), "sequence");
}

static CtlStatus follow(Follow *f) {
        CtlStatus status = CTL_DONE;

        if (isnan(f->last))
                begin_after_all(f);
        while (status == CTL_DONE && !*f->ctl->interrupted) {
                ctl_sleep(ASK_AGAIN);
                if (!*f->ctl->interrupted)
                        status = follow_step(f);
        }
        return status;
}

CtlStatus command_events(const Ctl *ctl, char **arguments) {
        const Options *o = ctl->options;
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_strbuf_ StrBuf target = {}, since = {};
        unsigned number = o->number > 0 ? o->number : o->since > 0 ? 0 : NUMBER_DEFAULT;

        strbuf_adds(&target, "/v1/events");
        target_add(&target, "match", arguments[0]);
        if (o->since > 0) {
                strbuf_addf(&since, "%" PRIu64, o->since / USEC_PER_SEC);
                target_add(&target, "since", strbuf_text(&since));
        }
        target_add(&target, "newest", number > 0 ? "1" : NULL);
        CtlStatus status = ask_list(ctl, strbuf_text(&target), "events", number, &document);
        if (status != CTL_DONE)
                return status;

        struct json_object *events = member_list(document, "events");
        Follow f = { .ctl = ctl, .match = arguments[0], .last = NAN };
        note_last(&f, events);
        if (o->json && !o->follow)
                return ask_print_json(document);
        status = print_events(ctl, events, o->json);
        return status == CTL_DONE && o->follow ? follow(&f) : status;
}
