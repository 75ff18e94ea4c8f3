/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "ctl/show.h"
#include "ctl/value.h"
#include "ctl/when.h"

/* More than a daemon keeps of one domain. */
#define SETS_MAX ((size_t)200)

static void print_file(const Ctl *ctl, struct json_object *file, StrBuf *b) {
        const char *name = member_text(file, "name"), *sum = member_text(file, "sha256");
        _cleanup_strbuf_ StrBuf line = {};

        /* As SHA256SUMS has it. */
        strbuf_addf(&line, "%s  %s (", sum ? sum : "-", name ? name : "-");
        value_add(&line, NULL, member_number(file, "bytes"));
        strbuf_adds(&line, " bytes)");
        screen_line(&ctl->screen, b, PAINT_PLAIN, strbuf_text(&line));
}

void domain_print_evidence(const Ctl *ctl, struct json_object *domain, StrBuf *b) {
        struct json_object *sets = member_list(domain, "evidence");

        for (size_t i = 0; i < MIN(list_count(sets), SETS_MAX); i++) {
                struct json_object *set = list_get(sets, i);
                struct json_object *files = member_list(set, "files");
                const char *path = member_text(set, "path");
                _cleanup_strbuf_ StrBuf line = {};

                strbuf_adds(&line, "evidence of a worse result, ");
                when_add_both(&line, member_when(set, "at"), ctl_now(ctl));
                strbuf_addc(b, '\n');
                screen_line(&ctl->screen, b, PAINT_HEAD, strbuf_text(&line));
                screen_line(&ctl->screen, b, PAINT_PLAIN, path ? path : "-");
                for (size_t f = 0; f < MIN(list_count(files), SETS_MAX); f++)
                        print_file(ctl, list_get(files, f), b);
        }
}
