/* SPDX-License-Identifier: MIT */
#include "ctl/ask.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The API's own ceiling for a page. */
#define PAGE_MAX 1000

/* Whoever sends more pages does not end: a million elements. */
#define PAGES_MAX 1000

void answer_done(Answer *answer) {
        if (answer->document)
                json_object_put(answer->document);
        *answer = (Answer){};
}

bool answer_is_good(const Answer *answer) {
        return answer->state == CALL_ANSWERED && answer->status >= 200 && answer->status < 300 &&
               answer->understood;
}

bool answer_is_missing(const Answer *answer) {
        return answer->state != CALL_ANSWERED && answer->state != CALL_TOO_BIG;
}

void ask_quietly(const Ctl *ctl, const char *method, const char *target, struct json_object *body,
                 Answer *ret) {
        _cleanup_strbuf_ StrBuf text = {};
        const char *sent =
                body ? json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN) : NULL;

        *ret = (Answer){};
        ret->state = call_send(ctl->call, method, target, sent, &ret->status, &text);
        if (ret->state != CALL_ANSWERED ||
            document_read(strbuf_text(&text), text.size, &ret->document) < 0)
                return;
        ret->understood = json_object_is_type(ret->document, json_type_object);
}

static CtlStatus complain_unanswered(const Ctl *ctl, CallState state) {
        const char *path = ctl->options->socket;

        switch (state) {
        case CALL_NO_SOCKET:
                ctl_complain(
                        "mailsecd is not running: there is no %s; see systemctl status mailsecd",
                        path);
                return CTL_NO_DAEMON;
        case CALL_NOBODY:
                ctl_complain("mailsecd is not running: nobody listens at %s; see systemctl status "
                             "mailsecd",
                             path);
                return CTL_NO_DAEMON;
        case CALL_DENIED:
                ctl_complain(
                        "no permission to talk to mailsecd at %s: be root or in the group that "
                        "control.group of its configuration names",
                        path);
                return CTL_NO_DAEMON;
        case CALL_SILENT:
                ctl_complain("mailsecd does not answer within %lds; see systemctl status mailsecd",
                             CALL_TIMEOUT_SECS);
                return CTL_FAILED;
        case CALL_TOO_BIG:
                ctl_complain("the answer of mailsecd is too big, or memory is short");
                return CTL_FAILED;
        case CALL_STOPPED:
                return CTL_FAILED; /* whoever stopped it knows */
        case CALL_BROKEN:
                ctl_complain("what answers at %s does not speak as mailsecd does", path);
                return CTL_FAILED;
        case CALL_ANSWERED:
        case _CALL_STATE_MAX:
                break;
        }
        return CTL_FAILED;
}

CtlStatus ask_complain(const Ctl *ctl, const Answer *answer) {
        const char *words = member_text(answer->document, "error");

        if (answer->state != CALL_ANSWERED)
                return complain_unanswered(ctl, answer->state);
        if (answer->status == 403) {
                ctl_complain("mailsecd refuses uid %lu%s%s: be root or in the group that "
                             "control.group of "
                             "its configuration names",
                             (unsigned long)getuid(), words ? ": " : "", words ? words : "");
                return CTL_NO_DAEMON;
        }
        if (words)
                ctl_complain("%s", words);
        else if (answer->status >= 200 && answer->status < 300)
                ctl_complain("the answer of mailsecd is not understood");
        else
                ctl_complain("mailsecd answers with status %ld and no reason", answer->status);
        return CTL_FAILED;
}

CtlStatus ask(const Ctl *ctl, const char *method, const char *target, struct json_object *body,
              struct json_object **ret) {
        _cleanup_answer_ Answer answer = {};

        ask_quietly(ctl, method, target, body, &answer);
        if (!answer_is_good(&answer))
                return ask_complain(ctl, &answer);
        *ret = TAKE_PTR(answer.document);
        return CTL_DONE;
}

CtlStatus ask_body(const Ctl *ctl, const char *method, const char *target, const Body *body,
                   struct json_object **ret) {
        _cleanup_json_ struct json_object *empty = body->object ? NULL : json_object_new_object();
        struct json_object *object = body->object ? body->object : empty;

        if (body->failed || !object) {
                ctl_complain("out of memory");
                return CTL_FAILED;
        }
        return ask(ctl, method, target, object, ret);
}

void target_add(StrBuf *target, const char *name, const char *value) {
        _cleanup_strbuf_ StrBuf form = {};

        if (!value)
                return;
        text_add_form(&form, name, value);
        strbuf_addc(target, strchr(strbuf_text(target), '?') ? '&' : '?');
        strbuf_adds(target, strbuf_text(&form));
        if (form.error)
                target->error = form.error;
}

/* The value for `after` of the next page: a text or a number as the API likes. NULL: there is none.
 */
static const char *next_page(struct json_object *page) {
        struct json_object *next = NULL;

        if (!json_object_object_get_ex(page, "next", &next) ||
            (!json_object_is_type(next, json_type_string) &&
             !json_object_is_type(next, json_type_int)))
                return NULL;
        return json_object_get_string(next);
}

static CtlStatus ask_page(const Ctl *ctl, const char *target, size_t limit, const char *after,
                          struct json_object **ret) {
        _cleanup_strbuf_ StrBuf query = {}, number = {};

        strbuf_adds(&query, target);
        strbuf_addf(&number, "%zu", limit);
        target_add(&query, "limit", strbuf_text(&number));
        target_add(&query, "after", after);
        if (query.error || number.error) {
                ctl_complain("out of memory");
                return CTL_FAILED;
        }
        return ask(ctl, "GET", strbuf_text(&query), NULL, ret);
}

static bool append(struct json_object *list, struct json_object *more, size_t most) {
        for (size_t i = 0; i < list_count(more); i++) {
                if (most > 0 && list_count(list) >= most)
                        break;
                struct json_object *element = json_object_get(list_get(more, i));
                if (json_object_array_add(list, element) < 0) {
                        json_object_put(element);
                        return false;
                }
        }
        return true;
}

CtlStatus ask_list(const Ctl *ctl, const char *target, const char *member, size_t most,
                   struct json_object **ret) {
        _cleanup_json_ struct json_object *all = NULL, *list = json_object_new_array();
        _cleanup_free_ char *after = NULL;
        size_t pages = 0;
        bool ok = list != NULL;

        do {
                _cleanup_json_ struct json_object *page = NULL;
                size_t left = most > 0 ? most - list_count(list) : PAGE_MAX;
                CtlStatus status = ask_page(ctl, target, MIN(left, (size_t)PAGE_MAX), after, &page);
                if (status != CTL_DONE)
                        return status;
                const char *next = next_page(page);
                if (!member_list(page, member) ||
                    (next && (++pages >= PAGES_MAX || (after && streq(next, after))))) {
                        ctl_complain("the answer of mailsecd is not understood");
                        return CTL_FAILED;
                }
                free(after);
                after = next ? strdup(next) : NULL;
                ok = ok && (!next || after) && append(list, member_list(page, member), most);
                if (all)
                        json_object_put(all);
                all = TAKE_PTR(page);
        } while (ok && after && (most == 0 || list_count(list) < most));

        ok = ok && json_object_object_add(all, member, json_object_get(list)) == 0;
        if (!ok) {
                ctl_complain("out of memory");
                return CTL_FAILED;
        }
        *ret = TAKE_PTR(all);
        return CTL_DONE;
}

CtlStatus ask_print_json(struct json_object *document) {
        _cleanup_strbuf_ StrBuf text = {};

        document_add(&text, document);
        strbuf_addc(&text, '\n');
        return ctl_print(&text);
}
