/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-mx.h"
#include "source/immuniweb-report.h"

/* What the parts of immuniweb_report_read() share. */
typedef struct Layout {
        Decode d;
        MxList mx;
        ReportSection *part; /* the one being filled */
        ReportItem *head;    /* its last item that is not nested; NULL where that was cut */
        int error;           /* 0 or -ENOMEM */
} Layout;

/* Starts an item of its own, or adds one to the last of these. `name` and `text` are a peer's words
 * as they came (markup is taken out, length bounded); `text` may be NULL. */
void layout_head(Layout *l, const char *name, const char *text, int grade);
void layout_nested(Layout *l, const char *name, const char *text, int grade);

/* The same with what one scalar (a text, number or bool) says; nothing for anything else. */
void layout_scalar(Layout *l, const char *name, struct json_object *value);

/* Adds to a line: "; " before all but the first. Nothing for "" and NULL. */
void layout_words(StrBuf *line, const char *words);

/* A scalar in words: its text, the number as written, "yes" or "no". NULL for anything else. */
const char *layout_scalar_text(struct json_object *value);

/* The worst of an entry (finding_worst()); where nothing in it can be judged, its first words. */
Finding layout_finding(struct json_object *value);

/* Every entry of `value` that has words (finding_walk()) as a nested item. */
void layout_findings(Layout *l, struct json_object *value);

/* The parts; `part` is set, the document parsed and its MX list read. */
void layout_servers(Layout *l);
void layout_blacklists(Layout *l);
void layout_records(Layout *l);
void layout_tls(Layout *l);
void layout_darkweb(Layout *l);
void layout_phishing(Layout *l);
