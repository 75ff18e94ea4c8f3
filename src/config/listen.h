/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* Where to listen, as base/address.h reads it: "127.0.0.1:9797" or "[::1]:9797". Port 0 is any that
 * is free. */

/* NULL, or what is wrong with it in words. */
const char *listen_problem(const char *text);

/* Whether only this machine can reach it. Of a text without a problem. */
bool listen_is_loopback(const char *text);
