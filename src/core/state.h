/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What outlives the process: rows as the engine hands them to a store and gets them back. Every
 * time is wall clock, 0 = not there. Texts are borrowed for the length of a call, "" and NULL both
 * mean none. Names are the public ones (spec section 4), never numbers of an enum, so that versions
 * may differ. */

/* An alert that is anything but quiet; the key is source, target, metric. */
typedef struct AlertRow {
        const char *source; /* "symantec" */
        const char *target; /* domain or account */
        const char *metric;
        Level level;
        uint16_t streak[_LEVEL_MAX];
        usec_t since;
        usec_t remind_at;   /* USEC_INFINITY = none */
        usec_t remind_wait; /* a span */
        double value;       /* NAN = unknown */
        usec_t measured_at;
        const char *outcome; /* why an `up` is down: outcome_name(); NULL = none */
        const char *detail;

        Level told; /* core/voice.h, from here on: */
        bool muted;
        bool flapping;
        const usec_t *changes; /* wall, oldest first */
        size_t n_changes;

        const char *ack_by; /* NULL = not acknowledged, and nothing of the rest holds */
        const char *ack_comment;
        usec_t ack_at;
        usec_t ack_until;   /* USEC_INFINITY = until it clears */
        double ack_ceiling; /* NAN = none: past it, it speaks again */
} AlertRow;

/* What is run: an account's poll (target = account), or a domain's test. Key: source, target. */
typedef struct TargetRow {
        const char *source;
        const char *target;
        usec_t last_start;
        usec_t last_result;
        usec_t next_run; /* 0 = as soon as it may */
        uint32_t failures;
        const char *job_id; /* a test begun and not fetched yet */
        usec_t job_started; /* of it, or of a start whose answer is not known (job_id NULL) */
        const char *ids;    /* "LABEL ID" lines of the last result */
        usec_t result_at;   /* when the vendor ran the test */
        usec_t good_at;     /* last good value */
        const char *values; /* of the last result: "name=value" words; "" = none */
} TargetRow;

/* What was learnt of an account's API. Key: source, name. */
typedef struct AccountRow {
        const char *source;
        const char *name;
        uint32_t failures;
        const char *outcome; /* outcome_name() */
        usec_t retry_at;
        usec_t failed_at;
        usec_t good_at; /* of the domains of a symantec account that the last good answer held */
} AccountRow;

/* A domain that the last good answer of its symantec account did not hold. Key: target. */
typedef struct MissingRow {
        const char *target;
        usec_t good_at;
} MissingRow;

/* An alert's end that some Alertmanager has not taken yet. Key: id. */
typedef struct EndRow {
        uint64_t id;      /* in the order in which they came */
        bool of_level;    /* only this level of it ended: for those who know levels by label */
        Level level;      /* that it had */
        usec_t since;     /* the alert's */
        usec_t at;        /* when it ended */
        const char *data; /* core/record.h: what was told of it */
        size_t size;
} EndRow;

/* A record: what was or is to be told. Key: sequence. */
typedef struct EventRow {
        uint64_t sequence;
        usec_t at;
        const char *event;    /* event_name() */
        const char *identity; /* MAILSEC_ALERT, "" = none */
        const char *level;    /* MAILSEC_LEVEL, "" = none */
        int priority;
        const char *data; /* core/record.h: every field */
        size_t size;
} EventRow;
