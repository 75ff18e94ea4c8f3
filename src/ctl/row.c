/* SPDX-License-Identifier: MIT */
#include "ctl/row.h"

#include "ctl/value.h"
#include "ctl/when.h"

#include <math.h>

void row_text(Table *table, struct json_object *object, const char *key) {
        table_add(table, PAINT_PLAIN, member_text(object, key));
}

void row_level(Table *table, struct json_object *object, const char *key) {
        const char *level = member_text(object, key);

        table_add(table, screen_paint(level), level);
}

void row_number(Table *table, struct json_object *object, const char *key) {
        _cleanup_strbuf_ StrBuf text = {};

        value_add(&text, NULL, member_number(object, key));
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

void row_when(Table *table, struct json_object *object, const char *key, usec_t now) {
        _cleanup_strbuf_ StrBuf text = {};

        when_add(&text, member_when(object, key), now);
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

void row_age(Table *table, struct json_object *object, const char *key, usec_t now) {
        _cleanup_strbuf_ StrBuf text = {};

        when_add_age(&text, member_when(object, key), now);
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

void words_add(StrBuf *b, const char *text) {
        if (!text || !*text)
                return;
        if (b->size > 0)
                strbuf_adds(b, ", ");
        strbuf_adds(b, text);
}

void words_of_ack(StrBuf *b, struct json_object *ack, const char *unit, usec_t now) {
        const char *by = member_text(ack, "by"), *comment = member_text(ack, "comment");
        usec_t until = member_when(ack, "until");
        double ceiling = member_number(ack, "ceiling");

        if (!ack)
                return;
        strbuf_addf(b, "by %s", by ? by : "?");
        if (comment && *comment)
                strbuf_addf(b, ": %s", comment);
        if (until > 0) {
                strbuf_adds(b, ", until ");
                when_add(b, until, now);
        }
        if (!isnan(ceiling)) {
                strbuf_adds(b, ", again beyond ");
                value_add(b, unit, ceiling);
        }
}
