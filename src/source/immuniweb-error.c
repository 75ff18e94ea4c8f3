/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-error.h"

#include "base/macro.h"
#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the vendor's words in a record; they say what is wrong in one sentence. */
#define WORDS_MAX ((size_t)400)

/* error.detail[0].msg.error is the deepest form known. */
#define ERROR_DEPTH 5

/* An error's words, the first row that fits decides; `also`, where there, must occur too. Lower
 * case. */
typedef struct ErrorWords {
        const char *words;
        const char *also;
        Outcome outcome;
} ErrorWords;

static const ErrorWords error_words[] = {
        { "recheck", "limited to", OUTCOME_AUTH },
        { "domain", "too long", OUTCOME_INVALID_DOMAIN },
        { "exceed", "length", OUTCOME_INVALID_DOMAIN },
        { "limit", NULL, OUTCOME_QUOTA },
        { "exceed", NULL, OUTCOME_QUOTA },
        { "quota", NULL, OUTCOME_QUOTA },
        { "too many", NULL, OUTCOME_QUOTA },
        { "api key", NULL, OUTCOME_AUTH },
        { "api_key", NULL, OUTCOME_AUTH },
        { "api-key", NULL, OUTCOME_AUTH },
        { "apikey", NULL, OUTCOME_AUTH },
        { " key", "valid", OUTCOME_AUTH }, /* also "invalid" */
        { " key", "wrong", OUTCOME_AUTH },
        { " key", "missing", OUTCOME_AUTH },
        { " key", "requir", OUTCOME_AUTH },
        { "recheck", NULL, OUTCOME_AUTH },
        { "unauthori", NULL, OUTCOME_AUTH },
        { "authenticat", NULL, OUTCOME_AUTH },
        { "resolv", NULL, OUTCOME_UNRESOLVED },
        { "no mx", NULL, OUTCOME_UNRESOLVED },
        { "mx record", NULL, OUTCOME_UNRESOLVED },
        { "mail server", "not found", OUTCOME_UNRESOLVED },
        { "mail server", "no ", OUTCOME_UNRESOLVED },
        { "private", NULL, OUTCOME_UNRESOLVED },
        { "reserved", NULL, OUTCOME_UNRESOLVED },
        { "nxdomain", NULL, OUTCOME_UNRESOLVED },
        { "domain", "does not exist", OUTCOME_UNRESOLVED },
        { "valid domain", NULL, OUTCOME_INVALID_DOMAIN },
        { "valid host", NULL, OUTCOME_INVALID_DOMAIN },
        { "domain", "not valid", OUTCOME_INVALID_DOMAIN },
        { "deny", NULL, OUTCOME_INVALID_DOMAIN },
        { "blacklist", NULL, OUTCOME_INVALID_DOMAIN },
        { "black list", NULL, OUTCOME_INVALID_DOMAIN },
        { "blocklist", NULL, OUTCOME_INVALID_DOMAIN },
        { "block list", NULL, OUTCOME_INVALID_DOMAIN },
        { "domain", "not allowed", OUTCOME_INVALID_DOMAIN },
        { "domain", "prohibited", OUTCOME_INVALID_DOMAIN },
};

/* How a job that is gone may be told of; no such answer is public (apis.md 2.2). */
static const char *const gone_words[] = { "not found", "unknown",   "expired",
                                          "no such",   "not exist", "doesn't exist",
                                          "invalid",   "no longer", "not valid" };

void immuniweb_error_add_words(StrBuf *b, const char *text, size_t size) {
        if (size == 0 || b->size + STRLEN("; ") >= WORDS_MAX)
                return;
        if (b->size > 0)
                strbuf_adds(b, b->data[b->size - 1] == '.' ? " " : "; ");
        text_plain(b, text, size, WORDS_MAX - b->size);
}

bool immuniweb_error_is_nothing(struct json_object *value) {
        if (json_object_is_type(value, json_type_int) ||
            json_object_is_type(value, json_type_double))
                return json_object_get_double(value) == 0;
        return json_read_is_blank(value);
}

/* The error's own words: a string, {error}, {message}, {msg: string or object}, {detail: [...]}
 * (cloud v2). */
static void add_error_text(StrBuf *b, struct json_object *value, unsigned depth) {
        static const char *const keys[] = { "error", "msg", "message", "text", "detail" };
        size_t size = 0;
        const char *text = json_read_text(value, &size);
        if (text)
                immuniweb_error_add_words(b, text, size);
        if (depth == 0)
                return;
        if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0)
                add_error_text(b, json_object_array_get_idx(value, 0), depth - 1);
        for (size_t i = 0, before = b->size; i < ELEMENTSOF(keys) && b->size == before; i++)
                add_error_text(b, json_read_member(value, keys[i]), depth - 1);
}

