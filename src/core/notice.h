/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/event.h"
#include "core/metric.h"
#include "core/record.h"

/* What is known when something is to be told. Alert text is worded here and nowhere else. Texts are
 * borrowed; NULL, "" or NAN = not there, and no field is made. `words` and `detail` may be foreign
 * and are escaped here; the other texts are ours and only kept to one safe line (text_clean()). */
typedef struct Notice {
        Event event;
        Moment now;
        uint64_t sequence;
        const char *identifier; /* SYSLOG_IDENTIFIER */
        int facility;           /* SYSLOG_FACILITY: 3 for daemon (the number without << 3) */

        /* An alert's (also of EVENT_CHANGED): */
        const MetricSet *set; /* NULL = no alert's */
        size_t metric;        /* index in the set */
        const char *target;   /* domain or account */
        Level level;
        Level previous;
        double value;
        double limit;       /* the one that decides (limit_of()) */
        usec_t since;       /* wall; 0 = not there */
        usec_t measured_at; /* wall; 0 = not there */
        const char *reason; /* MAILSEC_REASON; "removed" words EVENT_CLEARED differently */
        const char *words;  /* said after the metric's phrase: why an API is down */
        const char *advice; /* what to do, said after the level where there is one */
        const char *detail; /* MAILSEC_DETAIL */
        const char *owner;
        const char *runbook;
        const char *group;
        const char *evidence; /* a file that proves it (MAILSEC_EVIDENCE), and its SHA-256 */
        const char *evidence_sha256;
        size_t count; /* of domains, where one record tells of many: `target` is their account; 0 =
                         of one */
        const char *names; /* the first of them, for people */
        unsigned changes;  /* with EVENT_FLAPPING: of its level, within: */
        usec_t flap_window;

        /* A daemon event's or a change's sentence, ready (foreign parts escaped by the caller). */
        const char *message;
        const char *const *extra; /* further "MAILSEC_X=value" fields, NULL-terminated, or NULL */
} Notice;

/* "SOURCE/TARGET/METRIC" (MAILSEC_ALERT). */
void notice_identity(StrBuf *b, const MetricSet *set, const char *target, size_t metric);

/* A value in the metric's unit as a person reads it: "1h 12min", "3", "weakness", "orange", "yes".
 * Nothing for NAN. Seconds are rounded to whole ones from 1 s on. */
void notice_format_value(StrBuf *b, const Metric *metric, double value);

/* A value as MAILSEC_VALUE has it: a plain number, integers without a point, at most 6 decimals,
 * never an exponent for what a counter can reach. Nothing for NAN. */
void notice_format_number(StrBuf *b, double value);

/* The sentence of the notice (MESSAGE): core/notice-text.c. */
void notice_message(StrBuf *b, const Notice *notice);

/* Builds the record with every field of spec section 5 that applies. 0, -ENOMEM, or -EINVAL when
 * `extra` is not of the form told or is too much for a record. */
int notice_record(const Notice *notice, Record **ret);
