/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "core/outcome.h"
#include "core/source.h"

#include <json-c/json_object.h>
#include <stdbool.h>

/* What one reply of `check` or `get_result` says, whichever of the two was asked (apis.md 2.2,
 * "Order of tests on a reply"). */
typedef enum ImmuniwebReplyKind {
        IMMUNIWEB_FAILED,   /* outcome and text say why */
        IMMUNIWEB_MANY_IPS, /* ask again with one address: ip, token */
        IMMUNIWEB_RESULT,   /* document is the result */
        IMMUNIWEB_FINISHED, /* to be fetched by test_id */
        IMMUNIWEB_PENDING,  /* being worked on: eta and, where told, job_id */
} ImmuniwebReplyKind;

/* Texts but `text` are borrowed from `document`. */
typedef struct ImmuniwebReply {
        ImmuniwebReplyKind kind;
        struct json_object *document; /* owned; NULL when the body was no JSON object */
        Outcome outcome;              /* OUTCOME_OK unless it failed */
        bool job_unknown;    /* the words of the failure fit a job that is not known any more */
        usec_t eta;          /* 0 = not told */
        const char *job_id;  /* or NULL */
        const char *test_id; /* or NULL */
        const char *ip;      /* first of multiple_ips */
        const char *token;   /* that came with it, or NULL */
        StrBuf text;         /* the vendor's or transport's words, plain text; may be empty */
} ImmuniwebReply;

/* Reads a reply; `domain` is the one under test: its own letters classify no error text. The body
 * is read whatever the HTTP status (apis.md 2.2): an error in it that is recognised decides, else
 * the status does. 0, or -ENOMEM (*ret is untouched). */
int immuniweb_reply_read(const Reply *reply, const char *domain, ImmuniwebReply *ret);

void immuniweb_reply_done(ImmuniwebReply *reply);

#define _cleanup_immuniweb_reply_ _cleanup_(immuniweb_reply_done)

/* Whether a text can be an id of the vendor: 1 to 128 letters, digits, '-' and '_' (64 hex digits
 * in the guide). */
bool immuniweb_is_id(const char *text);
