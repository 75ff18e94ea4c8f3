/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* An address of TCP in numbers, as the kernel takes it: IPv4 or IPv6, and a port. */
typedef union Address {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
} Address;

#define ADDRESS_TEXT 64 /* bytes of its text, with the NUL */

/* Reads "127.0.0.1:9797" or "[::1]:9797": numbers only, for a name may be several addresses, and
 * another tomorrow. Port 0 is a port here. NULL, or what is wrong with the text in words; *ret is
 * untouched then. */
const char *address_parse(const char *text, Address *ret);

/* The same text, or "" for what is of neither family. */
void address_format(const Address *address, char ret[ADDRESS_TEXT]);

/* Reads the `size` bytes of a port: digits alone, at most 5 of them, 0 to 65535. Returns whether
 * they are one. */
bool address_port_parse(const char *text, size_t size, uint16_t *ret);

unsigned address_port(const Address *address) _pure_;
bool address_equal(const Address *a, const Address *b) _pure_;

/* Whether only this machine can reach it: 127.0.0.0/8 or ::1. The forms of IPv4 within IPv6, such
 * as ::ffff:127.0.0.1, count as remote. */
bool address_is_loopback(const Address *address) _pure_;

/* The same of a host as URLs and headers name it, without brackets and port: its number, or
 * "localhost". Any other name is remote, whatever it resolves to. */
bool address_host_is_loopback(const char *host);
