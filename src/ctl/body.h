/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/member.h"

/* What is sent: an object whose members are added where there is something to add. ask_body() tells
 * when there was no memory for it. All-zero is a valid empty one. */
typedef struct Body {
        struct json_object *object;
        bool failed; /* no memory */
} Body;

void body_add_text(Body *body, const char *key, const char *text); /* NULL: not added */
void body_add_number(Body *body, const char *key, double number);  /* whole ones without a point */
void body_add_span(Body *body, const char *key, usec_t span);      /* in seconds; 0: not added */
void body_add_who(Body *body);                                     /* "by": ctl_who() */
void body_done(Body *body);
#define _cleanup_body_ _cleanup_(body_done)
