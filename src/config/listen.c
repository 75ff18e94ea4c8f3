/* SPDX-License-Identifier: MIT */
#include "config/listen.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <string.h>

typedef struct Listen {
        bool v6;
        struct in_addr address4;
        struct in6_addr address6;
} Listen;

static bool is_port(const char *text) {
        unsigned port = 0;

        if (!*text || strlen(text) > 5)
                return false;
        for (const char *p = text; *p; p++) {
                if (!isdigit((unsigned char)*p))
                        return false;
                port = port * 10 + (unsigned)(*p - '0');
        }
        return port <= 65535;
}

static const char *listen_parse(const char *text, Listen *ret) {
        char address[INET6_ADDRSTRLEN];
        const char *begin = text, *end, *port;

        if (text[0] == '[') {
                begin = text + 1;
                end = strchr(text, ']');
                if (!end)
                        return "a bracket has no end";
                port = end + 1;
        } else {
                end = port = strrchr(text, ':');
                if (end && end != strchr(text, ':'))
                        return "an IPv6 address stands in [ ]";
                if (!end)
                        return "it needs an address and a port";
        }
        if (port[0] != ':' || !is_port(port + 1))
                return "it needs a port from 1 to 65535, or 0 for any that is free";

        size_t size = (size_t)(end - begin);
        if (size == 0)
                return "it needs an address; 127.0.0.1 is this machine alone";
        *ret = (Listen){ .v6 = text[0] == '[' };
        if (size < sizeof(address)) {
                memcpy(address, begin, size);
                address[size] = '\0';
                if (ret->v6 ? inet_pton(AF_INET6, address, &ret->address6) == 1
                            : inet_pton(AF_INET, address, &ret->address4) == 1)
                        return NULL;
        }
        return ret->v6 ? "it has no valid IPv6 address in [ ]"
                       : "write the address, not a name: a name may be several addresses";
}

const char *listen_problem(const char *text) {
        Listen listen;
        return listen_parse(text, &listen);
}

bool listen_is_loopback(const char *text) {
        Listen listen;

        if (listen_parse(text, &listen))
                return false;
        return listen.v6 ? IN6_IS_ADDR_LOOPBACK(&listen.address6)
                         : ntohl(listen.address4.s_addr) >> 24 == IN_LOOPBACKNET;
}
