/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "core/metric.h"
#include "source/immuniweb.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMMUNIWEB_IDS_MAX      64
#define IMMUNIWEB_ODDITIES_MAX 16

/* What is kept of one result: the domain's metrics, why they are what they are, and ids. All-zero
 * is empty; the texts live in `arena`. */
typedef struct ImmuniwebResult {
        Arena arena;
        double values[METRICS_MAX];
        uint64_t at_least;
        const char *evidence[METRICS_MAX]; /* plain text of at most 400 bytes, or NULL */
        ImmuniwebId ids[IMMUNIWEB_IDS_MAX];
        size_t n_ids;
        const char *oddities[IMMUNIWEB_ODDITIES_MAX];
        size_t n_oddities;
} ImmuniwebResult;

/* Whether the result is of `domain` (lower case, A-label form), as internals.hostname or, without
 * it, main.host says (apis.md section 3 row 22). A result that names no host is taken, and so is
 * one whose name is not in A-label form where `domain` is an internationalised one; both are
 * oddities. *ret_host is the name of another host, borrowed from the document. */
bool immuniweb_result_is_for(ImmuniwebResult *result, struct json_object *document,
                             const char *domain, const char **ret_host);

/* Reads the values of the domain's metric set: a value that is not there or cannot be read is NAN,
 * and a count is a lower bound (at_least) where a part of it is unknown, but NAN when that leaves
 * 0. `now` is wall time. 0, -ENODATA when no metric at all could be read, or -ENOMEM. */
int immuniweb_result_decode(ImmuniwebResult *result, struct json_object *document, usec_t now);

/* When the vendor ran the test, seconds since 1970; NAN = it does not say. *odd, where not NULL, is
 * set as by json_read_number(). */
double immuniweb_result_time(struct json_object *document, bool *odd);

void immuniweb_result_done(ImmuniwebResult *result);
