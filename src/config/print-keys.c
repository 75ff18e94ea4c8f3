/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "config/limits.h"
#include "config/schema.h"
#include "config/value.h"

#include <errno.h>

static int print_key(const Section *section, const Key *key, FILE *out) {
        _cleanup_strbuf_ StrBuf bounds = { 0 };

        key_describe_bounds(key, &bounds);
        if (bounds.error < 0)
                return bounds.error;
        fprintf(out, "%s%s%s\t%s\t%s\t%s\t%s\n", section->path, *section->path ? "." : "",
                key->name, key_type_name(key->type), strbuf_text(&bounds),
                key->fallback ? key->fallback : "", key->help);
        return 0;
}

int config_print_keys(FILE *out) {
        for (SectionId id = 0; id < _SECTION_MAX; id++) {
                const Section *section = &config_sections[id];
                for (size_t i = 0; i < section->n; i++) {
                        int r = print_key(section, &section->keys[i], out);
                        if (r < 0)
                                return r;
                }
        }
        fprintf(out, "limits.METRIC\tgroup\t\t\tthe limit of one metric, or \"never\": it never "
                     "alerts\n");
        for (LimitPart part = 0; part < _PART_MAX; part++)
                fprintf(out,
                        "limits.METRIC.%s\tnumber\t0 or more; a duration for times, a word for "
                        "grades and colours\t\t%s\n",
                        limit_part_name(part), limit_part_help(part));
        return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
