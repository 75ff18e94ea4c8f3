/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/control.h"
#include "io/web-server.h"

/* What control_new() is made of: the same with other bounds, for tests, which cannot wait for long.
 */
extern const WebBounds control_bounds;

int control_new_bounded(sd_event *event, const ControlSettings *settings, const WebBounds *bounds,
                        web_handler_t handler, void *userdata, Control **ret);
