/* SPDX-License-Identifier: MIT */
#pragma once

#define HOSTNAME_BYTES 254 /* 253 and the NUL: RFC 1035 section 2.3.4 without the root's dot */

/* Turns a domain's name into lower-case A-labels without a trailing dot. Returns NULL with `ret`
 * filled, or what is wrong in words: "is an IP address, not a domain". */
const char *hostname_normalize(const char *name, char ret[static HOSTNAME_BYTES]);
