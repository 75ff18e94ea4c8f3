/* SPDX-License-Identifier: MIT */
#include "io/record-line.h"

int record_line(const Record *record, size_t max, StrBuf *line) {
        static const char mark[] = "…";

        strbuf_reset(line);
        record_format_syslog(record, line);
        if (line->error < 0)
                return line->error;
        if (line->size <= max)
                return 0;
        size_t end = max - (sizeof(mark) - 1);
        while (end > 0 && ((unsigned char)line->data[end] & 0xc0) == 0x80)
                end--;
        line->size = end;
        line->data[end] = '\0';
        return strbuf_adds(line, mark);
}
