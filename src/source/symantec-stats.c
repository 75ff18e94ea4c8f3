/* SPDX-License-Identifier: MIT */
#include "source/symantec-stats.h"

#include "base/strbuf.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/json_tokener.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* Enough of an answer to recognise a login page or a proxy's error by. */
#define HEAD_BYTES ((size_t)160)

typedef enum Where {
        WHERE_START,   /* before the first byte that counts */
        WHERE_AROUND,  /* in the top object, outside of the list */
        WHERE_FIRST,   /* in the list, before the first element or the end */
        WHERE_BETWEEN, /* in the list, after an element */
        WHERE_NEXT,    /* in the list, after a comma */
        WHERE_ELEMENT, /* in an element: the tokener's */
        WHERE_QUOTED,  /* in a document that is one string: the tokener's */
        WHERE_END,     /* after the document */
} Where;

struct SymantecStats {
        const SymantecSink *sink;
        void *userdata;
        struct json_tokener *tok;
        int error;
        const char *problem;
        Where where;
        size_t bom; /* bytes of a byte order mark read */
        size_t fed; /* bytes that the tokener got of this element or string */
        char head[HEAD_BYTES];
        size_t head_size;

        StrBuf around; /* the document with an empty list */
        size_t depth;  /* of nesting in it */
        size_t key_at; /* where the current string begins in it, after the quote */
        bool in_string;
        bool escaped;        /* the next byte of a string belongs to a backslash */
        bool expect_key;     /* the next string of the top object is a key */
        bool key_is_domains; /* the last one was */

        struct json_object *quoted; /* the string that holds the document */
        bool unquoted;              /* it is being read */

        SymantecNumbers numbers;
};

