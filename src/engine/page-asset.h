/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "io/web.h"

/* The style sheet and the script of the pages, built into the program. */

/* Adds "assets/page.css?v=HASH": the hash is of what is in it, so that it may be cached for long.
 */
void asset_url(StrBuf *b, const char *name);

/* Answers with the file of that name; false when there is none. */
bool asset_answer(const char *name, WebReply *ret);
