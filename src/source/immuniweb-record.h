/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-decode.h"

/* The DNS side of a result: the readers of the rows with READ_RECORD and READ_DNSSEC. NAN =
 * unknown. */

/* The worst grade that main.alerts, dns.RECORD.highlights and dns.RECORD.results give to the record
 * `metric->key`. `results` speaks only by an explicit failure (valid is false, or no record) or an
 * explicit valid = true, without which a failure might never clear. */
double record_read_grade(Decode *d, const Metric *metric);

/* The record types of dnssec.results that are not validly signed. */
double record_read_dnssec(Decode *d, const Metric *metric);

/* Whether an entry of `alerts` is about "spf", "dkim" or "dmarc"; `key` is its name in a map, or
 * NULL. A name decides; without one the texts may speak of several records. */
bool record_is_about(const char *key, struct json_object *entry, const char *record);

/* Of one entry of dnssec.results: 1 = validly signed, 0 = not, NAN = it does not say; *ret_words is
 * what is wrong, or NULL. */
double record_is_signed(struct json_object *value, const char **ret_words);
