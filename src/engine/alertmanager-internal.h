/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/alertmanager.h"

/* What the files of alertmanager*.c share. Whatever changes has a number, greater than all before:
 * of an alert in Standing.change, of an end its id. A server that took everything up to a number
 * needs only what is newer, and everything that stands when `resend` is over. */

/* Ends that may wait for a server, each with its record: a bound of memory and of the store. With
 * more, the oldest are forgotten, and their alerts expire at the server. */
#define ALERTMANAGER_ENDS_MAX 10000u

/* An alert's end, kept until every server took it. */
typedef struct End {
        struct End *next;
        uint64_t id;
        Record *record; /* what was told */
        usec_t since;   /* wall: the alert's */
        usec_t at;      /* wall */
        uint8_t level;  /* that it had */
        bool of_level;  /* it goes on at another level: for servers with a label of it */
} End;

typedef struct Ends { /* in the order of their ids */
        End *first;
        End **tail;
        uint64_t last; /* id */
        size_t n;
        bool overflow; /* some were dropped since none waited, and it was told */
} Ends;

/* How far a server is in posting what changed, or all that stands. */
typedef struct Pass {
        bool under_way;
        bool full;        /* all that stands, not only what changed */
        bool over;        /* the next post is its last */
        bool posted;      /* something */
        usec_t began;     /* boot */
        uint64_t up_to;   /* the last change when it began */
        uint64_t end;     /* id of the last end posted */
        uint32_t account; /* whose alerts come next, and */
        uint32_t domain;  /* of which domain; a->n = the account's own */
} Pass;

typedef struct AlertmanagerServer {
        Alertmanagers *all;
        ScheduleItem item; /* in Monitor.due until resend_at or retry_at */

        /* Copies: a call may be under way while a reload frees the configuration. */
        char *url;
        char *path; /* url and the API's path */
        char *ca_file;
        char *proxy;
        char *username;
        Secret *password;
        Endpoint endpoint;
        usec_t resend;
        bool severity_label;
        char mark[40]; /* the name of `taken` in the store */

        HttpCall *call;
        Request request;
        StrBuf body;
        Pass pass; /* as far as it was taken */
        Pass next; /* when the post under way is taken */
        uint64_t taken;
        bool known;       /* `taken` was read from a store, or there was none */
        usec_t resend_at; /* boot */
        usec_t retry_at;  /* boot; 0 = it is well */
        usec_t last;      /* wall */
        usec_t failed;    /* wall: since when; 0 = it is well */
        uint64_t posts;
        uint64_t failures;
        unsigned failures_in_row;
        char *problem;                /* of the last failure, in words; may be NULL */
        bool told_away, told_refused; /* of this failure, in diagnostics */
} AlertmanagerServer;

struct Alertmanagers {
        Monitor *monitor;
        AlertmanagerServer **servers;
        size_t n;
        uint64_t change; /* the last one's number */
        Ends ends;
};

/* As which an alert was told to stand: what flaps counts as a warning at least, as its record does.
 */
Level alertmanager_level(const Standing *s);

/* --- alertmanager-end.c ------------------------------------------------------------------------
 */

/* Adds one with the number `id`, greater than all before; the record is made of the notice. Told
 * when it is not possible. */
void ends_note(Alertmanagers *all, uint64_t id, const End *end, const Notice *notice);

/* Takes one up from a store. 0 or -ENOMEM. */
int ends_restore(Ends *ends, const EndRow *row);

void ends_put(const End *end, Store *store);

/* Forgets those that all servers took. */
void ends_trim(Alertmanagers *all);

void ends_done(Ends *ends);

/* Whether the server is to know of it. */
bool end_concerns(const End *end, const AlertmanagerServer *server);

/* --- alertmanager-post.c -----------------------------------------------------------------------
 */

/* How long to wait after the failures_in_row-th failure of a post (`jitter` as in
 * core/backoff.h), at least 1ms: often while an outage is young, and about every `resend` when it
 * lasts; after a refused login (401, 403) up to 4 `resend`, at most 5min, so that nothing that
 * counts such logins locks us out. `retry_after` makes it longer, up to 2 `resend`, at most 5min.
 * Longer ones would do harm: what stands expires there meanwhile, which reads as resolved. */
usec_t server_wait(const AlertmanagerServer *server, Outcome outcome, usec_t retry_after,
                   double jitter);

/* Posts what there is to post, if it may. */
void server_turn(AlertmanagerServer *server, Moment now);
