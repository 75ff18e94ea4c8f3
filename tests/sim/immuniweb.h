/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/request.h"
#include "sim/route.h"

/* Answers a POST: jobs, quota, keys, the faults. */
void immuniweb_answer(Request *request, Route call);
