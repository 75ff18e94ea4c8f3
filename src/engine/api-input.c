/* SPDX-License-Identifier: MIT */
#include "engine/api-input.h"

#include "base/stamp.h"
#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>

#define PAGE_MAX 1000

bool api_read_body(Api *api) {
        const WebRequest *request = api->request;

        if (request->size == 0) {
                api->body = api_object(api);
                return api->body != NULL;
        }
        int r = json_read_document(request->body, request->size, &api->body);
        if (r == -ENOMEM)
                api->no_memory = true;
        if (r < 0 || !json_object_is_type(api->body, json_type_object) ||
            !json_read_is_standard(api->body)) {
                api_refuse(api, 400, "the body is not a JSON object");
                return false;
        }
        return true;
}

bool api_body_has_only(Api *api, const char *const *keys) {
        json_object_object_foreach (api->body, key, value) {
                const char *const *known = keys;
                (void)value;
                while (*known && !streq(*known, key))
                        known++;
                if (*known)
                        continue;
                _cleanup_strbuf_ StrBuf safe = {};
                text_escape(&safe, key, strlen(key), 100);
                api_refuse(api, 400, "unknown member \"%s\"", strbuf_text(&safe));
                return false;
        }
        return true;
}

/* Sets *ret_there where a text is there; refuses what is none. */
static bool read_text(Api *api, const char *key, size_t max, bool required, const char **ret,
                      size_t *ret_size) {
        struct json_object *value = json_read_member(api->body, key);
        size_t size = 0;
        const char *text = json_read_text(value, &size);

        if (value && !text) {
                api_refuse(api, 400, "\"%s\" is not a text", key);
                return false;
        }
        if (text && memchr(text, '\0', size)) {
                api_refuse(api, 400, "\"%s\" holds a NUL", key);
                return false;
        }
        while (size > 0 && strchr(" \t\r\n", text[size - 1]))
                size--;
        while (size > 0 && strchr(" \t\r\n", *text)) {
                text++;
                size--;
        }
        if (size > max) {
                api_refuse(api, 400, "\"%s\" is longer than %zu bytes", key, max);
                return false;
        }
        if (required && size == 0) {
                api_refuse(api, 400, "\"%s\" is missing or empty", key);
                return false;
        }
        *ret = text;
        *ret_size = size;
        return true;
}

static bool kept(Api *api, const StrBuf *b) {
        if (b->error < 0)
                api->no_memory = true;
        return b->error >= 0;
}

bool api_body_text(Api *api, const char *key, size_t max, bool required, StrBuf *ret) {
        const char *text;
        size_t size;

        if (!read_text(api, key, max, required, &text, &size))
                return false;
        if (size > 0)
                text_clean(ret, text, size, max);
        return kept(api, ret);
}

bool api_body_raw_text(Api *api, const char *key, size_t max, bool required, StrBuf *ret) {
        const char *text;
        size_t size;

        if (!read_text(api, key, max, required, &text, &size))
                return false;
        if (size > 0)
                strbuf_add(ret, text, size);
        return kept(api, ret);
}

bool api_body_number(Api *api, const char *key, double min, double max, double *ret) {
        struct json_object *value = json_read_member(api->body, key);

        if (!value)
                return true;
        if (!json_object_is_type(value, json_type_int) &&
            !json_object_is_type(value, json_type_double)) {
                api_refuse(api, 400, "\"%s\" is not a number", key);
                return false;
        }
        double number = json_object_get_double(value);
        if (!(number >= min && number <= max)) {
                api_refuse(api, 400, "\"%s\" is not from %.0f to %.0f", key, min, max);
                return false;
        }
        *ret = number;
        return true;
}

bool api_body_who(Api *api, StrBuf *ret) {
        if (!api_body_text(api, "by", SILENCE_TEXT_LONGEST, false, ret))
                return false;
        if (ret->size == 0)
                strbuf_addf(ret, "uid %u", (unsigned)api->request->uid);
        return kept(api, ret);
}

bool api_body_until(Api *api, usec_t *ret) {
        _cleanup_strbuf_ StrBuf stamp = {};
        double span = NAN;
        usec_t until = 0;

        if (!api_body_number(api, "for", 1, API_SPAN_MAX, &span) ||
            !api_body_text(api, "until", 64, false, &stamp))
                return false;
        if (!isnan(span) && stamp.size > 0) {
                api_refuse(api, 400, "either \"for\" or \"until\" can be there, not both");
                return false;
        }
        if (!isnan(span))
                *ret = api->now.wall + (usec_t)(span * (double)USEC_PER_SEC);
        if (stamp.size == 0)
                return true;
        if (stamp_parse_utc(strbuf_text(&stamp), &until) < 0) {
                api_refuse(api, 400, "\"until\" is not a time as in 2025-11-22T03:12:05Z");
                return false;
        }
        if (until <= api->now.wall || until - api->now.wall > (usec_t)API_SPAN_MAX * USEC_PER_SEC) {
                api_refuse(api, 400, "\"until\" is not within the next 366 days");
                return false;
        }
        *ret = until;
        return true;
}

bool api_query_count(Api *api, const char *name, uint64_t min, uint64_t max, uint64_t *ret) {
        const char *text = web_query(api->request, name);
        uint64_t number = 0;

        if (!text)
                return true;
        size_t n = strspn(text, "0123456789");
        for (size_t i = 0; i < n; i++) {
                uint64_t digit = (uint64_t)(text[i] - '0');
                number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
        }
        if (n == 0 || text[n] || number < min || number > max) {
                api_refuse(api, 400, "\"%s\" is not a whole number from %llu to %llu", name,
                           (unsigned long long)min, (unsigned long long)max);
                return false;
        }
        *ret = number;
        return true;
}

bool api_query_limit(Api *api, size_t *ret) {
        uint64_t limit = PAGE_MAX;

        if (!api_query_count(api, "limit", 1, PAGE_MAX, &limit))
                return false;
        *ret = (size_t)limit;
        return true;
}

bool api_query_match(Api *api, const char **ret) {
        const char *match = web_query(api->request, "match");
        const char *problem = match ? glob_problem(match) : NULL;

        if (problem) {
                api_refuse(api, 400, "\"match\": %s", problem);
                return false;
        }
        *ret = match;
        return true;
}

const char *api_query_needed(Api *api, const char *name) {
        const char *text = web_query(api->request, name);

        if (!text || !*text) {
                api_refuse(api, 400, "the parameter \"%s\" is missing", name);
                return NULL;
        }
        return text;
}
