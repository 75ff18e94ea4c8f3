/* SPDX-License-Identifier: MIT */
#include "core/record.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

int record_new(uint64_t sequence, int priority, const char *data, size_t size, Record **ret) {
        uint16_t n = 0;

        if (size == 0 || size > UINT32_MAX || data[size - 1] != '\0' ||
            !startswith(data, "MESSAGE="))
                return -EINVAL;
        for (size_t i = 0; i < size; i += strlen(data + i) + 1) {
                const char *equals = strchr(data + i, '=');
                if (!equals || equals == data + i || n == RECORD_FIELDS_MAX)
                        return -EINVAL;
                n++;
        }

        Record *record = malloc(sizeof(*record) + size);
        if (!record)
                return -ENOMEM;
        *record = (Record){
                .sequence = sequence,
                .priority = priority,
                .n = n,
                .size = (uint32_t)size,
        };
        memcpy(record->data, data, size);
        *ret = record;
        return 0;
}

int record_renumber(const Record *record, uint64_t sequence, Record **ret) {
        static const char name[] = "MAILSEC_SEQUENCE=";
        const char *field = record->data;
        _cleanup_strbuf_ StrBuf b = {};
        bool found = false;

        for (unsigned i = 0; i < record->n; i++, field += strlen(field) + 1) {
                if (startswith(field, name)) {
                        strbuf_addf(&b, "%s%" PRIu64, name, sequence);
                        found = true;
                } else
                        strbuf_adds(&b, field);
                strbuf_addc(&b, '\0');
        }
        if (b.error < 0 || !found)
                return b.error < 0 ? b.error : -EINVAL;
        return record_new(sequence, record->priority, b.data, b.size, ret);
}

Record *record_free(Record *record) {
        free(record);
        return NULL;
}

static const char *next_field(const char *field) {
        return field + strlen(field) + 1;
}

const char *record_find(const char *data, size_t size, const char *name) {
        size_t length = strlen(name);

        for (const char *p = data, *end = data + size; p < end;) {
                const char *stop = memchr(p, '\0', (size_t)(end - p));
                if (!stop)
                        break;
                if ((size_t)(stop - p) > length && p[length] == '=' && memcmp(p, name, length) == 0)
                        return p + length + 1;
                p = stop + 1;
        }
        return NULL;
}

const char *record_get(const Record *record, const char *name) {
        return record_find(record->data, record->size, name);
}

size_t record_iovec(const Record *record, struct iovec *iov) {
        const char *field = record->data;

        for (unsigned i = 0; i < record->n; i++, field = next_field(field))
                iov[i] = (struct iovec){ .iov_base = (char *)field, .iov_len = strlen(field) };
        return record->n;
}

static bool is_control(char c) {
        return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool needs_quotes(const char *value) {
        if (!*value || strpbrk(value, " \"'\\="))
                return true;
        for (; *value; value++)
                if (is_control(*value))
                        return true;
        return false;
}

static void add_quoted(StrBuf *b, const char *value) {
        strbuf_addc(b, '"');
        for (; *value; value++) {
                if (is_control(*value)) {
                        strbuf_addf(b, "\\x%02x", (unsigned)*value);
                        continue;
                }
                if (*value == '"' || *value == '\\')
                        strbuf_addc(b, '\\');
                strbuf_addc(b, *value);
        }
        strbuf_addc(b, '"');
}

void record_format_syslog(const Record *record, StrBuf *b) {
        const char *field = record->data;

        strbuf_adds(b, field + STRLEN("MESSAGE="));
        for (unsigned i = 1; i < record->n; i++) {
                field = next_field(field);
                if (startswith(field, "PRIORITY=") || startswith(field, "SYSLOG_"))
                        continue;
                const char *value = strchr(field, '=') + 1;
                strbuf_addc(b, ' ');
                strbuf_add(b, field, (size_t)(value - field));
                if (needs_quotes(value))
                        add_quoted(b, value);
                else
                        strbuf_adds(b, value);
        }
}
