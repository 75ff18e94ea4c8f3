/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/member.h"
#include "ctl/table.h"

/* The next cell of a table from a member of the API's answer; "-" for what is unknown. */
void row_text(Table *table, struct json_object *object, const char *key);
void row_level(Table *table, struct json_object *object, const char *key);  /* in its colour */
void row_number(Table *table, struct json_object *object, const char *key); /* as a count */
void row_when(Table *table, struct json_object *object, const char *key, usec_t now);
void row_age(Table *table, struct json_object *object, const char *key,
             usec_t now); /* since a stamp */

/* "by alice: rebooting", "until 03:12", "again beyond 2h": an acknowledgement. Nothing for null.
 * `unit` is that of the ceiling. */
void words_of_ack(StrBuf *b, struct json_object *ack, const char *unit, usec_t now);

/* Adds a text with ", " before it where there is one already; nothing for NULL and "". */
void words_add(StrBuf *b, const char *text);
