/* SPDX-License-Identifier: MIT */
#include "source/json-read.h"

#include "base/macro.h"

#include <errno.h>
#include <json-c/json_pointer.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The largest integer up to which a double holds every integer. */
#define INTEGER_MAX (INT64_C(1) << 53)
#define NUMBER_MAX  ((double)INTEGER_MAX)

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

#define WHITE_SPACE " \t\r\n"

static void tokener_freep(struct json_tokener **tok) {
        if (*tok)
                json_tokener_free(*tok);
}

static size_t skip_white(const char *text, size_t size, size_t at) {
        while (at < size && text[at] && strchr(WHITE_SPACE, text[at]))
                at++;
        return at;
}

int json_read_document(const char *text, size_t size, struct json_object **ret) {
        size_t at = 0;
        if (size >= STRLEN(BYTE_ORDER_MARK) &&
            memcmp(text, BYTE_ORDER_MARK, STRLEN(BYTE_ORDER_MARK)) == 0)
                at = STRLEN(BYTE_ORDER_MARK);
        at = skip_white(text, size, at);
        if (at == size)
                return -ENODATA;
        if (size - at > INT_MAX)
                return -EFBIG;

        _cleanup_(tokener_freep) struct json_tokener *tok = json_tokener_new_ex(JSON_READ_DEPTH);
        if (!tok)
                return -ENOMEM;
        json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
        struct json_object *value = json_tokener_parse_ex(tok, text + at, (int)(size - at));
        enum json_tokener_error error = json_tokener_get_error(tok);
        size_t end = error == json_tokener_continue ? size : at + json_tokener_get_parse_end(tok);
        /* A number at the very end might go on: the NUL tells that it does not. */
        if (error == json_tokener_continue) {
                value = json_tokener_parse_ex(tok, "", 1);
                error = json_tokener_get_error(tok);
        }
        if (error != json_tokener_success)
                return -EBADMSG;
        if (skip_white(text, size, end) != size || !json_read_is_standard(value)) {
                json_object_put(value);
                return -EBADMSG;
        }
        *ret = value;
        return 0;
}

bool json_read_is_standard(struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_double:
                /* What a number was written as is kept; a literal's text has no digit. */
                return isfinite(json_object_get_double(value)) ||
                       strpbrk(json_object_get_string(value), "0123456789");
        case json_type_array:
                for (size_t i = 0; i < json_object_array_length(value); i++)
                        if (!json_read_is_standard(json_object_array_get_idx(value, i)))
                                return false;
                return true;
        case json_type_object: {
                json_object_object_foreach (value, key, member) {
                        (void)key;
                        if (!json_read_is_standard(member))
                                return false;
                }
                return true;
        }
        case json_type_null:
        case json_type_boolean:
        case json_type_int:
        case json_type_string:
                return true;
        }
        return true;
}

static double unknown(bool *odd) {
        if (odd)
                *odd = true;
        return NAN;
}

static double check_number(double number, bool *odd) {
        /* Written so that NAN fails too. The sum makes 0 of -0. */
        return number >= 0 && number <= NUMBER_MAX ? number + 0.0 : unknown(odd);
}

/* The set of characters keeps out what strtod() reads beyond JSON: blanks, hex, "inf", "nan". */
static double number_of_text(const char *text, size_t size, bool *odd) {
        if (size == 0 || text[0] == '+' || text[0] == '.' ||
            strspn(text, "0123456789.eE+-") != size)
                return unknown(odd);
        locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (!c)
                return unknown(odd);
        char *end = NULL;
        double number = strtod_l(text, &end, c);
        freelocale(c);
        return end == text + size ? check_number(number, odd) : unknown(odd);
}

double json_read_number(struct json_object *value, bool *odd) {
        switch (json_object_get_type(value)) {
        case json_type_int:
                /* Compared as an integer: as a double 2^53 + 1 would be 2^53. */
                if (json_object_get_int64(value) > INTEGER_MAX)
                        return unknown(odd);
                return check_number((double)json_object_get_int64(value), odd);
        case json_type_double:
                return check_number(json_object_get_double(value), odd);
        case json_type_string:
                return number_of_text(json_object_get_string(value),
                                      (size_t)json_object_get_string_len(value), odd);
        case json_type_null:
                return NAN;
        case json_type_boolean:
        case json_type_object:
        case json_type_array:
                return unknown(odd);
        }
        return unknown(odd);
}

double json_read_bool(struct json_object *value, bool *odd) {
        const char *text = json_read_text(value, NULL);
        if (json_object_is_type(value, json_type_boolean))
                return json_object_get_boolean(value) ? 1 : 0;
        if (text && strcasecmp(text, "true") == 0)
                return 1;
        if (text && strcasecmp(text, "false") == 0)
                return 0;
        double number = json_read_number(value, odd);
        if (isnan(number) || number == 0 || number == 1)
                return number;
        return unknown(odd);
}

static bool is_array_of_numbers(struct json_object *array) {
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                struct json_object *item = json_object_array_get_idx(array, i);
                if (!json_object_is_type(item, json_type_int) &&
                    !json_object_is_type(item, json_type_double))
                        return false;
        }
        return true;
}

double json_read_count(struct json_object *value, bool *odd) {
        if (json_object_is_type(value, json_type_object))
                return json_object_object_length(value);
        if (!json_object_is_type(value, json_type_array))
                return json_read_number(value, odd);
        size_t n = json_object_array_length(value);
        if (!is_array_of_numbers(value))
                return (double)n;
        double sum = 0;
        for (size_t i = 0; i < n; i++)
                sum += json_read_number(json_object_array_get_idx(value, i), odd);
        return isnan(sum) ? NAN : check_number(sum, odd);
}

struct json_object *json_read_member(struct json_object *object, const char *key) {
        struct json_object *member = NULL;
        if (json_object_is_type(object, json_type_object))
                json_object_object_get_ex(object, key, &member);
        return member;
}

struct json_object *json_read_at(struct json_object *root, const char *pointer) {
        struct json_object *value = NULL;
        return root && json_pointer_get(root, pointer, &value) == 0 ? value : NULL;
}

const char *json_read_text(struct json_object *value, size_t *ret_size) {
        if (!json_object_is_type(value, json_type_string))
                return NULL;
        if (ret_size)
                *ret_size = (size_t)json_object_get_string_len(value);
        return json_object_get_string(value);
}

bool json_read_is_blank(struct json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_null:
                return true;
        case json_type_boolean:
                return !json_object_get_boolean(value);
        case json_type_string:
                return json_object_get_string_len(value) == 0;
        case json_type_array:
                return json_object_array_length(value) == 0;
        case json_type_object:
                return json_object_object_length(value) == 0;
        case json_type_int:
        case json_type_double:
                return false;
        }
        return false;
}
