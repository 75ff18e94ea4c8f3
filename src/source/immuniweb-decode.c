/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-decode.h"

#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/json_util.h>
#include <json-c/linkhash.h>
#include <stdio.h>
#include <string.h>

/* One line of a record; the rest can be looked up on the vendor's page. */
#define EVIDENCE_MAX ((size_t)400)

/* Keys are a peer's words; a label stays readable. */
#define LABEL_MAX ((size_t)160)
#define KEY_MAX   ((size_t)100)
#define KEY_MIN   ((size_t)8)

/* How deep ids may stand; the guide says only that they are there. */
#define IDS_DEPTH 8

#define TEST_ID_SIZE 64

void decode_done(Decode *d) {
        strbuf_done(&d->evidence);
}

static void check(Decode *d, const StrBuf *b) {
        if (b->error == -ENOMEM)
                d->error = -ENOMEM;
}

const char *decode_keep(Decode *d, const StrBuf *b) {
        check(d, b);
        const char *copy = arena_strndup(&d->result->arena, strbuf_text(b), b->size);
        if (!copy)
                d->error = -ENOMEM;
        return copy;
}

void decode_evidence(Decode *d, const char *label, const char *words, size_t size) {
        StrBuf *b = &d->evidence;
        size_t need = strlen(label) + STRLEN("; ") + STRLEN(": …");
        if (d->full)
                return;
        if (b->size > 0)
                strbuf_adds(b, "; ");
        d->full = b->size + need > EVIDENCE_MAX;
        if (d->full) {
                strbuf_adds(b, "…");
                return;
        }
        strbuf_adds(b, label);
        if (words && size > 0) {
                strbuf_adds(b, ": ");
                text_plain(b, words, size, EVIDENCE_MAX - b->size);
        }
}

void decode_keep_evidence(Decode *d, size_t i) {
        if (d->evidence.size > 0 && i < METRICS_MAX)
                d->result->evidence[i] = decode_keep(d, &d->evidence);
        check(d, &d->evidence);
        strbuf_reset(&d->evidence);
        d->full = false;
}

void decode_odd_text(Decode *d, const char *text) {
        ImmuniwebResult *result = d->result;
        for (size_t i = 0; i < result->n_oddities; i++)
                if (streq(result->oddities[i], text))
                        return;
        if (result->n_oddities == IMMUNIWEB_ODDITIES_MAX)
                return;
        const char *copy = arena_strdup(&result->arena, text);
        if (copy)
                result->oddities[result->n_oddities++] = copy;
        else
                d->error = -ENOMEM;
}

void decode_odd(Decode *d, const char *path, const char *key, struct json_object *value) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        strbuf_addf(&b, "%s%s%s: %s", path, key ? "." : "", key ? key : "",
                    json_type_to_name(json_object_get_type(value)));
        check(d, &b);
        decode_odd_text(d, strbuf_text(&b));
}

static void add_id(Decode *d, const StrBuf *label, const char *id) {
        ImmuniwebResult *result = d->result;
        StrBuf text = { .data = (char *)id, .size = strlen(id) };
        if (result->n_ids == IMMUNIWEB_IDS_MAX)
                return;
        ImmuniwebId entry = { .label = decode_keep(d, label), .id = decode_keep(d, &text) };
        if (entry.label && entry.id)
                result->ids[result->n_ids++] = entry;
}

static bool is_hex_id(const char *text) {
        return strspn(text, "0123456789abcdefABCDEF") == TEST_ID_SIZE && text[TEST_ID_SIZE] == '\0';
}

/* P-SSL and IWT: 8 letters and digits; other lengths are taken too. */
static bool is_short_id(const char *text) {
        size_t n = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        return n >= 4 && n <= 16 && text[n] == '\0';
}

static void walk_ids(Decode *d, StrBuf *label, struct json_object *value, unsigned depth);

/* One step down: LABEL/KEY, and back. Keys may hold dots and slashes (apis.md section 3 row 25). */
static void walk_member(Decode *d, StrBuf *label, const char *key, struct json_object *value,
                        unsigned depth) {
        size_t before = label->size;
        if (before + STRLEN("/") + KEY_MIN > LABEL_MAX)
                return;
        strbuf_addc(label, '/');
        text_plain(label, key, strlen(key), MIN(KEY_MAX, LABEL_MAX - label->size));
        walk_ids(d, label, value, depth - 1);
        label->size = before;
        if (label->data)
                label->data[before] = '\0';
}

static void walk_ids(Decode *d, StrBuf *label, struct json_object *value, unsigned depth) {
        const char *text = json_read_text(value, NULL);
        if (text && is_hex_id(text))
                add_id(d, label, text);
        if (depth == 0 || d->result->n_ids == IMMUNIWEB_IDS_MAX)
                return;
        if (json_object_is_type(value, json_type_array))
                for (size_t i = 0; i < json_object_array_length(value); i++) {
                        char index[24];
                        snprintf(index, sizeof(index), "%zu", i);
                        walk_member(d, label, index, json_object_array_get_idx(value, i), depth);
                }
        if (json_object_is_type(value, json_type_object)) {
                json_object_object_foreach (value, key, member)
                        walk_member(d, label, key, member, depth);
        }
}

static void walk_top(Decode *d, const char *name) {
        _cleanup_strbuf_ StrBuf label = { 0 };
        strbuf_adds(&label, name);
        walk_ids(d, &label, json_read_member(d->document, name), IDS_DEPTH);
        check(d, &label);
}

static void add_internal(Decode *d, const char *key, bool (*is_valid)(const char *text)) {
        _cleanup_strbuf_ StrBuf label = { 0 };
        struct json_object *value =
                json_read_member(json_read_member(d->document, "internals"), key);
        const char *text = json_read_text(value, NULL);
        if (!value)
                return;
        if (!text || !is_valid(text)) {
                decode_odd(d, "internals", key, value);
                return;
        }
        strbuf_addf(&label, "internals/%s", key);
        add_id(d, &label, text);
}

void decode_ids(Decode *d) {
        add_internal(d, "id", is_hex_id);
        add_internal(d, "short_id", is_short_id);
        walk_top(d, "test_ssl");
        walk_top(d, "test_darkweb");
}
