/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* What came of asking a peer: its fault or luck, never ours (our own failures are negative errno).
 * One table says the words, whether and how to retry, and whose failure it is (apis.md 2). */
typedef enum Outcome {
        OUTCOME_OK,
        OUTCOME_AUTH,         /* 401, wrong or missing key */
        OUTCOME_FORBIDDEN,    /* 403: View Statistics missing */
        OUTCOME_NOT_FOUND,    /* 404: wrong base URL */
        OUTCOME_RATE_LIMITED, /* 429 */
        OUTCOME_SERVER,       /* 5xx */
        OUTCOME_HTTP,         /* any other status that is not 2xx */
        OUTCOME_REDIRECT,     /* 3xx: never followed */
        OUTCOME_TIMEOUT,
        OUTCOME_DNS,     /* name not resolved */
        OUTCOME_CONNECT, /* connection refused or no route */
        OUTCOME_PROXY,
        OUTCOME_TLS,            /* certificate or handshake */
        OUTCOME_NETWORK,        /* broken off underway */
        OUTCOME_TOO_LARGE,      /* past the ceiling of the body */
        OUTCOME_EMPTY,          /* 2xx without a body */
        OUTCOME_PROTOCOL,       /* not JSON, cut off, or of the wrong shape */
        OUTCOME_QUOTA,          /* the vendor says: test limit exceeded */
        OUTCOME_BUDGET,         /* daily_tests used up: we do not ask */
        OUTCOME_INVALID_DOMAIN, /* error_id 29 or a deny list */
        OUTCOME_UNRESOLVED,     /* the domain does not resolve, has no MX, or is private */
        OUTCOME_REFUSED,        /* an error of the vendor that is none of these */
        OUTCOME_MISMATCH,       /* the result is for another host than asked for */
        OUTCOME_JOB_LOST,       /* the vendor does not know the job any more, twice */
        OUTCOME_DEADLINE,       /* a test that did not end in time */
        _OUTCOME_MAX,
} Outcome;

typedef enum Retry {
        RETRY_NORMAL,  /* at the next regular time; BUDGET: when budget_next() says */
        RETRY_BACKOFF, /* exponential back-off with jitter, Retry-After honoured */
        RETRY_RARELY,  /* 30 to 60 minutes: it does not mend by itself, nor must it lock a login */
        RETRY_DAY,     /* after 24 hours and jitter */
        RETRY_SLOWLY,  /* hours */
        RETRY_NEVER,   /* not before the configuration changes */
} Retry;

typedef struct OutcomeInfo {
        const char *reason; /* MAILSEC_REASON: "auth", "tls", "timeout", ... */
        const char *words;  /* for people: "the login is refused" */
        const char *advice; /* what to do, a clause without a full stop; NULL with OK */
        Retry retry;
        bool account; /* the API's failure (its account's `up`), not the domain's own */
} OutcomeInfo;

/* The row of the table, never NULL. */
const OutcomeInfo *outcome_info(Outcome outcome);

/* Whether it will not mend by itself, so that its next sample is far off or never comes: an alert
 * of it waits for no streak (apis.md section 2.1, "alert once"). */
bool outcome_speaks_at_once(Outcome outcome);

/* A word of its own for each, the same in every version ("ok", "auth", ...): what a store keeps. */
const char *outcome_name(Outcome outcome);

/* The outcome of a word, or _OUTCOME_MAX when there is none of that name (NULL, too). */
Outcome outcome_find(const char *name);

/* The outcome of an HTTP status: OK for 2xx (also when the body turns out unreadable), HTTP for
 * what no other outcome names. */
Outcome outcome_of_status(long status);
