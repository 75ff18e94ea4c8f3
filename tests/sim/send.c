/* SPDX-License-Identifier: MIT */
#include "sim/send.h"

#include <string.h>

/* A body that does not simply go out as it is. */
typedef struct Stream {
        struct MHD_Connection *connection;
        SleeperList *sleepers;
        Blob *body;
        Transfer transfer;
        size_t limit; /* of a cut or an endless body; 0: none */
        size_t piece; /* of a drip */
        usec_t interval;
        usec_t due;
} Stream;

static void stream_free(void *userdata) {
        Stream *stream = userdata;
        blob_free(stream->body);
        free(stream);
}

static ssize_t read_cut(Stream *stream, uint64_t position, char *buffer, size_t size) {
        if (position >= stream->limit)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        size = MIN(size, stream->limit - (size_t)position);
        memcpy(buffer, stream->body->data + position, size);
        return (ssize_t)size;
}

static ssize_t read_drip(Stream *stream, uint64_t position, char *buffer, size_t size) {
        usec_t now = moment_real();

        if (position >= stream->body->size)
                return MHD_CONTENT_READER_END_OF_STREAM;
        if (stream->sleepers->stopping)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (now < stream->due) {
                sleeper_add(stream->sleepers, stream->connection, stream->due);
                return 0;
        }
        stream->due = now + stream->interval;
        size = MIN(MIN(size, stream->piece), stream->body->size - (size_t)position);
        memcpy(buffer, stream->body->data + position, size);
        return (ssize_t)size;
}

/* The first byte opens, once; then the rest goes round and round. */
static ssize_t read_endless(Stream *stream, uint64_t position, char *buffer, size_t size) {
        if (stream->limit > 0 && position >= stream->limit)
                return MHD_CONTENT_READER_END_OF_STREAM;
        if (stream->sleepers->stopping || stream->body->size == 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        if (stream->limit > 0)
                size = (size_t)MIN((uint64_t)size, stream->limit - position);
        for (size_t done = 0; done < size;) {
                size_t offset = (size_t)((position + done) % stream->body->size);
                size_t part = MIN(size - done, stream->body->size - offset);
                memcpy(buffer + done, stream->body->data + offset, part);
                done += part;
        }
        return (ssize_t)size;
}

static ssize_t stream_read(void *userdata, uint64_t position, char *buffer, size_t size) {
        Stream *stream = userdata;

        switch (stream->transfer) {
        case TRANSFER_CUT:
        case TRANSFER_CUT_CHUNKED:
                return read_cut(stream, position, buffer, size);
        case TRANSFER_DRIP:
                return read_drip(stream, position, buffer, size);
        case TRANSFER_ENDLESS:
                return read_endless(stream, position, buffer, size);
        case TRANSFER_WHOLE:
        case TRANSFER_CLOSE:
                break;
        }
        return MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *stream_response(const Request *request, SleeperList *sleepers) {
        const Reply *reply = &request->reply;
        Stream *stream = calloc(1, sizeof(*stream));
        if (!stream)
                abort();
        *stream = (Stream){
                .connection = request->connection,
                .sleepers = sleepers,
                .body = reply->body ? blob_ref(reply->body) : blob_new(0),
                .transfer = reply->transfer,
                .limit = reply->bytes,
                .piece = MAX(reply->bytes, (size_t)1),
                .interval = reply->interval,
        };
        bool cut = reply->transfer == TRANSFER_CUT || reply->transfer == TRANSFER_CUT_CHUNKED;
        if (cut)
                stream->limit = MIN(reply->bytes ? reply->bytes : stream->body->size / 2,
                                    stream->body->size);
        bool sized = reply->transfer == TRANSFER_CUT || reply->transfer == TRANSFER_DRIP;
        return MHD_create_response_from_callback(sized ? stream->body->size : MHD_SIZE_UNKNOWN,
                                                 16384, stream_read, stream, stream_free);
}

static void free_blob(void *userdata) {
        blob_free(userdata);
}

static struct MHD_Response *whole_response(const Reply *reply) {
        if (!reply->body || reply->body->size == 0)
                return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        Blob *body = blob_ref(reply->body);
        return MHD_create_response_from_buffer_with_free_callback_cls(body->size, body->data,
                                                                      free_blob, body);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value) {
        if (value && *value)
                MHD_add_response_header(response, name, value);
}

struct MHD_Response *send_response(const Request *request, SleeperList *sleepers) {
        const Reply *reply = &request->reply;
        char date[MOMENT_TEXT_MAX];

        if (reply->transfer == TRANSFER_CLOSE || reply->status == 0)
                return NULL;
        struct MHD_Response *response = reply->transfer == TRANSFER_WHOLE
                                                ? whole_response(reply)
                                                : stream_response(request, sleepers);
        if (!response)
                return NULL;
        moment_format_http(clock_wall(&request->sim->clock), date);
        add_header(response, "Date", date);
        add_header(response, "Content-Type", reply->type);
        add_header(response, "Location", reply->location);
        add_header(response, "Retry-After", reply->retry_after);
        add_header(response, "Allow", reply->allow);
        if (reply->challenge)
                add_header(response, "WWW-Authenticate", "Basic realm=\"Email Queue API\"");
        if (reply->close)
                add_header(response, "Connection", "close");
        return response;
}
