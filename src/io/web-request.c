/* SPDX-License-Identifier: MIT */
#include "io/web-request.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* A body that is too large is read to its end and thrown away, up to this many times of what is
 * allowed, so that a client that writes all before it reads sees the answer. */
#define DISCARDED_BODIES 16

/* Most bytes of a piece of a long body. A stream's are what a connection's memory holds, but for
 * clients of HTTP/1.0. */
#define FLOW_BLOCK 65536

struct WebExchange {
        WebPeer *peer;
        StrBuf body;
        size_t received; /* bytes of the body, kept or not */
        uid_t uid;
        bool begun;
        bool head;      /* HEAD: a reply without its body */
        bool malformed; /* of its path and query */
};

static WebPeer *peer_of(struct MHD_Connection *connection) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

/* --- one run ------------------------------------------------------------------------------- */

/* Whether the rest of this run's time has gone, so that other things of the loop come first: then
 * the library calls again in the next run. */
static bool is_put_off(WebPeer *peer) {
        WebRun *run = peer->run;

        if (!run->begun || clock_monotonic() < run->until) {
                run->begun = true;
                return false;
        }
        MHD_suspend_connection(peer->handle);
        peer->waiting = true;
        run->waiting++;
        return true;
}

void request_go_on(WebPeer *peer) {
        peer->waiting = false;
        peer->run->waiting--;
        MHD_resume_connection(peer->handle);
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
        request->uid = (uid_t)-1;
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

void web_refuse(WebReply *ret, unsigned status, const char *text) {
        ret->status = status;
        (void)strbuf_addf(&ret->body, "{\"error\":\"%s\"}\n", text);
}

/* A body that is asked for piece by piece, for as long as the library has the response. Each piece
 * is a call, by which the server sees that something moves: of a long text, TLS takes little at a
 * time and the library tells of nothing. */
typedef struct Flow {
        StrBuf text; /* or */
        WebStream stream;
        WebPeer *peer;
} Flow;

static ssize_t flow_on_text(void *userdata, uint64_t position, char *buffer, size_t size) {
        Flow *flow = userdata;

        flow->peer->run->calls++;
        if (is_put_off(flow->peer))
                return 0;
        size = MIN(size, flow->text.size - (size_t)position);
        memcpy(buffer, flow->text.data + position, size);
        return (ssize_t)size;
}

static ssize_t flow_on_stream(void *userdata, uint64_t position, char *buffer, size_t size) {
        Flow *flow = userdata;
        (void)position;

        flow->peer->run->calls++;
        if (is_put_off(flow->peer))
                return 0;
        ssize_t n = flow->stream.read(flow->stream.userdata, buffer, size);
        if (n < 0 || (size_t)n > size || (n == 0 && flow->stream.size > 0))
                return MHD_CONTENT_READER_END_WITH_ERROR;
        return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static void stream_done(WebStream *stream) {
        if (stream->free)
                stream->free(stream->userdata);
        *stream = (WebStream){ 0 };
}

static void flow_on_free(void *userdata) {
        Flow *flow = userdata;

        strbuf_done(&flow->text);
        stream_done(&flow->stream);
        free(flow);
}

static void reply_done(WebReply *reply) {
        strbuf_done(&reply->body);
        stream_done(&reply->stream);
}

/* Takes body and stream over unless it fails. */
static struct MHD_Response *flow_response(const WebExchange *request, WebReply *reply) {
        bool is_text = !reply->stream.read;
        uint64_t size = is_text ? reply->body.size : reply->stream.size;
        Flow *flow = calloc(1, sizeof(*flow));

        if (!flow)
                return NULL;
        *flow = (Flow){ .text = reply->body, .stream = reply->stream, .peer = request->peer };
        struct MHD_Response *response = MHD_create_response_from_callback(
                size > 0 ? size : MHD_SIZE_UNKNOWN, FLOW_BLOCK,
                is_text ? flow_on_text : flow_on_stream, flow, flow_on_free);
        if (!response) {
                free(flow);
                return NULL;
        }
        reply->body = (StrBuf){ 0 };
        reply->stream = (WebStream){ 0 };
        /* The library sends a last chunk also where there must be no body. */
        if (!is_text && (request->head || reply->status == MHD_HTTP_NOT_MODIFIED))
                (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
                                               MHD_RO_END);
        return response;
}

/* The same for a body that is short. */
static struct MHD_Response *text_response(WebReply *reply) {
        struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(
                reply->body.size, reply->body.data, free);

        if (response)
                reply->body = (StrBuf){ 0 };
        return response;
}

static enum MHD_Result add_headers(struct MHD_Response *response, const WebHeader *headers,
                                   size_t max) {
        enum MHD_Result r = MHD_YES;

        for (size_t i = 0; headers && i < max && headers[i].name && r == MHD_YES; i++)
                r = MHD_add_response_header(response, headers[i].name, headers[i].value);
        return r;
}

/* With `last` the connection is closed after it. */
static enum MHD_Result queue(WebExchange *request, struct MHD_Connection *connection,
                             const WebReply *reply, struct MHD_Response *response, bool last) {
        const WebHeader common[] = {
                { MHD_HTTP_HEADER_CONTENT_TYPE, reply->type ? reply->type : "application/json" },
                { MHD_HTTP_HEADER_CACHE_CONTROL, reply->cache ? reply->cache : "no-store" },
                { MHD_HTTP_HEADER_X_CONTENT_TYPE_OPTIONS, "nosniff" },
                { last ? MHD_HTTP_HEADER_CONNECTION : NULL, "close" },
        };
        WebPeer *peer = request->peer;

        enum MHD_Result r = add_headers(response, common, ELEMENTSOF(common));
        if (r == MHD_YES)
                r = add_headers(response, peer->rules->headers, SIZE_MAX);
        if (r == MHD_YES)
                r = add_headers(response, reply->headers, ELEMENTSOF(reply->headers));
        if (r == MHD_YES) {
                peer->sending = true;
                peer->since = clock_monotonic();
                r = MHD_queue_response(connection, reply->status, response);
        }
        MHD_destroy_response(response);
        return r;
}

/* Takes the reply over, whatever comes. */
static enum MHD_Result answer(WebExchange *request, struct MHD_Connection *connection,
                              WebReply *reply, bool last) {
        if (reply->body.error < 0 || reply->status < MHD_HTTP_OK || reply->status > 599) {
                reply_done(reply);
                *reply = (WebReply){ 0 };
                web_refuse(reply, MHD_HTTP_INTERNAL_SERVER_ERROR, "the reply could not be made");
        }
        bool is_long = reply->stream.read || reply->body.size > FLOW_BLOCK;
        struct MHD_Response *response =
                is_long ? flow_response(request, reply) : text_response(reply);
        enum MHD_Result r = response ? queue(request, connection, reply, response, last) : MHD_NO;
        reply_done(reply);
        return r;
}

static enum MHD_Result refuse(WebExchange *request, struct MHD_Connection *connection,
                              unsigned status, const char *text, bool last) {
        WebReply reply = { 0 };

        web_refuse(&reply, status, text);
        return answer(request, connection, &reply, last);
}

/* --- the request --------------------------------------------------------------------------- */

static WebRequest asked(WebExchange *request, struct MHD_Connection *connection, const char *path,
                        const char *method) {
        return (WebRequest){
                .method = request->head ? MHD_HTTP_METHOD_GET : method,
                .path = path,
                .body = strbuf_text(&request->body),
                .size = request->body.size,
                .uid = request->uid,
                .connection = connection,
        };
}

/* What can be said when the headers are there. */
static enum MHD_Result begin(WebExchange *request, struct MHD_Connection *connection,
                             const char *path, const char *method) {
        const WebRules *rules = request->peer->rules;
        WebRequest what = asked(request, connection, path, method);
        WebReply reply = { 0 };

        if (!rules->gate(rules->userdata, request->peer->fd, &what, &reply))
                return answer(request, connection, &reply, true);
        request->uid = what.uid;
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
        WebPeer *peer = request->peer;
        const WebRules *rules = peer->rules;

        if (is_put_off(peer)) {
                if (!peer->sending)
                        peer->since = clock_monotonic();
                peer->sending = true;
                return MHD_YES;
        }
        if (request->body.error == -E2BIG)
                return refuse(request, connection, MHD_HTTP_CONTENT_TOO_LARGE,
                              "the request is too large", false);
        if (request->body.error < 0)
                return refuse(request, connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                              "there is no memory for the request", false);
        if (request->malformed)
                return refuse(request, connection, MHD_HTTP_BAD_REQUEST,
                              "the path or the query is not text in UTF-8", false);
        const WebRequest what = asked(request, connection, path, method);
        WebReply reply = { 0 };
        rules->handler(rules->userdata, &what, &reply);
        strbuf_done(&request->body);
        return answer(request, connection, &reply, false);
}

enum MHD_Result request_on_call(void *userdata, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **context) {
        WebExchange *request = *context;
        (void)userdata;
        (void)version;

        if (!request)
                return MHD_NO;
        request->peer->run->calls++;
        if (!request->begun) {
                request->begun = true;
                request->head = streq(method, MHD_HTTP_METHOD_HEAD);
                return begin(request, connection, url, method);
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
        request->peer->run->calls++;
        request->peer->request = NULL;
        request->peer->sending = false;
        request->peer->since = clock_monotonic();
        strbuf_done(&request->body);
        free(request);
}

const char *web_query(const WebRequest *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *web_header(const WebRequest *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}
