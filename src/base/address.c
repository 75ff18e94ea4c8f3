/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- text ------------------------------------------------------------------------------------ */

bool address_port_parse(const char *text, size_t size, uint16_t *ret) {
        unsigned port = 0;

        if (size == 0 || size > STRLEN("65535"))
                return false;
        for (size_t i = 0; i < size; i++) {
                if (!isdigit((unsigned char)text[i]))
                        return false;
                port = port * 10 + (unsigned)(text[i] - '0');
        }
        if (port > UINT16_MAX)
                return false;
        *ret = (uint16_t)port;
        return true;
}

static bool four_parse(const char *host, uint16_t port, Address *ret) {
        struct in_addr number;

        if (inet_pton(AF_INET, host, &number) != 1)
                return false;
        *ret = (Address){
                .four = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = number }
        };
        return true;
}

static bool six_parse(const char *host, uint16_t port, Address *ret) {
        struct in6_addr number;

        if (inet_pton(AF_INET6, host, &number) != 1)
                return false;
        *ret = (Address){
                .six = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = number }
        };
        return true;
}

const char *address_parse(const char *text, Address *ret) {
        const char *begin = text, *end, *colon;
        char host[INET6_ADDRSTRLEN] = "";
        bool six = text[0] == '[';
        uint16_t port;

        if (six) {
                begin = text + 1;
                end = strchr(text, ']');
                if (!end)
                        return "a bracket has no end";
                colon = end + 1;
        } else {
                end = colon = strrchr(text, ':');
                if (!end)
                        return "it needs an address and a port";
                if (end != strchr(text, ':'))
                        return "an IPv6 address stands in [ ]";
        }
        if (*colon != ':' || !address_port_parse(colon + 1, strlen(colon + 1), &port))
                return "it needs a port from 1 to 65535, or 0 for any that is free";

        size_t size = (size_t)(end - begin);
        if (size == 0)
                return "it needs an address; 127.0.0.1 is this machine alone";
        if (size < sizeof(host))
                memcpy(host, begin, size);
        if (six)
                return six_parse(host, port, ret) ? NULL : "it has no valid IPv6 address in [ ]";
        return four_parse(host, port, ret)
                       ? NULL
                       : "write the address, not a name: a name may be several addresses";
}

void address_format(const Address *address, char ret[ADDRESS_TEXT]) {
        char host[INET6_ADDRSTRLEN];
        unsigned port = address_port(address);

        ret[0] = '\0';
        if (address->any.sa_family == AF_INET &&
            inet_ntop(AF_INET, &address->four.sin_addr, host, sizeof(host)))
                (void)snprintf(ret, ADDRESS_TEXT, "%s:%u", host, port);
        else if (address->any.sa_family == AF_INET6 &&
                 inet_ntop(AF_INET6, &address->six.sin6_addr, host, sizeof(host)))
                (void)snprintf(ret, ADDRESS_TEXT, "[%s]:%u", host, port);
}

/* --- what it is ------------------------------------------------------------------------------ */

unsigned address_port(const Address *address) {
        return ntohs(address->any.sa_family == AF_INET6 ? address->six.sin6_port
                                                        : address->four.sin_port);
}

bool address_equal(const Address *a, const Address *b) {
        if (a->any.sa_family != b->any.sa_family || address_port(a) != address_port(b))
                return false;
        if (a->any.sa_family == AF_INET6)
                return IN6_ARE_ADDR_EQUAL(&a->six.sin6_addr, &b->six.sin6_addr);
        return a->four.sin_addr.s_addr == b->four.sin_addr.s_addr;
}

bool address_is_loopback(const Address *address) {
        if (address->any.sa_family == AF_INET)
                return ntohl(address->four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->six.sin6_addr);
}

bool address_host_is_loopback(const char *host) {
        Address address;

        if (four_parse(host, 0, &address) || six_parse(host, 0, &address))
                return address_is_loopback(&address);
        return streq_nocase(host, "localhost");
}
