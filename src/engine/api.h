/* SPDX-License-Identifier: MIT */
#pragma once

#include "io/control.h"

/* What mailsecctl asks and tells: docs/control-api.md. A web_handler_t; `userdata` is the
 * Monitor. */
void api_answer(void *userdata, const WebRequest *request, WebReply *ret);
