/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/request.h"

/* GET PREFIX/stats: authentication, the filter, the faults. */
void symantec_answer(Request *request, const char *prefix);
