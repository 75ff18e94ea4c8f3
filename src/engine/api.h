/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/control.h"

/* What mailsecctl asks and tells: docs/control-api.md. A control_handler_t; `userdata` is the
 * Monitor. */
void api_answer(void *userdata, const ControlRequest *request, ControlReply *ret);
