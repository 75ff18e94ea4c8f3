/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-layout.h"

#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the metrics of a host are called beside it; the words of core/metric.c count hosts. */
static const struct {
        const char *metric;
        const char *name;
} checks[] = {
        { "open_ports", "Open ports" },
        { "ptr_missing", "Reverse name" },
        { "open_relay", "Open relay" },
        { "vrfy", "VRFY" },
        { "expn", "EXPN" },
        { "rcpt", "RCPT" },
        { "plaintext_auth", "Login before TLS" },
};

/* Where a host's software may stand; no such member is public (apis.md 1.5). */
static const char *const software_keys[] = { "software", "banner",  "smtp_banner",
                                             "server",   "version", "server_signature" };

/* Where the lists that name a host may stand, beside their count. */
static const char *const list_keys[] = { "bl_cnt",  "bl",    "blacklists", "blacklist",
                                         "bl_list", "dnsbl", "rbl",        "listed_in" };

static const Metric *metric_of(const char *name) {
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        return &set->metrics[metric_find(set, name)];
}

/* A host begins: its name, and in `line` its address. */
static const char *host_name(const MxEntry *entry, size_t i, char *number, size_t size,
                             StrBuf *line) {
        if (entry->host) {
                layout_words(line, entry->ip);
                return entry->host;
        }
        if (entry->ip)
                return entry->ip;
        snprintf(number, size, "MX entry %zu", i + 1);
        return number;
}

static void add_place(StrBuf *line, struct json_object *location) {
        static const char *const keys[] = { "city", "region", "country", "country_name" };
        _cleanup_strbuf_ StrBuf place = { 0 };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *text = json_read_text(json_read_member(location, keys[i]), NULL);
                if (text && *text)
                        strbuf_addf(&place, "%s%s", place.size > 0 ? ", " : "", text);
        }
        layout_words(line, strbuf_text(&place));
}

static void add_software(Layout *l, struct json_object *object) {
        for (size_t i = 0; i < ELEMENTSOF(software_keys); i++) {
                struct json_object *value = json_read_member(object, software_keys[i]);
                struct json_object *inner = json_read_member(value, "value");
                if (inner)
                        value = inner;
                if (json_object_is_type(value, json_type_array))
                        for (size_t j = 0; j < json_object_array_length(value); j++)
                                layout_scalar(l, "Software", json_object_array_get_idx(value, j));
                else
                        layout_scalar(l, "Software", value);
        }
}

/* The reverse name itself, where there is one. */
static const char *reverse_name(struct json_object *ptr) {
        static const char *const keys[] = { "value", "hostname", "host", "name", "ptr", "record" };
        const char *text = json_read_text(ptr, NULL);

        if (json_object_is_type(ptr, json_type_array))
                text = json_read_text(json_object_array_get_idx(ptr, 0), NULL);
        for (size_t i = 0; i < ELEMENTSOF(keys) && !(text && *text); i++)
                text = json_read_text(json_read_member(ptr, keys[i]), NULL);
        return text;
}

/* One check of one host, judged as its metric is. */
static void add_check(Layout *l, const MxEntry *entry, const char *metric_name, const char *name) {
        _cleanup_strbuf_ StrBuf words = { 0 };
        Finding finding = { .grade = GRADE_UNKNOWN };
        const Metric *metric = metric_of(metric_name);
        double share = mx_entry_share(&l->d, metric, entry, &finding, &words);
        int grade = isnan(share) ? GRADE_UNKNOWN : share > 0 ? GRADE_WEAKNESS : GRADE_GOOD;
        const char *text = words.size > 0 ? strbuf_text(&words) : finding.text;

        if (isnan(share) && !text)
                return;
        if (metric->reader == READ_MX_PORTS) {
                grade = GRADE_UNKNOWN; /* it is what the host is for */
                text = share > 0 ? text : "none";
        } else if (metric->reader == READ_MX_ALERT && finding.grade != GRADE_UNKNOWN)
                grade = finding.grade;
        if (metric->reader == READ_MX_PTR && share == 0) {
                const char *reverse = reverse_name(json_read_member(entry->object, metric->key));
                text = reverse ? reverse : text;
        }
        layout_nested(l, name, text, grade);
}

static void add_other_alert(Layout *l, const char *key, struct json_object *value) {
        if (mx_is_check(key, value))
                return;
        Finding finding = layout_finding(value);
        const char *name = key ? key : finding_name(value);
        if (name)
                layout_nested(l, name, finding.text, finding.grade);
        else if (finding.text)
                layout_nested(l, finding.text, NULL, finding.grade);
}

