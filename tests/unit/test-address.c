/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/address.h"

#define NO_END   "a bracket has no end"
#define NO_PORT  "it needs a port from 1 to 65535, or 0 for any that is free"
#define NEITHER  "it needs an address and a port"
#define NO_HOST  "it needs an address; 127.0.0.1 is this machine alone"
#define A_NAME   "write the address, not a name: a name may be several addresses"
#define BARE_SIX "an IPv6 address stands in [ ]"
#define NOT_SIX  "it has no valid IPv6 address in [ ]"

static const struct {
        const char *text;
        const char *again; /* how it is written; NULL = see `problem` */
        unsigned port;
        bool loopback;
        const char *problem;
} rows[] = {
        { "127.0.0.1:9797", "127.0.0.1:9797", 9797, true },
        { "127.0.0.0:1", "127.0.0.0:1", 1, true },
        { "127.255.255.255:1", "127.255.255.255:1", 1, true },
        { "126.255.255.255:1", "126.255.255.255:1", 1, false },
        { "128.0.0.0:1", "128.0.0.0:1", 1, false },
        { "0.0.0.0:0", "0.0.0.0:0", 0, false },
        { "255.255.255.255:65535", "255.255.255.255:65535", 65535, false },
        { "1.0.0.127:00080", "1.0.0.127:80", 80, false },
        { "[::1]:9797", "[::1]:9797", 9797, true },
        { "[0:0:0:0:0:0:0:1]:00080", "[::1]:80", 80, true },
        { "[::0.0.0.1]:1", "[::1]:1", 1, true },
        { "[::]:80", "[::]:80", 80, false },
        { "[::2]:80", "[::2]:80", 80, false },
        { "[1::1]:80", "[1::1]:80", 80, false },
        { "[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", 80, false },
        { "[::ffff:255.255.255.255]:1", "[::ffff:255.255.255.255]:1", 1, false },
        { "[::127.0.0.1]:80", "[::127.0.0.1]:80", 80, false },
        { "[64:ff9b::127.0.0.1]:80", "[64:ff9b::7f00:1]:80", 80, false },
        { "[2001:DB8:1111:2222:3333:4444:5555:6666]:1",
          "[2001:db8:1111:2222:3333:4444:5555:6666]:1", 1, false },
        { "[fe80::1]:443", "[fe80::1]:443", 443, false },
        { "", .problem = NEITHER },
        { "9797", .problem = NEITHER },
        { "127.0.0.1", .problem = NEITHER },
        { ":", .problem = NO_PORT },
        { ":9797", .problem = NO_HOST },
        { "[]:1", .problem = NO_HOST },
        { "127.0.0.1:", .problem = NO_PORT },
        { "127.0.0.1:65536", .problem = NO_PORT },
        { "127.0.0.1:000080", .problem = NO_PORT },
        { "127.0.0.1:4294967296", .problem = NO_PORT },
        { "127.0.0.1:-1", .problem = NO_PORT },
        { "127.0.0.1:+1", .problem = NO_PORT },
        { "127.0.0.1: 1", .problem = NO_PORT },
        { "127.0.0.1:1 ", .problem = NO_PORT },
        { "127.0.0.1:0x1", .problem = NO_PORT },
        { "127.0.0.1:\xb2", .problem = NO_PORT },
        { "127.0.0.1:http", .problem = NO_PORT },
        { "127.0.0.1:80:80", .problem = BARE_SIX },
        { "::1:9797", .problem = BARE_SIX },
        { "[::1]", .problem = NO_PORT },
        { "[::1]9797", .problem = NO_PORT },
        { "[::1]]:1", .problem = NO_PORT },
        { "[::1]::1", .problem = NO_PORT },
        { "[", .problem = NO_END },
        { "[::1:9797", .problem = NO_END },
        { "[::g]:1", .problem = NOT_SIX },
        { "[:1]:1", .problem = NOT_SIX },
        { "[[::1]:1", .problem = NOT_SIX },
        { "[127.0.0.1]:1", .problem = NOT_SIX },
        { "[fe80::1%lo]:1", .problem = NOT_SIX },
        { "[::1 ]:1", .problem = NOT_SIX },
        /* 45 and 46 characters: the longest that fits, and one more */
        { "[0000:0000:0000:0000:0000:ffff:255.255.255.255]:1", "[::ffff:255.255.255.255]:1", 1,
          false },
        { "[0000:0000:0000:0000:0000:ffff:255.255.255.2555]:1", .problem = NOT_SIX },
        { "[2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb]:1",
          .problem = NOT_SIX },
        { " 127.0.0.1:1", .problem = A_NAME },
        { "127.1:1", .problem = A_NAME },
        { "127.0.0.01:1", .problem = A_NAME },
        { "127.0.0.256:1", .problem = A_NAME },
        { "0x7f.0.0.1:1", .problem = A_NAME },
        { "2130706433:1", .problem = A_NAME },
        { "*:1", .problem = A_NAME },
        { "localhost:1", .problem = A_NAME },
        { "a-name-that-is-longer-than-every-address-can-ever-be.example.com:1", .problem = A_NAME },
};

