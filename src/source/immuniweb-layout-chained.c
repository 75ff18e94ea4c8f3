/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-layout.h"

#include "base/text.h"
#include "source/json-read.h"

#include <json-c/linkhash.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* test_ssl and test_darkweb. The guide says that they hold ids of the vendor's other tests; what
 * those tests answer (apis.md 1.6) is laid out where it comes along. */

/* How deep ids and results may stand. */
#define DEPTH_MAX 6

static struct json_object *member_of_either(struct json_object *a, struct json_object *b,
                                            const char *key) {
        struct json_object *value = json_read_member(a, key);
        return value ? value : json_read_member(b, key);
}

/* A+ to F, and N: no TLS at all. A or better is what the vendor calls good. */
static int grade_of_letter(const char *letter) {
        if (!letter)
                return GRADE_UNKNOWN;
        switch (letter[0]) {
        case 'A':
                return GRADE_GOOD;
        case 'B':
                return GRADE_INFORMATION;
        case 'C':
        case 'D':
                return GRADE_WEAKNESS;
        case 'F':
        case 'N':
                return GRADE_FAILURE;
        default:
                return GRADE_UNKNOWN;
        }
}

/* internals.scores: {pci_dss: {class, description}, ...} of those that `wanted` takes. */
static void add_scores(Layout *l, struct json_object *scores, bool (*wanted)(const char *key)) {
        if (!json_object_is_type(scores, json_type_object))
                return;
        json_object_object_foreach (scores, key, value) {
                if (wanted && !wanted(key))
                        continue;
                Finding finding = layout_finding(value);
                if (!finding.text && finding.grade == GRADE_UNKNOWN)
                        continue;
                if (wanted)
                        layout_head(l, key, finding.text, finding.grade);
                else
                        layout_nested(l, key, finding.text, finding.grade);
        }
}

static void add_id(Layout *l, const char *name, const char *id) {
        _cleanup_strbuf_ StrBuf text = { 0 };
        strbuf_addf(&text, "a separate test of the vendor, id %s", id);
        layout_head(l, name, strbuf_text(&text), GRADE_UNKNOWN);
}

/* A result of the TLS test of one host. */
static void add_tls_host(Layout *l, const char *key, struct json_object *object) {
        struct json_object *results = json_read_member(object, "results");
        struct json_object *score = member_of_either(results, object, "score");
        const char *letter = json_read_text(member_of_either(results, object, "grade"), NULL);
        const char *host =
                json_read_text(json_read_at(object, "/server_info/hostname/value"), NULL);
        _cleanup_strbuf_ StrBuf line = { 0 }, text = { 0 };

        if (!host || !*host)
                host = key ? key : json_read_text(json_read_member(object, "hostname"), NULL);
        if (letter && *letter) {
                strbuf_addf(&text, "grade %s", letter);
                layout_words(&line, strbuf_text(&text));
        }
        if (layout_scalar_text(score)) {
                strbuf_reset(&text);
                strbuf_addf(&text, "score %s", layout_scalar_text(score));
                layout_words(&line, strbuf_text(&text));
        }
        layout_head(l, host ? host : "host", strbuf_text(&line), grade_of_letter(letter));
        add_scores(l, json_read_at(object, "/internals/scores"), NULL);
        layout_findings(l, json_read_member(object, "highlights"));
}

static bool is_tls_result(struct json_object *value) {
        static const char *const keys[] = { "grade", "score", "results" };
        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (json_read_member(value, keys[i]))
                        return true;
        return false;
}

static void walk_tls(Layout *l, const char *key, struct json_object *value, unsigned depth) {
        const char *text = json_read_text(value, NULL);

        if (text && *text)
                add_id(l, key ? key : "host", text);
        else if (is_tls_result(value))
                add_tls_host(l, key, value);
        else if (depth == 0)
                return;
        else if (json_object_is_type(value, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(value); i++)
                        walk_tls(l, key, json_object_array_get_idx(value, i), depth - 1);
        } else if (json_object_is_type(value, json_type_object)) {
                const char *host = json_read_text(json_read_member(value, "hostname"), NULL);
                const char *id = json_read_text(json_read_member(value, "id"), NULL);
                if (host && *host && id && *id) {
                        add_id(l, host, id);
                        return;
                }
                json_object_object_foreach (value, inner, member)
                        walk_tls(l, streq(inner, "id") && key ? key : inner, member, depth - 1);
        }
}

void layout_tls(Layout *l) {
        walk_tls(l, NULL, json_read_member(l->d.document, "test_ssl"), DEPTH_MAX);
}

/* The dark web test is two of the vendor's parts. */
static bool is_phishing(const char *key) {
        static const char *const words[] = { "phish", "squat", "social" };
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (text_contains(key, strlen(key), words[i]))
                        return true;
        return false;
}

static bool is_darkweb(const char *key) {
        return !is_phishing(key);
}

/* results.phishing_block4[]: {domain, server_ip, fuzzer} and the like; else a text. */
static void add_found(Layout *l, struct json_object *entry) {
        static const char *const name_keys[] = { "domain", "host", "hostname", "url", "email" };
        _cleanup_strbuf_ StrBuf line = { 0 };
        const char *name = json_read_text(entry, NULL);

        for (size_t i = 0; i < ELEMENTSOF(name_keys) && !name; i++)
                name = json_read_text(json_read_member(entry, name_keys[i]), NULL);
        if (!name)
                name = finding_name(entry);
        if (!name || !*name)
                return;
        if (json_object_is_type(entry, json_type_object)) {
                json_object_object_foreach (entry, key, value) {
                        const char *text = json_read_text(value, NULL);
                        (void)key;
                        if (text && text != name)
                                layout_words(&line, text);
                }
        }
        layout_head(l, name, strbuf_text(&line), GRADE_UNKNOWN);
}

static void walk_darkweb(Layout *l, bool (*wanted)(const char *key)) {
        struct json_object *test = json_read_member(l->d.document, "test_darkweb");
        struct json_object *results = json_read_member(test, "results");

        add_scores(l, json_read_at(test, "/internals/scores"), wanted);
        if (json_object_is_type(results, json_type_object)) {
                json_object_object_foreach (results, key, list)
                        if (wanted(key) && json_object_is_type(list, json_type_array))
                                for (size_t i = 0; i < json_object_array_length(list); i++)
                                        add_found(l, json_object_array_get_idx(list, i));
        }
        if (json_object_is_type(test, json_type_object)) {
                json_object_object_foreach (test, key, value) {
                        const char *text = json_read_text(value, NULL);
                        if (text && *text && wanted(key))
                                add_id(l, key, text);
                }
        } else if (wanted == is_darkweb && layout_scalar_text(test))
                add_id(l, "id", layout_scalar_text(test));
}

void layout_darkweb(Layout *l) {
        walk_darkweb(l, is_darkweb);
}

void layout_phishing(Layout *l) {
        walk_darkweb(l, is_phishing);
}
