/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

/* Each looks at one URL and returns NULL, or what is wrong with it in words: "names no host". */

/* Where an API is: https, host, perhaps a port and a path; no login, query or fragment. */
const char *url_endpoint_problem(const char *url);

/* The same, or http: a server that may be on this machine. */
const char *url_server_problem(const char *url);

/* http, https or socks5h, host and perhaps a port; no login. */
const char *url_proxy_problem(const char *url);

/* A page for people: http or https with a host; what follows is free. */
const char *url_link_problem(const char *url);

/* Of URLs that were checked. Whether it is http: whatever goes there can be read on the way. */
bool url_is_plain(const char *url);

/* Whether the host is this machine by its name or address: localhost, 127.0.0.0/8 or [::1]. */
bool url_is_loopback(const char *url);

/* Whether two are the same but for the case of scheme and host. */
bool url_equal(const char *a, const char *b);
