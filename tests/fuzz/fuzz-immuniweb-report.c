/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-report.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A stored result, or whatever stands in its file, laid out for a page. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max) {
        if (!text || strlen(text) > max)
                abort();
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        abort();
}

static void check_part(const ReportSection *part) {
        if (part->n > REPORT_ITEMS_MAX || (part->n > 0 && part->items[0].nested))
                abort();
        check_text(part->text, 500);
        for (size_t i = 0; i < part->n; i++) {
                check_text(part->items[i].name, 200);
                check_text(part->items[i].text, 1100);
                if (part->items[i].grade < -1 || part->items[i].grade > 3)
                        abort();
        }
        if (part->issues < 0 || part->color < 0 || part->color > 3)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        ImmuniwebReport report;
        char *text = malloc(size + 1);

        if (!text)
                abort();
        if (size > 0)
                memcpy(text, data, size);
        if (immuniweb_report_read(text, size, &report) == 0) {
                for (size_t i = 0; i < _REPORT_PART_MAX; i++)
                        check_part(&report.parts[i]);
                immuniweb_report_done(&report);
        }
        free(text);
        return 0;
}
