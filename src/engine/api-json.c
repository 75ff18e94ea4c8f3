/* SPDX-License-Identifier: MIT */
#include "engine/api-json.h"

#include "base/stamp.h"
#include "base/text.h"
#include "core/notice.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Up to here a double holds every integer. */
#define INTEGER_MAX 9007199254740992.0

struct json_object *api_refuse(Api *api, unsigned status, const char *format, ...) {
        va_list ap;

        api->status = status;
        strbuf_reset(&api->error);
        va_start(ap, format);
        strbuf_vaddf(&api->error, format, ap);
        va_end(ap);
        return NULL;
}

static struct json_object *made(Api *api, struct json_object *value) {
        if (!value)
                api->no_memory = true;
        return value;
}

struct json_object *api_object(Api *api) {
        return made(api, json_object_new_object());
}

struct json_object *api_list(Api *api) {
        return made(api, json_object_new_array());
}

static void add(Api *api, struct json_object *object, const char *key, struct json_object *value) {
        const unsigned how = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;

        if (object && json_object_object_add_ex(object, key, value, how) >= 0)
                return;
        if (api)
                api->no_memory = true;
        json_object_put(value);
}

void api_put(Api *api, struct json_object *object, const char *key, struct json_object *value) {
        if (made(api, value))
                add(api, object, key, value);
}

void api_put_null(struct json_object *object, const char *key) {
        add(NULL, object, key, NULL);
}

void api_put_bool(Api *api, struct json_object *object, const char *key, bool value) {
        api_put(api, object, key, json_object_new_boolean(value));
}

void api_put_count(Api *api, struct json_object *object, const char *key, uint64_t value) {
        api_put(api, object, key, json_object_new_int64((int64_t)MIN(value, (uint64_t)INT64_MAX)));
}

static struct json_object *number(Api *api, double value) {
        if (value == floor(value) && fabs(value) <= INTEGER_MAX)
                return made(api, json_object_new_int64((int64_t)value));
        strbuf_reset(&api->scratch);
        notice_format_number(&api->scratch, value);
        return made(api, json_object_new_double_s(value, strbuf_text(&api->scratch)));
}

void api_put_number(Api *api, struct json_object *object, const char *key, double value) {
        add(api, object, key, isfinite(value) ? number(api, value) : NULL);
}

void api_put_stamp(Api *api, struct json_object *object, const char *key, usec_t wall) {
        if (wall == 0 || wall == USEC_INFINITY) {
                add(api, object, key, NULL);
                return;
        }
        strbuf_reset(&api->scratch);
        stamp_format_utc(&api->scratch, wall);
        api_put(api, object, key, json_object_new_string(strbuf_text(&api->scratch)));
}

void api_put_span(Api *api, struct json_object *object, const char *key, usec_t span) {
        if (span == USEC_INFINITY)
                add(api, object, key, NULL);
        else
                api_put_number(api, object, key, round((double)span / (double)USEC_PER_SEC));
}

static struct json_object *scratch_text(Api *api) {
        const StrBuf *b = &api->scratch;

        if (b->error < 0 || b->size > INT_MAX)
                return made(api, NULL);
        return made(api, json_object_new_string_len(strbuf_text(b), (int)b->size));
}

/* Most texts need no change, and answers have thousands of them. */
static bool is_plain(const char *text, size_t size, size_t max) {
        if (size > max)
                return false;
        for (size_t i = 0; i < size; i++)
                if (text[i] < ' ' || text[i] > '~' || text[i] == '\\')
                        return false;
        return true;
}

struct json_object *api_text(Api *api, const char *text, size_t size) {
        if (is_plain(text, size, API_TEXT_MAX))
                return made(api, json_object_new_string_len(text, (int)size));
        strbuf_reset(&api->scratch);
        text_clean(&api->scratch, text, size, API_TEXT_MAX);
        return scratch_text(api);
}

struct json_object *api_foreign(Api *api, const char *text, size_t size) {
        if (is_plain(text, size, RECORD_VALUE_MAX))
                return made(api, json_object_new_string_len(text, (int)size));
        strbuf_reset(&api->scratch);
        text_escape(&api->scratch, text, size, RECORD_VALUE_MAX);
        return scratch_text(api);
}

void api_put_text(Api *api, struct json_object *object, const char *key, const char *text) {
        if (text && *text)
                api_put(api, object, key, api_text(api, text, strlen(text)));
        else
                add(api, object, key, NULL);
}

void api_put_foreign(Api *api, struct json_object *object, const char *key, const char *text) {
        if (text && *text)
                api_put(api, object, key, api_foreign(api, text, strlen(text)));
        else
                add(api, object, key, NULL);
}

void api_append(Api *api, struct json_object *list, struct json_object *value) {
        if (!made(api, value))
                return;
        if (!list || json_object_array_add(list, value) < 0) {
                json_object_put(value);
                api->no_memory = true;
        }
}

void api_append_number(Api *api, struct json_object *list, double value) {
        if (isfinite(value))
                api_append(api, list, number(api, value));
        else if (!list || json_object_array_add(list, NULL) < 0)
                api->no_memory = true;
}
