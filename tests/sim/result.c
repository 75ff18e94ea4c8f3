/* SPDX-License-Identifier: MIT */
#include "sim/result.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mx.h"
#include "sim/setting.h"
#include "sim/tag.h"

static const char *const sections[] = {
        "server", "ssl", "dns", "blacklists", "darkweb", "phishing"
};
static const char *const records[] = { "spf", "dkim", "dmarc" };
static const char *const signed_types[] = { "MX", "TXT", "A", "NS", "SOA" };

static Tag record_tag(const FeatureView *view, const char *record) {
        return tag_read(feature_find(view, record), TAG_GOOD);
}

static struct json_object *make_internals(const ResultQuery *query) {
        struct json_object *internals = json_object_new_object();
        const char *host = feature_text(&query->view, "hostname", query->domain);
        int64_t ts = (int64_t)(query->tested / USEC_PER_SEC);
        char text[300];

        json_object_object_add(internals, "id", json_object_new_string(query->test_id));
        json_object_object_add(internals, "short_id",
                               json_object_new_string_len(query->test_id + 16, 8));
        if (feature_is(&query->view, "ts_as", "text")) {
                snprintf(text, sizeof(text), "%lld", (long long)ts);
                json_object_object_add(internals, "ts", json_object_new_string(text));
        } else {
                if (feature_is(&query->view, "ts_as", "milliseconds"))
                        ts *= 1000;
                else if (feature_is(&query->view, "ts_as", "future"))
                        ts += 24 * 60 * 60;
                else if (feature_is(&query->view, "ts_as", "zero"))
                        ts = 0;
                json_object_object_add(internals, "ts", json_object_new_int64(ts));
        }
        json_object_object_add(internals, "hostname", json_object_new_string(host));
        snprintf(text, sizeof(text), "Email security test of %s", host);
        json_object_object_add(internals, "title", json_object_new_string(text));
        return internals;
}

/* How many issues a section has by what the rest of the document says. */
static int derived_issues(const FeatureView *view, const char *section) {
        if (strcmp(section, "server") == 0)
                return mx_issues(view);
        if (strcmp(section, "blacklists") == 0)
                return (int)feature_number(view, "blacklist_count", 0);
        int issues = 0;
        if (strcmp(section, "dns") == 0)
                for (size_t i = 0; i < ELEMENTSOF(records); i++)
                        issues += tag_is_issue(record_tag(view, records[i]));
        return issues;
}

static struct json_object *make_summary(const FeatureView *view) {
        struct json_object *summary = json_object_new_object();

        for (size_t i = 0; i < ELEMENTSOF(sections); i++) {
                struct json_object *section = json_object_new_object();
                char key[32], text[64];
                snprintf(key, sizeof(key), "%s_issues", sections[i]);
                int issues = (int)feature_number(view, key, derived_issues(view, sections[i]));
                snprintf(key, sizeof(key), "%s_color", sections[i]);
                const char *color = feature_text(view, key, issues > 0 ? "orange" : "green");
                if (issues > 0)
                        snprintf(text, sizeof(text), "%d issue%s found", issues,
                                 issues == 1 ? "" : "s");
                else
                        snprintf(text, sizeof(text), "No issues found");
                json_object_object_add(section, "value", json_object_new_int(issues));
                json_object_object_add(section, "color", json_object_new_string(color));
                json_object_object_add(section, "text", json_object_new_string(text));
                json_object_object_add(summary, sections[i], section);
        }
        return summary;
}

static struct json_object *make_main(const ResultQuery *query) {
        struct json_object *main_object = json_object_new_object();
        const char *shape = feature_text(&query->view, "alerts_shape", "object");
        struct json_object *alerts = tag_alerts_new(shape);

        for (size_t i = 0; i < ELEMENTSOF(records); i++) {
                char text[64];
                Tag tag = record_tag(&query->view, records[i]);
                snprintf(text, sizeof(text), "%s: %s", records[i], tag_word(tag));
                tag_alerts_add(alerts, shape, "record", records[i], tag, text);
        }
        json_object_object_add(
                main_object, "host",
                json_object_new_string(feature_text(&query->view, "hostname", query->domain)));
        json_object_object_add(main_object, "alerts", alerts);
        return main_object;
}

static struct json_object *make_record_results(const char *record, Tag tag) {
        struct json_object *results = json_object_new_object();

        if (tag == TAG_FAILURE) {
                json_object_object_add(results, "record", NULL);
                json_object_object_add(results, "valid", json_object_new_boolean(0));
        } else if (strcmp(record, "spf") == 0) {
                json_object_object_add(results, "record", json_object_new_string("v=spf1 mx -all"));
                json_object_object_add(results, "valid", json_object_new_boolean(1));
        } else if (strcmp(record, "dmarc") == 0) {
                const char *policy = tag_is_issue(tag) ? "none" : "reject";
                char text[64];
                snprintf(text, sizeof(text), "v=DMARC1; p=%s", policy);
                json_object_object_add(results, "record", json_object_new_string(text));
                json_object_object_add(results, "policy", json_object_new_string(policy));
        }
        return results;
}

