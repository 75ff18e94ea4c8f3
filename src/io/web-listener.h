/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "io/web.h"

#include <systemd/sd-event.h>

/* HTTP or HTTPS (TLS 1.2 and 1.3) over TCP for people and Prometheus, read-only: GET and HEAD (else
 * 405), no body (else 413). The same server as the control socket's, with bounds of its own: 64
 * connections, headers of 64 KiB, 10 s in which nothing moves, 30 s for a request, 120 s for a
 * reply; a new connection ends the one that has been idle longest.
 *
 * Where settings->password or client_ca is there, who cannot show one of them gets 401 (without a
 * password: 403); where neither is, the Host header must be a loopback address, "localhost" or the
 * host of settings->url, so that a page elsewhere cannot read ours through the browser of somebody
 * here (421 otherwise). Every reply and refusal carries the headers that keep a browser from doing
 * more than is meant (Content-Security-Policy and its like), but for those of the library, which
 * hold nothing of ours (400, 414, 431: what it cannot read).
 *
 * Whether an address may be listened at without TLS is the caller's to say. */
typedef struct WebListener WebListener;

#define WEB_CONNECTIONS_MAX 64u

/* Listens at settings->listen (numbers only), or on `fd` (a listening TCP socket that the service
 * manager opened; taken over unless it fails) where that is not -1. `settings` are copied.
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EINVAL (*problem says what, where it is the certificate,
 * the key, the CA or `fd`), other negative errnos. The handler gets only what was let in, as GET,
 * and must not call web_listener_configure() or web_listener_free(). */
int web_listener_new(sd_event *event, const WebSettings *settings, int fd, web_handler_t handler,
                     void *userdata, StrBuf *problem, WebListener **ret);

/* Other settings after a reload. Another address is listened at before the old one is given up; an
 * inherited socket stays. On an error all stays as it was. Connections stay where only the address
 * or url is another; a changed certificate, key, CA, name or password ends them. */
int web_listener_configure(WebListener *listener, const WebSettings *settings, StrBuf *problem);

/* The address it listens at, as text ("127.0.0.1:9797", with the real port where 0 was asked for);
 * the listener's. */
const char *web_listener_address(const WebListener *listener);

/* Connections that are open now, at most WEB_CONNECTIONS_MAX. */
unsigned web_listener_connections(const WebListener *listener);

/* Ends every connection; NULL is fine. Returns NULL. */
WebListener *web_listener_free(WebListener *listener);
DEFINE_CLEANUP(WebListener *, web_listener_free)
