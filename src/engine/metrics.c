/* SPDX-License-Identifier: MIT */
#include "engine/metrics.h"

void metrics_answer(Monitor *m, const WebRequest *request, WebReply *ret) {
        (void)m;
        (void)request;
        *ret = (WebReply){ .status = 503 };
}
