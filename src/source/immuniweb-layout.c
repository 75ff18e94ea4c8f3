/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-layout.h"

#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_BYTES ((size_t)160)
#define TEXT_MAX_BYTES ((size_t)1000) /* a DKIM record has 400 */

static char *plain(Layout *l, const char *text, size_t max) {
        _cleanup_strbuf_ StrBuf b = { 0 };

        strbuf_adds(&b, "");
        if (text)
                text_plain(&b, text, strlen(text), max);
        char *copy = b.error == 0 ? strbuf_take(&b) : NULL;
        if (!copy && b.error == 0)
                copy = strdup("");
        if (!copy)
                l->error = -ENOMEM;
        return copy;
}

static ReportItem *add_item(Layout *l, const char *name, const char *text, int grade, bool nested) {
        ReportSection *part = l->part;

        if (part->n == REPORT_ITEMS_MAX) {
                part->cut = true;
                return NULL;
        }
        if (!part->items) {
                /* All at once: `head` stays where it is. */
                part->items = calloc(REPORT_ITEMS_MAX, sizeof(*part->items));
                if (!part->items) {
                        l->error = -ENOMEM;
                        return NULL;
                }
        }
        ReportItem item = {
                .name = plain(l, name, NAME_MAX_BYTES),
                .text = plain(l, text, TEXT_MAX_BYTES),
                .grade = grade,
                .nested = nested,
        };
        if (!item.name || !item.text) {
                free(item.name);
                free(item.text);
                return NULL;
        }
        part->items[part->n] = item;
        return &part->items[part->n++];
}

void layout_head(Layout *l, const char *name, const char *text, int grade) {
        l->head = add_item(l, name, text, grade, false);
}

void layout_nested(Layout *l, const char *name, const char *text, int grade) {
        if (l->head)
                (void)add_item(l, name, text, grade, true);
}

const char *layout_scalar_text(struct json_object *value) {
        const char *text = json_read_text(value, NULL);
        if (text)
                return *text ? text : NULL;
        switch (json_object_get_type(value)) {
        case json_type_boolean:
                return json_object_get_boolean(value) ? "yes" : "no";
        case json_type_int:
        case json_type_double:
                return json_object_get_string(value);
        case json_type_null:
        case json_type_object:
        case json_type_array:
        case json_type_string:
                break;
        }
        return NULL;
}

void layout_scalar(Layout *l, const char *name, struct json_object *value) {
        const char *text = layout_scalar_text(value);
        if (text)
                layout_nested(l, name, text, GRADE_UNKNOWN);
}

void layout_words(StrBuf *line, const char *words) {
        if (!words || !*words || line->size > TEXT_MAX_BYTES)
                return;
        if (line->size > 0)
                strbuf_adds(line, "; ");
        strbuf_adds(line, words);
}

static void keep_first(void *userdata, const Finding *finding) {
        Finding *kept = userdata;
        if (!kept->text && finding->text)
                *kept = *finding;
}

Finding layout_finding(struct json_object *value) {
        Finding finding = finding_worst(value, NULL);
        if (finding.grade == GRADE_UNKNOWN)
                finding_walk(value, keep_first, &finding);
        return finding;
}

static void add_finding(void *userdata, const Finding *finding) {
        if (finding->text)
                layout_nested(userdata, finding->text, NULL, finding->grade);
}

void layout_findings(Layout *l, struct json_object *value) {
        finding_walk(value, add_finding, l);
}