int symantec_stats_new(const SymantecSink *sink, void *userdata, SymantecStats **ret) {
        _cleanup_(symantec_stats_freep) SymantecStats *s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->tok = json_tokener_new_ex(JSON_READ_DEPTH);
        if (!s->tok)
                return -ENOMEM;
        json_tokener_set_flags(s->tok, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
        s->sink = sink;
        s->userdata = userdata;
        s->around.max = SYMANTEC_AROUND_MAX;
        symantec_numbers_init(&s->numbers);
        symantec_stats_reset(s);
        *ret = TAKE_PTR(s);
        return 0;
}

SymantecStats *symantec_stats_free(SymantecStats *s) {
        if (!s)
                return NULL;
        if (s->tok)
                json_tokener_free(s->tok);
        json_object_put(s->quoted);
        strbuf_done(&s->around);
        free(s);
        return NULL;
}

/* To the state before the first byte of a document. */
static void start_over(SymantecStats *s) {
        json_tokener_reset(s->tok);
        strbuf_reset(&s->around);
        s->where = WHERE_START;
        s->bom = s->fed = s->depth = s->key_at = 0;
        s->in_string = s->escaped = s->expect_key = s->key_is_domains = false;
        symantec_numbers_forget(&s->numbers);
}

void symantec_stats_reset(SymantecStats *s) {
        start_over(s);
        json_object_put(TAKE_PTR(s->quoted));
        s->unquoted = false;
        s->error = 0;
        s->problem = NULL;
        s->head_size = 0;
}

static int fail(SymantecStats *s, int error, const char *problem) {
        s->error = error;
        s->problem = problem;
        return error;
}

static bool is_white(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int take_element(SymantecStats *s, struct json_object *object) {
        SymantecElement element;
        int r = symantec_numbers_element(&s->numbers, object, &element);
        if (r < 0)
                return fail(s, r, r == -E2BIG ? "holds too many domains" : "is not JSON");
        if (!element.name)
                return 0;
        r = s->sink->element(s->userdata, &element);
        return r < 0 ? fail(s, r, "could not be kept") : 0;
}

/* Hands bytes to the tokener until its value ends. Returns how many it took. */
static size_t feed_tokener(SymantecStats *s, const char *data, size_t size) {
        bool quoted = s->where == WHERE_QUOTED;
        size_t room = (quoted ? SYMANTEC_QUOTED_MAX : SYMANTEC_ELEMENT_MAX) - s->fed;
        size_t n = MIN(size, room);

        struct json_object *value = json_tokener_parse_ex(s->tok, data, (int)n);
        enum json_tokener_error error = json_tokener_get_error(s->tok);
        if (error == json_tokener_continue) {
                s->fed += n;
                if (n == room)
                        fail(s, -E2BIG,
                             quoted ? "is too large for a document in a string"
                                    : "has an entry that is too large");
                return n;
        }
        if (error != json_tokener_success) {
                fail(s, -EBADMSG,
                     error == json_tokener_error_depth ? "is nested too deeply" : "is not JSON");
                return n;
        }
        if (quoted) {
                s->quoted = value;
                s->where = WHERE_END;
        } else {
                s->where = WHERE_BETWEEN;
                (void)take_element(s, value);
                json_object_put(value);
        }
        return json_tokener_get_parse_end(s->tok);
}

/* The first byte that counts tells what the document is. A string may hold it (apis.md section 3
 * row 3), once: its bytes are the tokener's. Returns how many bytes it took. */
static size_t feed_start(SymantecStats *s, char c) {
        if (s->bom < STRLEN(BYTE_ORDER_MARK) && c == BYTE_ORDER_MARK[s->bom]) {
                s->bom++;
                return 1;
        }
        bool torn = s->bom > 0 && s->bom < STRLEN(BYTE_ORDER_MARK);
        if (is_white(c) && !torn)
                return 1;
        if (c == '"' && !torn && !s->unquoted) {
                s->where = WHERE_QUOTED;
                return 0;
        }
        if (c == '{' && !torn) {
                s->where = WHERE_AROUND;
                s->depth = 1;
                s->expect_key = true;
                strbuf_addc(&s->around, c);
        } else
                fail(s, -EBADMSG, "is not a JSON object");
        return 1;
}

/* In a string of the part around the list. */
static void feed_string(SymantecStats *s, char c) {
        if (s->escaped)
                s->escaped = false;
        else if (c == '\\')
                s->escaped = true;
        else if (c == '"') {
                s->in_string = false;
                if (s->depth == 1 && s->expect_key) {
                        const char *key = s->around.data + s->key_at;
                        size_t size = s->around.size - s->key_at;
                        s->expect_key = false;
                        s->key_is_domains =
                                size == STRLEN("Domains") && memcmp(key, "Domains", size) == 0;
                }
        }
}

/* Around the list only nesting, strings and the key "Domains" are followed: what does not fit
 * together otherwise is found when it is parsed. A key spelt with escapes is found then, too. */
static void feed_around(SymantecStats *s, char c) {
        if (s->in_string)
                feed_string(s, c);
        else if (c == '"') {
                s->in_string = true;
                s->key_at = s->around.size + 1;
        } else if (c == '\'') {
                fail(s, -EBADMSG, "is not JSON"); /* json-c would take it around a key */
        } else if (c == '[' && s->depth == 1 && s->key_is_domains) {
                s->where = WHERE_FIRST;
                symantec_numbers_forget(&s->numbers);
                s->sink->begin(s->userdata);
        } else if (c == '{' || c == '[') {
                s->depth++;
        } else if (c == '}' || c == ']') {
                if (--s->depth == 0)
                        s->where = WHERE_END;
        } else if (c == ',' && s->depth == 1) {
                s->expect_key = true;
                s->key_is_domains = false;
        }
        if (strbuf_addc(&s->around, c) < 0)
                fail(s, s->around.error, "is too large outside of its list of domains");
}

/* Returns how many bytes it took: none where an element begins. */
static size_t feed_list(SymantecStats *s, char c) {
        if (is_white(c))
                return 1;
        if (c == ']' && s->where != WHERE_NEXT) {
                s->where = WHERE_AROUND;
                if (strbuf_addc(&s->around, c) < 0)
                        fail(s, s->around.error, "is too large outside of its list of domains");
                return 1;
        }
        if (s->where == WHERE_BETWEEN) {
                if (c == ',')
                        s->where = WHERE_NEXT;
                else
                        fail(s, -EBADMSG, "is not JSON");
                return 1;
        }
        s->where = WHERE_ELEMENT;
        s->fed = 0;
        return 0;
}

static void feed_document(SymantecStats *s, const char *data, size_t size) {
        for (size_t at = 0; at < size && s->error == 0;) {
                switch (s->where) {
                case WHERE_START:
                        at += feed_start(s, data[at]);
                        break;
                case WHERE_AROUND:
                        feed_around(s, data[at++]);
                        break;
                case WHERE_FIRST:
                case WHERE_BETWEEN:
                case WHERE_NEXT:
                        at += feed_list(s, data[at]);
                        break;
                case WHERE_ELEMENT:
                case WHERE_QUOTED:
                        at += feed_tokener(s, data + at, size - at);
                        break;
                case WHERE_END:
                        if (!is_white(data[at++]))
                                fail(s, -EBADMSG, "goes on after its end");
                        break;
                }
        }
}

int symantec_stats_feed(SymantecStats *s, const char *data, size_t size) {
        size_t n = MIN(size, HEAD_BYTES - s->head_size);
        if (n > 0)
                memcpy(s->head + s->head_size, data, n);
        s->head_size += n;
        feed_document(s, data, size);
        return s->error;
}

/* Domains where it was not read as a list while it arrived: one object is a list of one; missing
 * and null are an empty list and a flag (apis.md section 3 row 4). */
static int read_domains(SymantecStats *s, struct json_object *document, bool *known) {
        struct json_object *domains = NULL;
        int r = 0;

        if (json_object_object_get_ex(document, "Domains", &domains))
                *known = true;
        bool is_list = json_object_is_type(domains, json_type_array);
        if (is_list && json_object_array_length(domains) == 0)
                return 0;

        symantec_numbers_forget(&s->numbers);
        s->sink->begin(s->userdata);
        if (is_list)
                for (size_t i = 0; i < json_object_array_length(domains) && r == 0; i++)
                        r = take_element(s, json_object_array_get_idx(domains, i));
        else if (json_object_is_type(domains, json_type_object))
                r = take_element(s, domains);
        else if (domains) /* a text, a number: not the document that the guide describes */
                return fail(s, -EBADMSG, "has Domains that are not a list");
        else
                s->numbers.odd |= UINT32_C(1) << SYMANTEC_ODD_NO_DOMAINS;
        return r;
}

static void document_freep(struct json_object **document) {
        json_object_put(*document);
}

static int unquote(SymantecStats *s) {
        size_t size = 0;
        const char *text = json_read_text(s->quoted, &size);
        start_over(s);
        s->unquoted = true;
        feed_document(s, text, size);
        return s->error;
}

int symantec_stats_end(SymantecStats *s, SymantecTotals *ret) {
        _cleanup_(document_freep) struct json_object *document = NULL;
        SymantecTotals totals;
        bool known = false;

        if (s->error == 0 && s->quoted && !s->unquoted)
                (void)unquote(s);
        if (s->error < 0)
                return s->error;
        if (s->where == WHERE_START)
                return fail(s, -ENODATA, "is empty");
        if (s->where != WHERE_END)
                return fail(s, -EBADMSG, "is cut off");
        int r = json_read_document(s->around.data, s->around.size, &document);
        if (r < 0)
                return fail(s, r, "is not JSON");
        r = read_domains(s, document, &known);
        if (r < 0)
                return r;
        /* An empty or foreign object: unknown is not zero. */
        if (!symantec_numbers_totals(&s->numbers, document, &totals) && !known)
                return fail(s, -EBADMSG, "holds no queue statistics");
        *ret = totals;
        return 0;
}

const char *symantec_stats_problem(const SymantecStats *s) {
        return s->problem;
}

const char *symantec_stats_head(const SymantecStats *s, size_t *ret_size) {
        *ret_size = s->head_size;
        return s->head;
}
