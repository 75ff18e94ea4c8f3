/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/ctl.h"
#include "ctl/member.h"

/* Adds a table of the API's ALERTs in the order they have. */
void alerts_print(const Ctl *ctl, struct json_object *alerts, usec_t now, StrBuf *b);

/* Adds one ALERT as a sentence. */
void alert_print(const Ctl *ctl, struct json_object *alert, StrBuf *b);
