/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* Where to listen: "127.0.0.1:9797" or "[::1]:9797". Numeric: a name may be several addresses, and
 * another tomorrow. Port 0 is any that is free. */

/* NULL, or what is wrong with it in words. */
const char *listen_problem(const char *text);

/* Whether only this machine can reach it: 127.0.0.0/8 or ::1, not the latter's forms of IPv4. Of a
 * text without a problem. */
bool listen_is_loopback(const char *text);
