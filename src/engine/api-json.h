/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"
#include "source/json-read.h"

#include <json-c/json_object.h>

/* One request to the control API while it is answered, and what its JSON is read and made with. */

typedef struct Api {
        Monitor *m;
        const WebRequest *request;
        const char *rest;         /* of the path, behind the route's own */
        struct json_object *body; /* of a POST: an object, empty without a body; else NULL */
        Moment now;
        unsigned status;
        StrBuf error;   /* why it is refused */
        StrBuf scratch; /* for texts on their way into the answer */
        bool no_memory; /* part of the answer is missing */
} Api;

/* Most bytes of one text of ours or of a peer in an answer. */
#define API_TEXT_MAX ((size_t)4096)

/* Refuses the request: a status and why. Returns NULL, for the handler to return. */
struct json_object *api_refuse(Api *api, unsigned status, const char *format, ...) _printf_(3, 4);

/* --- making: each notes where memory was missing, NULL objects are fine ---------------------- */

struct json_object *api_object(Api *api);
struct json_object *api_list(Api *api);

/* Adds a member; `key` is a literal that the object does not have yet. `value` is taken over. */
void api_put(Api *api, struct json_object *object, const char *key, struct json_object *value);
void api_put_null(struct json_object *object, const char *key);
void api_put_bool(Api *api, struct json_object *object, const char *key, bool value);
void api_put_count(Api *api, struct json_object *object, const char *key, uint64_t value);

/* A value; unknown (NAN) or infinite = null. */
void api_put_number(Api *api, struct json_object *object, const char *key, double value);

/* A wall time; 0 and USEC_INFINITY = null. */
void api_put_stamp(Api *api, struct json_object *object, const char *key, usec_t wall);

/* A span in seconds; USEC_INFINITY = null. */
void api_put_span(Api *api, struct json_object *object, const char *key, usec_t span);

/* Text of our own or of the configuration, or escaped before; NULL and "" = null. */
void api_put_text(Api *api, struct json_object *object, const char *key, const char *text);

/* Text of a peer, escaped as in a record; NULL and "" = null. */
void api_put_foreign(Api *api, struct json_object *object, const char *key, const char *text);

/* Adds an element; `value` is taken over. */
void api_append(Api *api, struct json_object *list, struct json_object *value);

/* A number or null as an element of a list. */
void api_append_number(Api *api, struct json_object *list, double value);

/* Text made safe as api_put_text() does, as a value. */
struct json_object *api_text(Api *api, const char *text, size_t size);

/* Text of a peer as a value. */
struct json_object *api_foreign(Api *api, const char *text, size_t size);
