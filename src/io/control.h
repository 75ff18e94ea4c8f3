/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "io/web.h"

#include <stddef.h>
#include <systemd/sd-event.h>

/* HTTP/JSON over a UNIX socket, for mailsecctl: libmicrohttpd behind one event source of the
 * daemon's loop. It knows nothing of what is asked: a handler answers. Requests, headers,
 * connections and time are bounded, and a slow or silent client costs nothing but its connection.
 *
 * A request may take 30 s to arrive and a reply 120 s to be read. Where all connections are taken,
 * the one that has been without a request for longest is ended for a new one, within a second of
 * that one's coming. What is refused is told as {"error":"..."}, except what the library cannot
 * read or hold (headers and path above 16 KiB): it answers with HTML or hangs up. */
typedef struct Control Control;

#define CONTROL_BODY_MAX        ((size_t)65536) /* of a request */
#define CONTROL_CONNECTIONS_MAX 32u
#define CONTROL_IDLE_SECONDS    10u

typedef struct ControlSettings {
        const char *path;  /* of the socket; its folder is there already */
        const char *group; /* may connect, too; NULL = the process's own */
} ControlSettings;

/* Listens, mode 0660, open to root, the process's own user, its group and `group`; others get 403.
 * A socket that is left over and nobody listens on is replaced; -EADDRINUSE when somebody does,
 * -EEXIST when the name is that of something else. -ESRCH when there is no such group, -EPERM when
 * the process may not give the socket to it (the caller says so), -ENAMETOOLONG above 107 bytes,
 * other negative errnos. The handler is called once per request, when all of it is there, and must
 * not call control_free(). */
int control_new(sd_event *event, const ControlSettings *settings, web_handler_t handler,
                void *userdata, Control **ret);

/* Other settings after a reload: the same path and another group changes the socket's group only; a
 * file that has gone is made anew. Connections stay, and the new settings hold for their next
 * request; the handler may call it. Errors as above; all stays as it was then. */
int control_configure(Control *control, const ControlSettings *settings);

/* Ends every connection and removes the socket; NULL is fine. Returns NULL. */
Control *control_free(Control *control);
DEFINE_CLEANUP(Control *, control_free)