static void add_recommendation(StrBuf *b, struct json_object *value, unsigned depth) {
        size_t size = 0;
        const char *text = json_read_text(json_read_member(value, "recommendation"), &size);
        if (text) {
                immuniweb_error_add_words(b, text, size);
                return;
        }
        if (depth == 0)
                return;
        if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0)
                add_recommendation(b, json_object_array_get_idx(value, 0), depth - 1);
        else {
                add_recommendation(b, json_read_member(value, "detail"), depth - 1);
                add_recommendation(b, json_read_member(value, "msg"), depth - 1);
        }
}

static double error_number(struct json_object *document, struct json_object *error) {
        double id = json_read_number(json_read_member(document, "error_id"), NULL);
        if (isnan(id))
                id = json_read_number(json_read_member(error, "error_id"), NULL);
        if (isnan(id))
                id = json_read_number(error, NULL); /* error: 29 */
        return id;
}

static bool contains(const char *text, const char *words) {
        return text_contains(text, strlen(text), words);
}

/* Overwrites the name of the domain: it may spell "limit" or "key". */
static void blank_name(char *text, const char *name) {
        size_t size = strlen(name);
        for (char *at = text; size > 0 && (at = strcasestr(at, name)); at += size)
                memset(at, ' ', size);
}

static Outcome classify_words(const char *text) {
        for (size_t i = 0; i < ELEMENTSOF(error_words); i++)
                if (contains(text, error_words[i].words) &&
                    (!error_words[i].also || contains(text, error_words[i].also)))
                        return error_words[i].outcome;
        return OUTCOME_REFUSED;
}

static bool is_gone(const char *text) {
        for (size_t i = 0; i < ELEMENTSOF(gone_words); i++)
                if (contains(text, gone_words[i]))
                        return true;
        return false;
}

/* What an error in the body comes to, given what the exchange itself came to. */
static Outcome error_outcome(const Reply *reply, double id, const char *text, bool *ret_gone) {
        *ret_gone = false;
        if (id == 29)
                return OUTCOME_INVALID_DOMAIN;
        if (id >= 1 && id <= 4)
                return OUTCOME_QUOTA;

        Outcome outcome = classify_words(text);
        /* A rate limiter that says when to come back does not speak of the day's tests. */
        if (outcome == OUTCOME_QUOTA && reply->outcome == OUTCOME_RATE_LIMITED &&
            reply->retry_after > 0)
                return OUTCOME_RATE_LIMITED;
        if (outcome != OUTCOME_QUOTA && outcome != OUTCOME_AUTH &&
            (reply->outcome == OUTCOME_OK || reply->outcome == OUTCOME_HTTP ||
             reply->outcome == OUTCOME_NOT_FOUND))
                *ret_gone = is_gone(text) && (outcome == OUTCOME_REFUSED || contains(text, "job"));
        if (outcome == OUTCOME_REFUSED && reply->outcome != OUTCOME_OK &&
            reply->outcome != OUTCOME_HTTP)
                return reply->outcome;
        return outcome;
}

void immuniweb_error_add_text(StrBuf *text, struct json_object *error) {
        add_error_text(text, error, ERROR_DEPTH);
}

int immuniweb_error_read(const Reply *reply, const char *domain, struct json_object *document,
                         struct json_object *error, StrBuf *text, Outcome *ret,
                         bool *ret_job_unknown) {
        _cleanup_free_ char *words = NULL;
        double id = error_number(document, error);

        immuniweb_error_add_text(text, error);
        if (text->size == 0)
                immuniweb_error_add_text(text, json_read_member(document, "message"));
        /* A blank on both sides lets " key" find the beginning of a word. */
        if (asprintf(&words, " %s ", strbuf_text(text)) < 0)
                return -ENOMEM;
        blank_name(words, domain);
        *ret = error_outcome(reply, id, words, ret_job_unknown);

        size_t before = text->size;
        add_recommendation(text, error, ERROR_DEPTH);
        if (text->size == before)
                add_recommendation(text, document, 0);
        if (!isnan(id) && id > 0)
                strbuf_addf(text, text->size > 0 ? " (error %.0f)" : "error %.0f", id);
        return text->error == -ENOMEM ? -ENOMEM : 0;
}
