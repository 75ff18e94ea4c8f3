/* SPDX-License-Identifier: MIT */
#include "sim/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hang ends so that a forgotten connection does not live as long as the simulator. */
#define HANG_DEFAULT (10 * USEC_PER_MIN)

#define PADDED_DEFAULT ((size_t)16 << 20)
#define PADDED_MAX     ((size_t)256 << 20)

/* Valid JSON as far as it goes, in the shape of either API, so that a reader keeps on reading. */
#define ENDLESS_SYMANTEC                                                                           \
        "{\"Name\":\"endless.example\",\"ReceiveQueueCountInbound\":0,"                            \
        "\"DeliveryQueueCountInbound\":0,\"Domains\":[{\"Name\":\"endless.example\"}]},"
#define ENDLESS_IMMUNIWEB "{\"internals\":{\"hostname\":\"endless.example\"},\"more\":"

void reply_set(Reply *reply, unsigned status, const char *type, Blob *body) {
        blob_free(reply->body);
        reply->status = status;
        reply->body = body;
        snprintf(reply->type, sizeof(reply->type), "%s", type);
}

void reply_set_json(Reply *reply, unsigned status, Blob *body) {
        reply_set(reply, status, "application/json", body);
}

void reply_done(Reply *reply) {
        reply->body = blob_free(reply->body);
}

static Blob *body_of(const Reply *reply) {
        return reply->body ? blob_of(reply->body->data, reply->body->size) : blob_new(0);
}

static void change_body(Reply *reply, Blob *body) {
        blob_free(reply->body);
        reply->body = body;
}

static void replace(Reply *reply, const Fault *fault) {
        const char *type = fault->content_type;
        if (!type)
                type = fault->body && fault->body->size > 0 ? "application/json" : "";
        reply_set(reply, fault->status, type, fault->body ? blob_ref(fault->body) : NULL);
        reply->challenge = fault->status == 401 && fault->api == API_SYMANTEC;
}

static void truncate_body(Reply *reply, const Fault *fault) {
        size_t bytes = fault->bytes;
        Blob *body = body_of(reply);
        if (bytes == 0)
                bytes = body->size / 2;
        body->size = MIN(body->size, bytes);
        body->data[body->size] = '\0';
        change_body(reply, body);
}

static void pad_body(Reply *reply, const Fault *fault) {
        size_t bytes = fault->bytes;
        Blob *body = body_of(reply);
        bytes = bytes == 0 ? PADDED_DEFAULT : MIN(bytes, PADDED_MAX);
        if (bytes > body->size) {
                size_t more = bytes - body->size;
                memset(blob_reserve(body, more), ' ', more);
                body->size = bytes;
                body->data[bytes] = '\0';
        }
        change_body(reply, body);
}

static void wrap_body(Reply *reply, const Fault *fault _unused_) {
        Blob *body = blob_new(0);
        if (reply->body)
                blob_add_json(body, reply->body->data, reply->body->size);
        change_body(reply, body);
}

static void mark_body(Reply *reply, const Fault *fault _unused_) {
        Blob *body = blob_of_text("\xef\xbb\xbf");
        if (reply->body)
                blob_add(body, reply->body->data, reply->body->size);
        change_body(reply, body);
}

/* {"error_id": 0, the usual reply: the id alone is no error. */
static void add_error_id(Reply *reply, const Fault *fault _unused_) {
        Blob *body = blob_of_text("{\"error_id\": 0");
        const char *rest = reply->body ? strchr(reply->body->data, '{') : NULL;
        if (rest) {
                rest++;
                blob_add_text(body, rest[strspn(rest, " \n")] == '}' ? "" : ", ");
                blob_add_text(body, rest);
        } else
                blob_add_text(body, "}");
        change_body(reply, body);
}

static void set_transfer(Reply *reply, const Fault *fault, Transfer transfer) {
        reply->transfer = transfer;
        reply->bytes = fault->bytes;
        reply->interval = fault->interval;
}

static void set_endless(Reply *reply, const Fault *fault) {
        bool own = fault->body && fault->body->size > 0;
        const char *text = fault->api == API_SYMANTEC ? ENDLESS_SYMANTEC : ENDLESS_IMMUNIWEB;
        reply_set_json(reply, fault->status, own ? blob_ref(fault->body) : blob_of_text(text));
        set_transfer(reply, fault, TRANSFER_ENDLESS);
}

/* "date:SECONDS" becomes an HTTP date that far ahead; any other text travels as it is. */
static void set_retry_after(Reply *reply, const char *text, usec_t wall) {
        char date[MOMENT_TEXT_MAX];
        if (strncmp(text, "date:", 5) == 0) {
                moment_format_http(wall + (usec_t)strtoul(text + 5, NULL, 10) * USEC_PER_SEC, date);
                text = date;
        }
        snprintf(reply->retry_after, sizeof(reply->retry_after), "%s", text);
}

static void drip(Reply *reply, const Fault *fault) {
        set_transfer(reply, fault, TRANSFER_DRIP);
}

static void cut(Reply *reply, const Fault *fault) {
        set_transfer(reply, fault, TRANSFER_CUT);
}

static void cut_chunked(Reply *reply, const Fault *fault) {
        set_transfer(reply, fault, TRANSFER_CUT_CHUNKED);
}

static void close_early(Reply *reply, const Fault *fault _unused_) {
        reply->status = 0;
        reply->transfer = TRANSFER_CLOSE;
}

static void hang(Reply *reply, const Fault *fault) {
        close_early(reply, fault);
        reply->delay = fault->delay ? fault->delay : HANG_DEFAULT;
}

/* What each kind does to the reply. Those without a row are no reply's matter: the document's, or
 * below HTTP. */
static void (*const actions[_FAULT_KIND_MAX])(Reply *reply, const Fault *fault) = {
        [FAULT_STATUS] = replace,
        [FAULT_BODY] = replace,
        [FAULT_EMPTY] = replace,
        [FAULT_HTML] = replace,
        [FAULT_REDIRECT] = replace,
        [FAULT_ERROR] = replace,
        [FAULT_MULTIPLE_IPS] = replace,
        [FAULT_HANG] = hang,
        [FAULT_CLOSE] = close_early,
        [FAULT_ENDLESS] = set_endless,
        [FAULT_DRIP] = drip,
        [FAULT_CUT] = cut,
        [FAULT_CUT_CHUNKED] = cut_chunked,
        [FAULT_TRUNCATED] = truncate_body,
        [FAULT_PADDED] = pad_body,
        [FAULT_JSON_STRING] = wrap_body,
        [FAULT_BOM] = mark_body,
        [FAULT_ERROR_ID_ZERO] = add_error_id,
};

void reply_harm(Reply *reply, const Verdict *verdict, usec_t wall) {
        const Fault *fault = verdict->fault;
        const Fault *named = fault;

        if (!named && verdict->n_styles > 0)
                named = verdict->styles[0];
        if (named)
                snprintf(reply->fault, sizeof(reply->fault), "%s", named->name);
        reply->delay = verdict->delay;
        reply->close |= verdict->close;
        if (!fault)
                return;
        if (actions[fault->kind])
                actions[fault->kind](reply, fault);
        if (fault->location)
                snprintf(reply->location, sizeof(reply->location), "%s", fault->location);
        if (fault->retry_after)
                set_retry_after(reply, fault->retry_after, wall);
}
