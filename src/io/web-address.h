/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "base/strbuf.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* An address of TCP to listen at. */
typedef union WebAddress {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
} WebAddress;

#define WEB_ADDRESS_TEXT 64 /* bytes of its text, with the NUL */

/* Reads "127.0.0.1:9797" or "[::1]:9797", numbers only, any port. -EINVAL. */
int web_address_parse(const char *text, WebAddress *ret);

/* The same text, or "" for what is neither. */
void web_address_format(const WebAddress *address, char ret[WEB_ADDRESS_TEXT]);

bool web_address_equal(const WebAddress *a, const WebAddress *b);
unsigned web_address_port(const WebAddress *address);

/* A listening socket, non-blocking, not handed to other programs. An IPv6 one takes no IPv4.
 * Negative errno. */
int web_address_listen(const WebAddress *address, int *ret_fd);

/* Makes a socket of somebody else's like one of ours, and tells where it listens. -EINVAL with
 * *problem in words when it is not a listening socket of TCP. */
int web_address_adopt(int fd, StrBuf *problem, WebAddress *ret);

/* Where it is bound. Negative errno. */
int web_address_of(int fd, WebAddress *ret);
