/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/web-listener.h"
#include "io/web-server.h"

/* What web_listener_new() is made of: the same with other bounds, for tests, which cannot wait for
 * long. */
extern const WebBounds web_bounds;

int web_listener_new_bounded(sd_event *event, const WebSettings *settings, const WebBounds *bounds,
                             int fd, web_handler_t handler, void *userdata, StrBuf *problem,
                             WebListener **ret);
