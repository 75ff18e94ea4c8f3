/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "io/web.h"

#include <systemd/sd-event.h>

/* HTTP or HTTPS over TCP for people and Prometheus, read-only: GET and HEAD, no body. The same
 * server as the control socket's, with bounds of its own. Where settings->password or client_ca is
 * there, who cannot show one of them gets 401 (or no TLS connection); where neither is, the Host
 * header must be a loopback address, "localhost" or the host of settings->url, so that a page
 * elsewhere cannot read ours through the browser of somebody here (421 otherwise). Every reply
 * carries the headers that keep a browser from doing more than is meant (Content-Security-Policy
 * and its like). */
typedef struct WebListener WebListener;

#define WEB_CONNECTIONS_MAX 64u

/* Listens at settings->listen, or on `fd` (a listening TCP socket that the service manager opened;
 * taken over unless it fails) where that is not -1. `settings` are borrowed until the next
 * web_listener_configure(). -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EINVAL (the certificate or key
 * is not one, *problem says what), other negative errnos. */
int web_listener_new(sd_event *event, const WebSettings *settings, int fd, web_handler_t handler,
                     void *userdata, StrBuf *problem, WebListener **ret);

/* Other settings after a reload. Another address is listened at before the old one is given up; an
 * inherited socket stays. On an error all stays as it was. Connections stay where only the address
 * or url is another; a changed certificate, key, CA or password ends them. */
int web_listener_configure(WebListener *listener, const WebSettings *settings, StrBuf *problem);

/* The address it listens at, as text ("127.0.0.1:9797", with the real port where 0 was asked for);
 * the listener's. */
const char *web_listener_address(const WebListener *listener);

/* Ends every connection; NULL is fine. Returns NULL. */
WebListener *web_listener_free(WebListener *listener);
DEFINE_CLEANUP(WebListener *, web_listener_free)
