/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-reply.h"

#include "base/text.h"
#include "source/immuniweb-error.h"
#include "source/immuniweb-finding.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* Of a body that is no JSON: enough to tell a gateway's error page. */
#define BODY_WORDS_MAX ((size_t)100)

#define ID_MAX 128
#define IP_MAX 64

/* No estimate is longer: past it the number is not in seconds. */
#define ETA_SECONDS_MAX 86400.0

/* `status` words (OBS and the sibling services; compared without case and separators). */
static const char *const finished_words[] = { "test_cached",   "cached",         "finished",
                                              "test_finished", "test_completed", "completed",
                                              "complete",      "done",           "ready",
                                              "success" };
static const char *const pending_words[] = { "test_started", "in_progress", "unprocessed",
                                             "queued",       "started",     "running",
                                             "pending",      "processing" };
static const char *const failed_words[] = { "error",   "failed",   "test_failed",
                                            "aborted", "canceled", "cancelled" };

bool immuniweb_is_id(const char *text) {
        size_t n = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
        return n > 0 && n <= ID_MAX && text[n] == '\0';
}

static const char *member_id(struct json_object *object, const char *key) {
        const char *text = json_read_text(json_read_member(object, key), NULL);
        return text && immuniweb_is_id(text) ? text : NULL;
}

/* A member under its name or, as the API of 2016 had it, in capitals (X-5652428273). */
static struct json_object *member_or(struct json_object *object, const char *key,
                                     const char *capitals) {
        struct json_object *member = json_read_member(object, key);
        return member ? member : json_read_member(object, capitals);
}

static int fail(ImmuniwebReply *r, Outcome outcome, const char *text) {
        r->kind = IMMUNIWEB_FAILED;
        r->outcome = outcome;
        if (text && r->text.size == 0)
                immuniweb_error_add_words(&r->text, text, strlen(text));
        return r->text.error == -ENOMEM ? -ENOMEM : 0;
}

/* The exchange failed and the body holds no error that says more. */
static int fail_by_exchange(const Reply *reply, ImmuniwebReply *r) {
        immuniweb_error_add_text(&r->text, json_read_member(r->document, "message"));
        return fail(r, reply->outcome, reply->error);
}

static int fail_unreadable(const Reply *reply, int error, ImmuniwebReply *r) {
        if (error == -ENODATA)
                return fail(r, OUTCOME_EMPTY, NULL);
        strbuf_adds(&r->text, r->document ? "the answer is no JSON object"
                                          : "the answer is not JSON or cut off");
        if (!r->document) {
                strbuf_adds(&r->text, ": ");
                text_plain(&r->text, reply->body, MIN(reply->size, 8 * BODY_WORDS_MAX),
                           BODY_WORDS_MAX);
        }
        return fail(r, OUTCOME_PROTOCOL, NULL);
}

static bool is_one_of(const char *text, const char *const *list, size_t n) {
        for (size_t i = 0; text && i < n; i++)
                if (finding_same_name(text, list[i]))
                        return true;
        return false;
}

static bool has_result(struct json_object *document) {
        static const char *const members[] = { "test_email", "summary", "internals" };
        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                struct json_object *member = json_read_member(document, members[i]);
                if (json_object_is_type(member, json_type_object))
                        return true;
        }
        return false;
}

static bool read_many_ips(struct json_object *document, ImmuniwebReply *r) {
        struct json_object *ips = member_or(document, "multiple_ips", "MULTIPLE_IPS");
        if (immuniweb_error_is_nothing(ips))
                return false;
        if (json_object_is_type(ips, json_type_array))
                ips = json_object_array_get_idx(ips, 0);
        r->ip = json_read_text(ips, NULL);
        if (r->ip && (strlen(r->ip) > IP_MAX || !*r->ip))
                r->ip = NULL;
        r->token = json_read_text(member_or(document, "token", "TOKEN"), NULL);
        if (r->token && (strlen(r->token) > 4 * ID_MAX || !*r->token))
                r->token = NULL;
        return true;
}

