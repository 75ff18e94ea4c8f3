/* SPDX-License-Identifier: MIT */
#pragma once

/* Each looks at a text and returns NULL, or what is wrong with it in words; "" where the words of
 * its type say it all. */

/* What no text of a configuration may hold, whatever it is for. */
const char *text_problem(const char *text);

/* a-z, 0-9 and -. */
const char *name_problem(const char *text);

/* What syslog takes as an identifier. */
const char *identifier_problem(const char *text);

const char *days_problem(const char *text);
const char *time_problem(const char *text);
const char *zone_problem(const char *text);

/* As groupadd(8) and directory services name groups; a number alone would be taken for an id. */
const char *members_problem(const char *text);
