/* SPDX-License-Identifier: MIT */
#include "engine/page.h"

bool page_answer(Monitor *m, const WebRequest *request, WebReply *ret) {
        (void)m;
        (void)request;
        (void)ret;
        return false;
}
