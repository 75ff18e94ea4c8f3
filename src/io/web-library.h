/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/web-server.h"

#include <microhttpd.h>

/* Starts libmicrohttpd for a loop of ours: it listens nowhere, is handed connections, and calls
 * io/web-request.h for what comes on them. `tls` NULL = none. 0 or negative errno. */
int web_library_start(const WebBounds *bounds, const WebTls *tls,
                      MHD_NotifyConnectionCallback on_connection, void *userdata,
                      struct MHD_Daemon **ret);
