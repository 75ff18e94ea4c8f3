/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* One finished journal record: its fields as "NAME=value" texts, NUL after each, in one block. Made
 * by core/notice, taken by the sinks in src/io/. The first field is MESSAGE. */
typedef struct Record {
        struct Record *next; /* the queue it waits in */
        uint64_t sequence;   /* MAILSEC_SEQUENCE, also among the fields */
        int priority;
        uint16_t n;    /* fields */
        uint32_t size; /* of data */
        char data[];
} Record;

#define RECORD_FIELDS_MAX 32

/* What one field's value and MESSAGE may take, in bytes; longer text is cut with "…". */
#define RECORD_VALUE_MAX ((size_t)1024)

/* Makes one of `size` bytes of data (copied): "NAME=value" texts, each with its NUL, MESSAGE first.
 * -EINVAL when it is not that or has more than RECORD_FIELDS_MAX of them, -ENOMEM, or 0. */
int record_new(uint64_t sequence, int priority, const char *data, size_t size, Record **ret);

/* A copy with another MAILSEC_SEQUENCE. -ENOMEM, -EINVAL without that field, or 0. */
int record_renumber(const Record *record, uint64_t sequence, Record **ret);

/* Frees one record, not the queue behind it; NULL is fine. Returns NULL. */
Record *record_free(Record *record);
DEFINE_CLEANUP(Record *, record_free)

/* The value of a field in such data ("NAME=value" texts, each with its NUL), or NULL. What has no
 * NUL at its end is not looked at. */
const char *record_find(const char *data, size_t size, const char *name) _pure_;

/* The value of a field, or NULL. */
const char *record_get(const Record *record, const char *name) _pure_;

/* Points iov[0 .. n-1] at the "NAME=value" texts; iov has RECORD_FIELDS_MAX places. Returns n. */
size_t record_iovec(const Record *record, struct iovec *iov);

/* The same record for syslog (spec section 5): the MESSAGE, then every other field but PRIORITY and
 * SYSLOG_* as key=value pairs. A value is quoted where it is empty or holds a blank, a quote, a
 * backslash, '=' or a control character; then quotes and backslashes get a backslash before them
 * and control characters become \xHH. */
void record_format_syslog(const Record *record, StrBuf *b);
