/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/limit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value counts. Names are those of MAILSEC_UNIT. */
typedef enum Unit {
        UNIT_COUNT,   /* "count" */
        UNIT_SECONDS, /* "seconds" */
        UNIT_GRADE,   /* "grade": 0 good, 1 information, 2 weakness, 3 failure */
        UNIT_COLOR,   /* "color": 0 green, 1 blue, 2 orange, 3 red */
        UNIT_BOOL,    /* "bool": 0 no, 1 yes */
        _UNIT_MAX,
} Unit;

const char *unit_name(Unit unit);

/* How a row gets its value. What differs between metrics is data; src/source/ has one function per
 * reader. */
typedef enum Reader {
        READ_ENGINE,  /* the engine knows it: up, data_age, tests_left, running, store_up, ... */
        READ_NUMBER,  /* the number at `key` (or, in /stats, at `key2`) */
        READ_COUNTED, /* counted over a whole /stats answer: seen, missing, unconfigured */
        READ_SUM,     /* /stats: of the two metrics named `key` and `key2` */
        READ_OLDER,   /* /stats: the greater of the two metrics named `key` and `key2` */
        READ_STUCK,   /* /stats: for how long the head of either queue (`key`, `key2`: metrics) has
                         not moved */
        READ_COLOR,   /* the color word at the JSON pointer `key` */
        READ_RECORD,  /* the grade of the record `key`: main.alerts, dns.KEY.highlights and .results
                       */
        READ_MX_HOSTS,   /* entries of test_email.mx */
        READ_MX_FLAG,    /* MX entries whose member `key` is true */
        READ_MX_SUM,     /* the sum of member `key` over MX entries */
        READ_MX_ALERT,   /* MX entries with the alert `key` */
        READ_MX_PTR,     /* MX entries whose reverse name is absent or judged bad */
        READ_MX_PORTS,   /* the sum of open ports */
        READ_DNSSEC,     /* record types of test_email.dnssec.results that are not validly signed */
        READ_RESULT_AGE, /* now - internals.ts */
        _READER_MAX,
} Reader;

/* What a row's default limits are multiples of. */
typedef enum Scale {
        SCALE_PLAIN,
        SCALE_INTERVAL, /* of the target's interval in seconds */
        SCALE_STALE,    /* of stale_after x interval in seconds */
} Scale;

/* A metric is a row (spec section 4). One table per source and scope drives decoding, judging,
 * journal fields, --list-metrics, the config keys and the generated reference. Adding a metric is
 * adding a row. */
typedef struct Metric {
        const char *name; /* the config key and MAILSEC_METRIC */
        const char *key;  /* where its value comes from, as `reader` says */
        const char *key2; /* the other spelling or operand, or NULL */
        Reader reader;
        Bad bad;
        Unit unit;
        Scale scale;
        Limit limit;        /* the built-in one; a part that is NAN is not set */
        const char *phrase; /* its words in MESSAGE; "{}" is where the value stands */
        const char *help;   /* one line for --list-metrics and the manual */
        const char *good;   /* once it is good again, where `phrase` with a good value would mislead
                             * ("no test result for 0s"); NULL = `phrase` */
} Metric;

typedef enum SourceId {
        SOURCE_SYMANTEC,
        SOURCE_IMMUNIWEB,
        SOURCE_MAILSECD, /* the daemon itself: one account, "self", and no domains */
        _SOURCE_MAX,
        SOURCE_VENDORS = SOURCE_MAILSECD, /* those before it watch domains */
} SourceId;

typedef enum Scope {
        SCOPE_ACCOUNT,
        SCOPE_DOMAIN,
        _SCOPE_MAX,
} Scope;

/* The metrics of one source and scope, in a fixed order; a value's index is its row's. */
typedef struct MetricSet {
        SourceId source;
        Scope scope;
        const Metric *metrics;
        size_t n;
} MetricSet;

/* More than any set has: the length of an array that holds one value of each row. */
#define METRICS_MAX 32

/* "symantec", "immuniweb", "mailsecd": MAILSEC_SOURCE and the first part of an alert's identity. */
const char *source_name(SourceId source);

const MetricSet *metric_set(SourceId source, Scope scope);

/* Whether a result is worse than what was known before: any metric with a bad side moved to it.
 * Ages, what the engine counts itself, and what is unknown (NAN) on either side say nothing. Bit i
 * of `at_least`: after[i] is a lower bound. `before` may be NULL: nothing was known. Both have one
 * value per row; they are compared as floats, which is how the last values are kept. */
bool metric_is_worse(const MetricSet *set, const float *before, const double *after,
                     uint64_t at_least);

/* The row's index in its set, or SIZE_MAX. */
size_t metric_find(const MetricSet *set, const char *name);

/* Fixed places in the sets, checked by a test. The 12 numbers of a /stats domain come first, in the
 * order of the guide's table 5: messages, oldest, mean of receive and delivery, inbound before
 * outbound. */
enum {
        SYMANTEC_WIRE_N = 12, /* metrics 0 .. 11 of SOURCE_SYMANTEC, SCOPE_DOMAIN */
        SYMANTEC_TOTALS = 1,  /* metrics 1 .. 6 of SOURCE_SYMANTEC, SCOPE_ACCOUNT */
        SYMANTEC_TOTALS_N = 6,
};
