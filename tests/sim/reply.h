/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sim/blob.h"
#include "sim/fault.h"

/* How the bytes of a reply travel. */
typedef enum Transfer {
        TRANSFER_WHOLE,
        TRANSFER_CUT,         /* Content-Length says all, some come, the connection closes */
        TRANSFER_CUT_CHUNKED, /* chunked, closed without the last chunk */
        TRANSFER_DRIP,        /* a few bytes at a time */
        TRANSFER_ENDLESS,     /* chunked, the body over and over */
        TRANSFER_CLOSE,       /* not even a status line */
} Transfer;

/* One answer, independent of the scenario once it is decided: a reload does not touch it. */
typedef struct Reply {
        unsigned status;
        Blob *body; /* NULL: empty */
        char type[128];
        char location[512];
        char retry_after[128];
        char fault[64]; /* its name, for the log */
        const char *allow;
        bool challenge; /* WWW-Authenticate */
        bool close;
        Transfer transfer;
        size_t bytes; /* how many: sent before a cut, at a time of a drip, in all of an endless one
                       */
        usec_t interval; /* between the pieces of a drip, real time */
        usec_t delay;    /* before anything is sent, real time */
} Reply;

/* Takes the body over. */
void reply_set(Reply *reply, unsigned status, const char *type, Blob *body);
void reply_set_json(Reply *reply, unsigned status, Blob *body);
void reply_done(Reply *reply);

/* What a verdict makes of the usual reply. wall: scaled, for a Retry-After date. */
void reply_harm(Reply *reply, const Verdict *verdict, usec_t wall);
