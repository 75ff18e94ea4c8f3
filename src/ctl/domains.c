/* SPDX-License-Identifier: MIT */
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/when.h"

/* "symantec 12s, immuniweb 3h": from when the last good values are. */
static void add_ages(Table *table, struct json_object *sources) {
        _cleanup_strbuf_ StrBuf text = {};

        for (size_t i = 0; i < list_count(sources); i++) {
                struct json_object *source = list_get(sources, i);
                words_add(&text, member_text(source, "source"));
                strbuf_addc(&text, ' ');
                if (member_is_true(source, "running"))
                        strbuf_adds(&text, "running");
                else
                        when_add_seconds(&text, member_number(source, "age"));
        }
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

static usec_t earliest(struct json_object *sources) {
        usec_t next = 0;

        for (size_t i = 0; i < list_count(sources); i++) {
                usec_t when = member_when(list_get(sources, i), "next");
                if (when > 0 && (next == 0 || when < next))
                        next = when;
        }
        return next;
}

static void print_domains(const Ctl *ctl, struct json_object *domains, StrBuf *b) {
        static const Column columns[] = {
                { "DOMAIN" },
                { "LEVEL" },
                { "ALERTS", .right = true, .drop = 2 },
                { "AGE", .flex = true, .drop = 1 },
                { "NEXT", .drop = 3 },
                { "GROUP", .flex = true, .drop = 4 },
                { "OWNER", .flex = true, .drop = 5 },
        };
        _cleanup_table_ Table table;
        usec_t now = ctl_now(ctl);

        table_init(&table, columns, ELEMENTSOF(columns), &ctl->screen);
        for (size_t i = 0; i < list_count(domains); i++) {
                struct json_object *domain = list_get(domains, i);
                _cleanup_strbuf_ StrBuf next = {};
                row_text(&table, domain, "name");
                row_level(&table, domain, "level");
                row_number(&table, domain, "alerts");
                add_ages(&table, member_list(domain, "sources"));
                when_add(&next, earliest(member_list(domain, "sources")), now);
                table_add(&table, PAINT_PLAIN, strbuf_text(&next));
                row_text(&table, domain, "group");
                row_text(&table, domain, "owner");
        }
        table_print(&table, &ctl->screen, 0, b);
}

CtlStatus command_domains(const Ctl *ctl, char **arguments) {
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_strbuf_ StrBuf out = {};
        (void)arguments;

        CtlStatus status = ask_list(ctl, "/v1/domains", "domains", 0, &document);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(document);
        print_domains(ctl, member_list(document, "domains"), &out);
        return ctl_print(&out);
}
