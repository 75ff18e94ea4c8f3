/* SPDX-License-Identifier: MIT */
#include "ctl/body.h"

#include "ctl/ctl.h"

#include <math.h>

static void add(Body *body, const char *key, struct json_object *value) {
        if (!body->object)
                body->object = json_object_new_object();
        if (!body->object || !value || json_object_object_add(body->object, key, value) < 0) {
                json_object_put(value);
                body->failed = true;
        }
}

void body_add_text(Body *body, const char *key, const char *text) {
        if (text)
                add(body, key, json_object_new_string(text));
}

void body_add_number(Body *body, const char *key, double number) {
        bool whole = number == floor(number) && fabs(number) < 9e15;

        add(body, key,
            whole ? json_object_new_int64((int64_t)number) : json_object_new_double(number));
}

void body_add_span(Body *body, const char *key, usec_t span) {
        if (span > 0)
                body_add_number(body, key, (double)(span / USEC_PER_SEC));
}

void body_add_who(Body *body) {
        _cleanup_strbuf_ StrBuf who = {};

        ctl_who(&who);
        body_add_text(body, "by", strbuf_text(&who));
}

void body_done(Body *body) {
        json_object_put(body->object);
        *body = (Body){};
}