static void add_other_alerts(Layout *l, struct json_object *alerts) {
        if (json_object_is_type(alerts, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(alerts); i++)
                        add_other_alert(l, NULL, json_object_array_get_idx(alerts, i));
        } else if (json_object_is_type(alerts, json_type_object)) {
                json_object_object_foreach (alerts, key, value)
                        add_other_alert(l, key, value);
        }
}

/* A host is as bad as the worst that is said of it. */
static void grade_head(Layout *l) {
        if (!l->head)
                return;
        const ReportItem *end = l->part->items + l->part->n;
        for (const ReportItem *item = l->head + 1; item < end; item++)
                l->head->grade = MAX(l->head->grade, item->grade);
}

void layout_servers(Layout *l) {
        for (size_t i = 0; i < l->mx.n; i++) {
                const MxEntry *entry = &l->mx.entries[i];
                _cleanup_strbuf_ StrBuf line = { 0 };
                char number[40], priority[60];

                const char *name = host_name(entry, i, number, sizeof(number), &line);
                double value = json_read_number(json_read_member(entry->object, "priority"), NULL);
                if (!isnan(value)) {
                        snprintf(priority, sizeof(priority), "priority %.0f", value);
                        layout_words(&line, priority);
                }
                add_place(&line, json_read_member(entry->object, "location"));
                if (entry->firewalled)
                        layout_words(&line, "a firewall kept it from being tested");
                layout_head(l, name, strbuf_text(&line), GRADE_UNKNOWN);
                add_software(l, entry->object);
                for (size_t c = 0; c < ELEMENTSOF(checks); c++)
                        add_check(l, entry, checks[c].metric, checks[c].name);
                add_other_alerts(l, json_read_member(entry->object, "alerts"));
                grade_head(l);
        }
        l->part->cut = l->part->cut || l->mx.partial;
}

/* One list that is named: a text, or an object that says whether it holds the host. */
static void add_list(Layout *l, const char *key, struct json_object *value) {
        static const char *const name_keys[] = { "host", "hostname", "list", "bl", "domain" };
        const char *name = key ? key : finding_name(value);
        const char *text = json_read_text(value, NULL);

        if (json_read_is_blank(value) || json_read_bool(value, NULL) == 0 ||
            json_read_bool(json_read_member(value, "listed"), NULL) == 0)
                return;
        for (size_t i = 0; i < ELEMENTSOF(name_keys) && !name; i++)
                name = json_read_text(json_read_member(value, name_keys[i]), NULL);
        if (name)
                layout_nested(l, name, text ? text : layout_finding(value).text, GRADE_WEAKNESS);
        else if (text && *text)
                layout_nested(l, text, NULL, GRADE_WEAKNESS);
}

static void add_lists(Layout *l, struct json_object *object) {
        for (size_t i = 0; i < ELEMENTSOF(list_keys); i++) {
                struct json_object *lists = json_read_member(object, list_keys[i]);
                if (json_object_is_type(lists, json_type_array)) {
                        for (size_t j = 0; j < json_object_array_length(lists); j++)
                                add_list(l, NULL, json_object_array_get_idx(lists, j));
                } else if (json_object_is_type(lists, json_type_object)) {
                        json_object_object_foreach (lists, key, value)
                                add_list(l, key, value);
                }
        }
}

/* "on 2 lists", and whether that is known and bad. */
static int count_words(Layout *l, const MxEntry *entry, const char *metric, const char *what,
                       StrBuf *line) {
        _cleanup_strbuf_ StrBuf words = { 0 };
        Finding finding = { .grade = GRADE_UNKNOWN };
        double n = mx_entry_share(&l->d, metric_of(metric), entry, &finding, &words);
        char text[80];

        if (isnan(n))
                return GRADE_UNKNOWN;
        snprintf(text, sizeof(text), "%s: %.0f", what, n);
        layout_words(line, text);
        return n > 0 ? GRADE_WEAKNESS : GRADE_GOOD;
}

void layout_blacklists(Layout *l) {
        for (size_t i = 0; i < l->mx.n; i++) {
                const MxEntry *entry = &l->mx.entries[i];
                _cleanup_strbuf_ StrBuf line = { 0 };
                char number[40];

                const char *name = host_name(entry, i, number, sizeof(number), &line);
                int lists = count_words(l, entry, "blacklist_count", "blacklists", &line);
                int feeds =
                        count_words(l, entry, "ioc_count", "indicator-of-compromise feeds", &line);
                layout_head(l, name, strbuf_text(&line), MAX(lists, feeds));
                add_lists(l, entry->object);
                grade_head(l);
        }
        l->part->cut = l->part->cut || l->mx.partial;
}
