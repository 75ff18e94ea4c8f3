/* SPDX-License-Identifier: MIT */
#include "sim/reqlog.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "sim/request.h"

typedef struct json_object Json;

int reqlog_open(RequestLog *log, const char *path, const Clock *clock) {
        *log = (RequestLog){ .clock = clock };
        if (path && !(log->file = fopen(path, "ae")))
                return -errno;
        return 0;
}

void reqlog_close(RequestLog *log) {
        if (log->file)
                fclose(log->file);
        log->file = NULL;
}

static void add(Json *object, const char *key, Json *value) {
        json_object_object_add(object, key, value);
}

/* How many bytes of UTF-8 begin here (RFC 3629), 0 when none do. */
static size_t utf8_size(const unsigned char *p, size_t rest) {
        size_t size = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
        if (size == 0 || p[0] > 0xf4 || size > rest)
                return 0;
        for (size_t i = 1; i < size; i++)
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
            (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
                return 0;
        return size;
}

/* What a client sends may be anything, but the log is UTF-8: a stray byte becomes the character of
 * its number, so that it can still be seen. */
static Json *new_text(const char *bytes, size_t size) {
        const unsigned char *text = (const unsigned char *)bytes;
        _cleanup_(blob_freep) Blob *clean = blob_new(size);

        for (size_t i = 0; i < size;) {
                size_t good = utf8_size(text + i, size - i);
                if (good > 0)
                        blob_add(clean, bytes + i, good);
                else
                        blob_add(clean,
                                 (char[]){ (char)(0xc0 | text[i] >> 6),
                                           (char)(0x80 | (text[i] & 0x3f)) },
                                 2);
                i += MAX(good, (size_t)1);
        }
        return json_object_new_string_len(clean->data, (int)clean->size);
}

static void add_text(Json *object, const char *key, const char *text) {
        if (text && *text)
                add(object, key, new_text(text, strlen(text)));
}

static Json *new_line(usec_t wall, usec_t real) {
        Json *line = json_object_new_object();
        char text[MOMENT_TEXT_MAX];

        moment_format_rfc3339(wall, text);
        add(line, "time", json_object_new_string(text));
        snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)(wall / USEC_PER_SEC),
                 (unsigned long long)(wall % USEC_PER_SEC));
        add(line, "ts", json_object_new_double_s((double)wall / USEC_PER_SEC, text));
        snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)(real / USEC_PER_SEC),
                 (unsigned long long)(real % USEC_PER_SEC));
        add(line, "monotonic", json_object_new_double_s((double)real / USEC_PER_SEC, text));
        return line;
}

static void write_line(const RequestLog *log, Json *line) {
        fputs(json_object_to_json_string_ext(line, JSON_C_TO_STRING_NOSLASHESCAPE), log->file);
        fputc('\n', log->file);
        fflush(log->file);
        json_object_put(line);
}

static void add_headers(Json *line, const Request *request) {
        static const char *const names[] = {
                "Host",       "Accept",          "User-Agent", "Content-Type", "Content-Length",
                "Connection", "Accept-Encoding", "Cookie",     "Expect"
        };
        Json *headers = json_object_new_object();
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                add_text(headers, names[i], request_header(request, names[i]));
        add(line, "headers", headers);
}

/* Never the password: whether it was the right one. */
static void add_auth(Json *line, const Request *request) {
        bool given = request->scheme[0];
        add(line, "authorization", json_object_new_boolean(given));
        add_text(line, "auth_scheme", request->scheme);
        add_text(line, "auth_user", request->user);
        if (request->api && strcmp(request->api, "symantec") == 0)
                add(line, "auth_ok", json_object_new_boolean(request->authorised));
}

/* A key that comes twice has an array. */
static void add_field(Json *form, const FormField *field) {
        Json *key = new_text(field->key, strlen(field->key));
        Json *value = new_text(field->value->data, field->value->size);
        Json *old = NULL;

        if (!json_object_object_get_ex(form, json_object_get_string(key), &old))
                add(form, json_object_get_string(key), value);
        else if (json_object_is_type(old, json_type_array))
                json_object_array_add(old, value);
        else {
                Json *list = json_object_new_array();
                json_object_array_add(list, json_object_get(old));
                json_object_array_add(list, value);
                add(form, json_object_get_string(key), list);
        }
        json_object_put(key);
}

static void add_form(Json *line, const Request *request) {
        Json *form = json_object_new_object();
        for (size_t i = 0; i < request->form.n_fields; i++)
                add_field(form, &request->form.fields[i]);
        add(line, "form", form);
        if (request->form.unreadable && request->form.size > 0)
                add(line, "form_unreadable", json_object_new_boolean(1));
}

static void add_uri(Json *line, const Request *request) {
        const char *question = strchr(request->uri, '?');
        _cleanup_free_ const char **filters = NULL;
        size_t n = request_filters(request, &filters);
        Json *list = json_object_new_array();

        add_text(line, "method", request->method);
        add_text(line, "path", request->path);
        const char *query = question ? question + 1 : "";
        add(line, "query", new_text(query, strlen(query)));
        for (size_t i = 0; i < n; i++)
                json_object_array_add(list, new_text(filters[i], strlen(filters[i])));
        if (n > 0)
                add(line, "filter", json_object_get(list));
        json_object_put(list);
}

static void add_connection(Json *line, const Request *request) {
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

        if (request->peer)
                add(line, "connection", json_object_new_int64((int64_t)request->peer->id));
        add(line, "connection_new", json_object_new_boolean(request->is_new));
        if (info && info->tls_session)
                add_text(line, "tls",
                         gnutls_protocol_get_name(gnutls_protocol_get_version(info->tls_session)));
}

void reqlog_request(RequestLog *log, const Request *request) {
        const Reply *reply = &request->reply;

        if (!log->file)
                return;
        Json *line = new_line(request->wall, request->real);
        add_text(line, "api", request->api);
        add_text(line, "call", request->call);
        add_uri(line, request);
        add_headers(line, request);
        add_auth(line, request);
        if (strcmp(request->method, "POST") == 0)
                add_form(line, request);
        add_text(line, "account", request->account);
        add_text(line, "domain", request->domain);
        add_text(line, "fault", reply->fault);
        add(line, "status", json_object_new_int((int)reply->status));
        add(line, "bytes", json_object_new_int64(reply->body ? (int64_t)reply->body->size : 0));
        if (reply->delay > 0)
                add(line, "delay", json_object_new_double((double)reply->delay / USEC_PER_SEC));
        add_connection(line, request);
        write_line(log, line);
}

void reqlog_event(const RequestLog *log, const char *event, const char *detail) {
        if (!log->file)
                return;
        Json *line = new_line(clock_wall(log->clock), moment_real());
        add_text(line, "event", event);
        add_text(line, "detail", detail);
        write_line(log, line);
}