static usec_t read_eta(struct json_object *document) {
        double seconds = json_read_number(json_read_member(document, "eta"), NULL);
        if (isnan(seconds))
                return 0;
        return (usec_t)(MIN(seconds, ETA_SECONDS_MAX) * (double)USEC_PER_SEC);
}

/* Steps 5 to 7 of the order: the words of `status`, then which id is there, then the texts and
 * numbers that only break a tie (the guide prints status_id 3 for started and cached). */
static int read_state(struct json_object *document, ImmuniwebReply *r) {
        const char *status = json_read_text(json_read_member(document, "status"), NULL);
        struct json_object *message = json_read_member(document, "message");
        double status_id = json_read_number(json_read_member(document, "status_id"), NULL);
        bool finished = is_one_of(status, finished_words, ELEMENTSOF(finished_words));
        bool pending = !finished && is_one_of(status, pending_words, ELEMENTSOF(pending_words));

        r->job_id = member_id(document, "job_id");
        r->test_id = member_id(document, "test_id");
        r->eta = read_eta(document);
        if (!pending && r->test_id && (!r->job_id || status_id == 3))
                finished = true;
        if (finished) {
                r->kind = IMMUNIWEB_FINISHED;
                if (!r->test_id)
                        r->test_id = member_id(document, "id");
                return r->test_id ? 0 : fail(r, OUTCOME_PROTOCOL, "a finished test without its id");
        }
        r->kind = IMMUNIWEB_PENDING;
        if (pending || r->job_id || finding_mentions(message, "hasstarted") ||
            finding_mentions(message, "inprogress") || status_id == 1 || status_id == 2)
                return 0;
        return fail(r, OUTCOME_PROTOCOL, "an answer of no known kind");
}

static int fail_by_error(const Reply *reply, const char *domain, struct json_object *error,
                         ImmuniwebReply *r) {
        r->kind = IMMUNIWEB_FAILED;
        return immuniweb_error_read(reply, domain, r->document, error, &r->text, &r->outcome,
                                    &r->job_unknown);
}

static int classify(const Reply *reply, const char *domain, ImmuniwebReply *r) {
        struct json_object *document = r->document;
        struct json_object *error = member_or(document, "error", "ERROR");
        double error_id = json_read_number(json_read_member(document, "error_id"), NULL);
        const char *status = json_read_text(json_read_member(document, "status"), NULL);

        /* FastAPI's form, without `error` around it. */
        if (immuniweb_error_is_nothing(error) && reply->outcome != OUTCOME_OK)
                error = json_read_member(document, "detail");
        if (!immuniweb_error_is_nothing(error) || error_id > 0)
                return fail_by_error(reply, domain, error, r);
        if (reply->outcome != OUTCOME_OK)
                return fail_by_exchange(reply, r);
        if (read_many_ips(document, r)) {
                r->kind = IMMUNIWEB_MANY_IPS;
                return r->ip ? 0 : fail(r, OUTCOME_PROTOCOL, "multiple_ips without an address");
        }
        if (has_result(document)) {
                r->kind = IMMUNIWEB_RESULT;
                return 0;
        }
        if (is_one_of(status, failed_words, ELEMENTSOF(failed_words)))
                return fail_by_error(reply, domain, json_read_member(document, "message"), r);
        return read_state(document, r);
}

int immuniweb_reply_read(const Reply *reply, const char *domain, ImmuniwebReply *ret) {
        _cleanup_immuniweb_reply_ ImmuniwebReply r = { .outcome = OUTCOME_OK };

        int error = json_read_document(reply->body, reply->size, &r.document);
        int failed;
        if (error == -ENOMEM)
                return error;
        if (error == 0 && json_object_is_type(r.document, json_type_object))
                failed = classify(reply, domain, &r);
        else if (reply->outcome != OUTCOME_OK)
                failed = fail(&r, reply->outcome, reply->error);
        else
                failed = fail_unreadable(reply, error, &r);
        if (failed < 0)
                return failed;
        *ret = r;
        r = (ImmuniwebReply){ 0 };
        return 0;
}

void immuniweb_reply_done(ImmuniwebReply *reply) {
        json_object_put(reply->document);
        strbuf_done(&reply->text);
        *reply = (ImmuniwebReply){ 0 };
}