static struct json_object *make_dns(const FeatureView *view) {
        struct json_object *dns = json_object_new_object();
        const char *shape = feature_text(view, "alerts_shape", "object");

        for (size_t i = 0; i < ELEMENTSOF(records); i++) {
                struct json_object *record = json_object_new_object();
                struct json_object *highlights = json_object_new_array();
                Tag tag = record_tag(view, records[i]);
                if (strcmp(shape, "empty") != 0)
                        json_object_array_add(highlights, tag_entry(shape, tag, tag_word(tag)));
                json_object_object_add(record, "results", make_record_results(records[i], tag));
                json_object_object_add(record, "highlights", highlights);
                json_object_object_add(dns, records[i], record);
        }
        return dns;
}

static struct json_object *make_dnssec(const FeatureView *view) {
        struct json_object *dnssec = json_object_new_object();
        struct json_object *results = json_object_new_object();
        size_t failures = (size_t)MAX(feature_number(view, "dnssec_failures", 0), 0);

        for (size_t i = 0; i < ELEMENTSOF(signed_types); i++) {
                struct json_object *type = json_object_new_object();
                json_object_object_add(type, "signed", json_object_new_boolean(1));
                json_object_object_add(type, "valid", json_object_new_boolean(i >= failures));
                json_object_object_add(results, signed_types[i], type);
        }
        json_object_object_add(dnssec, "results", results);
        return dnssec;
}

/* The chained tests: their ids are as long as ours and lead nowhere. */
static void add_chained(struct json_object *document, const ResultQuery *query) {
        struct json_object *ssl = json_object_new_object();
        struct json_object *darkweb = json_object_new_object();
        char key[300], id[65];

        snprintf(key, sizeof(key), "mx1.%s:25", query->domain);
        snprintf(id, sizeof(id), "%.32s%.32s", query->test_id + 32, query->test_id);
        json_object_object_add(ssl, key, json_object_new_string(id));
        snprintf(id, sizeof(id), "%.16s%.48s", query->test_id + 48, query->test_id);
        json_object_object_add(darkweb, "id", json_object_new_string(id));
        json_object_object_add(document, "test_ssl", ssl);
        json_object_object_add(document, "test_darkweb", darkweb);
}

static struct json_object *make_document(const ResultQuery *query) {
        struct json_object *document = json_object_new_object();
        struct json_object *email = json_object_new_object();

        json_object_object_add(document, "internals", make_internals(query));
        json_object_object_add(document, "summary", make_summary(&query->view));
        json_object_object_add(email, "main", make_main(query));
        json_object_object_add(email, "mx", mx_render(&query->view, query->domain));
        json_object_object_add(email, "dns", make_dns(&query->view));
        json_object_object_add(email, "dnssec", make_dnssec(&query->view));
        json_object_object_add(document, "test_email", email);
        add_chained(document, query);
        return document;
}

/* RFC 7386: null removes, an object goes deeper, anything else replaces. */
static void merge(struct json_object *target, struct json_object *patch) {
        json_object_object_foreach (patch, key, value) {
                struct json_object *old = NULL;
                if (!value)
                        json_object_object_del(target, key);
                else if (json_object_is_type(value, json_type_object) &&
                         json_object_object_get_ex(target, key, &old) &&
                         json_object_is_type(old, json_type_object))
                        merge(old, value);
                else
                        json_object_object_add(target, key, json_object_get(value));
        }
}

/* The scenario's own document instead, as it is or with this test's name and time put into it. */
static Blob *render_file(const ResultQuery *query, const config_setting_t *file) {
        Blob *blob = setting_read_file(file);
        if (!blob || !feature_bool(&query->view, "restamp", false))
                return blob;
        struct json_object *document = json_tokener_parse(blob->data);
        struct json_object *internals = NULL;
        if (!json_object_is_type(document, json_type_object)) {
                json_object_put(document);
                return blob;
        }
        struct json_object *own = make_internals(query);
        if (json_object_object_get_ex(document, "internals", &internals))
                merge(internals, own);
        blob_free(blob);
        blob = blob_of_text(
                json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(own);
        json_object_put(document);
        return blob;
}

Blob *result_render(const ResultQuery *query) {
        const config_setting_t *file = feature_find(&query->view, "json_file");
        const char *text = feature_text(&query->view, "patch", NULL);

        if (file && *setting_as_text(file, ""))
                return render_file(query, file);
        struct json_object *document = make_document(query);
        struct json_object *patch = text && *text ? json_tokener_parse(text) : NULL;
        if (patch && json_object_is_type(patch, json_type_object))
                merge(document, patch);
        Blob *blob = blob_of_text(
                json_object_to_json_string_ext(document, JSON_C_TO_STRING_NOSLASHESCAPE));
        json_object_put(patch);
        json_object_put(document);
        return blob;
}
