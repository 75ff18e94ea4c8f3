/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-layout.h"

#include "base/text.h"
#include "source/immuniweb-record.h"
#include "source/json-read.h"

#include <json-c/linkhash.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where the record itself may stand in `results`. */
static const char *const record_keys[] = { "record", "value", "txt", "raw", "content" };

static const struct {
        const char *record;
        const char *name;
} records[] = { { "spf", "SPF" }, { "dkim", "DKIM" }, { "dmarc", "DMARC" } };

static const char *record_text(struct json_object *value) {
        const char *text = json_read_text(value, NULL);
        for (size_t i = 0; i < ELEMENTSOF(record_keys) && !(text && *text); i++)
                text = json_read_text(json_read_member(value, record_keys[i]), NULL);
        return text && *text ? text : NULL;
}

static bool is_record_key(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(record_keys); i++)
                if (streq(key, record_keys[i]))
                        return true;
        return false;
}

static int value_grade(Layout *l, const char *metric) {
        size_t i = metric_find(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN), metric);
        double value = l->d.result->values[i];
        return isnan(value) ? GRADE_UNKNOWN : (int)value;
}

/* One of several, such as a DKIM selector: its name, its record and how it was judged. */
static void add_member(Layout *l, const char *key, struct json_object *value) {
        static const char *const name_keys[] = { "selector", "host", "hostname", "domain" };
        const char *name = key;

        for (size_t i = 0; i < ELEMENTSOF(name_keys) && !name; i++)
                name = json_read_text(json_read_member(value, name_keys[i]), NULL);
        if (!name)
                name = finding_name(value);
        const char *text = record_text(value);
        Finding finding = layout_finding(value);
        if (!json_object_is_type(value, json_type_object))
                finding.grade = GRADE_UNKNOWN; /* a mere value */
        if (!text)
                text = finding.text;
        if (!name && !text)
                return;
        layout_nested(l, name && *name ? name : "record", text, finding.grade);
}

/* What `results` says beside the record; the guide does not tell what that is (apis.md 1.5). */
static void add_results(Layout *l, struct json_object *results) {
        if (json_object_is_type(results, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(results); i++)
                        add_member(l, NULL, json_object_array_get_idx(results, i));
                return;
        }
        if (!json_object_is_type(results, json_type_object))
                return;
        json_object_object_foreach (results, key, value) {
                if (json_object_is_type(value, json_type_array)) {
                        for (size_t i = 0; i < json_object_array_length(value); i++) {
                                struct json_object *item = json_object_array_get_idx(value, i);
                                if (layout_scalar_text(item))
                                        layout_scalar(l, key, item);
                                else
                                        add_member(l, NULL, item);
                        }
                } else if (json_object_is_type(value, json_type_object))
                        add_member(l, key, value);
                else if (!is_record_key(key))
                        layout_scalar(l, key, value);
        }
}

static void add_alerts(Layout *l, const char *record) {
        struct json_object *alerts = json_read_at(l->d.document, "/test_email/main/alerts");
        if (json_object_is_type(alerts, json_type_object)) {
                json_object_object_foreach (alerts, key, entry)
                        if (record_is_about(key, entry, record))
                                layout_findings(l, entry);
        } else if (json_object_is_type(alerts, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(alerts); i++) {
                        struct json_object *entry = json_object_array_get_idx(alerts, i);
                        if (record_is_about(NULL, entry, record))
                                layout_findings(l, entry);
                }
        }
}

static void add_signature(Layout *l, const char *type, struct json_object *value) {
        const char *words;
        double is_signed = record_is_signed(value, &words);
        int grade = GRADE_UNKNOWN;

        if (is_signed == 1) {
                grade = GRADE_GOOD;
                words = "signed";
        } else if (is_signed == 0) {
                grade = GRADE_WEAKNESS;
                words = words ? words : "not signed";
        }
        layout_nested(l, type, words, grade);
}

static void add_dnssec(Layout *l) {
        struct json_object *results = json_read_at(l->d.document, "/test_email/dnssec/results");
        int failures = value_grade(l, "dnssec_failures"); /* a count, here only 0 or more */

        if (json_read_is_blank(results))
                return;
        layout_head(l, "DNSSEC", NULL, failures > 0 ? GRADE_WEAKNESS : failures);
        if (json_object_is_type(results, json_type_object)) {
                json_object_object_foreach (results, key, value)
                        add_signature(l, key, value);
        } else if (json_object_is_type(results, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(results); i++) {
                        struct json_object *value = json_object_array_get_idx(results, i);
                        const char *name = finding_name(value);
                        add_signature(l, name ? name : "record", value);
                }
        }
}

void layout_records(Layout *l) {
        for (size_t i = 0; i < ELEMENTSOF(records); i++) {
                char pointer[40];
                snprintf(pointer, sizeof(pointer), "/test_email/dns/%s", records[i].record);
                struct json_object *dns = json_read_at(l->d.document, pointer);
                struct json_object *results = json_read_member(dns, "results");
                int grade = value_grade(l, records[i].record);

                if (!dns && grade == GRADE_UNKNOWN)
                        continue;
                layout_head(l, records[i].name, record_text(results), grade);
                add_results(l, results);
                layout_findings(l, json_read_member(dns, "highlights"));
                add_alerts(l, records[i].record);
        }
        add_dnssec(l);
}
