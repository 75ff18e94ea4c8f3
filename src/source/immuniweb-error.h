/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "core/outcome.h"
#include "core/source.h"

#include <json-c/json_object.h>
#include <stdbool.h>

/* The vendor's errors: which Outcome one comes to (the table of apis.md 2.2), and its words. */

/* Null, false, 0, "" and empty containers are no error: `error_id` 0 comes with usable data (IWT).
 */
bool immuniweb_error_is_nothing(struct json_object *value);

/* Adds an error's words as plain text: a string, {error}, {message}, {msg: string or object},
 * {detail:
 * [...]} and arrays of these, the first that has any. */
void immuniweb_error_add_text(StrBuf *text, struct json_object *error);

/* Adds a text as plain text, capped; "; " stands before what comes second. */
void immuniweb_error_add_words(StrBuf *text, const char *words, size_t size);

/* The outcome of the error in `document`, an object; `error` is the member that holds it (NULL =
 * only error_id and message tell). Its number decides, then its words (those of `domain` left out),
 * then the exchange's own outcome, then OUTCOME_REFUSED. *ret_job_unknown: the words fit a job that
 * is gone. The words, a recommendation and the number are added to `text`. -ENOMEM or 0. */
int immuniweb_error_read(const Reply *reply, const char *domain, struct json_object *document,
                         struct json_object *error, StrBuf *text, Outcome *ret,
                         bool *ret_job_unknown);
