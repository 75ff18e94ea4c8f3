/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* The status pages: "/", "/domain/NAME", "/assets/..." and "/evidence/...". HTML made here, without
 * style or script in it, so that it works under default-src 'none' with 'self' for both. Links are
 * relative: the pages may lie below any path of a proxy. False when the path is none of theirs. */
bool page_answer(Monitor *m, const WebRequest *request, WebReply *ret);
