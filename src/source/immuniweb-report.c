/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-report.h"

#include "base/text.h"
#include "source/immuniweb-layout.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the words beside a part's count. */
#define SUMMARY_MAX ((size_t)400)

static const struct PartInfo {
        const char *key; /* of summary, and of its metrics */
        const char *title;
        void (*fill)(Layout *l);
} part_infos[_REPORT_PART_MAX] = {
        [REPORT_SERVER] = { "server", "Mail servers", layout_servers },
        [REPORT_SSL] = { "ssl", "SSL/TLS", layout_tls },
        [REPORT_DNS] = { "dns", "DNS: SPF, DKIM, DMARC", layout_records },
        [REPORT_BLACKLISTS] = { "blacklists", "Blacklists", layout_blacklists },
        [REPORT_DARKWEB] = { "darkweb", "Dark web: compromised credentials", layout_darkweb },
        [REPORT_PHISHING] = { "phishing", "Phishing and domain squatting", layout_phishing },
};

const char *report_part_title(ReportPart part) {
        return part_infos[part].title;
}

static double value_of(const ImmuniwebResult *result, const char *key, const char *what) {
        char name[40];
        snprintf(name, sizeof(name), "%s_%s", key, what);
        return result->values[metric_find(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN), name)];
}

static void fill_part(Layout *l, ReportSection *part, const struct PartInfo *info) {
        _cleanup_strbuf_ StrBuf words = { 0 };
        char pointer[40];
        size_t size = 0;

        part->issues = value_of(l->d.result, info->key, "issues");
        part->color = value_of(l->d.result, info->key, "color");
        snprintf(pointer, sizeof(pointer), "/summary/%s/text", info->key);
        const char *text = json_read_text(json_read_at(l->d.document, pointer), &size);
        if (text)
                text_plain(&words, text, size, SUMMARY_MAX);
        part->text = words.size > 0 ? strbuf_take(&words) : strdup("");
        if (!part->text)
                l->error = -ENOMEM;
        l->part = part;
        l->head = NULL;
        info->fill(l);
}

static int lay_out(struct json_object *document, ImmuniwebReport *ret) {
        ImmuniwebResult result = { 0 };
        Layout *l = calloc(1, sizeof(*l)); /* too large for the stack of a page */
        if (!l)
                return -ENOMEM;

        /* The values are those that are judged, so that the page and the alerts agree. */
        int r = immuniweb_result_decode(&result, document, 0);
        l->d = (Decode){ .document = document, .result = &result };
        if (r != -ENOMEM) {
                mx_list_read(&l->mx, &l->d);
                ret->ts = immuniweb_result_time(document, NULL);
                for (size_t i = 0; i < _REPORT_PART_MAX; i++)
                        fill_part(l, &ret->parts[i], &part_infos[i]);
                r = MIN(l->error, l->d.error);
        }
        decode_done(&l->d);
        immuniweb_result_done(&result);
        free(l);
        return r;
}

int immuniweb_report_read(const char *json, size_t size, ImmuniwebReport *ret) {
        struct json_object *document = NULL;
        ImmuniwebReport report = { 0 };

        int r = json_read_document(json, size, &document);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        if (!json_object_is_type(document, json_type_object)) {
                json_object_put(document);
                return -EBADMSG;
        }
        r = lay_out(document, &report);
        json_object_put(document);
        if (r < 0) {
                immuniweb_report_done(&report);
                return r;
        }
        *ret = report;
        return 0;
}

void immuniweb_report_done(ImmuniwebReport *report) {
        for (size_t p = 0; p < _REPORT_PART_MAX; p++) {
                ReportSection *part = &report->parts[p];
                for (size_t i = 0; i < part->n; i++) {
                        free(part->items[i].name);
                        free(part->items[i].text);
                }
                free(part->items);
                free(part->text);
        }
        *report = (ImmuniwebReport){ 0 };
}
