/* SPDX-License-Identifier: MIT */
#pragma once

#include <libconfig.h>
#include <stdbool.h>

#include "sim/blob.h"
#include "sim/moment.h"

typedef enum Api {
        API_NONE,
        API_SYMANTEC = 1 << 0,
        API_IMMUNIWEB = 1 << 1,
        API_TLS = 1 << 2,
} Api;

/* What a fault does. The table in fault.c names them and says to which API each belongs. */
typedef enum FaultKind {
        /* every API: another reply */
        FAULT_STATUS,
        FAULT_BODY,
        FAULT_EMPTY,
        FAULT_HTML,
        FAULT_REDIRECT,
        FAULT_HANG,
        FAULT_CLOSE,
        FAULT_ENDLESS,
        /* every API: the usual reply, harmed */
        FAULT_DELAY,
        FAULT_DRIP,
        FAULT_CUT,
        FAULT_CUT_CHUNKED,
        FAULT_TRUNCATED,
        FAULT_PADDED,
        FAULT_JSON_STRING,
        FAULT_BOM,
        /* symantec: another document */
        FAULT_TABLE_STYLE,
        FAULT_DOMAINS_EMPTY,
        FAULT_DOMAINS_OBJECT,
        FAULT_DOMAINS_NULL,
        FAULT_DOMAINS_MISSING,
        FAULT_DOMAINS_FIRST,
        FAULT_NUMBERS,
        FAULT_DUPLICATE_KEYS,
        FAULT_UNKNOWN_KEYS,
        FAULT_TOTALS_MISSING,
        FAULT_TOTALS_GLOBAL,
        FAULT_NAMES_UPPER,
        FAULT_NAMES_DOT,
        FAULT_ABSENT,
        FAULT_EXTRA_DOMAIN,
        FAULT_PRETTY,
        /* immuniweb: an error as the vendor words it */
        FAULT_ERROR,
        FAULT_ERROR_ID_ZERO,
        FAULT_MULTIPLE_IPS,
        /* tls */
        FAULT_CERT_EXPIRED,
        FAULT_CERT_WRONG_HOST,
        FAULT_CERT_UNKNOWN_CA,
        FAULT_REFUSE,
        _FAULT_KIND_MAX
} FaultKind;

typedef struct Fault {
        FaultKind kind;
        const char *name; /* as the scenario says it */
        Api api;
        const char *call;    /* NULL: every call */
        const char *account; /* NULL: every account */
        const char *domain;  /* NULL: every domain */
        moment_t from;
        moment_t until;
        unsigned skip;
        unsigned times; /* 0: without limit */
        unsigned seen;
        unsigned used;
        usec_t delay; /* real time */
        usec_t interval;
        bool close;
        unsigned status;
        const char *content_type;
        const char *location;
        const char *retry_after;
        const char *field; /* numbers: NULL for all */
        const char *value; /* numbers: the raw JSON; extra-domain: its name */
        size_t bytes;
        Blob *body;
} Fault;

typedef struct FaultList {
        Fault *items;
        size_t n;
} FaultList;

/* What is asked. */
typedef struct FaultQuery {
        Api api;
        const char *call;
        const char *account;        /* NULL: none */
        const char *const *domains; /* those the request names */
        size_t n_domains;
        bool all_domains; /* names none and gets all */
        bool chosen_ip;   /* immuniweb: the form has `choosen_ip` */
        moment_t now;
} FaultQuery;

#define VERDICT_STYLES_MAX 16

/* What the faults in force make of a request. */
typedef struct Verdict {
        const Fault *fault;                      /* the reply or its harm; NULL: none */
        const Fault *styles[VERDICT_STYLES_MAX]; /* delays, changes of the symantec document */
        size_t n_styles;
        usec_t delay;
        bool close;
} Verdict;

/* Reads the list `faults` of a scenario; the texts stay in the configuration. */
void fault_list_read(FaultList *list, const config_setting_t *faults, unsigned *errors);
void fault_list_done(FaultList *list);

/* The faults for a request, each of which counts as used. The first reply or harm in the order of
 * the scenario wins; changes of the document and delays add up. */
void fault_judge(FaultList *list, const FaultQuery *query, Verdict *ret);

/* Whether a kind changes the symantec document instead of the whole reply. */
bool fault_is_style(FaultKind kind);

/* Whether a kind takes the place of the usual reply, so that nothing happens for the request. */
bool fault_replaces(FaultKind kind);

/* The body of an error by the name of its row. */
Blob *fault_error(const char *name);
