/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"
#include "base/strbuf.h"

/* A listening socket, non-blocking, not handed to other programs. An IPv6 one takes no IPv4.
 * Negative errno. */
int web_address_listen(const Address *address, int *ret_fd);

/* Makes a socket of somebody else's like one of ours, and tells where it listens. -EINVAL with
 * *problem in words when it is not a listening socket of TCP. */
int web_address_adopt(int fd, StrBuf *problem, Address *ret);

/* Where it is bound. Negative errno. */
int web_address_of(int fd, Address *ret);