static void test_parse(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Address address, again;
                char text[ADDRESS_TEXT];

                memset(&address, 0x5a, sizeof(address));
                const char *problem = address_parse(rows[i].text, &address);
                if (rows[i].problem) {
                        CHECK_STR(i, problem, rows[i].problem);
                        for (size_t k = 0; k < sizeof(address); k++)
                                CHECK(i, ((const unsigned char *)&address)[k] == 0x5a);
                        continue;
                }
                CHECK(i, !problem);
                CHECK_INT(i, address.any.sa_family, *rows[i].text == '[' ? AF_INET6 : AF_INET);
                CHECK_INT(i, address_port(&address), rows[i].port);
                CHECK_INT(i, address_is_loopback(&address), rows[i].loopback);
                address_format(&address, text);
                CHECK_STR(i, text, rows[i].again);
                CHECK(i, !address_parse(text, &again));
                CHECK(i, address_equal(&address, &again));
        }
}

static void test_neither_family(void **state) {
        Address address = { .any.sa_family = AF_UNIX };
        char text[ADDRESS_TEXT] = "x";
        (void)state;

        address_format(&address, text);
        assert_string_equal(text, "");
        assert_false(address_is_loopback(&address));
        /* As if its bytes were those of 127.0.0.1. */
        address.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_false(address_is_loopback(&address));
}

static void test_equal(void **state) {
        static const struct {
                const char *a, *b;
                bool equal;
        } pairs[] = {
                { "127.0.0.1:1", "127.0.0.1:01", true },
                { "127.0.0.1:1", "127.0.0.1:2", false },
                { "127.0.0.1:1", "127.0.0.2:1", false },
                { "127.0.0.1:1", "[::ffff:127.0.0.1]:1", false },
                { "0.0.0.0:1", "[::]:1", false },
                { "[::1]:1", "[0::1]:1", true },
                { "[::1]:1", "[::1]:2", false },
                { "[::1]:1", "[1::1]:1", false },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                Address a, b;
                CHECK(i, !address_parse(pairs[i].a, &a));
                CHECK(i, !address_parse(pairs[i].b, &b));
                CHECK_INT(i, address_equal(&a, &b), pairs[i].equal);
                CHECK_INT(i, address_equal(&b, &a), pairs[i].equal);
        }
}

static void test_ports(void **state) {
        static const struct {
                const char *text;
                size_t size;
                bool good;
                uint16_t port;
        } ports[] = {
                { "0", 1, true, 0 },   { "65535", 5, true, 65535 }, { "65536", 5, false },
                { "99999", 5, false }, { "00001", 5, true, 1 },     { "000001", 6, false },
                { "", 0, false },      { "80/x", 2, true, 80 }, /* what follows is not looked at */
                { "80/x", 3, false },  { "80\0", 3, false },        { "-1", 2, false },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(ports); i++) {
                uint16_t port = 7;
                CHECK_INT(i, address_port_parse(ports[i].text, ports[i].size, &port),
                          ports[i].good);
                CHECK_INT(i, port, ports[i].good ? ports[i].port : 7);
        }
}

static void test_hosts(void **state) {
        static const struct {
                const char *host;
                bool loopback;
        } hosts[] = {
                { "localhost", true },
                { "LocalHost", true },
                { "127.0.0.1", true },
                { "127.255.0.9", true },
                { "::1", true },
                { "0::1", true },
                { "", false },
                { "localhost.", false }, /* where a last dot may be, the caller takes it away */
                { "localhost.example.org", false },
                { "127.0.0.1.example.org", false },
                { "127.1", false }, /* whatever the resolver makes of it */
                { "0", false },
                { "0.0.0.0", false },
                { "128.0.0.1", false },
                { "::", false },
                { "::2", false },
                { "::ffff:127.0.0.1", false },
                { "::ffff:7f00:1", false },
                { "::127.0.0.1", false },
                { "[::1]", false },
                { "127.0.0.1:80", false },
        };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(hosts); i++)
                CHECK_INT(i, address_host_is_loopback(hosts[i].host), hosts[i].loopback);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse), cmocka_unit_test(test_neither_family),
                cmocka_unit_test(test_equal), cmocka_unit_test(test_ports),
                cmocka_unit_test(test_hosts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
