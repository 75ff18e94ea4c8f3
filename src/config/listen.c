/* SPDX-License-Identifier: MIT */
#include "config/listen.h"

#include "base/address.h"

const char *listen_problem(const char *text) {
        Address address;
        return address_parse(text, &address);
}

bool listen_is_loopback(const char *text) {
        Address address;
        return !address_parse(text, &address) && address_is_loopback(&address);
}
