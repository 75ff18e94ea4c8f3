/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/show.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <math.h>
#include <string.h>

typedef struct Explain {
        const Ctl *ctl;
        struct json_object *document;
        const char *unit;
        usec_t now;
        StrBuf *b;
} Explain;

static void field(const Explain *e, const char *label, Paint paint, const StrBuf *text) {
        screen_field(&e->ctl->screen, e->b, label, paint,
                     text->size > 0 ? strbuf_text(text) : NULL);
}

static void print_value(const Explain *e) {
        _cleanup_strbuf_ StrBuf text = {};
        const char *value = member_text(e->document, "value_text");
        usec_t measured = member_when(e->document, "measured");

        strbuf_adds(&text, value ? value : "unknown");
        if (measured > 0) {
                strbuf_adds(&text, ", measured ");
                when_add_both(&text, measured, e->now);
        }
        field(e, "Value", PAINT_PLAIN, &text);
}

static void print_limits(const Explain *e) {
        static const char *const rows[][3] = { { "warning", "Warning", "warning_from" },
                                               { "critical", "Critical", "critical_from" },
                                               { "clear", "Clear", "clear_from" } };
        struct json_object *limits = member_object(e->document, "limits");
        const char *bad = member_text(e->document, "bad");
        bool low = bad && streq(bad, "low");

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf text = {};
                double limit = member_number(limits, rows[i][0]);
                const char *from = member_text(limits, rows[i][2]);
                if (isnan(limit))
                        strbuf_adds(&text, "never");
                else {
                        strbuf_adds(&text, "at ");
                        value_add(&text, e->unit, limit);
                        strbuf_adds(&text, low == (i < 2) ? " or less" : " or more");
                }
                if (from)
                        strbuf_addf(&text, " (%s)", from);
                if (i < 2 || !isnan(limit))
                        field(e, rows[i][1], PAINT_PLAIN, &text);
        }
}

static void add_count(StrBuf *b, const char *before, double count, const char *after) {
        strbuf_adds(b, before);
        value_add(b, NULL, count);
        strbuf_adds(b, after);
}

static void print_streak(const Explain *e) {
        _cleanup_strbuf_ StrBuf text = {};
        struct json_object *streak = member_object(e->document, "streak");

        if (streak) {
                add_count(&text, "", member_number(streak, "bad"), " bad");
                add_count(&text, " of ", member_number(streak, "raise_after"), " to raise, ");
                add_count(&text, "", member_number(streak, "good"), " good");
                add_count(&text, " of ", member_number(streak, "clear_after"), " to clear");
        }
        field(e, "Streak", PAINT_PLAIN, &text);
}

static void print_when(const Explain *e, const char *label, const char *key) {
        _cleanup_strbuf_ StrBuf text = {};

        when_add_both(&text, member_when(e->document, key), e->now);
        field(e, label, PAINT_PLAIN, &text);
}

static void print_quiet(const Explain *e) {
        _cleanup_strbuf_ StrBuf ack = {}, flaps = {};
        const char *muted = member_text(e->document, "muted_by");
        double window = member_number(e->document, "flap_window");

        words_of_ack(&ack, member_object(e->document, "acknowledged"), e->unit, e->now);
        strbuf_adds(&flaps, member_is_true(e->document, "flapping") ? "yes" : "no");
        add_count(&flaps, ", ", member_number(e->document, "changes"), " changes of ");
        value_add(&flaps, NULL, member_number(e->document, "flap_limit"));
        strbuf_adds(&flaps, " within ");
        when_add_seconds(&flaps, window);
        screen_field(&e->ctl->screen, e->b, "Muted by", PAINT_PLAIN, muted);
        field(e, "Acknowledged", PAINT_PLAIN, &ack);
        field(e, "Flapping", PAINT_PLAIN, &flaps);
}

static void print_account(const Explain *e) {
        _cleanup_strbuf_ StrBuf text = {};
        struct json_object *account = member_object(e->document, "account");
        const char *source = member_text(account, "source"), *name = member_text(account, "name");
        const char *words = member_text(account, "words");
        bool down = member_is_false(account, "up");

        if (account)
                strbuf_addf(&text, "%s/%s, %s", source ? source : "-", name ? name : "-",
                            down                            ? "down"
                            : member_is_true(account, "up") ? "up"
                                                            : "not asked yet");
        if (words)
                strbuf_addf(&text, ": %s", words);
        field(e, "Account", down ? PAINT_CRITICAL : PAINT_PLAIN, &text);
}

