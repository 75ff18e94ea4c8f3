/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"

#include <signal.h>

/* HTTP over the control socket. The only file that knows curl. */
typedef struct Call Call;

typedef enum CallState {
        CALL_ANSWERED,
        CALL_NO_SOCKET, /* there is none: the daemon does not run */
        CALL_NOBODY,    /* a left-over socket: nobody listens */
        CALL_DENIED,    /* no permission to connect */
        CALL_SILENT,    /* no whole answer in time */
        CALL_TOO_BIG,
        CALL_STOPPED, /* by `stop` */
        CALL_BROKEN,  /* no HTTP, cut off, ... */
        _CALL_STATE_MAX,
} CallState;

/* Of one answer. */
#define CALL_BODY_MAX     ((size_t)64 * 1024 * 1024)
#define CALL_TIMEOUT_SECS 30L

/* For the socket at `path` (borrowed). `stop` is looked at while an answer is awaited: not 0 ends
 * it; NULL is fine. 0, -ENAMETOOLONG when it is no possible path of a socket, or -ENOMEM. */
int call_new(const char *path, const volatile sig_atomic_t *stop, Call **ret);

/* Sends a request and waits for the answer. `target` is path and query, `body` is JSON or NULL.
 * Where CALL_ANSWERED *ret_status and *ret_body (an empty buffer of the caller's) hold the answer,
 * whatever its status. */
CallState call_send(Call *call, const char *method, const char *target, const char *body,
                    long *ret_status, StrBuf *ret_body);

/* Adds a name percent-encoded, as one part of a path. */
void call_add_part(StrBuf *target, const char *name);

Call *call_free(Call *call);
DEFINE_CLEANUP(Call *, call_free)
