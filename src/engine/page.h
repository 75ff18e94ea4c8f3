/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* The status pages: "/", "/domain/NAME", "/assets/..." and "/evidence/...". False when the path is
 * none of theirs. */
bool page_answer(Monitor *m, const WebRequest *request, WebReply *ret);
