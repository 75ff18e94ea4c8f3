/* SPDX-License-Identifier: MIT */
#include "engine/alertmanager-json.h"

#include "base/stamp.h"
#include "base/text.h"
#include "source/json-read.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json_object.h>
#include <string.h>

/* The labels are the identity and never change while the alert lives: Alertmanager knows an alert
 * by nothing else. All the rest is annotations. */

static const struct {
        const char *name;
        const char *field;
} labels[] = {
        { "source", "MAILSEC_SOURCE" },
        { "domain", "MAILSEC_DOMAIN" },
        { "account", "MAILSEC_ACCOUNT" },
        { "metric", "MAILSEC_METRIC" },
}, annotations[] = {
        { "summary", "MESSAGE" },
        { "level", "MAILSEC_LEVEL" },
        { "value", "MAILSEC_VALUE" },
        { "limit", "MAILSEC_LIMIT" },
        { "unit", "MAILSEC_UNIT" },
        { "since", "MAILSEC_SINCE" },
        { "reason", "MAILSEC_REASON" },
        { "detail", "MAILSEC_DETAIL" },
        { "owner", "MAILSEC_OWNER" },
        { "group", "MAILSEC_GROUP" },
        { "identity", "MAILSEC_ALERT" },
        { "runbook_url", "MAILSEC_RUNBOOK" },
        { "evidence", "MAILSEC_EVIDENCE" },
        { "evidence_sha256", "MAILSEC_EVIDENCE_SHA256" },
};

void alertmanager_name(StrBuf *b, const char *metric) {
        bool begins = true;

        strbuf_adds(b, "Mailsec");
        for (const char *p = metric; *p; p++) {
                if (*p != '_')
                        strbuf_addc(b, begins ? (char)toupper((unsigned char)*p) : *p);
                begins = *p == '_';
        }
}

/* Adds a member; `value` is taken over. */
static int put(struct json_object *object, const char *key, struct json_object *value) {
        if (value && json_object_object_add(object, key, value) == 0)
                return 0;
        json_object_put(value);
        return -ENOMEM;
}

/* A text, or no member where there is none. Fields of records are safe already; what comes from
 * elsewhere becomes so here. */
static int put_text(struct json_object *object, const char *key, const char *text) {
        _cleanup_strbuf_ StrBuf safe = {};

        if (!text || !*text)
                return 0;
        text_clean(&safe, text, strlen(text), ALERTMANAGER_TEXT_MAX);
        if (safe.error < 0)
                return -ENOMEM;
        return put(object, key, json_object_new_string_len(strbuf_text(&safe), (int)safe.size));
}

/* RFC 3339 with milliseconds: an alert may be over within the second in which it began. */
static int put_stamp(struct json_object *object, const char *key, usec_t wall) {
        _cleanup_strbuf_ StrBuf b = {};

        stamp_format_utc(&b, wall);
        if (b.error < 0)
                return -ENOMEM;
        b.size--; /* the Z */
        strbuf_addf(&b, ".%03uZ", (unsigned)(wall % USEC_PER_SEC / USEC_PER_MSEC));
        return put_text(object, key, strbuf_text(&b));
}

static struct json_object *make_labels(const AlertmanagerAlert *alert) {
        _cleanup_json_ struct json_object *object = json_object_new_object();
        _cleanup_strbuf_ StrBuf name = {};

        if (!object)
                return NULL;
        alertmanager_name(&name, record_get(alert->record, "MAILSEC_METRIC"));
        int r = put_text(object, "alertname", strbuf_text(&name));
        for (size_t i = 0; i < ELEMENTSOF(labels) && r == 0; i++)
                r = put_text(object, labels[i].name, record_get(alert->record, labels[i].field));
        if (r == 0)
                r = put_text(object, "severity", alert->severity);
        return r < 0 || name.error < 0 ? NULL : TAKE_PTR(object);
}

/* Where a person looks: the domain's page, or the one of everything. */
static void add_page(StrBuf *b, const AlertmanagerAlert *alert) {
        const char *domain = record_get(alert->record, "MAILSEC_DOMAIN");

        if (alert->site)
                strbuf_addf(b, "%s/%s%s", alert->site, domain ? "domain/" : "", domain ?: "");
}

static struct json_object *make_annotations(const AlertmanagerAlert *alert, const char *page) {
        _cleanup_json_ struct json_object *object = json_object_new_object();
        int r = object ? 0 : -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(annotations) && r == 0; i++)
                r = put_text(object, annotations[i].name,
                             record_get(alert->record, annotations[i].field));
        if (r == 0)
                r = put_text(object, "page", page);
        return r < 0 ? NULL : TAKE_PTR(object);
}

static int make_alert(struct json_object *object, const AlertmanagerAlert *alert) {
        _cleanup_strbuf_ StrBuf page = {};

        add_page(&page, alert);
        if (page.error < 0)
                return -ENOMEM;
        int r = put(object, "labels", make_labels(alert));
        if (r == 0)
                r = put(object, "annotations", make_annotations(alert, strbuf_text(&page)));
        if (r == 0)
                r = put_stamp(object, "startsAt", alert->since);
        if (r == 0) /* a clock may have been set back: an end before the beginning is refused */
                r = put_stamp(object, "endsAt", MAX(alert->since, alert->until));
        if (r == 0)
                r = put_text(object, "generatorURL", strbuf_text(&page));
        return r;
}

int alertmanager_json(StrBuf *b, const AlertmanagerAlert *alert) {
        const Record *record = alert->record;
        _cleanup_json_ struct json_object *object = json_object_new_object();
        size_t size;

        if (!record_get(record, "MAILSEC_SOURCE") || !record_get(record, "MAILSEC_METRIC") ||
            !(record_get(record, "MAILSEC_DOMAIN") ?: record_get(record, "MAILSEC_ACCOUNT")))
                return -EINVAL;
        int r = object ? make_alert(object, alert) : -ENOMEM;
        if (r < 0)
                return r;
        const char *text = json_object_to_json_string_length(
                object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
        return text ? strbuf_add(b, text, size) : -ENOMEM;
}
