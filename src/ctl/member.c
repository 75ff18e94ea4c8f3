/* SPDX-License-Identifier: MIT */
#include "ctl/member.h"

#include "base/text.h"
#include "ctl/when.h"

#include <errno.h>
#include <json-c/json_tokener.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 32

static struct json_object *member(struct json_object *object, const char *key, json_type type) {
        struct json_object *value = NULL;

        if (!json_object_is_type(object, json_type_object) ||
            !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
                return NULL;
        return value;
}

const char *member_text(struct json_object *object, const char *key) {
        return json_object_get_string(member(object, key, json_type_string));
}

double number_of(struct json_object *value) {
        if (!json_object_is_type(value, json_type_int) &&
            !json_object_is_type(value, json_type_double))
                return NAN;
        double number = json_object_get_double(value);
        return isfinite(number) ? number : NAN;
}

double member_number(struct json_object *object, const char *key) {
        struct json_object *value = NULL;

        if (!json_object_is_type(object, json_type_object) ||
            !json_object_object_get_ex(object, key, &value))
                return NAN;
        return number_of(value);
}

bool member_is_true(struct json_object *object, const char *key) {
        return json_object_get_boolean(member(object, key, json_type_boolean));
}

bool member_is_false(struct json_object *object, const char *key) {
        struct json_object *value = member(object, key, json_type_boolean);

        return value && !json_object_get_boolean(value);
}

usec_t member_when(struct json_object *object, const char *key) {
        usec_t when = 0;

        (void)when_read(member_text(object, key), &when);
        return when;
}

struct json_object *member_object(struct json_object *object, const char *key) {
        return member(object, key, json_type_object);
}

struct json_object *member_list(struct json_object *object, const char *key) {
        return member(object, key, json_type_array);
}

size_t list_count(struct json_object *list) {
        return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

struct json_object *list_get(struct json_object *list, size_t i) {
        return i < list_count(list) ? json_object_array_get_idx(list, i) : NULL;
}

static void tokener_freep(struct json_tokener **tokener) {
        if (*tokener)
                json_tokener_free(*tokener);
}

int document_read(const char *text, size_t size, struct json_object **ret) {
        _cleanup_(tokener_freep) struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);

        if (!tokener)
                return -ENOMEM;
        /* json-c's own check takes overlong forms. */
        if (size >= INT_MAX || !text_is_utf8(text, size))
                return -EBADMSG;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        /* With the NUL, which tells that a number at the very end does not go on. */
        _cleanup_json_ struct json_object *value =
                json_tokener_parse_ex(tokener, text, (int)size + 1);
        if (json_tokener_get_error(tokener) != json_tokener_success)
                return -EBADMSG;
        /* A NUL in the middle would end it early. */
        if (json_tokener_get_parse_end(tokener) < size)
                return -EBADMSG;
        *ret = TAKE_PTR(value);
        return 0;
}

/* The bytes of a character, by its first one, of valid UTF-8. */
static size_t character_decode(const char *p, uint32_t *ret) {
        unsigned char first = (unsigned char)*p;
        size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

        *ret = n == 1 ? first : first & (0x7fu >> n);
        for (size_t i = 1; i < n; i++)
                *ret = *ret << 6 | ((unsigned char)p[i] & 0x3fu);
        return n;
}

void document_add(StrBuf *b, struct json_object *document) {
        const char *p = json_object_to_json_string_ext(
                document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        _cleanup_strbuf_ StrBuf clean = {};
        uint32_t c;

        if (!p) {
                b->error = b->error ? b->error : -ENOMEM;
                return;
        }
        while (*p) {
                size_t plain = strcspn(p, "\x7f\xc2\xd8\xe2"); /* what all unsafe ones begin with */
                strbuf_add(b, p, plain);
                p += plain;
                if (!*p)
                        break;
                size_t n = character_decode(p, &c);
                strbuf_reset(&clean);
                text_clean(&clean, p, n, SIZE_MAX);
                if (*strbuf_text(&clean) == '\\')
                        strbuf_addf(b, "\\u%04x", (unsigned)c);
                else
                        strbuf_add(b, p, n);
                p += n;
        }
}
