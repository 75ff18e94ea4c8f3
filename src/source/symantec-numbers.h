/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/metric.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the parsed parts of a /stats document to numbers: the rows of the metric tables say which.
 */

/* More elements of Domains than any account has; past it a reading ends with -E2BIG. */
#define SYMANTEC_ELEMENTS_MAX ((uint32_t)1000000)

/* What was there but could not be meant: bits of SymantecTotals.odd. */
enum {
        SYMANTEC_ODD_VALUE = 0,               /* + metric: one of a domain's numbers */
        SYMANTEC_ODD_TOTAL = SYMANTEC_WIRE_N, /* + i: one of the totals */
        SYMANTEC_ODD_NAME = SYMANTEC_WIRE_N + SYMANTEC_TOTALS_N, /* an element without a Name */
        SYMANTEC_ODD_ELEMENT,                                    /* an element that is no object */
        SYMANTEC_ODD_NO_DOMAINS, /* Domains missing, null or no list */
        _SYMANTEC_ODD_MAX,
};

/* One element of Domains that has a name, borrowed for the length of the call. */
typedef struct SymantecElement {
        const char *name;               /* as sent: foreign */
        size_t name_size;               /* 1 or more */
        double values[SYMANTEC_WIRE_N]; /* NAN = unknown */
} SymantecElement;

/* A whole document. Totals that it does not have are derived from the elements (apis.md
 * section 2.1): messages are summed up, the oldest is the greatest; where elements have unknown
 * numbers that is a lower bound. */
typedef struct SymantecTotals {
        double values[SYMANTEC_TOTALS_N]; /* in the order of the metric set; NAN = unknown */
        uint32_t at_least;                /* bit i: values[i] is a lower bound */
        uint32_t odd;
        uint32_t elements; /* entries of Domains, readable or not */
} SymantecTotals;

/* Name and the numbers: what an element has. */
enum {
        SYMANTEC_FIELD_NAME = SYMANTEC_WIRE_N,
        _SYMANTEC_FIELD_MAX,
};

/* Sum and greatest over the elements, one direction: for totals that the document lacks. */
typedef struct SymantecDerived {
        double messages;
        double oldest;
        bool partly; /* an operand was unknown */
} SymantecDerived;

/* What was read of one document so far. */
typedef struct SymantecNumbers {
        uint32_t elements;
        uint32_t odd;
        SymantecDerived derived[2];         /* inbound, outbound */
        uint8_t guess[_SYMANTEC_FIELD_MAX]; /* which field stood where in the element before */
} SymantecNumbers;

/* Before the first document; before each further list of elements. */
void symantec_numbers_init(SymantecNumbers *numbers);
void symantec_numbers_forget(SymantecNumbers *numbers);

/* Reads one element. ret->name (borrowed from it) is NULL when it is to be ignored: no object, or
 * without a Name. 0, -EBADMSG (NaN or Infinity) or -E2BIG (too many). */
int symantec_numbers_element(SymantecNumbers *numbers, struct json_object *object,
                             SymantecElement *ret);

/* Reads the totals of a document whose elements were read. Returns whether it has any of their
 * keys. */
bool symantec_numbers_totals(SymantecNumbers *numbers, struct json_object *document,
                             SymantecTotals *ret);
