/* SPDX-License-Identifier: MIT */
#pragma once

#include <microhttpd.h>

#include "sim/request.h"
#include "sim/sleeper.h"

/* The response of libmicrohttpd for a decided request, with whatever the reply does to its bytes.
 * NULL when there is none: the connection is to be closed without an answer. */
struct MHD_Response *send_response(const Request *request, SleeperList *sleepers);
