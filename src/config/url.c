/* SPDX-License-Identifier: MIT */
#include "config/url.h"

#include "base/address.h"
#include "base/macro.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* The parts of scheme://authority/rest, as places in the text. */
typedef struct Url {
        size_t scheme; /* its length */
        const char *authority;
        size_t authority_size;
        const char *rest; /* path, query and fragment: "" or from its first character on */
} Url;

/* RFC 3986 section 2: what else there is has to be percent-encoded. */
static bool is_url_text(const char *text) {
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p >= 0x7f || strchr("\"<>\\^`{|}", *p))
                        return false;
        return true;
}

static bool is_scheme(const char *url, const Url *parts, const char *scheme) {
        return strlen(scheme) == parts->scheme && strncasecmp(url, scheme, parts->scheme) == 0;
}

static bool is_port(const char *text, size_t size) {
        uint16_t port;
        return address_port_parse(text, size, &port) && port > 0;
}

static bool is_host(const char *text, size_t size) {
        if (size == 0 || size > 253 || text[0] == '.' || text[0] == '-')
                return false;
        for (size_t i = 0; i < size; i++) {
                if (!isalnum((unsigned char)text[i]) && !strchr("-._", text[i]))
                        return false;
                if (text[i] == '.' && text[i - 1] == '.')
                        return false;
        }
        return true;
}

/* Checks HOST, HOST:PORT and [IPV6]:PORT. */
static const char *authority_problem(const Url *parts) {
        const char *host = parts->authority;
        size_t size = parts->authority_size;

        if (size == 0)
                return "names no host";
        if (memchr(host, '@', size))
                return "holds a login; put no credentials in a URL";

        size_t host_size = size;
        if (host[0] == '[') {
                char address[64];
                struct in6_addr ignored;
                const char *end = memchr(host, ']', size);
                if (!end || (size_t)(end - host) > sizeof(address))
                        return "names no valid host";
                host_size = (size_t)(end - host) + 1;
                memcpy(address, host + 1, host_size - 2);
                address[host_size - 2] = '\0';
                if (inet_pton(AF_INET6, address, &ignored) != 1)
                        return "names no valid IPv6 address";
        } else {
                const char *colon = memchr(host, ':', size);
                if (colon)
                        host_size = (size_t)(colon - host);
                if (!is_host(host, host_size))
                        return "names no valid host";
        }
        if (host_size < size &&
            (host[host_size] != ':' || !is_port(host + host_size + 1, size - host_size - 1)))
                return "has no valid port (1 to 65535)";
        return NULL;
}

static const char *url_split(const char *url, Url *ret) {
        const char *colon = strstr(url, "://");

        if (!colon || colon == url)
                return "has no scheme such as https://";
        if (!is_url_text(url))
                return "holds a character that must be percent-encoded";
        *ret = (Url){ .scheme = (size_t)(colon - url), .authority = colon + 3 };
        ret->authority_size = strcspn(ret->authority, "/?#");
        ret->rest = ret->authority + ret->authority_size;
        return NULL;
}

static const char *api_problem(const char *url, bool plain_too) {
        Url parts;

        const char *problem = url_split(url, &parts);
        if (problem)
                return problem;
        if (!is_scheme(url, &parts, "https") && !(plain_too && is_scheme(url, &parts, "http")))
                return plain_too ? "is neither http nor https" : "is not https";
        problem = authority_problem(&parts);
        if (problem)
                return problem;
        return strpbrk(parts.rest, "?#") ? "holds a query or a fragment" : NULL;
}

const char *url_endpoint_problem(const char *url) {
        return api_problem(url, false);
}

const char *url_server_problem(const char *url) {
        return api_problem(url, true);
}

const char *url_proxy_problem(const char *url) {
        Url parts;

        const char *problem = url_split(url, &parts);
        if (problem)
                return problem;
        if (!is_scheme(url, &parts, "http") && !is_scheme(url, &parts, "https") &&
            !is_scheme(url, &parts, "socks5h"))
                return "is neither http, https nor socks5h";
        problem = authority_problem(&parts);
        if (problem)
                return problem;
        return streq(parts.rest, "") || streq(parts.rest, "/") ? NULL
                                                               : "holds more than host and port";
}

const char *url_link_problem(const char *url) {
        Url parts;

        const char *problem = url_split(url, &parts);
        if (problem)
                return problem;
        if (!is_scheme(url, &parts, "http") && !is_scheme(url, &parts, "https"))
                return "is neither http nor https";
        return authority_problem(&parts);
}

bool url_is_plain(const char *url) {
        Url parts;
        return !url_split(url, &parts) && is_scheme(url, &parts, "http");
}

bool url_is_loopback(const char *url) {
        char host[64];
        Url parts;

        if (url_split(url, &parts) || parts.authority_size >= sizeof(host))
                return false;
        memcpy(host, parts.authority, parts.authority_size);
        host[parts.authority_size] = '\0';
        bool six = host[0] == '[';
        host[strcspn(host, six ? "]" : ":")] = '\0';
        return address_host_is_loopback(host + six);
}

bool url_equal(const char *a, const char *b) {
        Url x, y;

        if (url_split(a, &x) || url_split(b, &y))
                return false;
        size_t size = (size_t)(x.rest - a);
        return size == (size_t)(y.rest - b) && strncasecmp(a, b, size) == 0 &&
               streq(x.rest, y.rest);
}
