/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/body.h"
#include "ctl/ctl.h"
#include "ctl/member.h"

/* One request to the daemon and what came of it. All-zero is a valid empty one. */
typedef struct Answer {
        CallState state;
        long status;                  /* of HTTP, where answered */
        struct json_object *document; /* an object, or NULL: not understood */
        bool understood;
} Answer;

void answer_done(Answer *answer);
#define _cleanup_answer_ _cleanup_(answer_done)

/* Whether it was done: a 2xx status and an object. */
bool answer_is_good(const Answer *answer);

/* Whether there was no answer, so that a daemon that starts again may give one. No permission is
 * among it: a socket is made first and handed to its group then. */
bool answer_is_missing(const Answer *answer);

/* Sends it and reads the answer; says nothing. `body` may be NULL. *ret is to be freed by
 * answer_done(). */
void ask_quietly(const Ctl *ctl, const char *method, const char *target, struct json_object *body,
                 Answer *ret);

/* Says on stderr what went wrong and what to do, and returns the exit status. */
CtlStatus ask_complain(const Ctl *ctl, const Answer *answer);

/* Both: CTL_DONE and the document (the caller's), or it has complained. */
CtlStatus ask(const Ctl *ctl, const char *method, const char *target, struct json_object *body,
              struct json_object **ret);

/* The same with a body that was put together, empty ones among it. */
CtlStatus ask_body(const Ctl *ctl, const char *method, const char *target, const Body *body,
                   struct json_object **ret);

/* Gets all pages of a list, at most `most` elements (0 = all), as the first page's document with
 * all elements in its `member`, and `next` as it is on the last page. `target` may have a query. */
CtlStatus ask_list(const Ctl *ctl, const char *target, const char *member, size_t most,
                   struct json_object **ret);

/* Prints a document as one line of JSON. */
CtlStatus ask_print_json(struct json_object *document);

/* Begins a target: `path`, then '?', and "name=value" encoded for each further call; value NULL:
 * nothing. */
void target_add(StrBuf *target, const char *name, const char *value);
