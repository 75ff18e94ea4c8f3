/* SPDX-License-Identifier: MIT */
#include "io/web-request.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* A body that is too large is read to its end and thrown away, up to this many times of what is
 * allowed, so that a client that writes all before it reads sees the answer. */
#define DISCARDED_BODIES 16

struct WebExchange {
        WebPeer *peer;
        StrBuf body;
        size_t received; /* bytes of the body, kept or not */
        uid_t uid;
        bool begun;
        bool malformed; /* of its path and query */
};

static WebPeer *peer_of(struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

/* --- the first line ------------------------------------------------------------------------ */

void *request_on_uri(void *userdata, const char *uri, struct MHD_Connection *connection) {
        WebPeer *peer = peer_of(connection);
        (void)userdata;
        (void)uri;

        WebExchange *request = peer ? calloc(1, sizeof(*request)) : NULL;
        if (!request)
                return NULL;
        request->peer = peer;
        request->body.max = peer->rules->body;
        peer->request = request;
        return request;
}

/* Whether each '%' is that of one byte, and none of NUL: the library would let both through. */
static bool escapes_are_sound(const char *text) {
        for (; *text; text++) {
                if (*text != '%')
                        continue;
                if (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2]) ||
                    (text[1] == '0' && text[2] == '0'))
                        return false;
        }
        return true;
}

size_t request_on_escaped(void *userdata, struct MHD_Connection *connection, char *text) {
        const WebPeer *peer = peer_of(connection);
        bool sound = escapes_are_sound(text);
        size_t size = MHD_http_unescape(text);
        (void)userdata;

        if (peer && peer->request && (!sound || !text_is_utf8(text, size)))
                peer->request->malformed = true;
        return size;
}

/* --- the reply ----------------------------------------------------------------------------- */

static enum MHD_Result queue(WebExchange *request, struct MHD_Connection *connection,
                             unsigned status, struct MHD_Response *response, bool last) {
        static const struct {
                const char *name;
                const char *value;
        } headers[] = {
                { MHD_HTTP_HEADER_CONTENT_TYPE, "application/json" },
                { MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
                { MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff" },
                { MHD_HTTP_HEADER_CONNECTION, "close" }, /* of the last one only */
        };
        enum MHD_Result r = MHD_YES;

        for (size_t i = 0; i < ELEMENTSOF(headers) - !last && r == MHD_YES; i++)
                r = MHD_add_response_header(response, headers[i].name, headers[i].value);
        if (r == MHD_YES) {
                request->peer->sending = true;
                request->peer->since = clock_monotonic();
                r = MHD_queue_response(connection, status, response);
        }
        MHD_destroy_response(response);
        return r;
}

/* A refusal in JSON; `text` is a literal that needs no escape. With `last` the connection is closed
 * after it. */
static enum MHD_Result refuse(WebExchange *request, struct MHD_Connection *connection,
                              unsigned status, const char *text, bool last) {
        _cleanup_strbuf_ StrBuf body = { 0 };

        if (strbuf_addf(&body, "{\"error\":\"%s\"}\n", text) < 0)
                return MHD_NO;
        struct MHD_Response *response =
                MHD_create_response_from_buffer(body.size, body.data, MHD_RESPMEM_MUST_COPY);
        return response ? queue(request, connection, status, response, last) : MHD_NO;
}

static enum MHD_Result answer(WebExchange *request, struct MHD_Connection *connection,
                              const char *path, const char *method) {
        const WebRules *rules = request->peer->rules;
        _cleanup_strbuf_ StrBuf body = { 0 };
        const WebRequest asked = {
                .method = streq(method, MHD_HTTP_METHOD_HEAD) ? MHD_HTTP_METHOD_GET : method,
                .path = path,
                .body = strbuf_text(&request->body),
                .size = request->body.size,
                .uid = request->uid,
                .connection = connection,
        };
        WebReply reply = { 0 };

        rules->handler(rules->userdata, &asked, &reply);
        strbuf_done(&request->body);
        body = reply.body;
        if (body.error < 0 || reply.status < MHD_HTTP_OK || reply.status > 599)
                return refuse(request, connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                              "the reply could not be made", false);

        struct MHD_Response *response =
                MHD_create_response_from_buffer_with_free_callback(body.size, body.data, free);
        if (!response)
                return MHD_NO;
        body = (StrBuf){ 0 }; /* the response has it */
        return queue(request, connection, reply.status, response, false);
}

/* --- the request --------------------------------------------------------------------------- */

/* What can be said when the headers are there. */
static enum MHD_Result begin(WebExchange *request, struct MHD_Connection *connection) {
        const WebRules *rules = request->peer->rules;

        if (!rules->gate(rules->userdata, request->peer->fd, &request->uid))
                return refuse(request, connection, MHD_HTTP_FORBIDDEN,
                              "you are not allowed to use this socket", true);
        const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                         MHD_HTTP_HEADER_CONTENT_LENGTH);
        if (length && strtoull(length, NULL, 10) > DISCARDED_BODIES * rules->body)
                return refuse(request, connection, MHD_HTTP_CONTENT_TOO_LARGE,
                              "the request is too large", true);
        return MHD_YES;
}

/* No answer can be given in the middle of a body: what is wrong shows in `body.error`. */
static enum MHD_Result gather(WebExchange *request, const char *data, size_t size) {
        const WebRules *rules = request->peer->rules;

        request->received += size;
        if (request->received > DISCARDED_BODIES * rules->body)
                return MHD_NO;
        (void)strbuf_add(&request->body, data, size);
        return MHD_YES;
}

static enum MHD_Result finish(WebExchange *request, struct MHD_Connection *connection,
                              const char *path, const char *method) {
        if (request->body.error == -E2BIG)
                return refuse(request, connection, MHD_HTTP_CONTENT_TOO_LARGE,
                              "the request is too large", false);
        if (request->body.error < 0)
                return refuse(request, connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                              "there is no memory for the request", false);
        if (request->malformed)
                return refuse(request, connection, MHD_HTTP_BAD_REQUEST,
                              "the path or the query is not text in UTF-8", false);
        return answer(request, connection, path, method);
}

enum MHD_Result request_on_call(void *userdata, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **context) {
        WebExchange *request = *context;
        (void)userdata;
        (void)version;

        if (!request)
                return MHD_NO;
        ++*request->peer->calls;
        if (!request->begun) {
                request->begun = true;
                return begin(request, connection);
        }
        if (*size > 0) {
                size_t got = *size;
                *size = 0;
                return gather(request, data, got);
        }
        return finish(request, connection, url, method);
}

void request_on_end(void *userdata, struct MHD_Connection *connection, void **context,
                    enum MHD_RequestTerminationCode code) {
        WebExchange *request = *context;
        (void)userdata;
        (void)connection;
        (void)code;

        *context = NULL;
        if (!request)
                return;
        ++*request->peer->calls;
        request->peer->request = NULL;
        request->peer->sending = false;
        request->peer->since = clock_monotonic();
        strbuf_done(&request->body);
        free(request);
}

const char *web_query(const WebRequest *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}
