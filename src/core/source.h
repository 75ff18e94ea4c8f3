/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "core/metric.h"
#include "core/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The line between the sources, which know what to ask and how to read it, and the engine, which
 * does the asking. A source is a step function: given the last reply, or nothing, it answers FETCH,
 * WAIT or DONE. It never sees a socket, a timer or a clock: `now` (wall) is an argument. */

/* One HTTP exchange to be made. Everything in it belongs to the run and stays until the next step.
 */
typedef struct Request {
        const char *url;
        const char *form; /* x-www-form-urlencoded body: a POST; NULL = GET */
        size_t form_size;
        const char *json; /* the same with a body of application/json; not both */
        size_t json_size;
        const char *username; /* Basic auth where not NULL */
        const Secret *password;
        size_t body_max; /* ceiling of the reply's body in bytes */
        /* Takes a 2xx body piece by piece as it arrives; non-zero ends the exchange
         * (OUTCOME_PROTOCOL). NULL = the body is kept and given with the reply. A body of another
         * status is never fed: it is kept (up to 64 KiB) and given with the reply. */
        int (*feed)(void *userdata, const char *data, size_t size);
        void *userdata;
        bool spends_test;      /* one of daily_tests is used by sending this */
        bool plain_http;       /* an http:// URL is fine, too: the peer is our own, not a vendor */
        bool empty_body_is_ok; /* a 2xx status says it all */
} Request;

/* What came back. Borrowed for the length of the call. */
typedef struct Reply {
        Outcome outcome;    /* OK for 2xx with the whole body read; else why not */
        long status;        /* 0 = there was no HTTP answer */
        usec_t retry_after; /* 0 = none given; bounded by the reader */
        const char *body;   /* NUL-terminated, also for error statuses; "" when fed or absent */
        size_t size;
        const char *error; /* what the transport said, for people; may be "" */
} Reply;

typedef enum StepType {
        STEP_FETCH, /* make step.request, call again with the reply */
        STEP_WAIT,  /* call again (without a reply) after step.wait */
        STEP_DONE,  /* over: step.outcome says how; after OK read() has the readings */
} StepType;

typedef struct Step {
        StepType type;
        Request request;
        usec_t wait;
        Outcome outcome;
        usec_t retry_after; /* with a failed outcome: what the peer asked for */
        const char *text;   /* with a failed outcome: the vendor's or transport's own words as plain
                               text (unescaped), or NULL */
} Step;

/* The values of one target from one answer, in the order of its metric set; NAN = unknown. */
typedef struct Reading {
        const MetricSet *set;
        uint32_t target;    /* with SCOPE_DOMAIN: index in the list of names the run was given */
        bool present;       /* the answer held this target: data_age starts anew */
        usec_t measured_at; /* wall */
        uint64_t at_least; /* bit i: value i is a lower bound (part of it is unknown): it may raise,
                              not ease */
        double values[METRICS_MAX];
} Reading;

/* One vendor. `run` is what its run_new() made. */
typedef struct Source {
        SourceId id;
        /* The next thing to do. `reply` is NULL at first and after WAIT. `now` is wall time. 0, or
         * negative errno for our own failures (no memory), after which only run_free() may follow.
         */
        int (*step)(void *run, const Reply *reply, usec_t now, Step *ret);
        /* The i-th reading after a DONE that is OK; false past the last. Reading twice gives the
         * same. */
        bool (*read)(void *run, uint32_t i, Reading *ret);
        /* Evidence for one value in one line (MAILSEC_DETAIL), nothing added when there is none.
         * Foreign text is not escaped here. */
        void (*detail)(void *run, const Reading *reading, size_t metric, StrBuf *b);
        /* What of the answer was not understood: one short description of the shape each, plain
         * text, the same words for the same shape. Valid until the run is freed. */
        size_t (*oddities)(const void *run, const char *const **ret);
        void *(*run_free)(void *run);
} Source;

extern const Source source_symantec;  /* source/symantec.c */
extern const Source source_immuniweb; /* source/immuniweb.c */