static void print_last(const Explain *e) {
        _cleanup_strbuf_ StrBuf text = {};
        struct json_object *last = member_object(e->document, "last_event");
        const char *event = member_text(last, "event");

        if (last) {
                strbuf_addf(&text, "%s ", event ? event : "-");
                when_add_both(&text, member_when(last, "at"), e->now);
                add_count(&text, ", record ", member_number(last, "sequence"), "");
        }
        field(e, "Last event", PAINT_PLAIN, &text);
}

static void print_all(const Explain *e) {
        const char *level = member_text(e->document, "level"),
                   *told = member_text(e->document, "told");

        screen_field(&e->ctl->screen, e->b, "Identity", PAINT_HEAD,
                     member_text(e->document, "identity"));
        screen_field(&e->ctl->screen, e->b, "Meaning", PAINT_PLAIN,
                     member_text(e->document, "help"));
        screen_field(&e->ctl->screen, e->b, "Level", screen_paint(level), level);
        screen_field(&e->ctl->screen, e->b, "Why", PAINT_PLAIN,
                     member_text(e->document, "verdict"));
        print_value(e);
        print_limits(e);
        print_streak(e);
        print_when(e, "Since", "since");
        screen_field(&e->ctl->screen, e->b, "Told as", screen_paint(told), told);
        print_when(e, "Next reminder", "remind");
        print_quiet(e);
        print_when(e, "Next look", "next");
        print_account(e);
        print_last(e);
}

/* The identity of what the user may have meant: another metric of the domain, or another domain. */
static void suggest(const Ctl *ctl, const char *identity) {
        _cleanup_strbuf_ StrBuf target = {}, name = {};
        _cleanup_answer_ Answer answer = {};
        const char *slash = strchr(identity, '/'), *last = strrchr(identity, '/');
        const char *names[256], *near = NULL;

        if (!slash || slash == last) {
                ctl_complain("an identity is SOURCE/TARGET/METRIC, as mailsecctl alerts prints it");
                return;
        }
        strbuf_add(&name, slash + 1, (size_t)(last - slash - 1));
        strbuf_adds(&target, "/v1/domains/");
        call_add_part(&target, strbuf_text(&name));
        ask_quietly(ctl, "GET", strbuf_text(&target), NULL, &answer);
        if (!answer_is_good(&answer)) {
                domain_suggest(ctl, strbuf_text(&name));
                return;
        }
        struct json_object *sources = member_list(answer.document, "sources");
        for (size_t i = 0; i < list_count(sources); i++) {
                const char *source = member_text(list_get(sources, i), "source");
                struct json_object *values = member_list(list_get(sources, i), "values");
                size_t n = 0;
                if (!source || strlen(source) != (size_t)(slash - identity) ||
                    !startswith(identity, source))
                        continue;
                for (size_t v = 0; v < list_count(values) && n < ELEMENTSOF(names); v++)
                        if (member_text(list_get(values, v), "metric"))
                                names[n++] = member_text(list_get(values, v), "metric");
                near = text_nearest(last + 1, names, n);
        }
        if (near)
                ctl_complain("did you mean %.*s%s?", (int)(last + 1 - identity), identity, near);
}

CtlStatus command_explain(const Ctl *ctl, char **arguments) {
        _cleanup_answer_ Answer answer = {};
        _cleanup_strbuf_ StrBuf target = {}, out = {};

        strbuf_adds(&target, "/v1/explain");
        target_add(&target, "identity", arguments[0]);
        ask_quietly(ctl, "GET", strbuf_text(&target), NULL, &answer);
        if (!answer_is_good(&answer)) {
                CtlStatus status = ask_complain(ctl, &answer);
                if (answer.state == CALL_ANSWERED && (answer.status == 404 || answer.status == 400))
                        suggest(ctl, arguments[0]);
                return status;
        }
        if (ctl->options->json)
                return ask_print_json(answer.document);
        print_all(&(Explain){ ctl, answer.document, member_text(answer.document, "unit"),
                              ctl_now(ctl), &out });
        return ctl_print(&out);
}
